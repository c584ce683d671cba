"""What is sent about alerts, suppressions and watchlists."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.case_bodies import Assignee, Key, Reason
from api.texts import ONE_LINE, SAYS_SOMETHING
from graph.model import AlertStatus, Verdict
from jobs.alert_states import Edit
from jobs.working import MAX_BULK

ME = "me"

Threshold = Annotated[
    float, Meta(ge=0, le=1, description="How far score or a share must move for an alert; null: by any change told")
]
WatchNote = Annotated[
    str, Meta(min_length=1, max_length=1_000, pattern=SAYS_SOMETHING, description="Kept for good: name no person")
]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE, description="Its name, in use once")]
Description = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=SAYS_SOMETHING, description="What it is for")]


class AlertEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of an alert is to change; what is absent stays."""

    status: AlertStatus | UnsetType = UNSET
    assignee: Assignee | UnsetType | None = UNSET
    verdict: Verdict | UnsetType = UNSET
    reason: Reason | None = None

    def edit(self, caller: str) -> Edit:
        """Return it as the work it asks for; `me` is the caller."""
        assignee = caller if self.assignee == ME else self.assignee
        return Edit(status=self.status, assignee=assignee, verdict=self.verdict, reason=self.reason)


class BulkEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same change of many alerts. One that `etags` names is changed only if that is still its ETag."""

    alerts: Annotated[list[Key], Meta(min_length=1, max_length=MAX_BULK)]
    change: AlertEdit
    etags: Annotated[dict[str, str], Meta(max_length=MAX_BULK, description="By alert, as GET told it")] = {}


class SuppressInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why alerts like this one need nobody, and until when; without `until`, until somebody ends it."""

    reason: Reason
    until: Annotated[datetime, Meta(tz=True, description="RFC 3339 with a zone")] | None = None


class WatchlistInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A watchlist as sent."""

    name: Name
    description: Description | None = None
    threshold: Threshold | None = None


class WatchlistEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a watchlist is to change; what is absent stays."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    threshold: Threshold | UnsetType | None = UNSET


class WatchInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wallet to watch, `network:address`; the graph need not know it yet."""

    wallet: Key
    note: WatchNote | None = None


class WatchesInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Wallets to watch."""

    wallets: Annotated[list[WatchInput], Meta(min_length=1, max_length=1_000)]
