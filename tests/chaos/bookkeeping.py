"""The journal of a client against graph, ledger and audit log: each acknowledged write is there, once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import neo4j
import psycopg

from tests.chaos.journal import Journal
from tests.servers import Servers

SPANS = (
    "MATCH (t:Transaction) WHERE t.seq IS NOT NULL WITH t, coalesce(t.earlier_seq, []) AS earlier,"
    " coalesce(t.earlier_withdrawn_seq, []) + [s IN [t.withdrawn_seq] WHERE s IS NOT NULL] AS ends"
    " RETURN t.key AS key, size(earlier) + 1 AS landed, size(ends) AS withdrawn, earlier + ends + t.seq AS seqs"
)
FLOWS = "MATCH (u:Wallet)-[f:FLOW]->(v:Wallet) RETURN u.key AS u, v.key AS v, f.value AS value, f.count AS count"
WALLETS = "MATCH (w:Wallet) RETURN w.key AS key, w.in_value AS into, w.out_value AS out, w.category AS category"
LABELS = (
    "MATCH (a:Attribution) RETURN a.id AS id, a.withdrawn_at IS NULL AS stands, a.seq AS seq, a.withdrawn_seq AS end"
)


def compare_with_graph(journal: Journal, cypher: neo4j.Session) -> list[str]:
    """What the graph holds otherwise than it was acknowledged."""
    spans = cypher.run(SPANS).data()
    labels = cypher.run(LABELS).data()
    wallets = cypher.run(WALLETS).data()
    numbers = [seq for row in spans for seq in row["seqs"]] + [row["seq"] for row in labels]
    numbers += [row["end"] for row in labels if row["end"] is not None]
    return [
        *_differences("payment", _payments(journal), {r["key"]: (r["landed"], r["withdrawn"]) for r in spans}),
        *_differences("label", _labels(journal), {row["id"]: row["stands"] for row in labels}),
        *_differences("flow", journal.flows(), _flows(cypher)),
        *_differences("sums", journal.sums(), {w["key"]: (w["into"], w["out"]) for w in wallets}),
        *_differences("category", journal.categories(), {w["key"]: w["category"] for w in wallets if w["category"]}),
        *(f"seq {seq} was given {times} times" for seq, times in Counter(numbers).items() if times > 1),
    ]


def compare_with_ledger(journal: Journal, servers: Servers) -> list[str]:
    """What the ledger and the audit log hold otherwise than it was acknowledged."""
    payments, labels = journal.payments.values(), journal.labels.values()
    decided = {p.key: p.decision for p in payments}
    withdrawn = {p.key: p.withdrawn for p in payments if p.withdrawn}
    relanded = {p.key: p.landed - 1 for p in payments if p.landed > 1}
    with psycopg.connect(servers.postgres_url) as ledger:
        return [
            *_differences("decision", decided, _pairs(ledger, "SELECT transaction, id FROM decisions")),
            *_differences("landed", dict.fromkeys(decided, 1), _counted(ledger, "transaction FROM landed")),
            *_differences("event of decision", dict.fromkeys(decided, 1), _events(ledger, "transaction.decided")),
            *_differences("withdrawal", withdrawn, _changes(ledger, "withdrawn")),
            *_differences("event of withdrawal", withdrawn, _events(ledger, "transaction.withdrawn")),
            *_differences("re-landing", relanded, _changes(ledger, "relanded")),
            *_differences("event of re-landing", relanded, _events(ledger, "transaction.relanded")),
            *_differences("label recorded", {one.id: 1 for one in labels}, _said(ledger, "recorded")),
            *_differences(
                "label withdrawn", {one.id: 1 for one in labels if not one.stands}, _said(ledger, "withdrawn")
            ),
        ]


def _payments(journal: Journal) -> dict[str, tuple[int, int]]:
    return {payment.key: (payment.landed, payment.withdrawn) for payment in journal.payments.values()}


def _labels(journal: Journal) -> dict[str, bool]:
    return {label.id: label.stands for label in journal.labels.values()}


def _flows(cypher: neo4j.Session) -> dict[tuple[str, str], tuple[int, int]]:
    return {(row["u"], row["v"]): (row["value"], row["count"]) for row in cypher.run(FLOWS).data()}


def _differences(what: str, told: dict[Any, Any], found: dict[Any, Any]) -> list[str]:
    keys = sorted(key for key in told.keys() | found.keys() if told.get(key) != found.get(key))
    return [f"{what} {key}: acknowledged {told.get(key)}, found {found.get(key)}" for key in keys]


def _pairs(ledger: psycopg.Connection, query: str) -> dict[str, Any]:
    return dict(ledger.execute(query).fetchall())  # type: ignore[call-overload, no-any-return]


def _counted(ledger: psycopg.Connection, column_from: str) -> dict[str, Any]:
    return _pairs(ledger, f"SELECT name, count(*) FROM (SELECT {column_from}) AS one(name) GROUP BY name")


def _events(ledger: psycopg.Connection, action: str) -> dict[str, Any]:
    return _counted(ledger, f"subject FROM audit_events WHERE action = '{action}'")


def _changes(ledger: psycopg.Connection, kind: str) -> dict[str, Any]:
    return _counted(ledger, f"transaction FROM transaction_changes WHERE kind = '{kind}'")


def _said(ledger: psycopg.Connection, kind: str) -> dict[str, Any]:
    return _counted(ledger, f"attribution FROM attribution_changes WHERE kind = '{kind}'")
