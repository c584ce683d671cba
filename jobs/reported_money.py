"""The transactions of a report, as the ledger has them, and what each wallet had to do with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from graph.model import Attribution, Decision, Party, Transaction
from graph.money import format_micro, total_amount
from graph.sums import payment_sides
from jobs.case_report import ReportAttribution, ReportParty, ReportTransaction, ReportWallet
from ledger.changes import list_changes
from ledger.decisions import find_decisions
from ledger.landed import list_landed
from ledger.session import Connection


class Moved(Struct, frozen=True):
    """A landed transaction as it was landed last, whether it is withdrawn, and its decision if it has one."""

    transaction: Transaction
    withdrawn: bool
    decision: Decision | None


async def read_moved(connection: Connection, keys: Sequence[str]) -> list[Moved]:
    """Return the transactions with these keys that are landed, in order of time."""
    bodies = {row.transaction: row.body for row in await list_landed(connection, keys)}
    withdrawn: set[str] = set()
    for change in await list_changes(connection, keys):
        bodies[change.transaction] = change.body or bodies[change.transaction]
        (withdrawn.add if change.kind == "withdrawn" else withdrawn.discard)(change.transaction)
    decisions = await find_decisions(connection, keys)
    found = [Moved(_transaction(body), key in withdrawn, decisions.get(key)) for key, body in bodies.items()]
    return sorted(found, key=lambda moved: (moved.transaction.at, moved.transaction.key))


def total_value(moved: Iterable[Moved]) -> int:
    """Return the micro-units that transactions moved, those left out that are withdrawn."""
    return sum(one.transaction.value for one in moved if not one.withdrawn)


def report_transaction(moved: Moved) -> ReportTransaction:
    """Return a transaction as the report has it."""
    given, decision = moved.transaction, moved.decision
    return ReportTransaction(
        transaction=given.key,
        at=given.at,
        asset=given.asset,
        value=format_micro(given.value),
        inputs=_parties(given.network, given.inputs),
        outputs=_parties(given.network, given.outputs),
        withdrawn=moved.withdrawn,
        decision=decision.id if decision else None,
        risk_score=decision.risk_score if decision else None,
        severity=decision.severity if decision else None,
    )


def report_wallets(
    moved: Sequence[Moved], subjects: Iterable[str], others: Iterable[str], said: Sequence[Attribution]
) -> tuple[ReportWallet, ...]:
    """Return every wallet of the report, subjects first: those of the case, of its alerts and of its transactions."""
    sums: Mapping[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in moved:
        _add(sums, one)
    chosen = set(subjects)
    about: dict[str, list[ReportAttribution]] = defaultdict(list)
    for attribution in said:
        about[attribution.wallet].append(_attribution(attribution))
    return tuple(
        _wallet(key, key in chosen, sums[key], about[key])
        for key in sorted(chosen | set(others) | set(sums), key=lambda key: (key not in chosen, key))
    )


def _add(sums: Mapping[str, list[int]], moved: Moved) -> None:
    sides = payment_sides(moved.transaction)
    for place, side in enumerate(sides):
        for wallet, value in side.items():
            sums[wallet][place] += 0 if moved.withdrawn else value
    for wallet in set(sides[0]) | set(sides[1]):
        sums[wallet][2] += not moved.withdrawn


def _wallet(key: str, subject: bool, sums: list[int], said: list[ReportAttribution]) -> ReportWallet:
    sent, received, count = sums
    return ReportWallet(
        wallet=key,
        subject=subject,
        sent=format_micro(sent),
        received=format_micro(received),
        transactions=count,
        attributions=tuple(said),
    )


def _attribution(given: Attribution) -> ReportAttribution:
    return ReportAttribution(
        id=given.id, category=given.category, actor=given.actor, source=given.source, official=given.official
    )


def _parties(network: str, parties: Sequence[Party]) -> tuple[ReportParty, ...]:
    return tuple(ReportParty(f"{network}:{party.address}", party.amount) for party in parties)


def _transaction(body: str) -> Transaction:
    """The transaction of a landed body: its content, and the value that was landed with it."""
    landed = msgspec.json.decode(body)
    content: dict[str, Any] = landed["content"]
    inputs, outputs = (tuple(Party(**party) for party in content[side]) for side in ("inputs", "outputs"))
    return Transaction(
        network=content["network"],
        id=content["id"],
        at=msgspec.convert(content["at"], datetime),
        asset=content["asset"],
        amount=total_amount([party.amount for party in outputs]),
        value=landed["landed_value"],
        inputs=inputs,
        outputs=outputs,
    )
