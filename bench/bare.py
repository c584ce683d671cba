"""The references: the Neo4j driver alone, as one would write it by hand, with nothing of ours around it.

The one place outside graph/session.py that talks to the driver: a reference must not hold what is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, LiteralString

from neo4j import Driver, GraphDatabase

from graph.catalog import load_catalog
from graph.content import content_hashes
from graph.model import Transaction
from graph.sums import Sums
from settings import GraphSettings

Batch = tuple[dict[str, Any], dict[str, Any]]


@contextmanager
def bare_driver(settings: GraphSettings) -> Iterator[Driver]:
    """Open the blocking driver, the fastest way from one thread to the server."""
    auth = (settings.neo4j_user, settings.neo4j_password)
    with GraphDatabase.driver(settings.neo4j_uri, auth=auth, notifications_min_severity="OFF") as driver:
        yield driver


def prepare_batches(transactions: Sequence[Transaction], size: int) -> list[Batch]:
    """Make the parameters of both ingest queries beforehand, so that the loop below only sends them."""
    return [_prepare(transactions[first : first + size]) for first in range(0, len(transactions), size)]


def _prepare(transactions: Sequence[Transaction]) -> Batch:
    sums = Sums()
    for transaction in transactions:
        content, timeless = content_hashes(transaction)
        sums.add(transaction, {"content": content, "timeless": timeless})
    lock = {"keys": sorted(transaction.key for transaction in transactions)}
    land = {
        **sums.placed(sums.rows),
        "again": [],
        "size": len(transactions),
        "now": datetime.now(UTC),
    }
    return lock, land


def send_batches(driver: Driver, batches: Sequence[Batch], *, marks: bool = True) -> None:
    """Land prepared batches, one transaction each: the Cypher of our own ingest in a bare loop.

    Without `marks` the same Cypher leaves no stale marks, to tell what they cost.
    """
    landing = _text("land_transactions") if marks else _unmarked()
    with driver.session() as session:
        for lock, land in batches:
            with session.begin_transaction() as transaction:
                transaction.run(_text("lock_transactions"), lock).consume()
                transaction.run(landing, land).consume()
                transaction.commit()


def read_flow_rows(driver: Driver) -> list[tuple[Any, ...]]:
    """Read every flow as a record of its own: (source, target, value, count)."""
    with driver.session(default_access_mode="READ") as session:
        result = session.run(
            "CYPHER 25 MATCH (u:Wallet)-[f:FLOW]->(v:Wallet) "
            "RETURN u.key AS source, v.key AS target, f.value AS value, f.count AS count"
        )
        return [tuple(record.values()) for record in result]


# What a landing adds for the stale marks of its wallets.
MARKS: tuple[LiteralString, ...] = (
    "w:Stale, w.stale = coalesce(w.stale, 0) + 1,\n"
    "w.stale_in = CASE WHEN row.in_count > 0 THEN true ELSE w.stale_in END,\n"
    "w.stale_out = CASE WHEN row.out_count > 0 THEN true ELSE w.stale_out END,\n",
    ", u.stale_links = true, v.stale_links = true,\n"
    "u.stale_near = CASE WHEN v:Illicit THEN true ELSE u.stale_near END,\n"
    "v.stale_near = CASE WHEN u:Illicit THEN true ELSE v.stale_near END",
)


def _unmarked() -> LiteralString:
    text = _text("land_transactions")
    for part in MARKS:
        if part not in text:
            raise ValueError("land_transactions no longer marks wallets as this reference expects")
        text = text.replace(part, "")
    return text


def _text(name: str) -> LiteralString:
    return load_catalog()[name].text
