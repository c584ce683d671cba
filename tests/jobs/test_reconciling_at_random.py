"""Many differences at once, by seed: every one is found, all is as it was, and a second sweep finds nothing.

The seed is part of the test's name; `make soak` draws ten times as many.
"""

from __future__ import annotations

from random import Random
from typing import Any

import neo4j
import pytest

from graph.digest import graph_digest
from graph.ingest import land_transactions
from graph.model import Attribution
from jobs.attributing import commit_attributions
from jobs.reconciling import new_sweep, reconcile
from jobs.reconciling_sweep import Finding
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.verifying import verify_ledger
from jobs.withdrawing import withdraw_transaction
from tests.builders import key, pay
from tests.jobs.test_reconciling import meddle
from tests.reliability import record
from tests.servers import Servers

# Of one thing each, so that no difference hides another; $subject says which.
ON_A_TRANSACTION = (
    "MATCH (t:Transaction {key: $subject}) DETACH DELETE t",
    "MATCH (t:Transaction {key: $subject}) SET t.value = t.value + 1",
    "MATCH (t:Transaction {key: $subject}) SET t.content = 'x'",
    "MATCH (t:Transaction {key: $subject}) SET t.seq = t.seq + 100000",
    "MATCH (t:Transaction {key: $subject}) SET t.recorded_at = datetime()",
    "MATCH (t:Transaction {key: $subject}) SET t.withdrawn_at = datetime(), t.withdrawn_seq = 900000",
    "MATCH ()-[r:SENT]->(:Transaction {key: $subject}) SET r.amount = '0.5'",
    "MATCH (:Transaction {key: $subject})-[r:TO]->() SET r.value = r.value - 1",
    "MATCH (:Transaction {key: $subject})-[r:TO]->() DELETE r",
)
ON_A_FLOW = (
    "MATCH (u:Wallet {key: $source})-[f:FLOW]->(:Wallet {key: $target}) SET f.value = f.value * 2",
    "MATCH (u:Wallet {key: $source})-[f:FLOW]->(:Wallet {key: $target}) SET f.count = f.count + 1",
    "MATCH (u:Wallet {key: $source})-[f:FLOW]->(:Wallet {key: $target}) SET f.first_at = datetime()",
    "MATCH (u:Wallet {key: $source})-[f:FLOW]->(:Wallet {key: $target}) DELETE f",
)
ON_A_WALLET = (
    "MATCH (w:Wallet {key: $subject}) SET w.out_value = w.out_value + 1",
    "MATCH (w:Wallet {key: $subject}) SET w.in_count = w.in_count + 1",
    "MATCH (w:Wallet {key: $subject}) SET w.last_at = datetime()",
    "MATCH (w:Wallet {key: $subject}) SET w.network = 'x'",
)
ON_A_LABEL = (
    "MATCH (w:Wallet {key: $subject}) SET w.category = 'dex'",
    "MATCH (w:Wallet {key: $subject}) REMOVE w:Illicit",
    "MATCH (w:Wallet {key: $subject}) SET w.attribution = null",
)
ON_AN_ATTRIBUTION = (
    "MATCH (a:Attribution {id: $subject}) DETACH DELETE a",
    "MATCH (a:Attribution {id: $subject}) SET a.confidence = 0.01",
    "MATCH (a:Attribution {id: $subject}) SET a.withdrawn_at = datetime(), a.withdrawn_seq = 900000",
)


