"""A run with models: what they say counts under the policy, stands in ledger and graph, and is replayed to the byte."""

from __future__ import annotations

from typing import Any

import neo4j
import pytest

from graph.model import Attribution, Job, ScoringRun, WalletScore
from graph.taxonomy import Taxonomy
from jobs.checking import check_scores
from jobs.model_files import ModelFiles
from jobs.policybook import activate_policy
from jobs.previewing import preview_attributions
from jobs.replaying import request_replay
from jobs.scoring import live_score, request_scoring_run
from jobs.services import Services
from ledger import jobs, runs, scores
from ledger.disagreements import list_disagreements
from tests.builders import key, label, land, pay
from tests.jobs.model_scene import crowned, draw, promoted, run_to_end, trained

MODELLED = "default-3"


async def scored(services: Services) -> ScoringRun:
    run, job = await request_scoring_run(services, actor="test")
    ended = await run_to_end(services, job)
    assert ended.state == "succeeded", ended.error
    return await found(services, run.id)


async def found(services: Services, run: str) -> ScoringRun:
    async with services.ledger.read() as connection:
        one = await runs.find_run(connection, run)
    assert one is not None
    return one


async def rows(services: Services) -> dict[str, WalletScore]:
    async with services.ledger.read() as connection:
        return {one.wallet: one for one in await scores.sample_scores(connection, 10_000, 1)}


async def replayed(services: Services, run: ScoringRun) -> Job:
    return await run_to_end(services, await request_replay(services, run.id, actor="test"))


