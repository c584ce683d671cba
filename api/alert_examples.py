"""Examples of working on alerts: edits, notes, explanations, suppressions, watchlists, labels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from api.alert_bodies import (
    AlertEdit,
    BulkEdit,
    SuppressInput,
    WatchesInput,
    WatchInput,
    WatchlistEdit,
    WatchlistInput,
)
from api.alert_edits import EditedAlerts, EditedView
from api.alert_explanation import AlertExplanationView, PartyPathView, PaymentView
from api.alert_groups import AlertGroupPage, AlertGroupView
from api.alert_notes import (
    AlertChangeView,
    AlertHistory,
    AlertNotePage,
    AssigneeStep,
    StatusStep,
    VerdictStep,
)
from api.alerts import AlertView
from api.labels import LabelPage, LabelView
from api.note_bodies import NoteInput, NoteView
from api.path_examples import PATH
from api.subgraph import FlowView, NodeView
from api.suppressions import SidesView, SuppressionPage, SuppressionView
from api.transactions import PartyView
from api.watchlists import AddedView, WatchingPage, WatchPage, WatchView
from api.watchlists import WatchlistPage as ListPage
from graph.model import Alert
from ledger.watched_wallets import Watching
from ledger.watchlists import Watchlist

AT = datetime(2019, 3, 1, 12, tzinfo=UTC)
SOON = datetime(2019, 3, 1, 12, 0, 1, tzinfo=UTC)
PERSON = "key_01hr4m8w4e3v9m7c2k5t6q8z0e"
SENDER = "eth:0x098b716b8aaf21512996dc57eb0615e2383e2f96"
RECEIVER = "eth:0x28c6c06298d514db089934071355e5743bf21d60"
TRANSACTION = "eth:0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060"

RESOLVED = AlertView.from_alert(
    Alert(
        id="alr_01hr4m8w4e3v9m7c2k5t6q8z0b",
        decision="dec_01hr4m8w4e3v9m7c2k5t6q8z0a",
        transaction=TRANSACTION,
        class_="live",
        severity="critical",
        risk_score=0.9,
        priority=0.93,
        risk_category="sanctions",
        reason_codes=("EXPOSURE_SANCTIONS_DIRECT",),
        explanation="All of the money comes directly from a wallet of category sanctions.",
        wallets=(SENDER, RECEIVER),
        group_id="grp_0123456789abcdef0123456789",
        created_at=SOON,
        status="resolved",
        assignee=PERSON,
        version=3,
        verdict="confirmed",
        value=210_400_000,
    )
)
ETAG = '"8d1f0a4be2c94c1bb2a6d3f0c5e79a12"'
NOTE = NoteView(id="not_01hr4m8w4e3v9m7c2k5t6q8z0h", author=PERSON, at=SOON, digest="9f" * 32, text="Asked the bank.")
GROUP = AlertGroupView(
    group_id=RESOLVED.group_id,
    count=12,
    open=3,
    severity="critical",
    priority=0.93,
    value="2524.8",
    oldest_at=AT,
    newest_at=SOON,
    first=RESOLVED.id,
    category="sanctions",
    reason_codes=RESOLVED.reason_codes,
    explanation=RESOLVED.explanation,
)
CHANGE = AlertChangeView(
    version=3,
    at=SOON,
    actor=PERSON,
    status=StatusStep("acknowledged", "resolved"),
    assignee=AssigneeStep(PERSON, PERSON),
    verdict=VerdictStep(None, "confirmed"),
    reason=None,
    suppression=None,
)
SUPPRESSION = SuppressionView(
    id="sup_01hr4m8w4e3v9m7c2k5t6q8z0j",
    alert=RESOLVED.id,
    severity="critical",
    wallets=(SENDER, RECEIVER),
    reason_codes=RESOLVED.reason_codes,
    attributions=SidesView(("att_0123456789abcdef0123456789",), ()),
    routes=SidesView((SENDER, RECEIVER), ()),
    rule_versions={},
    reason="refund agreed with the authority",
    until=AT + timedelta(days=30),
    created_by=PERSON,
    created_at=SOON,
    ended_by=None,
    ended_at=None,
    in_force=True,
)
WATCHLIST = Watchlist(
    id="wat_01hr4m8w4e3v9m7c2k5t6q8z0k",
    name="Bridge hack",
    description="Wallets the stolen coins went through",
    threshold=0.1,
    version=1,
    created_by=PERSON,
    created_at=SOON,
    wallets=1,
)
LABEL = LabelView(
    number=7,
    label="confirmed",
    class_="live",
    transaction=TRANSACTION,
    wallets=(SENDER, RECEIVER),
    category="sanctions",
    alert=RESOLVED.id,
    actor=PERSON,
    at=SOON,
)
EXPLANATION = AlertExplanationView(
    alert=RESOLVED,
    decision=None,
    causes=(),
    payment=PaymentView(
        key=TRANSACTION,
        at=AT,
        asset="ETH",
        amount="1.5",
        inputs=(PartyView(SENDER, "1.5", "210.4"),),
        outputs=(PartyView(RECEIVER, "1.5", "210.4"),),
    ),
    nodes=(
        NodeView(
            key=SENDER,
            category="sanctions",
            actor="Lazarus Group",
            score=None,
            hops=0,
            in_value="12.5",
            out_value="210.4",
        ),
    ),
    flows=(FlowView(source=SENDER, target=RECEIVER, value="210.4", count=1, first_at=AT, last_at=AT),),
    paths=(PartyPathView(RECEIVER, "source", PATH),),
    truncated=False,
    as_of=AT,
    known_at=SOON,
    watermark=17,
)

ANSWERS: Mapping[str, object] = {
    "edit_alert": RESOLVED,
    "edit_alerts": EditedAlerts([EditedView(id=RESOLVED.id, status=200, alert=RESOLVED, etag=ETAG, problem=None)]),
    "list_alert_groups": AlertGroupPage([GROUP], None),
    "list_alert_notes": AlertNotePage([NOTE], None),
    "create_alert_note": NOTE,
    "erase_alert_note": None,
    "list_alert_history": AlertHistory([CHANGE], None),
    "get_alert_explanation": EXPLANATION,
    "suppress_alert": SUPPRESSION,
    "list_suppressions": SuppressionPage([SUPPRESSION], None),
    "get_suppression": SUPPRESSION,
    "end_suppression": None,
    "create_watchlist": WATCHLIST,
    "list_watchlists": ListPage([WATCHLIST], None),
    "get_watchlist": WATCHLIST,
    "edit_watchlist": WATCHLIST,
    "end_watchlist": None,
    "list_wallet_watchlists": WatchingPage(
        [Watching(watchlist=WATCHLIST.id, name=WATCHLIST.name, note=None, added_by=PERSON, added_at=SOON)]
    ),
    "list_watched_wallets": WatchPage([WatchView(wallet=SENDER, note=None, added_by=PERSON, added_at=SOON)], None),
    "watch_wallets": AddedView([SENDER]),
    "unwatch_wallet": None,
    "list_labels": LabelPage([LABEL], None),
}
BODIES: Mapping[str, Struct] = {
    "edit_alert": AlertEdit(status="resolved", verdict="confirmed", assignee="me"),
    "edit_alerts": BulkEdit(
        alerts=[RESOLVED.id], change=AlertEdit(status="dismissed", reason="test payments"), etags={RESOLVED.id: ETAG}
    ),
    "create_alert_note": NoteInput("Asked the bank."),
    "suppress_alert": SuppressInput(reason=SUPPRESSION.reason),
    "create_watchlist": WatchlistInput(name="Bridge hack", threshold=0.1),
    "edit_watchlist": WatchlistEdit(threshold=0.2),
    "watch_wallets": WatchesInput(wallets=[WatchInput(wallet=SENDER, note="first hop")]),
}
SHAPES: tuple[type[Struct], ...] = (AlertEdit, BulkEdit, SuppressInput, WatchlistInput, WatchlistEdit, WatchesInput)
PARAMETERS: Mapping[str, object] = {"suppression": SUPPRESSION.id, "watchlist": WATCHLIST.id}
