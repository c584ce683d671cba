"""What a graph rule must prove before it is activated: it only reads, and it finds what its fixtures say."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from graph.adhoc import as_field, check_text
from graph.errors import FieldError, InvalidInput, QueryCut, QueryRefused
from graph.model import Party, Transaction, format_micro
from graph.money import micro, plain_decimal
from graph.session import Outside, Unit
from graph.sums import Sums, payment_sides
from jobs.patterns import pattern_parameters, read_findings
from jobs.services import Services
from risk.facts import Payment
from risk.rules import Fixture, GraphQuery, Rule, Transfer

BEGIN = datetime(2001, 1, 1, tzinfo=UTC)
PATIENCE_S = 10.0


async def check_rule(services: Services, rule: Rule) -> None:
    """Raise InvalidInput naming the field unless the rule's query may be asked and agrees with its fixtures.

    Each fixture is drawn in a transaction that is always rolled back, and asked about twice: before its payment has
    landed, as a preview asks, and after. A rule without a graph query has nothing to prove here.
    """
    if rule.graph is None:
        return
    try:
        sample = pattern_parameters(rule.graph, [])
        await check_text(services.graph, Outside(rule.graph.cypher), sample, must_seek=True)
    except QueryRefused as error:
        raise as_field(error, "graph.cypher") from None
    if {fixture.found for fixture in rule.graph.fixtures} != {True, False}:
        message = "must hold at least one graph with the pattern (found: true) and one that only looks like it"
        raise InvalidInput(FieldError("graph.fixtures", message))
    for place, fixture in enumerate(rule.graph.fixtures):
        await _prove(services, rule.graph, fixture, f"graph.fixtures[{place}]")


async def _prove(services: Services, graph: GraphQuery, fixture: Fixture, field: str) -> None:
    drawn = _draw(services, fixture, field)
    try:
        async with services.graph.rehearsal(timeout_s=PATIENCE_S) as unit:
            for moment, transactions in (("before it has landed", drawn.others), ("once it has landed", [drawn.asked])):
                await unit.run("plant_fixture", **drawn.rows(transactions))
                if await _finds(unit, graph, drawn.payment) is not fixture.found:
                    said = "is not found in" if fixture.found else "is found in"
                    message = f"the pattern {said} the payment {fixture.ask!r} of {fixture.name!r} {moment}"
                    raise InvalidInput(FieldError(field, message))
    except QueryRefused as error:
        raise as_field(error, "graph.cypher") from None
    except QueryCut:
        message = f"the query took longer than {PATIENCE_S:g} s about {fixture.name!r}"
        raise InvalidInput(FieldError("graph.cypher", message)) from None


async def _finds(unit: Unit, graph: GraphQuery, payment: Payment) -> bool:
    rows = await unit.ask(Outside(graph.cypher), pattern_parameters(graph, [payment]))
    return payment.key in read_findings(rows, {payment.key})


class _Drawn:
    """A fixture's payments, on a network of their own whose name no real one can have."""

    def __init__(self, transactions: dict[str, Transaction], ask: str, categories: list[dict[str, Any]]) -> None:
        self.asked = transactions.pop(ask)
        self.others = list(transactions.values())
        self._categories = categories

    @property
    def payment(self) -> Payment:
        payers, payees = payment_sides(self.asked)
        one = self.asked
        return Payment(
            key=one.key,
            network=one.network,
            asset=one.asset,
            at=one.at,
            value=one.value,
            amount=one.amount,
            payers=payers,
            payees=payees,
        )

    def rows(self, transactions: Sequence[Transaction]) -> dict[str, Any]:
        """The parameters that plant these payments."""
        sums = Sums()
        for transaction in transactions:
            sums.add(transaction, {})
        wallets = [sums.wallets[key] for key in sorted(sums.wallets)]
        categories = [row for row in self._categories if row["key"] in sums.wallets]
        return {"wallets": wallets, "flows": list(sums.flows.values()), "rows": sums.rows, "categories": categories}


def _draw(services: Services, fixture: Fixture, field: str) -> _Drawn:
    network = f"#{secrets.token_hex(8)}"
    transactions = {one.id: _transaction(one, network, field) for one in fixture.transfers}
    if len(transactions) < len(fixture.transfers):
        raise InvalidInput(FieldError(f"{field}.transfers", "two of them have the same id"))
    if fixture.ask not in transactions:
        raise InvalidInput(FieldError(f"{field}.ask", "is not the id of one of its transfers"))
    known = services.taxonomy.categories
    if unknown := sorted(set(fixture.categories.values()) - set(known)):
        raise InvalidInput(FieldError(f"{field}.categories", f"{unknown[0]!r} is not a category"))
    categories = [
        {"key": f"{network}:{name}", "category": category, "class": known[category].class_}
        for name, category in fixture.categories.items()
    ]
    return _Drawn(transactions, fixture.ask, categories)


def _transaction(transfer: Transfer, network: str, field: str) -> Transaction:
    inputs, outputs = _parties(transfer.payers, field), _parties(transfer.payees, field)
    value = sum(micro(party.amount) for party in outputs)
    return Transaction(
        network=network,
        id=transfer.id,
        at=BEGIN + timedelta(seconds=transfer.after_s),
        asset="USD",
        amount=format_micro(value),
        value=value,
        inputs=inputs,
        outputs=outputs,
    )


def _parties(side: dict[str, str], field: str) -> tuple[Party, ...]:
    return tuple(Party(name, plain_decimal(amount, f"{field}.transfers")) for name, amount in side.items())