class Scene:
    """A populated system, and what was done to it: subjects that the reconciler must name."""

    def __init__(self, services: Services, servers: Servers, cypher: neo4j.Session, seed: int) -> None:
        self.services, self.servers, self.cypher, self.draw = services, servers, cypher, Random(seed)
        self.hit: set[str] = set()
        self.transactions: list[str] = []
        self.flows: list[tuple[str, str]] = []
        self.wallets: list[str] = []
        self.labelled: list[str] = []
        self.attributions: list[str] = []
        self.alerts: list[str] = []

    async def populate(self, count: int) -> None:
        """Every payment between wallets of its own, so that each difference stands by itself; some withdrawn."""
        given = [pay(f"s{i}", f"r{i}", 1 + i % 9, id=f"x{i}", day=i % 5) for i in range(count)]
        said = [Attribution(id="", wallet=key(f"l{i}"), category="scam", source="drawn") for i in range(count)]
        for first in range(0, count, 200):
            await screen_transactions(self.services, given[first : first + 200], actor="test", trace_id="trace")
        for one in given[:: max(1, count // 6)]:
            await withdraw_transaction(self.services, one.key, reason="reorganised", actor="test")
        done = await commit_attributions(self.services, said, actor="test", source_name="drawn")
        thieves = [pay(f"l{i}", f"v{i}", 2, id=f"y{i}") for i in range(0, count, 5)]
        await screen_transactions(self.services, thieves[:150], actor="test", trace_id="trace")
        standing = [one for i, one in enumerate(given) if i % max(1, count // 6)]
        self.draw.shuffle(standing)
        third = len(standing) // 3
        self.transactions = [one.key for one in standing[:third]]
        pairs = [(key(one.inputs[0].address), key(one.outputs[0].address)) for one in standing[third:]]
        self.flows, self.wallets = pairs[:third], [wallet for pair in pairs[third:] for wallet in pair]
        self.labelled, self.attributions = [key(f"l{i}") for i in range(1, count, 2)], list(done.ids[::2])
        async with self.services.ledger.read() as connection:
            found = await (await connection.execute("SELECT id FROM alerts ORDER BY id")).fetchall()
        self.alerts = [row["id"] for row in found]

    async def land_unrecorded(self, count: int) -> None:
        """Landed in the graph, never recorded."""
        given = [pay(f"u{i}", f"w{i}", 3, id=f"z{i}") for i in range(count)]
        await land_transactions(self.services.graph, given)
        self.hit |= {one.key for one in given}

    def damage(self) -> None:
        """Make one difference of a kind drawn, of a thing that nothing was done to yet."""
        kinds = [
            (self.transactions, self.of_transaction),
            (self.flows, self.of_flow),
            (self.wallets, self.of_wallet),
            (self.labelled, self.of_label),
            (self.attributions, self.of_attribution),
            (self.alerts, self.of_alert),
        ]
        things, do = self.draw.choice([kind for kind in kinds if kind[0]])
        do(things.pop())

    def of_transaction(self, subject: str) -> None:
        self.run(self.draw.choice(ON_A_TRANSACTION), subject)

    def of_flow(self, flow: tuple[str, str]) -> None:
        source, target = flow
        self.cypher.run(self.draw.choice(ON_A_FLOW), source=source, target=target).consume()  # type: ignore[arg-type]
        self.hit.add(f"{source} > {target}")

    def of_wallet(self, subject: str) -> None:
        self.run(self.draw.choice(ON_A_WALLET), subject)

    def of_label(self, subject: str) -> None:
        self.run(self.draw.choice(ON_A_LABEL), subject)

    def of_attribution(self, subject: str) -> None:
        self.run(self.draw.choice(ON_AN_ATTRIBUTION), subject)

    def of_alert(self, subject: str) -> None:
        meddle(self.servers, f"DELETE FROM alerts WHERE id = '{subject}'")
        self.hit.add(subject)

    def run(self, statement: str, subject: str) -> None:
        done = self.cypher.run(statement, subject=subject).consume()  # type: ignore[arg-type]
        assert done.counters.contains_updates, statement
        self.hit.add(subject)


async def sweep(services: Services) -> list[Finding]:
    made = await new_sweep(services, everything=True)
    made.grace_s = 0
    await reconcile(made)
    return made.findings


async def reconciled(services: Services, servers: Servers, cypher: neo4j.Session, *, seed: int, count: int) -> None:
    scene = Scene(services, servers, cypher, seed)
    await scene.populate(count * 2)
    alerts = await alert_rows(services)
    await scene.land_unrecorded(count // 10)
    before = await graph_digest(services.graph)
    for _ in range(count - count // 10):
        scene.damage()
    assert len(scene.hit) == count

    found = await sweep(services)

    assert scene.hit - {finding.subject for finding in found} == set()
    assert [finding for finding in found if not finding.done] == []
    assert await graph_digest(services.graph) == before and await alert_rows(services) == alerts
    assert await sweep(services) == []
    assert (await verify_ledger(services, lambda text: None)).findings == []


async def alert_rows(services: Services) -> list[dict[str, Any]]:
    async with services.ledger.read() as connection:
        return await (await connection.execute("SELECT * FROM alerts ORDER BY id")).fetchall()


@pytest.mark.parametrize("seed", [20261122])
async def test_sixty_differences_are_found_and_repaired(
    services: Services, servers: Servers, cypher: neo4j.Session, seed: int
) -> None:
    await reconciled(services, servers, cypher, seed=seed, count=60)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_five_hundred_differences_are_found_and_repaired(
    services: Services, servers: Servers, cypher: neo4j.Session, seed: int
) -> None:
    await reconciled(services, servers, cypher, seed=seed, count=500)
    record(f"differences of graph and ledger found and repaired, seed {seed}", n=500, failures=0, seed=seed)
