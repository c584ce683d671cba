"""Counting for which past payments a rule would have fired."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from graph.model import Verdict, format_micro
from jobs.asking_rules import Told, ask_rule
from jobs.backtest_bodies import Backtest, BesideInForce, Example
from jobs.past_facts import Past
from jobs.services import Services
from risk.conditions import CompiledRule
from risk.fields import fields_of
from risk.operators import RuleCut

SHOWN = 20
# Payments of one graph query.
TOGETHER = 100


class Judged(Struct, frozen=True, kw_only=True):
    """What a rule says of one payment: `fired` is None, with the reason, where it could not be judged."""

    past: Past
    fired: bool | None
    asked: bool
    words: str


class Largest:
    """The most valuable payments of many, kept as they come."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, str, Judged]] = []

    def add(self, one: Judged) -> None:
        """Keep it if it is among them so far."""
        heapq.heappush(self._heap, (one.past.payment.value, one.past.record.transaction, one))
        if len(self._heap) > SHOWN:
            heapq.heappop(self._heap)

    def examples(self) -> list[Example]:
        """Those kept, the most valuable first."""
        return [_example(one) for _, _, one in sorted(self._heap, key=lambda item: (-item[0], item[1]))]


class Tally:
    """How often it fired so far, with the most valuable examples; `beside` counts what the version in force did."""

    def __init__(self, of_total: int, beside: Beside | None = None) -> None:
        self.considered = 0
        self._of_total, self._beside = of_total, beside
        self._value = self._fired = self._fired_value = self._asked = self._not_judged = 0
        self._recorded = self._decided = self._alerted = self._fired_alerted = 0
        self._verdicts: Counter[Verdict | None] = Counter()
        self._why: str | None = None
        self._best = Largest()

    def add(self, page: Sequence[Judged], in_force: Sequence[Judged] = ()) -> None:
        """Count a page; `in_force` is the same page as the version in force judges it."""
        for one in page:
            self._count(one)
        if self._beside is not None:
            self._beside.add(page, in_force)

    def told(self, rule: str, version: int | None, settings: dict[str, Any]) -> Backtest:
        """What has come out."""
        confirmed, refuted = self._verdicts["confirmed"], self._verdicts["false_positive"]
        return Backtest(
            rule=rule,
            version=version,
            of_total=max(self._of_total, self.considered),
            considered=self.considered,
            value=format_micro(self._value),
            fired=self._fired,
            fired_value=format_micro(self._fired_value),
            rate=self._fired / self.considered if self.considered else 0.0,
            asked=self._asked,
            not_judged=self._not_judged,
            not_judged_why=self._why,
            recorded_facts=self._recorded,
            decided=self._decided,
            alerted=self._alerted,
            fired_alerted=self._fired_alerted,
            fired_unalerted=self._fired - self._fired_alerted,
            confirmed=confirmed,
            false_positives=refuted,
            precision=confirmed / (confirmed + refuted) if confirmed + refuted else None,
            in_force=self._beside.told() if self._beside else None,
            examples=self._best.examples(),
            settings=settings,
        )

    def _count(self, one: Judged) -> None:
        value, record = one.past.payment.value, one.past.record
        self.considered += 1
        self._value += value
        self._asked += one.asked
        self._recorded += one.past.is_recorded
        self._decided += record.decision is not None
        self._alerted += record.alert is not None
        if one.fired is None:
            self._not_judged += 1
            self._why = self._why or one.words
        elif one.fired:
            self._fired += 1
            self._fired_value += value
            self._fired_alerted += record.alert is not None
            self._verdicts[record.verdict] += 1
            self._best.add(one)


class Beside:
    """For which payments the version in force and the one that is tried fire alone."""

    def __init__(self, compiled: CompiledRule) -> None:
        self.compiled = compiled
        self._fired = self._only_tried = self._only_in_force = 0
        self._lost = Largest()

    def add(self, tried: Sequence[Judged], in_force: Sequence[Judged]) -> None:
        """Count a page that both have judged; what one could not judge is no difference."""
        for now, then in zip(tried, in_force, strict=True):
            self._fired += then.fired is True
            self._only_tried += now.fired is True and then.fired is False
            if then.fired and now.fired is False:
                self._only_in_force += 1
                self._lost.add(then)

    def told(self) -> BesideInForce:
        """What has come out."""
        return BesideInForce(
            version=self.compiled.rule.version,
            fired=self._fired,
            only_tried=self._only_tried,
            only_in_force=self._only_in_force,
            lost=self._lost.examples(),
        )


async def judged(services: Services, compiled: CompiledRule, page: Sequence[Past]) -> list[Judged]:
    """Judge a page; a graph rule is asked only about payments that meet its condition, as in screening."""
    met = [_met(services, compiled, past) for past in page]
    if compiled.rule.graph is None:
        return met
    asking = [one.past.payment for one in met if one.fired]
    found: Told = {}
    for first in range(0, len(asking), TOGETHER):
        found |= await ask_rule(services, compiled.rule, asking[first : first + TOGETHER])
    return [_found(one, found) if one.fired else one for one in met]


def _met(services: Services, compiled: CompiledRule, past: Past) -> Judged:
    fields = fields_of(past.payment, past.facts, services.taxonomy.categories)
    try:
        return Judged(past=past, fired=compiled.holds(fields), asked=False, words="")
    except RuleCut as error:
        return Judged(past=past, fired=None, asked=False, words=str(error))


def _found(one: Judged, found: Told) -> Judged:
    finding = found.get(one.past.payment.key)
    if isinstance(finding, str):
        return Judged(past=one.past, fired=None, asked=True, words=finding)
    return Judged(past=one.past, fired=finding is not None, asked=True, words=finding.detail if finding else "")


def _example(one: Judged) -> Example:
    record, payment = one.past.record, one.past.payment
    return Example(
        transaction=payment.key,
        at=payment.at,
        value=format_micro(payment.value),
        severity=record.severity,
        alert=record.alert,
        detail=one.words,
    )
