"""What a run finds and no re-screening did is told and judged once; what re-screening told is not told again."""

from __future__ import annotations

from itertools import pairwise

import pytest

from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from jobs.comparing import NAME
from jobs.runner import run_job
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger import jobs
from tests.builders import key, label, land, pay
from tests.jobs.test_rescreening import alerts_of, changes_of, drain, events_of, finish, score, unlabel


async def comparisons(services: Services) -> list[dict[str, object]]:
    """Run every comparison that is queued and return the results."""
    async with services.ledger.read() as connection:
        queued = await jobs.list_jobs(connection, name=NAME, state="queued")
    return [(await finish(services, job)).result or {} for job in reversed(queued)]


async def test_the_first_run_has_nothing_to_be_compared_with(services: Services) -> None:
    await land(services.graph, pay("a", "b", 1))
    await score(services)

    assert await comparisons(services) == []


async def test_what_a_run_found_first_is_told_with_its_cause(services: Services, taxonomy: Taxonomy) -> None:
    await land(services.graph, pay("thief", "a", 95), pay("clean", "a", 5), pay("x", "y", 1))
    await score(services)
    await label(services.graph, taxonomy, thief="ransomware")
    await score(services)

    [done] = await comparisons(services)

    assert (done["changed"], done["alerts"]) == (3, 2), "clean is near thief; x and y are as before"
    retro = {alert.wallets[0]: alert for alert in await alerts_of(services, class_="retro")}
    assert set(retro) == {key("a"), key("thief")}
    [change] = await changes_of(services, "a")
    assert [cause.wallet for cause in change.causes] == [key("thief")]
    assert retro[key("a")].explanation == change.words and "was recorded on acct:thief" in change.words
    assert len(await events_of(services, "alert.opened")) == 2


async def test_causes_are_looked_for_as_far_as_the_run_went(services: Services, taxonomy: Taxonomy) -> None:
    await land(services.graph, *(pay(one, other, 1) for one, other in pairwise(("thief", "a", "b", "c", "d", "e"))))
    await score(services, hops=5)
    await label(services.graph, taxonomy, thief="ransomware")
    await score(services, hops=5)

    await comparisons(services)

    [change] = await changes_of(services, "e")
    assert [cause.wallet for cause in change.causes] == [key("thief")]


async def test_what_re_screening_told_is_not_told_again(services: Services, taxonomy: Taxonomy) -> None:
    await land(services.graph, pay("thief", "a", 95), pay("clean", "a", 5))
    await score(services)
    await label(services.graph, taxonomy, thief="ransomware")
    await drain(services)
    await score(services)

    assert [done["changed"] for done in await comparisons(services)] == [0]
    assert len(await changes_of(services, "a")) == 1 and len(await alerts_of(services, class_="retro")) == 2


async def test_runs_over_other_hops_are_not_compared(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam")
    await land(services.graph, pay("thief", "a", 1), pay("a", "b", 1, day=1))
    await score(services, hops=1)
    await score(services, hops=3)

    assert [done["changed"] for done in await comparisons(services)] == [0]
    assert await changes_of(services, "b") == []


async def test_bases_lost_in_a_run_are_proposed_for_closing(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="ransomware", late="ransomware")
    await land(services.graph, pay("clean", "a", 1))
    await score(services)
    paid = [pay("thief", "z", 9, id="of-thief"), pay("late", "y", 9, id="of-late"), pay("late", "y", 1, id="stays")]
    await screen_transactions(services, paid, actor="test", trace_id="t")
    await unlabel(services, taxonomy, "thief")
    await withdraw_transaction(services.graph, "acct:of-late")
    await score(services)

    await comparisons(services)

    assert {a.transaction for a in await alerts_of(services, proposed=True)} == {"acct:of-thief", "acct:of-late"}


async def test_a_page_that_was_recorded_is_not_told_again(
    services: Services, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.comparing.PAGE", 1)
    await land(services.graph, pay("thief", "a", 95), pay("clean", "a", 5))
    await score(services)
    await label(services.graph, taxonomy, thief="ransomware")
    await score(services)
    async with services.ledger.read() as connection:
        [job] = await jobs.list_jobs(connection, name=NAME, state="queued")
    read, asked = services.ledger.read, []

    def dies_late(timeout_s: float | None = None) -> object:
        asked.append(timeout_s)
        if asked.count(120) == 3:
            raise RuntimeError("killed before the third page")
        return read(timeout_s=timeout_s)

    monkeypatch.setattr(services.ledger, "read", dies_late)
    await run_job(services, HANDLERS, job.id)
    monkeypatch.undo()
    await finish(services, job)

    for name in ("a", "clean", "thief"):
        assert len(await changes_of(services, name)) == 1, name
    assert len(await alerts_of(services, class_="retro")) == 2
