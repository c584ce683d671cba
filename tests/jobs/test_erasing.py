"""Erased text is gone for good, and everything else says so: known again, replayed, verified, rebuilt."""

from __future__ import annotations

import neo4j
import psycopg
import pytest
from msgspec.structs import replace

from graph.digest import graph_digest
from graph.errors import NotFound
from jobs.erasing import ERASED, erase_transaction_text
from jobs.rebuilding import rebuild
from jobs.reconciling import new_sweep, reconcile
from jobs.replaying_decisions import replay_decision
from jobs.screening import Screened, screen_transactions
from jobs.services import Services
from jobs.verifying import verify_ledger
from ledger import audit
from ledger.personal import find_text
from tests.builders import pay
from tests.conftest import empty_graph
from tests.jobs.test_verifying import findings
from tests.servers import Servers

PAYMENT = replace(pay("a", "b", 5, id="p"), purpose="for Ada", context={"customer_reference": "Ada", "channel": "app"})


async def post(services: Services, purpose: str | None = "for Ada", channel: str = "app") -> Screened:
    given = replace(PAYMENT, purpose=purpose, context=PAYMENT.context | {"channel": channel})
    [screened] = await screen_transactions(services, [given], actor="test", trace_id="trace")
    return screened


async def erase(services: Services) -> bool:
    return await erase_transaction_text(services, PAYMENT.key, reason="asked for", actor="eraser")


async def test_erased_text_is_gone_and_the_rest_stays(services: Services, cypher: neo4j.Session) -> None:
    first = await post(services)

    assert await erase(services)
    assert not await erase(services), "there is nothing left"

    async with services.ledger.read() as connection:
        assert await find_text(connection, PAYMENT.key) is None
        [event] = await audit.list_events(connection, action=ERASED)
    assert (event.actor, event.subject, event.body["reason"]) == ("eraser", PAYMENT.key, "asked for")
    assert cypher.run("MATCH (t:Transaction) RETURN t.text_salt AS salt").single(strict=True)["salt"] is None
    report = await verify_ledger(services, lambda text: None)
    assert (report.findings, report.erased) == ([], 1)
    # Known whatever its text, in conflict where the rest differs.
    assert first.decision is not None
    for again in (await post(services), await post(services, "for Bob"), await post(services, None)):
        assert (again.created, again.decision) == (False, first.decision)
    assert (await post(services, channel="branch")).error is not None
    replay = await replay_decision(services, first.decision.id, actor="test")
    assert replay.erased and replay.is_same


async def test_text_that_is_gone_without_an_event_is_found(services: Services, servers: Servers) -> None:
    await post(services)
    body = "replace(body, 'for Ada', 'for Eve')"
    edit_texts(servers, f"UPDATE personal_texts SET body = {body}")
    assert await findings(services) == ["transaction acct:p: its personal text is not the one that was landed"]

    edit_texts(servers, "DELETE FROM personal_texts")
    assert await findings(services) == ["transaction acct:p: its text is gone, and no event says so"]


def edit_texts(servers: Servers, statement: str) -> None:
    with psycopg.connect(servers.postgres_admin_url) as connection:
        assert connection.execute(statement).rowcount == 1  # type: ignore[call-overload]


async def test_a_crash_before_the_graph_forgets_the_salt_is_mended(services: Services, cypher: neo4j.Session) -> None:
    await post(services)
    salt = cypher.run("MATCH (t:Transaction) RETURN t.text_salt AS salt").single(strict=True)["salt"]
    await erase(services)
    cypher.run("MATCH (t:Transaction) SET t.text_salt = $salt", salt=salt).consume()

    sweep = await new_sweep(services, everything=True)
    await reconcile(sweep)

    assert [(one.kind, one.subject) for one in sweep.findings] == [("salt", PAYMENT.key)]
    assert cypher.run("MATCH (t:Transaction) RETURN t.text_salt AS salt").single(strict=True)["salt"] is None


async def test_a_graph_is_rebuilt_with_erased_text(services: Services, cypher: neo4j.Session) -> None:
    await post(services)
    await screen_transactions(services, [replace(pay("b", "c", 1, id="q"), purpose="x")], actor="t", trace_id="t")
    await erase(services)
    before = await graph_digest(services.graph)
    empty_graph(cypher)

    await rebuild(services, replace=False, actor="test", tell=lambda report: None)

    assert await graph_digest(services.graph) == before
    assert not (await post(services, "for Bob")).created


async def test_only_a_transaction_that_was_recorded_can_be_erased(services: Services) -> None:
    with pytest.raises(NotFound):
        await erase(services)
