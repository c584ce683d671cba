"""What a bundle's folder about one alert says, read from its files; and the files that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from evidence.shapes import Expected, Models, Money, Paid
from graph.model import Alert, Attribution, Category, Cause, Decision, Event
from risk.facts import Facts
from risk.policy import Policy
from risk.rules import Rule

T = TypeVar("T")


class NoteTold(Struct, frozen=True):
    """A note of an investigator; `text` is None since it was erased."""

    author: str
    at: datetime
    text: str | None


class AlertTold(Struct, frozen=True, kw_only=True):
    """`alert.json`: the alert as it stood when the bundle was made, what changed (of a retro one), and its notes."""

    alert: Alert
    causes: tuple[Cause, ...]
    notes: tuple[NoteTold, ...]


class Unreadable(Exception):
    """A file of a bundle is missing or is not what it should be."""

    def __init__(self, file: str, why: str) -> None:
        """Say which file, and why."""
        super().__init__(f"{file}: {why}")
        self.file, self.why = file, why


class Dossier(Struct, frozen=True, kw_only=True):
    """All that is said about one alert. What belongs to a decision is None for an alert without."""

    told: AlertTold
    money: Money
    expected: Expected
    categories: tuple[Category, ...]
    decision: Decision | None
    facts: Facts | None
    paid: Paid | None
    policy: Policy | None
    rules: tuple[Rule, ...]
    models: Models | None

    @property
    def stopping(self) -> frozenset[str]:
        """Categories at which tracing stops."""
        return frozenset(one.name for one in self.categories if one.stops)

    @property
    def said(self) -> dict[str, Attribution]:
        """Attributions by id."""
        return {one.id: one for one in self.money.attributions}


def read_dossier(files: Mapping[str, bytes], folder: str = "") -> Dossier:
    """Read the files of a folder; raises Unreadable naming the one that cannot be."""
    decided = f"{folder}decision.json" in files
    return Dossier(
        told=_read(files, f"{folder}alert.json", AlertTold),
        money=_read(files, f"{folder}graph.json", Money),
        expected=_read(files, f"{folder}exposure.json", Expected),
        categories=_read(files, f"{folder}categories.json", tuple[Category, ...]),
        decision=_read(files, f"{folder}decision.json", Decision) if decided else None,
        facts=_read(files, f"{folder}facts.json", Facts) if decided else None,
        paid=_read(files, f"{folder}payment.json", Paid) if decided else None,
        policy=_read(files, f"{folder}policy.json", Policy) if decided else None,
        rules=_read(files, f"{folder}rules.json", tuple[Rule, ...]) if decided else (),
        models=_read(files, f"{folder}models.json", Models) if decided else None,
    )


def _read(files: Mapping[str, bytes], name: str, type_: type[T]) -> T:
    if name not in files:
        raise Unreadable(name, "it is missing")
    try:
        return msgspec.json.decode(files[name], type=type_)
    except msgspec.MsgspecError as error:
        raise Unreadable(name, f"it cannot be read: {error}") from None


def events_about(dossier: Dossier, events: Mapping[int, Event]) -> list[Event]:
    """Return the events about this alert and its transaction, in order."""
    subjects = {dossier.told.alert.id, dossier.told.alert.transaction, dossier.told.alert.decision}
    return [event for _, event in sorted(events.items()) if event.subject in subjects]
