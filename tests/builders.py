"""Draw a graph in sentences: `money("a").to("b", 5)`; wallets are `acct` names, values whole units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from msgspec.structs import replace

from graph.attributions import record_attributions
from graph.ingest import Landing, land_transactions
from graph.model import MICRO, Attribution, Party, Transaction
from graph.money import format_micro
from graph.session import Graph
from graph.taxonomy import Taxonomy

START = datetime(2020, 1, 1, tzinfo=UTC)
_numbers = count(1)


def key(name: str) -> str:
    return f"acct:{name}"


def pay(sender: str, receiver: str, units: float, *, id: str | None = None, day: float = 0) -> Transaction:  # noqa: A002
    """One wallet pays another `units` of the reference currency."""
    return transfer({sender: units}, {receiver: units}, id=id, day=day)


def transfer(
    inputs: Mapping[str, float] | Sequence[tuple[str, float]],
    outputs: Mapping[str, float] | Sequence[tuple[str, float]],
    *,
    id: str | None = None,  # noqa: A002
    day: float = 0,
) -> Transaction:
    """Many pay many; sequences may name a wallet twice."""
    sides = [
        tuple(
            Party(name, format_micro(round(units * MICRO)))
            for name, units in (s.items() if isinstance(s, Mapping) else s)
        )
        for s in (inputs, outputs)
    ]
    total = sum(round(float(party.amount) * MICRO) for party in sides[1])
    return Transaction(
        network="acct",
        id=id or f"t{next(_numbers)}",
        at=START + timedelta(days=day),
        asset="USD",
        amount=format_micro(total),
        value=total,
        inputs=sides[0],
        outputs=sides[1],
    )


async def land(graph: Graph, *transactions: Transaction) -> list[Landing]:
    return await land_transactions(graph, transactions)


async def attribute(graph: Graph, taxonomy: Taxonomy, *given: Attribution) -> None:
    """Record attributions that say more than a category."""
    await record_attributions(graph, given, taxonomy, author="drawer")


async def label(graph: Graph, taxonomy: Taxonomy, **categories: str) -> None:
    """Attribute wallets: `label(graph, taxonomy, a="scam")`."""
    given = [
        Attribution(id="", wallet=key(name), category=category, source="drawn", actor=f"actor of {name}")
        for name, category in categories.items()
    ]
    await record_attributions(graph, given, taxonomy, author="drawer")


def spend(
    inputs: Mapping[str, float],
    outputs: Mapping[str, float] | Sequence[tuple[str, float]],
    *,
    id: str | None = None,  # noqa: A002
    day: float = 0,
) -> Transaction:
    """A transaction of a utxo network (`ltc`), where the first letter of a wallet's name is its kind of address."""
    return replace(transfer(inputs, outputs, id=id, day=day), network="ltc")
