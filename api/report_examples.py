"""Examples of reports, made of the same Structs as the answers; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from api.case_examples import ALERT, CASE, ONE, SOON, WALLET_KEY
from api.reports import GoamlView
from jobs.case_report import (
    CaseReport,
    ReportAttribution,
    ReportGround,
    ReportParty,
    ReportReason,
    ReportStep,
    ReportTransaction,
    ReportWallet,
)
from jobs.goaml import GoamlHeader, ReportingPerson, goaml_document, missing_fields
from jobs.narrative import MISSING, narrate

AT = datetime(2019, 3, 1, 12, tzinfo=UTC)
HASH = "eth:0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060"
RECEIVER = "eth:0x28c6c06298d514db089934071355e5743bf21d60"
DECISION = "dec_01hr4m8w4e3v9m7c2k5t6q8z0a"

REPORT = CaseReport(
    case=CASE.id,
    title=CASE.title,
    status="open",
    outcome=None,
    drawn_up_at=datetime(2019, 3, 5, 8, tzinfo=UTC),
    reference_currency="USD",
    first_at=AT,
    last_at=AT,
    total_value="210.4",
    wallets=(
        ReportWallet(
            wallet=WALLET_KEY,
            subject=True,
            sent="210.4",
            received="0",
            transactions=1,
            attributions=(
                ReportAttribution(id="att_ofac_1", category="sanctions", actor="L", source="OFAC SDN", official=True),
            ),
        ),
    ),
    transactions=(
        ReportTransaction(
            transaction=HASH,
            at=AT,
            asset="ETH",
            value="210.4",
            inputs=(ReportParty(WALLET_KEY, "1.5"),),
            outputs=(ReportParty(RECEIVER, "1.5"),),
            withdrawn=False,
            decision=DECISION,
            risk_score=0.9,
            severity="critical",
        ),
    ),
    grounds=(
        ReportGround(
            alert=ALERT,
            alert_status="acknowledged",
            alert_class="live",
            decision=DECISION,
            transaction=HASH,
            wallets=(WALLET_KEY, RECEIVER),
            severity="critical",
            risk_score=0.9,
            policy="default-v1",
            explanation="All of the money comes directly from a wallet of category sanctions.",
            reasons=(
                ReportReason(signal="exposure", reason="EXPOSURE_SANCTIONS_DIRECT", value=0.9, share=1.0, detail=""),
            ),
        ),
    ),
    chronology=(
        ReportStep(at=AT, kind="transaction", what=f"{HASH} moved 210.4 USD", actor=None),
        ReportStep(at=SOON, kind="case", what="case opened", actor=ONE),
    ),
    done=(f"case opened by {ONE} (#43 of the audit log)",),
    open_questions=("The case is open: no second person has approved an outcome.",),
    missing=MISSING,
)
HEADER = GoamlHeader(
    rentity_id=1234,
    submission_code="E",
    report_code="STR",
    reporting_person=ReportingPerson(first_name="Ada", last_name="Example"),
    action="The account is blocked.",
    indicators=("SANCTIONS",),
)
GOAML = GoamlView(
    document=goaml_document(REPORT, HEADER).decode(),
    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    valid=None,
    violations=(),
    missing=missing_fields(HEADER),
)

# What a zip begins with, as text.
ZIP = "PK\u0003\u0004"
ANSWERS: Mapping[str, object] = {
    "get_case_report": REPORT,
    "draft_case_goaml": GOAML,
    "export_alert_evidence": ZIP,
    "export_case_evidence": ZIP,
}
BODIES: Mapping[str, object] = {"draft_case_goaml": HEADER}
# operation_id -> the same answer as text/plain
TEXTS: Mapping[str, str] = {"get_case_report": narrate(REPORT)}
