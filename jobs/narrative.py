"""A report in words, and what its records leave open: values in, text out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain

from graph.model import Alert, Decision
from jobs.case_report import CaseReport, ReportGround, ReportStep, ReportTransaction, ReportWallet
from jobs.reported_money import Moved
from ledger.cases import Case

# How a signal begins to say that it was skipped because the outcome could not change any more.
CLEAR = "outcome clear"
# What a filing asks for and no transaction says.
MISSING = (
    "who is reporting: the reporting entity's id and the reporting person",
    "names, dates of birth and identity documents of the people behind the wallets",
    "which of the wallets are held by own customers, and since when",
    "the codes of the receiving authority for the kind of report, funds, transmission and indicators",
)


def when(at: datetime) -> str:
    """Return a time to the second, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def open_questions(
    case: Case, alerts: Sequence[Alert], moved: Sequence[Moved], wallets: Sequence[ReportWallet]
) -> tuple[str, ...]:
    """Return what a reader must not take for settled."""
    return tuple(chain(_about_case(case), _about_alerts(alerts), _about_money(moved), _about_wallets(wallets)))


def _about_case(case: Case) -> Iterator[str]:
    if case.status != "closed":
        yield f"The case is {case.status}: no second person has approved an outcome."


def _about_alerts(alerts: Sequence[Alert]) -> Iterator[str]:
    for alert in alerts:
        if alert.status in ("open", "acknowledged"):
            yield f"Alert {alert.id} is {alert.status}: nobody has resolved or dismissed it."
        if alert.proposal is not None:
            yield f"Alert {alert.id} has lost what it rested on: {alert.proposal_reason}."


def _about_money(moved: Sequence[Moved]) -> Iterator[str]:
    for one in moved:
        key = one.transaction.key
        if one.withdrawn:
            yield f"Transaction {key} is withdrawn: it does not count in any sum."
        if one.decision is None:
            yield f"Transaction {key} has no decision: it was imported without screening."
        else:
            yield from _unanswered(one.decision)


def _unanswered(decision: Decision) -> Iterator[str]:
    for signal in decision.signals:
        # What could not have changed the outcome was not asked: no question is left open by that.
        if signal.skipped is not None and not signal.skipped.startswith(CLEAR):
            yield f"The decision on {decision.transaction} has no {signal.name}: {signal.skipped}."


def _about_wallets(wallets: Sequence[ReportWallet]) -> Iterator[str]:
    if not any(wallet.subject for wallet in wallets):
        yield "No wallet was put into the case as its subject."
    unknown = [wallet.wallet for wallet in wallets if wallet.subject and not wallet.attributions]
    if unknown:
        yield f"No source says whose these subjects are: {', '.join(unknown)}."


def narrate(report: CaseReport) -> str:
    """Return the report as plain text, with headings."""
    parts = [
        (f"Report on case {report.case}: {report.title}", _opening(report)),
        ("Subjects", [_wallet(wallet, report) for wallet in report.wallets if wallet.subject]),
        ("Other wallets", [_wallet(wallet, report) for wallet in report.wallets if not wallet.subject]),
        ("Transactions", [_transaction(one, report) for one in report.transactions]),
        ("Grounds of suspicion", list(chain.from_iterable(map(_ground, report.grounds)))),
        ("Chronology", [_step(step) for step in report.chronology]),
        ("What was done", list(report.done)),
        ("Open questions", list(report.open_questions)),
        ("Missing for a filing", list(report.missing)),
    ]
    return "\n\n".join(f"{title}\n{_lines(lines)}" for title, lines in parts) + "\n"


def grounds_text(report: CaseReport) -> str:
    """Return what is suspicious and why, without the lists that a filing has elements for."""
    return "\n".join([*_opening(report)[1:], *chain.from_iterable(map(_ground, report.grounds))])


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(line if line.startswith("  ") else f"- {line}" for line in lines) if lines else "- none"


def _opening(report: CaseReport) -> list[str]:
    money = f"{report.total_value} {report.reference_currency}"
    period = "no transactions"
    if report.first_at and report.last_at:
        period = f"{len(report.transactions)} transactions from {when(report.first_at)} to {when(report.last_at)}"
    outcome = f", outcome {report.outcome}" if report.outcome else ""
    return [
        f"A draft, drawn up at {when(report.drawn_up_at)}; a person has to read, complete and file it.",
        f"The case is {report.status}{outcome}.",
        f"It is about {period}, {money} in all, and {len(report.grounds)} alerts.",
    ]


def _wallet(wallet: ReportWallet, report: CaseReport) -> str:
    said = "; ".join(
        f"{one.category}{f' ({one.actor})' if one.actor else ''} according to {one.source}"
        for one in wallet.attributions
    )
    currency = report.reference_currency
    sums = f"sent {wallet.sent} {currency} and received {wallet.received} {currency}"
    return f"{wallet.wallet}: {said or 'nothing is said of it'}; {sums} in {wallet.transactions} of the transactions."


def _transaction(one: ReportTransaction, report: CaseReport) -> str:
    sides = (" and ".join(f"{party.wallet} ({party.amount})" for party in side) for side in (one.inputs, one.outputs))
    payers, payees = sides
    judged = f"; risk score {one.risk_score:.3f}, {one.severity}" if one.risk_score is not None else ""
    gone = "; withdrawn since" if one.withdrawn else ""
    return (
        f"{when(one.at)}, {one.transaction}: {one.asset} from {payers or 'nobody (minted)'} to {payees},"
        f" worth {one.value} {report.reference_currency}{judged}{gone}."
    )


def _ground(ground: ReportGround) -> Iterator[str]:
    about = ground.transaction or ", ".join(ground.wallets)
    policy = f" under policy {ground.policy}" if ground.policy else ""
    score = f"risk score {ground.risk_score:.3f}, {ground.severity}{policy}"
    yield f"{ground.alert} ({ground.alert_class}, {ground.alert_status}) on {about}: {score}. {ground.explanation}"
    for reason in ground.reasons:
        share = f", share {reason.share:.2%}" if reason.share is not None else ""
        detail = f": {reason.detail}" if reason.detail else ""
        yield f"  - {reason.reason} ({reason.signal}) counted {reason.value:.3f}{share}{detail}"


def _step(step: ReportStep) -> str:
    by = f" by {step.actor}" if step.actor else ""
    return f"{when(step.at)}: {step.what}{by}"
