"""Who watches a wallet hears of it: of any payment, and of a change of exposure, also one that came bit by bit."""

from __future__ import annotations

import pytest

from graph.errors import InvalidInput
from graph.model import Alert
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs import watching
from jobs.rescreening_requests import request_rescreening
from jobs.runner import run_job
from jobs.scoring import request_scoring_run
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger.alert_pages import list_alerts
from ledger.watched_wallets import watched
from tests.builders import label, land, pay

LIST = "wat_1"


async def watch(services: Services, *names: str, threshold: float | None = None, watchlist: str = LIST) -> None:
    await watching.create(
        services, watchlist, name=f"list {watchlist}", description=None, threshold=threshold, actor="ann"
    )
    await watching.watch(services, watchlist, [(f"acct:{name}", None) for name in names], actor="ann")


async def opened(services: Services) -> list[Alert]:
    async with services.ledger.read() as connection:
        return sorted((await list_alerts(connection))[0], key=lambda alert: alert.created_at)


async def post(services: Services, sender: str, receiver: str) -> str | None:
    [done] = await screen_transactions(services, [pay(sender, receiver, 5)], actor="t", trace_id="t")
    return done.decision.alert if done.decision else None


async def drain(services: Services) -> None:
    await run_job(services, HANDLERS, (await request_rescreening(services)).id)


@pytest.fixture
async def scored(services: Services, graph: Graph) -> Services:
    """a has money of a thief and of others; nothing is labelled, all is scored."""
    await land(graph, pay("thief", "a", 10), pay("clean", "a", 90), pay("a", "b", 50), pay("x", "y", 1))
    await run_job(services, HANDLERS, (await request_scoring_run(services, actor="t"))[1].id)
    return services


async def test_any_payment_of_a_watched_wallet_opens_an_alert(services: Services) -> None:
    """On either side, and only until it is taken off the list."""
    await watch(services, "a")

    alerts = [await post(services, "a", "b"), await post(services, "c", "a"), await post(services, "b", "c")]
    await watching.unwatch(services, LIST, "acct:a", actor="ann")
    later = await post(services, "a", "b")

    assert alerts[0] and alerts[1] and (alerts[2], later) == (None, None)
    for alert in await opened(services):
        assert "WATCHED_MOVEMENT" in alert.reason_codes and alert.severity in ("low", "high", "critical")


async def test_a_change_of_exposure_opens_an_alert_below_the_usual_threshold(
    scored: Services, taxonomy: Taxonomy
) -> None:
    """a and b alike get a tenth of scam; only a is watched."""
    await watch(scored, "a")
    await label(scored.graph, taxonomy, thief="scam")
    await drain(scored)

    about = {alert.wallets[0]: alert for alert in await opened(scored)}

    assert set(about) == {"acct:a", "acct:thief"}
    assert about["acct:a"].reason_codes == ("WATCHED_EXPOSURE",)
    assert (about["acct:a"].class_, about["acct:a"].severity) == ("retro", "low")
    assert "WATCHED_EXPOSURE" not in about["acct:thief"].reason_codes


async def test_who_crosses_the_usual_threshold_is_told_once(scored: Services, taxonomy: Taxonomy) -> None:
    await watch(scored, "thief")
    await label(scored.graph, taxonomy, thief="scam")
    await drain(scored)

    [alert] = await opened(scored)

    assert alert.wallets == ("acct:thief",)
    assert alert.reason_codes == ("RETRO_LISTED_SCAM", "WATCHED_EXPOSURE")


async def test_a_threshold_bounds_what_is_told_and_a_slow_drift_adds_up(scored: Services, taxonomy: Taxonomy) -> None:
    """Four steps of a few points each: none is beyond a quarter by itself, all of them are."""
    await watch(scored, "a", threshold=0.25)
    await watch(scored, "y", watchlist="wat_2")
    await label(scored.graph, taxonomy, thief="scam")
    await drain(scored)
    told = []
    for _ in range(4):
        await land(scored.graph, pay("thief", "a", 10))
        await drain(scored)
        told.append(sum(alert.wallets == ("acct:a",) for alert in await opened(scored)))

    assert told[0] == 0 and told[-1] == 1
    # It has been told now: the next step begins from here.
    await land(scored.graph, pay("thief", "a", 10))
    await drain(scored)
    assert [alert.reason_codes for alert in await opened(scored) if alert.wallets == ("acct:a",)] == [
        ("WATCHED_EXPOSURE",)
    ]


async def test_a_list_that_has_ended_watches_nobody(scored: Services, taxonomy: Taxonomy) -> None:
    await watch(scored, "a", "b")
    await watching.end(scored, LIST, lambda _: None, actor="ann")
    await label(scored.graph, taxonomy, thief="scam")
    await drain(scored)

    assert {alert.wallets[0] for alert in await opened(scored)} == {"acct:thief"}
    async with scored.ledger.read() as connection:
        assert await watched(connection, ["acct:a", "acct:b"]) == []
    await watching.create(scored, "wat_3", name=f"LIST {LIST}", description=None, threshold=None, actor="ann")
    with pytest.raises(InvalidInput, match="wat_3"):
        await watching.create(scored, "wat_4", name=f"list {LIST}", description=None, threshold=None, actor="ann")
