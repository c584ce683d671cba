"""What a change touches is computed again, told with its causes, and judged; killed anywhere, it is done again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import neo4j
import pytest
from msgspec.structs import replace

from graph.attribution_lists import attributions_about
from graph.attributions import record_attributions, refresh_attributions, withdraw_attributions
from graph.ingest import land_transactions
from graph.marks import count_marks
from graph.model import Alert, Attribution, Job, ScoreChange, Transaction, WalletScore
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from jobs import recomputing, rescreening
from jobs.rescreening_requests import request_rescreening
from jobs.runner import run_job
from jobs.scoring import live_score, request_scoring_run
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.withdrawing import withdraw_transaction as withdraw
from jobs.worker import HANDLERS
from ledger import audit, jobs
from ledger.alert_pages import Asked, list_alerts
from ledger.rescores import list_score_changes
from ledger.scores import find_score, list_top
from tests.builders import key, label, land, pay


async def finish(services: Services, job: Job) -> Job:
    await run_job(services, HANDLERS, job.id)
    async with services.ledger.read() as connection:
        done = await jobs.get_job(connection, job.id)
    assert done.state == "succeeded", done.error
    return done


async def score(services: Services, hops: int = 3) -> Job:
    return await finish(services, (await request_scoring_run(services, actor="test", hops=hops))[1])


async def drain(services: Services) -> dict[str, Any]:
    done = await finish(services, await request_rescreening(services))
    assert done.result is not None
    return done.result


async def stored(services: Services, name: str) -> WalletScore:
    async with services.ledger.read() as connection:
        found = await find_score(connection, key(name))
    assert found is not None
    return found


async def changes_of(services: Services, name: str) -> list[ScoreChange]:
    async with services.ledger.read() as connection:
        return (await list_score_changes(connection, key(name)))[0]


async def alerts_of(services: Services, **asked: Any) -> list[Alert]:
    async with services.ledger.read() as connection:
        return (await list_alerts(connection, Asked(**asked)))[0]


async def events_of(services: Services, action: str) -> list[str]:
    async with services.ledger.read() as connection:
        return [event.subject for event in await audit.list_events(connection, action=action)]


async def unlabel(services: Services, taxonomy: Taxonomy, name: str) -> None:
    ids = [a.id for a in await attributions_about(services.graph, [key(name)]) if a.withdrawn_at is None]
    await withdraw_attributions(services.graph, ids, taxonomy)


async def agree_with_live(services: Services, *names: str) -> None:
    for name in names:
        have, now = await stored(services, name), await live_score(services, key(name))
        assert have.score == pytest.approx(now.score, abs=1e-9), name
        assert (have.hop_counts, have.category) == (now.hop_counts, now.category), name


CHAIN = (pay("thief", "a", 30), pay("clean", "a", 70), pay("a", "b", 50, day=1), pay("x", "y", 1))


async def test_a_late_label_is_told_down_the_flows_with_its_cause(services: Services, taxonomy: Taxonomy) -> None:
    await land(services.graph, *CHAIN)
    await score(services)
    before = await stored(services, "b")

    await label(services.graph, taxonomy, thief="scam")
    done = await drain(services)

    after = await stored(services, "b")
    assert (before.illicit_source_share, after.illicit_source_share) == (0, pytest.approx(0.3))
    assert (done["wallets"], done["changed"], done["left"]) == (4, 4, None), "thief, a, b and whom clean is near"
    assert after.watermark > before.watermark and after.scored_at > before.scored_at
    assert (await stored(services, "x")).watermark == before.watermark
    [change] = await changes_of(services, "b")
    [cause] = change.causes
    assert (cause.kind, cause.wallet, cause.category) == ("attribution_recorded", key("thief"), "scam")
    assert change.words == (
        "scam share of inflow rose from 0 % to 30.0 % (2 hops up the flows at the nearest) because"
        f" {cause.id} (scam, actor of thief, drawn) was recorded on acct:thief"
    )
    assert change.before is not None and (change.before.score, change.after.score) == (before.score, after.score)
    await agree_with_live(services, "thief", "a", "b", "clean", "x", "y")


async def test_money_is_told_as_the_cause_where_money_moved(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam")
    await land(services.graph, *CHAIN)
    await score(services)

    await land(services.graph, pay("thief", "a", 100, id="late", day=-5))
    await drain(services)
    await withdraw_transaction(services.graph, "acct:late")
    await drain(services)

    gone, came = await changes_of(services, "b")
    assert [[(c.kind, c.id) for c in change.causes] for change in (came, gone)] == [
        [("transaction_landed", "acct:late")],
        [("transaction_withdrawn", "acct:late")],
    ]
    assert came.words.startswith("scam share of inflow rose from 30.0 % to 65.0 %")
    assert gone.words.startswith("scam share of inflow fell from 65.0 % to 30.0 %")
    await agree_with_live(services, "thief", "a", "b", "clean")


async def test_what_did_not_change_is_not_told(services: Services) -> None:
    await land(services.graph, *CHAIN)
    await score(services)

    await land(services.graph, pay("clean", "a", 7))
    done = await drain(services)

    assert (done["changed"], done["alerts"]) == (0, 0) and done["wallets"] >= 2
    assert await changes_of(services, "a") == []


async def test_a_wallet_that_landed_after_the_run_gets_a_score(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam")
    await land(services.graph, *CHAIN)
    await score(services)

    await land(services.graph, pay("thief", "new", 1))
    await drain(services)

    assert (await stored(services, "new")).illicit_source_share == 1
    [change] = await changes_of(services, "new")
    assert change.before is None
    async with services.ledger.read() as connection:
        ranked, _ = await list_top(connection, 100)
    assert [s.wallet for s in ranked].count(key("new")) == 1 and len(ranked) == 7
    assert [s.score for s in ranked] == sorted((s.score for s in ranked), reverse=True)


async def test_before_any_run_marks_are_taken_away_and_nothing_is_stored(services: Services) -> None:
    await land(services.graph, *CHAIN)

    done = await drain(services)

    assert (await count_marks(services.graph), done["wallets"], done["run"]) == (0, 0, None)


async def test_scores_reach_the_wallets_in_the_graph(
    services: Services, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    await land(services.graph, *CHAIN)
    await score(services)
    await label(services.graph, taxonomy, thief="scam")
    await drain(services)

    row = cypher.run("MATCH (w:Wallet {key: 'acct:b'}) RETURN w.score AS score, w.scored_seq AS seq").single(
        strict=True
    )
    after = await stored(services, "b")
    assert (row["score"], row["seq"]) == (after.score, after.watermark)


@pytest.mark.parametrize("singly", [0, 1_000])
async def test_many_wallets_or_few_the_answer_is_the_same(
    services: Services, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch, singly: int
) -> None:
    """Computed one by one or out of a count of the whole graph, a re-screened row is what a run finds."""
    monkeypatch.setattr("jobs.recounting.SINGLY", singly)
    await label(services.graph, taxonomy, shop="exchange", swap="dex")
    await land(services.graph, *CHAIN, pay("shop", "a", 7), pay("b", "swap", 20, day=2), pay("swap", "c", 19, day=3))
    await score(services)
    await label(services.graph, taxonomy, thief="scam")
    await land(services.graph, pay("thief", "swap", 5), pay("b", "b", 3))
    await drain(services)
    names = ("thief", "clean", "shop", "swap", "a", "b", "c", "x", "y")
    found = {name: await stored(services, name) for name in names}
    await score(services)

    for name in names:
        again = await stored(services, name)
        for side in ("source", "destination"):
            one, other = getattr(found[name], side), getattr(again, side)
            assert one["residuals"] == pytest.approx(other["residuals"], abs=1e-9), name
            assert one["categories"].keys() == other["categories"].keys()
            for category in one["categories"]:
                assert one["categories"][category] == pytest.approx(other["categories"][category], abs=1e-9)
            assert one["passed_through"] == pytest.approx(other["passed_through"], abs=1e-9)
            assert (one["total_value"], one["coverage"]) == (other["total_value"], other["coverage"])
        for field in ("hop_counts", "in_degree", "out_degree", "category"):
            assert getattr(found[name], field) == getattr(again, field), (name, field)
        assert found[name].score == pytest.approx(again.score, abs=1e-9)


class Killed(Exception):
    """Stands for a process that ends between two steps."""


@pytest.mark.parametrize("step", ["record", "store_rescores", "clear_marks"])
async def test_killed_between_any_two_steps_it_is_done_again_once(
    services: Services, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A job dies just before a step; the next finds the same marks, and alerts and changes are told once."""
    await land(services.graph, *CHAIN, pay("a", "c", 10, day=2))
    await score(services)
    await label(services.graph, taxonomy, clean="ransomware", thief="ransomware")

    transaction = services.ledger.transaction

    def dying(writes: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def dies(name: str, **parameters: object) -> object:
            if name == step:
                raise Killed
            return await writes(name, **parameters)

        return dies

    def dies_too(timeout_s: float | None = None) -> object:
        if timeout_s == 120 and step == "record":
            raise Killed
        return transaction(timeout_s=timeout_s)

    monkeypatch.setattr(services.graph, "batched", dying(services.graph.batched))
    monkeypatch.setattr(services.graph, "write", dying(services.graph.write))
    monkeypatch.setattr(services.ledger, "transaction", dies_too)
    job = await request_rescreening(services)
    await run_job(services, HANDLERS, job.id)
    monkeypatch.undo()
    assert await count_marks(services.graph) > 0
    await finish(services, job)

    assert await count_marks(services.graph) == 0
    assert len(await changes_of(services, "b")) == 1
    retro = await alerts_of(services, class_="retro")
    assert sorted(alert.wallets for alert in retro) == [(key(n),) for n in ("a", "b", "c", "clean", "thief")]
    assert len(await events_of(services, "alert.opened")) == 5
    await agree_with_live(services, "a", "b", "c")


async def test_while_a_run_is_at_work_marks_are_left_to_it(services: Services) -> None:
    await land(services.graph, *CHAIN)
    await score(services)
    await land(services.graph, pay("x", "a", 1))
    _, job = await request_scoring_run(services, actor="test")
    async with services.ledger.transaction() as connection:
        await jobs.claim_job(connection, job.id)

    done = await drain(services)

    assert (done["left"], done["watermark"], await count_marks(services.graph)) == (rescreening.AT_WORK, None, 2)


async def test_too_wide_a_change_asks_for_one_run(services: Services, taxonomy: Taxonomy) -> None:
    await land(services.graph, *CHAIN)
    await score(services)
    await label(services.graph, taxonomy, thief="scam")
    graph = replace(services.settings.graph, rescreen_max_wallets=1)
    services.settings = replace(services.settings, graph=graph)

    done, again = await drain(services), await drain(services)

    assert done["left"] == again["left"] == rescreening.TOO_MUCH
    assert await count_marks(services.graph) > 0
    async with services.ledger.read() as connection:
        [run] = await jobs.list_jobs(connection, name="score_graph", state="queued")
    await finish(services, run)
    assert await count_marks(services.graph) == 0
    await agree_with_live(services, "thief", "a", "b")


async def test_a_crossing_opens_one_retro_alert(services: Services, taxonomy: Taxonomy) -> None:
    await land(services.graph, pay("thief", "a", 95), pay("clean", "a", 5), pay("a", "b", 10, day=1), pay("x", "b", 90))
    await score(services)

    await label(services.graph, taxonomy, thief="ransomware", alone="ransomware")
    await drain(services)
    await label(services.graph, taxonomy, x="dex")
    await drain(services)

    retro = {alert.wallets[0]: alert for alert in await alerts_of(services, class_="retro")}
    assert set(retro) == {key("thief"), key("a")}, "b is below the threshold; nobody ever paid alone"
    exposed, listed = retro[key("a")], retro[key("thief")]
    assert (exposed.decision, exposed.transaction, exposed.status) == (None, None, "open")
    assert exposed.reason_codes == ("RETRO_EXPOSURE_RANSOMWARE",) and exposed.risk_category == "ransomware"
    assert listed.reason_codes == ("RETRO_LISTED_RANSOMWARE",)
    assert exposed.group_id == listed.group_id, "one cause"
    assert exposed.explanation == (await changes_of(services, "a"))[-1].words
    assert sorted(await events_of(services, "alert.opened")) == sorted(alert.id for alert in retro.values())


async def test_a_crossing_that_a_live_alert_tells_is_not_told_again(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="ransomware")
    await land(services.graph, pay("clean", "a", 1), pay("a", "b", 1))
    await score(services)

    given = pay("thief", "a", 99, id="live")
    await screen_transactions(services, [given], actor="test", trace_id="t")
    await drain(services)

    [live] = await alerts_of(services, class_="live")
    assert live.transaction == given.key
    retro = await alerts_of(services, class_="retro")
    assert [alert.wallets for alert in retro] == [(key("b"),)], "b has no payment of its own that tells it"


async def test_a_live_alert_whose_payment_was_withdrawn_tells_nothing(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="ransomware")
    await land(services.graph, pay("other", "a", 99))
    await score(services)

    given = pay("thief", "a", 1, id="gone")
    await screen_transactions(services, [given], actor="test", trace_id="t")
    await withdraw(services, given.key, reason=None, actor="test")
    await label(services.graph, taxonomy, other="ransomware")
    await drain(services)

    told = {alert.wallets for alert in await alerts_of(services, class_="retro")}
    assert told == {(key("other"),), (key("a"),)}, "what the other one paid is still there"


async def test_a_payment_that_lands_while_scores_are_computed_is_waited_for(
    services: Services, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    await label(services.graph, taxonomy, thief="ransomware")
    await land(services.graph, pay("clean", "a", 1))
    await score(services)
    await screen_transactions(services, [pay("clean", "a", 1)], actor="test", trace_id="t")
    given, deciding, asked = pay("thief", "a", 99, id="late"), list[asyncio.Task[Any]](), recomputing.causes_since

    async def lands_late(*arguments: Any) -> Any:
        causes = await asked(*arguments)
        await land_transactions(services.graph, [given])
        deciding.append(asyncio.create_task(decide_soon(services, given)))
        return causes

    monkeypatch.setattr(recomputing, "causes_since", lands_late)
    monkeypatch.setattr(recomputing, "together", in_order)
    await drain(services)
    await deciding[0]

    assert [alert.transaction for alert in await alerts_of(services)] == [given.key]


async def test_a_retro_alert_that_a_payment_overtakes_is_proposed_for_closing(
    services: Services, taxonomy: Taxonomy
) -> None:
    await label(services.graph, taxonomy, thief="ransomware", old="ransomware")
    await land(services.graph, pay("clean", "a", 1), pay("clean", "b", 1))
    await score(services)
    await land(services.graph, pay("old", "b", 99))
    await drain(services)
    # Landed, and not decided before the re-screening has given up waiting.
    given = pay("thief", "a", 99, id="slow")
    await land(services.graph, given)
    await drain(services)
    assert {alert.wallets for alert in await alerts_of(services, class_="retro")} == {(key("a"),), (key("b"),)}

    await screen_transactions(services, [given, pay("thief", "b", 9)], actor="test", trace_id="t")

    [told] = await alerts_of(services, proposed=True)
    [live] = [alert for alert in await alerts_of(services, class_="live") if alert.transaction == given.key]
    assert (told.wallets, told.status) == ((key("a"),), "open"), "what b had been told of came before its payment"
    assert told.proposal_reason == f"alert {live.id} of transaction {given.key} tells the same"
    assert await events_of(services, "alert.closing_proposed") == [told.id]


async def in_order(*work: Any) -> list[Any]:
    return [await one for one in work]


async def decide_soon(services: Services, given: Transaction) -> None:
    await asyncio.sleep(0.2)
    await screen_transactions(services, [given], actor="test", trace_id="t")


async def test_lost_bases_are_proposed_for_closing_and_never_closed(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="ransomware", other="scam")
    await land(services.graph, pay("clean", "a", 1))
    await score(services)
    paid = [pay("thief", "a", 99, id="one"), pay("thief", "a", 9, id="two"), pay("other", "z", 9, id="three")]
    await screen_transactions(services, paid, actor="test", trace_id="t")
    await label(services.graph, taxonomy, clean="ransomware")
    await drain(services)
    assert await alerts_of(services, proposed=True) == []

    await unlabel(services, taxonomy, "thief")
    await unlabel(services, taxonomy, "clean")
    await drain(services)

    proposed = await alerts_of(services, proposed=True)
    reasons = {alert.transaction or alert.wallets[0]: alert.proposal_reason for alert in proposed}
    assert set(reasons) == {"acct:one", "acct:two", "acct:clean"}
    assert reasons["acct:one"] == "no wallet that its evidence names is illicit any more"
    assert reasons["acct:clean"] == "the score of acct:clean fell to 0, below the threshold"
    assert {alert.status for alert in proposed} == {"open"}
    assert [alert.transaction for alert in await alerts_of(services, proposed=False, class_="live")] == ["acct:three"]
    assert sorted(await events_of(services, "alert.closing_proposed")) == sorted(alert.id for alert in proposed)

    await label(services.graph, taxonomy, thief="sanctions")
    await withdraw_transaction(services.graph, "acct:two")
    await drain(services)

    left = {
        alert.transaction or alert.wallets[0]: alert.proposal_reason
        for alert in await alerts_of(services, proposed=True)
    }
    assert set(left) == {"acct:two", "acct:clean"}, "the evidence of one holds again, two was withdrawn itself"


async def test_a_validity_that_passes_is_a_cause(services: Services, taxonomy: Taxonomy) -> None:
    await land_transactions(services.graph, CHAIN)
    await score(services)
    started = datetime.now(UTC)
    await score(services)
    # The third run takes no longer than twice the second: it ends before what it must not see begins.
    begins = datetime.now(UTC) + timedelta(seconds=0.5) + 2 * (datetime.now(UTC) - started)
    given = Attribution(id="", wallet=key("thief"), category="scam", source="drawn", valid_from=begins)
    await record_attributions(services.graph, [given], taxonomy, author="test")
    await score(services)
    await asyncio.sleep(max(0.0, (begins - datetime.now(UTC)).total_seconds()))
    await refresh_attributions(services.graph, taxonomy)
    await drain(services)

    [change] = await changes_of(services, "b")
    assert [cause.kind for cause in change.causes] == ["attribution_began"]
    assert "began to hold for acct:thief" in change.words


async def test_what_moves_by_next_to_nothing_is_stored_at_once_and_told_when_it_adds_up(
    services: Services, taxonomy: Taxonomy
) -> None:
    await label(services.graph, taxonomy, thief="scam")
    await land(services.graph, pay("clean", "a", 1_000_000), pay("thief", "a", 1))
    await score(services)

    for _ in range(3):
        await land(services.graph, pay("thief", "a", 0.4))
        await drain(services)
        now = (await live_score(services, key("a"))).illicit_source_share
        assert (await stored(services, "a")).illicit_source_share == pytest.approx(now, abs=1e-15)

    [told] = await changes_of(services, "a")
    assert told.before is not None
    share = [state.source["categories"]["scam"][0] for state in (told.before, told.after)]
    assert share == pytest.approx([1.8e-6, 2.2e-6], rel=1e-3), "told with the third, which took it past a millionth"
    assert "rose from 0.00018 % to 0.00022 %" in told.words
