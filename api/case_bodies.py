"""What is sent about cases."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.note_bodies import NoteInput
from api.texts import ONE_LINE, SAYS_SOMETHING
from ledger.cases import CaseOutcome

MAX_AT_ONCE = 1_000


def _text(most: int, description: str, pattern: str = SAYS_SOMETHING) -> Meta:
    return Meta(min_length=1, max_length=most, pattern=pattern, description=description)


Title = Annotated[str, _text(200, "What it is about; not kept once changed, and never in the audit log", ONE_LINE)]
Assignee = Annotated[str, _text(200, "Who works on it; `me` is the caller")]
Reason = Annotated[str, _text(2_000, "Why; kept for good, so name no person in it")]
Key = Annotated[str, _text(300, "An id, or a key `network:address`")]


class CaseInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case as sent, with what it gathers from the start."""

    title: Title
    assignee: Assignee | None = None
    alerts: Annotated[list[Key], Meta(max_length=MAX_AT_ONCE)] = []
    wallets: Annotated[list[Key], Meta(max_length=MAX_AT_ONCE)] = []


class CaseEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a case is to change; what is absent stays."""

    title: Title | UnsetType = UNSET
    assignee: Assignee | UnsetType | None = UNSET


class CaseAlertsInput(Struct, frozen=True, forbid_unknown_fields=True):
    """Alerts to put into a case."""

    alerts: Annotated[list[Key], Meta(min_length=1, max_length=MAX_AT_ONCE)]


class CaseWalletsInput(Struct, frozen=True, forbid_unknown_fields=True):
    """Wallets to put into a case, `network:address`; the graph need not know them."""

    wallets: Annotated[list[Key], Meta(min_length=1, max_length=MAX_AT_ONCE)]


class ClosingInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proposal to close a case; `resolve_alerts` ends its alerts too, once another person approves."""

    outcome: CaseOutcome
    reason: Reason
    resolve_alerts: bool = False


class ReasonInput(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is done."""

    reason: Reason


SHAPES: tuple[type[Struct], ...] = (
    CaseInput,
    CaseEdit,
    CaseAlertsInput,
    CaseWalletsInput,
    NoteInput,
    ClosingInput,
    ReasonInput,
)
