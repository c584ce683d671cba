"""Examples of cases, made of the same Structs as the answers; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import asdict

from api.case_bodies import (
    CaseAlertsInput,
    CaseEdit,
    CaseInput,
    CaseWalletsInput,
    ClosingInput,
    ReasonInput,
)
from api.case_contents import CaseEventView, CaseHistory, CaseNotePage
from api.cases import CaseDetail, CasePage, CaseView
from api.note_bodies import NoteInput, NoteView
from ledger.case_closings import Closing

SOON = datetime(2019, 3, 1, 12, 0, 1, tzinfo=UTC)
LATER = datetime(2019, 3, 4, 9, 30, tzinfo=UTC)
WALLET_KEY = "eth:0x098b716b8aaf21512996dc57eb0615e2383e2f96"
ALERT = "alr_01hr4m8w4e3v9m7c2k5t6q8z0b"
ONE = "key_01hr4m8w4e3v9m7c2k5t6q8z0e"

CASE = CaseView(
    id="cas_01hr4m8w4e3v9m7c2k5t6q8z0g",
    title="Payments out of a listed wallet",
    status="open",
    outcome=None,
    assignee=ONE,
    created_by=ONE,
    created_at=SOON,
    changed_at=SOON,
    closed_at=None,
)
DETAIL = CaseDetail(**asdict(CASE), alerts=(ALERT,), wallets=(WALLET_KEY,), closing=None)
CLOSING = Closing(
    id="clo_01hr4m8w4e3v9m7c2k5t6q8z0h",
    outcome="reported",
    reason="Reported to the financial intelligence unit.",
    resolve_alerts=True,
    proposed_by=ONE,
    proposing_person=ONE,
    proposed_at=LATER,
    verdict=None,
    verdict_reason=None,
    decided_by=None,
    decided_at=None,
)
PROPOSED = CaseView(**asdict(CASE) | {"status": "closing", "changed_at": LATER})
CLOSED = CaseView(**asdict(PROPOSED) | {"status": "closed", "outcome": "reported", "closed_at": LATER})
READ = CaseDetail(**asdict(PROPOSED), alerts=(ALERT,), wallets=(WALLET_KEY,), closing=CLOSING)
NOTE = NoteView(
    id="not_01hr4m8w4e3v9m7c2k5t6q8z0j",
    author=ONE,
    at=LATER,
    digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    text="The customer says it was a refund.",
)
EVENT = CaseEventView(
    seq=43,
    at=SOON,
    actor=ONE,
    action="case.opened",
    details={"assignee": ONE, "alerts": [ALERT], "wallets": [WALLET_KEY]},
)

ANSWERS: Mapping[str, object] = {
    "create_case": DETAIL,
    "list_cases": CasePage([CASE], None),
    "get_case": READ,
    "edit_case": CASE,
    "add_case_alerts": DETAIL,
    "remove_case_alert": None,
    "add_case_wallets": DETAIL,
    "remove_case_wallet": None,
    "list_case_notes": CaseNotePage([NOTE], None),
    "create_case_note": NOTE,
    "erase_case_note": None,
    "list_case_history": CaseHistory([EVENT], None),
    "propose_case_closing": PROPOSED,
    "withdraw_case_closing": None,
    "approve_case_closing": CLOSED,
    "reject_case_closing": CASE,
    "reopen_case": CASE,
}
BODIES: Mapping[str, object] = {
    "create_case": CaseInput(title=CASE.title, assignee="me", alerts=[ALERT], wallets=[WALLET_KEY]),
    "edit_case": CaseEdit(assignee="me"),
    "add_case_alerts": CaseAlertsInput([ALERT]),
    "add_case_wallets": CaseWalletsInput([WALLET_KEY]),
    "create_case_note": NoteInput("The customer says it was a refund."),
    "propose_case_closing": ClosingInput(outcome="reported", reason=CLOSING.reason, resolve_alerts=True),
    "reject_case_closing": ReasonInput("Two of the alerts are not answered."),
    "reopen_case": ReasonInput("The exchange has answered."),
}
PARAMETERS: Mapping[str, object] = {"case": CASE.id, "note": NOTE.id}

# Those that answer 409: the case is not in the state for it, an alert is in another case, or it takes two people.
CONFLICTS = frozenset(
    {
        "create_case",
        "edit_case",
        "add_case_alerts",
        "remove_case_alert",
        "add_case_wallets",
        "remove_case_wallet",
        "propose_case_closing",
        "withdraw_case_closing",
        "approve_case_closing",
        "reject_case_closing",
        "reopen_case",
    }
)
