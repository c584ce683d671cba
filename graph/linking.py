"""What transactions of utxo networks say about who shares an owner, kept as links that can be taken back.

A transaction's links follow from itself and from who was named before it, by time and then by key. So a change touches
the links of those that it is about, and of those that pay a wallet which it may have been the first to name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np
from msgspec import Struct

from graph.batch import Integers
from graph.clustering import COSPEND, Heuristic, Links, Payments, links_of
from graph.entities import UTXO_NETWORKS
from graph.session import Graph, Row

# Transactions of one unit: a unit of 2,000 links is written in well under a second.
PAGE = 2_000
# Digits after the point that a sum which people chose may have.
ROUND_DIGITS = 3

_bech32 = re.compile(r"[a-z]+1[qp]").match


class State(Struct, frozen=True):
    """How far clustering is: `linked` changes are in the links, `seq` in the entities; None where there are none."""

    seq: int | None = None
    linked: int = 0
    vetoed: frozenset[str] = frozenset()


class Changed(Struct, frozen=True):
    """Transactions that changed, and the number of the graph up to which these are all."""

    keys: list[str]
    seq: int
    is_last: bool


async def read_state(graph: Graph) -> State:
    """Return how far clustering is."""
    rows = await graph.read("clustering_state")
    return State(rows[0]["seq"], rows[0]["linked_seq"], frozenset(rows[0]["vetoed"])) if rows else State()


async def read_changed(graph: Graph, after: int, until: int) -> Changed:
    """Return the first transactions of utxo networks that landed or were withdrawn after a number, 2,000 at most."""
    networks = sorted(UTXO_NETWORKS)
    rows = await graph.read("changed_payments", networks=networks, after=after, until=until, limit=PAGE)
    is_last = len(rows) < PAGE
    return Changed([row["key"] for row in rows], until if is_last else rows[-1]["seq"], is_last)


async def relink(graph: Graph, keys: Collection[str], *, seq: int, vetoed: Collection[str]) -> int:
    """Say anew what changed transactions, and those that they affect, tell of owners; return how many links that is.

    Repeatable: their links are taken back first. `vetoed` are the transactions that count no more, `seq` the number up
    to which links are true after it.
    """
    given = sorted(set(keys))
    affected = [row["key"] for row in await graph.read("affected_payments", keys=given)] if given else []
    again = sorted({*given, *affected})
    facts = await graph.read("payment_facts", keys=again) if again else []
    links = said_by(facts, vetoed)
    done = await graph.write("relink_payments", keys=again, links=links, seq=seq, vetoed=sorted(vetoed))
    return int(done[0]["linked"])


def said_by(facts: Sequence[Row], vetoed: Collection[str]) -> list[Row]:
    """The links of transactions as rows to be written; those of vetoed ones are kept and marked."""
    keys = sorted({key for row in facts for key in (*row["inputs"], *row["outputs"])})
    found = links_of(payments_of(facts, keys))
    rows: list[Row] = []
    for place, source, target, percent in zip(*_lists(found), strict=True):
        transaction = facts[place]["key"]
        heuristic: Heuristic = "cospend" if percent == COSPEND else "change"
        rows.append(
            {
                "transaction": transaction,
                "source": keys[source],
                "target": keys[target],
                "heuristic": heuristic,
                "confidence": percent / 100,
                "vetoed": transaction in vetoed,
            }
        )
    return rows


def payments_of(facts: Sequence[Row], keys: Sequence[str]) -> Payments:
    """Rows of `payment_facts` as columns over the sorted wallet keys."""
    index = {key: i for i, key in enumerate(keys)}
    amounts: dict[str, int] = {}
    paying = [(place, index[key]) for place, row in enumerate(facts) for key in sorted(set(row["inputs"]))]
    taking = [
        (place, index[key], amounts.setdefault(amount, len(amounts)), _is_round(amount), is_seen)
        for place, row in enumerate(facts)
        for key, amount, is_seen in zip(row["outputs"], row["amounts"], row["seen"], strict=True)
    ]
    kinds: dict[str, int] = {"": 0}
    paid, taken = _columns(paying, 2), _columns(taking, 5)
    return Payments(
        transactions=len(facts),
        paying=paid[0],
        payers=paid[1],
        taking=taken[0],
        payees=taken[1],
        amounts=taken[2],
        round=taken[3].astype(bool),
        seen=taken[4].astype(bool),
        kinds=np.fromiter((kinds.setdefault(kind_of(key), len(kinds)) for key in keys), np.int64, len(keys)),
    )


def kind_of(wallet: str) -> str:
    """The kind of address of a wallet key, such as `btc:1` (p2pkh), `btc:3` (p2sh) or `btc:bc1q42` (p2wpkh)."""
    network, _, address = wallet.partition(":")
    address = address.rpartition(":")[2]
    witness = _bech32(address)
    return f"{network}:{witness[0]}{len(address)}" if witness else f"{network}:{address[:1]}"


def _is_round(amount: str) -> bool:
    return len(amount.partition(".")[2].rstrip("0")) <= ROUND_DIGITS


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> list[Integers]:
    return list(np.asarray(rows, np.int64).reshape(-1, width).T)


def _lists(links: Links) -> tuple[list[int], list[int], list[int], list[int]]:
    return (links.transactions.tolist(), links.sources.tolist(), links.targets.tolist(), links.percents.tolist())
