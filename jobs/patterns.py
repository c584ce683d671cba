"""Asking graph rules: one read-only query per rule about all payments that it is worth asking about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

import deadlines
from graph.adhoc import ask_text
from graph.errors import QueryRefused
from graph.session import Outside
from graph.sums import micros
from jobs.services import Services
from risk.facts import Finding, Payment
from risk.rules import GraphQuery, Rule

MOST_PARTIES = 10
MOST_LISTED = 100
MOST_ROWS = 10_000
# What a further payment of a batch may take, as a part of the time for one.
FURTHER = 0.1
GRACE_S = 0.1
COLUMNS = ("id", "wallets", "transactions", "value", "detail")


# The ledger keeps no text with a NUL in it.
_Text = Annotated[str, Meta(pattern=r"^[^\x00]*$")]


class _Row(Struct):
    id: str
    wallets: list[_Text]
    transactions: list[_Text]
    value: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    detail: _Text


async def ask_patterns(services: Services, rule: Rule, payments: Sequence[Payment]) -> dict[str, Finding]:
    """What a graph rule finds, by key of payment; one without an entry does not show the pattern.

    Raises QueryCut when it takes longer than the rule allows, QueryRefused when its query fails or answers in another
    shape. The rule's text must have passed `jobs.fixtures.check_rule`.
    """
    if rule.graph is None or not payments:
        return {}
    answer = await ask_text(
        services.graph,
        Outside(rule.graph.cypher),
        pattern_parameters(rule.graph, payments),
        timeout_s=deadlines.part(allowed_s(services, rule.graph) * (1 + FURTHER * (len(payments) - 1))),
        most_rows=MOST_ROWS,
        grace_s=GRACE_S,
    )
    rows = (dict(zip(answer.columns, row, strict=True)) for row in answer.rows)
    found = read_findings(rows, {payment.key for payment in payments})
    if answer.truncated and len(found) < len(payments):
        raise QueryRefused(f"returned more than {MOST_ROWS:,} rows, or too long ones, before all payments were told of")
    return found


def allowed_s(services: Services, graph: GraphQuery) -> float:
    """The seconds that a graph rule may take about one payment on this installation."""
    return graph.timeout_ms / 1000 * services.settings.graph.rule_patience


def pattern_parameters(graph: GraphQuery, payments: Iterable[Payment]) -> dict[str, Any]:
    """The parameters that a graph rule's query gets."""
    return {"payments": [_asked(payment) for payment in payments], "rule": graph.parameters}


def read_findings(rows: Iterable[Mapping[str, Any]], asked: set[str]) -> dict[str, Finding]:
    """The first finding for each payment asked about; raises QueryRefused for rows of another shape."""
    found: dict[str, Finding] = {}
    for row in rows:
        one = _read(row)
        if one.id in asked and one.id not in found:
            found[one.id] = Finding(
                wallets=tuple(one.wallets[:MOST_LISTED]),
                transactions=tuple(one.transactions[:MOST_LISTED]),
                value=one.value,
                detail=one.detail[:500],
            )
    return found


def _read(row: Mapping[str, Any]) -> _Row:
    if set(row) != set(COLUMNS):
        raise QueryRefused(f"must return the columns {', '.join(COLUMNS)}, not {', '.join(sorted(row))}")
    try:
        # Not strict: an integer beyond 2^53 comes as text.
        return msgspec.convert(row, _Row, strict=False)
    except msgspec.ValidationError as error:
        message = "`id` and `detail` text, `wallets` and `transactions` lists of text, `value` an integer, 0 or more"
        raise QueryRefused(f"must return {message}; no text with a NUL: {error}") from None


def _asked(payment: Payment) -> dict[str, Any]:
    payers, sent = _side(payment.payers)
    payees, received = _side(payment.payees)
    return {
        "id": payment.key,
        "as_of": micros(payment.at),
        "value": payment.value,
        "payers": payers,
        "sent": sent,
        "payees": payees,
        "received": received,
    }


def _side(values: Mapping[str, int]) -> tuple[list[str], list[int]]:
    """The most valuable wallets of one side, and their values beside them."""
    best = sorted(values.items(), key=lambda item: (-item[1], item[0]))[:MOST_PARTIES]
    return [wallet for wallet, _ in best], [value for _, value in best]
