"""Events as they are shown: to whoever may read what they are about; to others their place in the sequence only."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from api.access import ACCESS
from api.errors import Forbidden
from graph.errors import FieldError, InvalidInput
from graph.model import Event, Role
from jobs.envelopes import EventData, envelope

WITHHELD = "withheld"
MOST_OF_A_TYPE = 100

# What events are about, the beginning of their type -> the operation that shows it, and so to whom.
SHOWN_BY: Mapping[str, str] = {
    "transaction": "get_transaction",
    "transactions": "get_transaction",
    "decision": "get_decision",
    "alert": "get_alert",
    "attribution": "get_attribution",
    "attributions": "get_attribution",
    "case": "get_case",
    "watchlist": "get_watchlist",
    "suppression": "get_suppression",
    "scoring_run": "get_scoring_run",
    "scores": "get_score",
    "rule": "get_rule",
    "policy": "get_policy",
    "book": "list_rules",
    "job": "get_job",
    "model": "get_model",
}
# All others, above all of people, sessions and keys.
OTHERS = "list_audit_events"

_is_type = re.compile(r"[a-z0-9_]+\.(\*|[a-z0-9_.]*[a-z0-9_])").fullmatch


class EventView(Struct, frozen=True, kw_only=True):
    """An event as delivered, a CloudEvent whose `seq` has no gaps; `type` is its action in the audit log.

    One that the caller's role may not read is `withheld`: it keeps its place and time, and has the type `withheld`.
    """

    seq: int
    specversion: str
    id: str
    source: str
    type: str
    time: str
    subject: str | None
    datacontenttype: str
    data: EventData | None
    withheld: bool = False

    @classmethod
    def from_event(cls, event: Event, role: Role) -> EventView:
        """Return the event as somebody of that role is shown it."""
        one, shown = envelope(event), may_see(role, event.action)
        return cls(
            seq=event.seq,
            specversion=one.specversion,
            id=one.id,
            source=one.source,
            type=one.type if shown else WITHHELD,
            time=one.time,
            subject=one.subject if shown else None,
            datacontenttype=one.datacontenttype,
            data=one.data if shown else None,
            withheld=not shown,
        )


def may_see(role: Role, kind: str) -> bool:
    """Whether a role is shown events of a type, `alert.opened` or `alert.*`."""
    return role in ACCESS[SHOWN_BY.get(kind.partition(".")[0], OTHERS)]


def read_type(text: str | None, role: Role) -> str | None:
    """Return the type asked for; raises InvalidInput for what can be none, Forbidden for one that is withheld."""
    if text is None:
        return None
    if len(text) > MOST_OF_A_TYPE or not _is_type(text):
        raise InvalidInput(FieldError("type", "must be a type such as alert.opened, or all of a kind such as alert.*"))
    if not may_see(role, text):
        raise Forbidden(f"the role {role} is not shown events of {text}")
    return text
