"""After the flood: graph, ledger, audit log and every reader against what the clients were acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import neo4j
import psycopg

from tests.chaos.flood import Known
from tests.chaos.readers import Told
from tests.servers import Servers


def compare_stores(known: Known, servers: Servers, cypher: neo4j.Session) -> list[str]:
    """What is not there exactly once, in graph, ledger and audit log."""
    expected = Counter(known.acknowledged)
    landed = Counter(row["key"] for row in cypher.run("MATCH (t:Transaction) RETURN t.key AS key").data())
    with psycopg.connect(servers.postgres_url) as ledger:
        decisions = dict(ledger.execute("SELECT transaction, id FROM decisions").fetchall())
        counted = {
            "landed": _count(ledger, "SELECT transaction FROM landed"),
            "decisions": _count(ledger, "SELECT transaction FROM decisions"),
            "events": _count(ledger, "SELECT subject FROM audit_events WHERE action = 'transaction.decided'"),
        }
    found = [
        f"{name}: {_odd(expected, each)}" for name, each in (counted | {"graph": landed}).items() if each != expected
    ]
    others = {key for key, decision in known.decisions.items() if decisions.get(key) != decision}
    return [*found, *(f"{key} is on record with another decision than was answered" for key in sorted(others))]


def events_of(servers: Servers, kind: str) -> dict[int, str]:
    """Every event of a kind, such as `alert.`, by seq, in order."""
    with psycopg.connect(servers.postgres_url) as ledger:
        query = "SELECT seq, action FROM audit_events WHERE starts_with(action, %s) ORDER BY seq"
        return dict(ledger.execute(query, (kind,)).fetchall())


def compare_readers(expected: dict[int, str], told: Sequence[Told], ordered: Sequence[str]) -> list[str]:
    """Which events did not reach a reader, reached it though they never were, or, for `ordered` ones, out of order."""
    found = []
    for one in told:
        lost, made_up = sorted(expected.keys() - one.seqs.keys()), sorted(one.seqs.keys() - expected.keys())
        found += [f"{one.name} was not told of {lost[:5]} ({len(lost)})"] if lost else []
        found += [f"{one.name} was told of {made_up[:5]}, which never were"] if made_up else []
        found += [f"{one.name} went backwards: {one.backwards[:5]}"] if one.backwards and one.name in ordered else []
        found += [f"{one.name} was told another type" for s, kind in one.seqs.items() if expected.get(s, kind) != kind]
    return found


def told_by_kafka(name: str, records: Sequence[Any]) -> Told:
    """What a topic holds; within a partition it must not go backwards but for what is repeated."""
    told, last = Told(name), Counter[int]()
    for record in records:
        seq = msgspec.json.decode(record.value)["seq"]
        is_new = seq not in told.seqs
        told.take(seq, dict(record.headers)["ce_type"].decode())
        if is_new and seq < last[record.partition]:
            raise AssertionError(f"{name}: {seq} came after {last[record.partition]} in partition {record.partition}")
        last[record.partition] = max(last[record.partition], seq)
    return told


def _count(ledger: psycopg.Connection, query: str) -> Counter[str]:
    return Counter(row[0] for row in ledger.execute(query).fetchall())  # type: ignore[call-overload]


def _odd(expected: Counter[str], found: Counter[str]) -> str:
    missing, more = expected - found, found - expected
    return f"{len(missing)} missing {sorted(missing)[:5]}, {sum(more.values())} too many {sorted(more)[:5]}"