async def test_models_raise_scores_under_the_policy_and_are_replayed(
    services: Services, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    """The same wallets without champion, with one that the policy gives no weight, and with one that counts."""
    await draw(services.graph, taxonomy)
    without, plain = await scored(services), await rows(services)
    novelty, classifier = await crowned(services), await crowned(services, "classifier")
    unweighed, shown = await scored(services), await rows(services)
    await activate_policy(services, MODELLED, actor="test")
    run, counted = await scored(services), await rows(services)

    assert (without.models, without.feature_digest) == ((), None)
    assert {(one.model, one.weight) for one in unweighed.models} == {(novelty.id, 0.0), (classifier.id, 0.0)}
    assert {one.model: one.weight for one in run.models} == {novelty.id: 0.05, classifier.id: 0.45}
    assert run.feature_digest == classifier.feature_digest
    assert {key: one.score for key, one in shown.items()} == {key: one.score for key, one in plain.items()}
    assert all(counted[key].score >= one.score for key, one in plain.items())
    assert any(counted[key].score > one.score + 0.1 for key, one in plain.items())
    for one in counted.values():
        said = {signal.name: signal for signal in one.signals}
        assert set(said) == {"isolation_forest", "classifier", "gnn"}
        assert (said["gnn"].value, said["gnn"].skipped) == (None, "there is no champion")
        assert said["classifier"].value is not None and said["classifier"].watermark == run.watermark
        left = (1 - plain[one.wallet].score) * (1 - 0.45 * said["classifier"].value)
        assert one.score == pytest.approx(1 - left * (1 - 0.05 * (said["isolation_forest"].value or 0)))
    written = cypher.run("MATCH (w:Wallet) RETURN w.key AS key, w.model_score AS said, w.score AS score").data()
    for row in written:
        [told] = [one.value for one in counted[row["key"]].signals if one.name == "classifier"]
        assert (row["said"], row["score"]) == (told, counted[row["key"]].score)
    for one in (without, run):
        again = await replayed(services, one)
        assert again.state == "succeeded" and again.result and again.result["identical"], again
    assert (await scored(services)).digest == run.digest, "the same models at the same watermark give the same rows"


async def test_what_models_said_is_carried_along_until_the_next_run(services: Services, taxonomy: Taxonomy) -> None:
    await draw(services.graph, taxonomy)
    await crowned(services, "classifier")
    await services.current_book()
    await activate_policy(services, MODELLED, actor="test")
    run, before = await scored(services), await rows(services)
    paid = min(one for one in before if one.startswith("acct:p"))

    await land(services.graph, pay("x1", paid.removeprefix("acct:"), 900, day=340))
    async with services.ledger.transaction() as connection:
        job = await jobs.create_job(connection, "rescreen", {})
    assert (await run_to_end(services, job)).state == "succeeded"

    after, live = (await rows(services))[paid], await live_score(services, paid)
    assert after.signals == before[paid].signals == live.signals
    assert after.watermark > (run.watermark or 0) == after.signals[0].watermark
    assert after.score > before[paid].score
    assert live.score == pytest.approx(after.score, abs=1e-9)
    check = await check_scores(services, 500, 1)
    assert (check.drifted, check.checked > 200) == ((), True), "what is carried along is no drift"


async def test_a_shadow_is_shown_and_counts_for_nothing(services: Services, taxonomy: Taxonomy) -> None:
    await draw(services.graph, taxonomy)
    await services.current_book()
    await activate_policy(services, MODELLED, actor="test")
    await scored(services)
    plain = {key: one.score for key, one in (await rows(services)).items()}
    shadow = await promoted(services, (await trained(services)).id, "shadow")

    await scored(services)

    after = await rows(services)
    assert {key: one.score for key, one in after.items()} == plain
    told = [one for one in after[key("x1")].signals if one.model == shadow.id]
    assert [(one.state, one.weight, one.value is None) for one in told] == [("shadow", 0.0, False)]


async def test_a_champion_whose_file_is_gone_is_skipped_and_its_old_run_says_so(
    services: Services, taxonomy: Taxonomy
) -> None:
    """Exposure goes on being scored; the run that used the model cannot be replayed, and tells which file it lacks."""
    await draw(services.graph, taxonomy)
    await services.current_book()
    await activate_policy(services, MODELLED, actor="test")
    champion = await crowned(services)
    run = await scored(services)
    folder = ModelFiles.of(services.settings).folder
    for file in champion.files:
        (folder / file.digest).write_bytes(b"cut")
    forget()

    after, again = await scored(services), await replayed(services, run)

    assert run.models[0].skipped is None
    assert after.models[0].skipped and "registered" in after.models[0].skipped
    assert again.state == "failed" and again.error and "registered" in again.error


def forget() -> None:
    """Load models anew, as a worker that has been started again."""
    from jobs import model_versions

    model_versions._loaded.clear()


async def test_where_models_and_exposure_disagree_is_a_queue(services: Services, taxonomy: Taxonomy) -> None:
    await draw(services.graph, taxonomy)
    await scored(services)
    async with services.ledger.read() as connection:
        assert await list_disagreements(connection) == ([], None), "nobody disagrees where there is no model"
    await crowned(services, "classifier")
    run = await scored(services)

    async with services.ledger.read() as connection:
        everything, _ = await list_disagreements(connection, limit=1_000)
        higher, _ = await list_disagreements(connection, higher="model", limit=1_000)
        lower, _ = await list_disagreements(connection, higher="exposure", limit=1_000)
        own, _ = await list_disagreements(connection, attributed=True, limit=1_000)
        pages: list[Any] = []
        after = None
        while True:
            page, after = await list_disagreements(connection, after=after, limit=37)
            pages += page
            if after is None:
                break

    assert len(everything) == run.wallets and pages == everything
    apart = [abs(one.disagreement) for one in everything]
    assert apart == sorted(apart, reverse=True) and apart[0] > 0.4
    assert {one.wallet for one in higher} == {one.wallet for one in everything if one.disagreement > 0}
    assert {one.wallet for one in lower} == {one.wallet for one in everything if one.disagreement < 0}
    assert {one.category for one in own} == {"theft", "payment_processor"}
    thief = next(one for one in everything if one.wallet == key("x1"))
    assert thief.exposure_value < 0.1, "what it is attributed as is no exposure of it"


async def test_a_preview_counts_what_models_said(services: Services, taxonomy: Taxonomy) -> None:
    """A wallet stands in the preview with the score that it has, and moves to the one that it will have."""
    await draw(services.graph, taxonomy)
    await crowned(services, "classifier")
    await services.current_book()
    await activate_policy(services, MODELLED, actor="test")
    await scored(services)
    before = await rows(services)
    new = Attribution(id="", wallet=key("y10"), category="scam", source="drawn")

    preview = await preview_attributions(services, [new], [], limit=1_000)

    moved = {one.wallet: one.score for one in preview.wallets}
    assert moved[new.wallet].before == pytest.approx(before[new.wallet].score)
    assert any(one.signals[0].value for wallet, one in before.items() if wallet in moved)
    await label(services.graph, taxonomy, **{new.wallet.removeprefix("acct:"): "scam"})
    async with services.ledger.transaction() as connection:
        job = await jobs.create_job(connection, "rescreen", {})
    assert (await run_to_end(services, job)).state == "succeeded"
    after = await rows(services)
    assert {wallet: step.after for wallet, step in moved.items()} == pytest.approx(
        {wallet: after[wallet].score for wallet in moved}
    )


async def test_runs_of_other_champions_are_not_compared_for_alerts(services: Services, taxonomy: Taxonomy) -> None:
    """What a promotion moves is no news of the graph; once both runs were made by the same models it is looked at."""
    await draw(services.graph, taxonomy)
    await services.current_book()
    await activate_policy(services, MODELLED, actor="test")
    await scored(services)
    await crowned(services, "classifier")
    other, same = await scored(services), await scored(services)

    compared: dict[str, Any] = {}
    async with services.ledger.read() as connection:
        waiting = await jobs.list_jobs(connection, name="compare_runs")
    for job in reversed(waiting):
        ended = await run_to_end(services, job)
        assert ended.state == "succeeded" and ended.result, ended.error
        compared[ended.result["run"]] = ended.result

    assert compared[other.id] == {"run": other.id, "changed": 0, "alerts": 0}
    assert compared[same.id] == {"run": same.id, "before": other.id, "changed": 0, "alerts": 0}
