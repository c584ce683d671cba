"""A re-screened row is in force in place of the run's; both are ranked as one, each read in order of its index."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graph.model import Cause, ScoreChange, WalletScore
from ledger import jobs
from ledger.rescores import list_score_changes, record_rescores, record_score_changes, run_state
from ledger.scores import find_first_scores, find_score, find_scores, list_top, sample_scores
from tests.ledger.records import as_owner, sqlstate_of
from tests.ledger.test_run_scores import copy, finish, new_run, row, score_of, top


def rescored(wallet: str, score: float, watermark: int = 9, **fields) -> WalletScore:
    plain = {
        "wallet": wallet,
        "run": "run",
        "score": score,
        "hop_score": 0.0,
        "hop_counts": (0, 1, 0),
        "in_degree": 1,
        "out_degree": 1,
        "illicit_source_share": score,
        "illicit_destination_share": 0.0,
        "category": None,
        "source": {"categories": {}, "residuals": {"origin": 1.0}},
        "destination": {"categories": {}, "residuals": {}},
        "watermark": watermark,
        "scored_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return WalletScore(**plain | fields)


async def number_of(ledger) -> int:
    async with ledger.read() as connection:
        found = (await run_state(connection)).number
    assert found is not None
    return found


async def rescore(ledger, *scores: WalletScore) -> None:
    number = await number_of(ledger)
    async with ledger.transaction() as connection:
        await record_rescores(connection, number, scores, {})


async def test_a_rescreened_row_is_in_force_with_its_own_watermark(ledger):
    run = await new_run(ledger)
    await copy(ledger, run, row("eth:a", 0.1), row("eth:b", 0.2))
    await finish(ledger, run)

    await rescore(ledger, rescored("eth:a", 0.7), rescored("eth:new", 0.4))

    a, b = await score_of(ledger, "eth:a"), await score_of(ledger, "eth:b")
    assert (a.score, a.watermark, a.run, a.scored_at.year) == (0.7, 9, run, 2026)
    assert (b.score, b.watermark) == (0.2, 7)
    async with ledger.read() as connection:
        assert set(await find_scores(connection, run, ["eth:a", "eth:new", "eth:x"])) == {"eth:a", "eth:new"}
        first = await find_first_scores(connection, run, ["eth:a", "eth:new"])
        assert {name: found.score for name, found in first.items()} == {"eth:a": 0.1}


async def test_an_older_answer_never_replaces_a_newer_one(ledger):
    run = await new_run(ledger)
    await finish(ledger, run)

    await rescore(ledger, rescored("eth:a", 0.7, watermark=9))
    await rescore(ledger, rescored("eth:a", 0.1, watermark=8))
    assert (await score_of(ledger, "eth:a")).score == 0.7
    await rescore(ledger, rescored("eth:a", 0.2, watermark=9))
    assert (await score_of(ledger, "eth:a")).score == 0.2


async def test_the_next_run_replaces_all_of_it(ledger):
    run, other = await new_run(ledger), await new_run(ledger)
    await copy(ledger, other, row("eth:a", 0.3))
    await finish(ledger, run)
    await rescore(ledger, rescored("eth:a", 0.7), rescored("eth:gone", 0.7))
    await finish(ledger, other)

    assert (await score_of(ledger, "eth:a")).score == 0.3
    assert await score_of(ledger, "eth:gone") is None


@pytest.mark.parametrize("attributed", [None, True, False])
async def test_both_are_ranked_as_one(ledger, attributed):
    run = await new_run(ledger)
    await copy(ledger, run, *(row(f"eth:{n:02}", n % 5 / 5, 0, "scam" if n % 2 else None) for n in range(30)))
    await finish(ledger, run)
    await rescore(
        ledger,
        *(rescored(f"eth:{n:02}", (n + 2) % 5 / 5, category="scam" if n % 3 else None) for n in range(0, 40, 4)),
    )

    seen, after, first = [], None, True
    while after or first:
        page, after = await top(ledger, 3, attributed=attributed, cursor=after)
        seen, first = seen + page, False

    expected = {f"eth:{n:02}": (n % 5 / 5, "scam" if n % 2 else None) for n in range(30)}
    expected |= {f"eth:{n:02}": ((n + 2) % 5 / 5, "scam" if n % 3 else None) for n in range(0, 40, 4)}
    kept = {k: s for k, (s, c) in expected.items() if attributed is None or (c is not None) == attributed}
    assert [(s.wallet, s.score) for s in seen] == sorted(kept.items(), key=lambda one: (-one[1], one[0]))


async def test_ranking_reads_no_more_than_a_page_of_either(ledger, postgres):
    """The plan: index scans in order under a limit, and a look-up per row; no sort of a whole run."""
    run = await new_run(ledger)
    await copy(ledger, run, *(row(f"eth:{n:05}", n % 97 / 97) for n in range(10_000)))
    await finish(ledger, run)
    await rescore(ledger, *(rescored(f"eth:{n:05}", n % 89 / 89) for n in range(0, 10_000, 5)))
    as_owner(postgres.postgres_admin_url, "ANALYZE rescores", "ANALYZE wallet_scores")

    async with ledger.read() as connection:
        plans = []
        execute = connection.execute

        async def explained(query, parameters=None):
            plans.append(await (await execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", parameters)).fetchall())
            return await execute(query, parameters)

        connection.execute = explained
        await list_top(connection, 20)

    def nodes(plan):
        yield plan
        for inner in plan.get("Plans", ()):
            yield from nodes(inner)

    found = [node for plan in plans for node in nodes(plan[0]["QUERY PLAN"][0]["Plan"])]
    scans = {node.get("Index Name") for node in found if "Index" in node["Node Type"]}
    assert {"wallet_scores_top", "rescores_top"} <= scans
    assert not [
        n for n in found if n["Node Type"] == "Seq Scan" and n["Relation Name"] in ("wallet_scores", "rescores")
    ]
    assert max(node["Actual Rows"] for node in found if node.get("Index Name") == "wallet_scores_top") < 100


async def test_a_seed_samples_both(ledger):
    run = await new_run(ledger)
    await copy(ledger, run, *(row(f"eth:{n}", 0.1) for n in range(20)))
    await finish(ledger, run)
    await rescore(ledger, rescored("eth:1", 0.7), rescored("eth:new", 0.7))

    async with ledger.read() as connection:
        everything = await sample_scores(connection, 100, 1)
        one, same, other = [await sample_scores(connection, 5, seed) for seed in (1, 1, 2)]

    assert len({s.wallet for s in everything}) == len(everything) == 21
    assert {s.wallet: s.score for s in everything}["eth:1"] == 0.7
    assert one == same != other


async def test_the_state_says_whose_scores_are_in_force_and_up_to_where(ledger):
    async with ledger.read() as connection:
        state = await run_state(connection)
        assert (state.is_running, state.run, state.drained) == (False, None, None)
    run = await new_run(ledger)
    await finish(ledger, run, watermark=7)
    async with ledger.transaction() as connection:
        job = await jobs.create_job(connection, "rescreen", {})
        claimed = await jobs.claim_job(connection, job.id)
        assert (await run_state(connection)).drained == 7
        await jobs.finish_job(connection, job.id, claimed.attempt, {"run": run, "watermark": 12})
        scoring = await jobs.create_job(connection, "score_graph", {})
        state = await run_state(connection)
        assert (state.run, state.hops, state.drained, state.is_running) == (run, 3, 12, False)
        await jobs.claim_job(connection, scoring.id)
        assert (await run_state(connection)).is_running


async def test_changes_are_read_back_latest_first(ledger, postgres):
    run = await new_run(ledger)
    await finish(ledger, run)
    number = await number_of(ledger)
    cause = Cause(kind="attribution_recorded", id="att_1", wallet="eth:x", seq=3, category="scam", actor="\u0000 odd")
    given = [
        ScoreChange(
            wallet="eth:a",
            run=run,
            job="job_1",
            before=rescored("eth:a", 0.1) if n else None,
            after=rescored("eth:a", n / 10),
            causes=(cause,),
            words=f"change {n}",
            watermark=n,
        )
        for n in range(4)
    ]
    for change in given:
        async with ledger.transaction() as connection:
            await record_score_changes(connection, number, [change])

    async with ledger.read() as connection:
        first, ended = await list_score_changes(connection, "eth:a", limit=3)
        rest, end = await list_score_changes(connection, "eth:a", before=ended, limit=3)

    assert [c.words for c in first + rest] == ["change 3", "change 2", "change 1", "change 0"] and end is None
    assert (first[0].before.score, rest[0].before, first[0].causes) == (0.1, None, (cause,))
    assert first[0].after == given[3].after and first[0].run == run and first[0].at is not None
    for statement in ("UPDATE score_changes SET words = ''", "DELETE FROM score_changes"):
        assert sqlstate_of(postgres.postgres_url, statement) == "42501"


async def test_scores_of_nobody_are_none(ledger):
    async with ledger.read() as connection:
        assert await find_score(connection, "eth:a") is None
