"""Scores are seen once their run is finished, all of them at once, and can be copied again after a kill."""

from __future__ import annotations

import pytest

from graph.errors import NotFound
from ledger.jobs import create_job
from ledger.runs import create_run, find_run, finish_run, latest_run, list_runs
from ledger.scores import clear_scores, copy_scores, find_score, list_top
from tests.ledger.records import MODEL_SIGNAL


def row(wallet: str, score: float, hop_score: float = 0.0, category: str | None = None):
    source = {"scam": score, "origin": 1 - score}
    return (
        wallet,
        score,
        hop_score,
        (0, 2, 1),
        3,
        4,
        score,
        0.1,
        category,
        source,
        {"unspent": 1.0},
        (MODEL_SIGNAL,),
    )


async def new_run(ledger) -> str:
    async with ledger.transaction() as connection:
        job = await create_job(connection, "score_graph", {})
        return (await create_run(connection, job=job.id, hops=3, policy="default-v1")).id


async def copy(ledger, run: str, *rows) -> int:
    async with ledger.transaction() as connection:
        return await copy_scores(connection, run, rows)


async def finish(ledger, run: str, watermark: int = 7) -> bool:
    async with ledger.transaction() as connection:
        return await finish_run(connection, run, watermark=watermark, wallets=1)


async def score_of(ledger, wallet: str):
    async with ledger.read() as connection:
        return await find_score(connection, wallet)


async def top(ledger, n: int, **arguments):
    async with ledger.read() as connection:
        return await list_top(connection, n, **arguments)


async def test_a_run_is_created_once_per_job(ledger):
    async with ledger.transaction() as connection:
        job = await create_job(connection, "score_graph", {})
        run = await create_run(connection, job=job.id, hops=3, policy="default-v1")
        assert await create_run(connection, job=job.id, hops=3, policy="default-v1") == run
        assert await find_run(connection, run.id) == run
        assert await find_run(connection, "run_none") is None
        assert (run.watermark, run.finished_at) == (None, None)


async def test_scores_of_an_unfinished_run_are_not_visible(ledger):
    old, new = await new_run(ledger), await new_run(ledger)
    await copy(ledger, old, row("eth:a", 0.1))
    assert await score_of(ledger, "eth:a") is None
    assert await top(ledger, 10) == ([], None)
    await finish(ledger, old)
    await copy(ledger, new, row("eth:a", 0.9), row("eth:b", 0.8))
    seen = await score_of(ledger, "eth:a")
    assert seen and (seen.score, seen.run) == (0.1, old)
    assert await score_of(ledger, "eth:b") is None
    await finish(ledger, new, watermark=9)
    seen = await score_of(ledger, "eth:a")
    assert seen and (seen.score, seen.run, seen.watermark) == (0.9, new, 9)


async def test_a_score_reads_back_as_it_was_copied(ledger):
    run = await new_run(ledger)
    await copy(ledger, run, row("eth:a", 1 / 3, 1.25, "scam"))
    await finish(ledger, run)
    async with ledger.read() as connection:
        seen, latest = await find_score(connection, "eth:a"), await latest_run(connection)
    assert seen and latest
    assert (seen.score, seen.hop_score, seen.hop_counts, seen.category) == (1 / 3, 1.25, (0, 2, 1), "scam")
    assert (seen.in_degree, seen.out_degree, seen.illicit_destination_share) == (3, 4, 0.1)
    assert (seen.source, seen.destination) == ({"scam": 1 / 3, "origin": 1 - 1 / 3}, {"unspent": 1.0})
    assert (seen.signals, seen.scored_at) == ((MODEL_SIGNAL,), latest.finished_at)


async def test_a_killed_run_starts_again_from_nothing(ledger):
    run, other = await new_run(ledger), await new_run(ledger)
    await copy(ledger, other, row("eth:a", 0.2))
    await finish(ledger, other)
    await copy(ledger, run, row("eth:a", 0.5), row("eth:b", 0.5))
    async with ledger.transaction() as connection:
        assert await clear_scores(connection, run) == 2
        assert await copy_scores(connection, run, [row("eth:a", 0.6)]) == 1
        assert await finish_run(connection, run, watermark=8, wallets=1)
    seen = await score_of(ledger, "eth:a")
    assert seen and seen.score == 0.6
    assert await score_of(ledger, "eth:b") is None


async def test_a_finished_run_takes_no_more_scores(ledger):
    run = await new_run(ledger)
    assert await finish(ledger, run)
    assert not await finish(ledger, run)
    for late in (copy_scores, clear_scores):
        with pytest.raises(NotFound, match="unfinished scoring run"):
            async with ledger.transaction() as connection:
                await late(connection, run, *([[row("eth:a", 0.5)]] if late is copy_scores else []))


@pytest.mark.parametrize("attributed", [None, True, False])
async def test_the_top_is_ordered_and_its_pages_are_of_one_run(ledger, attributed):
    run = await new_run(ledger)
    rows = [row(f"eth:{n:02}", (n % 3) / 3, (n % 4) / 2, "scam" if n % 2 else None) for n in range(30)]
    await copy(ledger, run, *rows)
    await finish(ledger, run)
    seen, after, first = [], None, True
    while after or first:
        page, after = await top(ledger, 4, attributed=attributed, cursor=after)
        seen += page
        if first:
            await finish(ledger, await new_run(ledger))
        first = False
    chosen = [r for r in rows if attributed is None or (r[8] is not None) == attributed]
    expected = sorted(chosen, key=lambda r: (-r[1], -r[2], r[0]))
    assert [(s.wallet, s.score, s.hop_score) for s in seen] == [r[:3] for r in expected]


async def test_runs_are_listed_newest_first(ledger):
    runs = [await new_run(ledger) for _ in range(3)]
    async with ledger.read() as connection:
        newest = await list_runs(connection, limit=2)
        rest = await list_runs(connection, after=newest[-1].id)
    assert sorted(r.id for r in newest + rest) == sorted(runs)
    assert [r.id for r in newest + rest] == sorted(runs, reverse=True)
