"""Every benchmark runs from end to end on tiny sizes; what it measures there proves nothing about speed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from bench.appending import measure_appending
from bench.clocks import measure_clocks
from bench.clustering import measure_clustering
from bench.delivery import measure_delivery
from bench.delta import measure_delta
from bench.evidence import measure_evidence
from bench.features import measure_features
from bench.figures import Figure, Sizes
from bench.ground import BenchError, Ground, open_ground
from bench.inference import measure_inference
from bench.ingest import measure_ingest
from bench.kafka import measure_kafka
from bench.lists import every_two, measure_lists
from bench.live import measure_live
from bench.marking import measure_marking
from bench.memory import watched
from bench.methods import measure_methods
from bench.model_run import measure_model_run
from bench.replaying import replay_demo, split_demo
from bench.report import verdict
from bench.scoring import measure_scoring
from bench.screening import measure_large
from bench.verifying import measure_verifying
from bench.what_if import measure_what_if
from bench.workbench import measure_workbench
from jobs.services import Services
from tests.builders import land, pay

TINY = Sizes(wallets=300, transactions=1_500, landed=200, rounds=1, sample=20, asked=20, decisions=2_000)


@pytest.fixture
def ground(services: Services) -> Iterator[Ground]:
    with watched({}) as peaks:
        yield Ground(services, peaks, lambda text: None)


@pytest.fixture
def eth_ground(ground: Ground) -> Ground:
    """The demo counts in ETH."""
    settings = msgspec.structs.replace(ground.services.settings, reference_currency="ETH")
    eth = msgspec.structs.replace(ground.services, settings=settings)
    return msgspec.structs.replace(ground, services=eth)


def names(figures: list[Figure]) -> set[str]:
    assert all(figure.ours > 0 for figure in figures)
    assert verdict(figures)
    return {figure.name for figure in figures}


async def test_bundles_are_made_and_verified(eth_ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.evidence.MOST", 3)
    figures = await measure_evidence(eth_ground, TINY)
    assert names(figures) == {"evidence bundle p95", "verifying one p95", "size of one p95"}


async def test_ingest_lands_every_slice_and_replays_ours(ground: Ground) -> None:
    figures = await measure_ingest(ground, TINY)
    assert names(figures) == {"landing without screening", "replaying known keys, against landing"}
    assert await ground.services.graph.watermark() == TINY.landed * 2 * (TINY.rounds + 1)


async def test_every_event_is_verified_and_hashed_by_the_reference_too(ground: Ground) -> None:
    [figure] = await measure_verifying(ground, TINY)
    assert names([figure]) == {"audit events verified"} and figure.reference


async def test_payments_from_kafka_are_as_many_as_those_in_bulk(eth_ground: Ground, kafka: str) -> None:
    settings = eth_ground.services.settings
    there = msgspec.structs.replace(settings, kafka=msgspec.structs.replace(settings.kafka, kafka_url=kafka))
    ground = msgspec.structs.replace(eth_ground, services=msgspec.structs.replace(eth_ground.services, settings=there))

    (figure,) = await measure_kafka(ground, TINY)

    assert figure.ours > 0 and figure.reference and figure.ratio == figure.ours / figure.reference
    assert "consume" in ground.peaks.bytes


async def test_features_of_a_wallet_alone_are_those_of_the_batch(ground: Ground) -> None:
    assert names(await measure_features(ground, TINY)) == {
        "features of all wallets, against reading the columns",
        "own features of one wallet, read and computed, p95",
        "own features of the busiest wallet, read and computed, p95",
    }


async def test_models_say_what_scikit_learn_and_pyg_say_of_the_same_weights(ground: Ground) -> None:
    # It refuses to report a time of two that disagree.
    assert names(await measure_inference(ground, TINY)) == {
        "isolation forest, all wallets",
        "isolation forest, one wallet, p95",
        "network, all wallets",
    }


@pytest.mark.soak
async def test_a_run_with_three_models_is_told_phase_by_phase(ground: Ground) -> None:
    # Enough attributions to learn from: one wallet in two hundred has one.
    figures = await measure_model_run(ground, msgspec.structs.replace(TINY, wallets=12_000, transactions=30_000))
    found = names(figures)
    assert {"scoring run with three models, whole", "memory of the worker and its children in the run"} <= found
    assert "of it: exposure, features and three models, side by side" in found


async def test_scoring_agrees_with_networkx_and_finishes_a_run(ground: Ground) -> None:
    figures = await measure_scoring(ground, TINY)
    assert {"hop score of all wallets", "full batch: both directions, residuals, stored"} <= names(figures)
    assert "worker" in ground.peaks.bytes


async def test_live_asks_the_demo_through_driver_and_http(eth_ground: Ground) -> None:
    figures = await measure_live(eth_ground, TINY)
    assert {"live exposure p50", "live exposure p95", "GET exposure over HTTP p50"} <= names(figures)
    assert any("of the demo graph as columns" in figure.name for figure in figures)


async def test_methods_agree_with_pure_python(ground: Ground) -> None:
    figures = await measure_methods(ground, TINY)
    assert names(figures) == {"time_ordered_haircut", "fifo"}


async def test_what_if_asks_wallets_with_illicit_money(eth_ground: Ground) -> None:
    figures = await measure_what_if(eth_ground, TINY)
    assert {"a stop supposed a service p50", "a source left out p95"} <= names(figures)


async def test_clocks_asks_the_demo_with_and_without_one(eth_ground: Ground) -> None:
    figures = await measure_clocks(eth_ground, TINY)
    assert {"exposure as_of, p50", "exposure as_of, p95"} <= names(figures)


async def test_marks_are_told_apart_from_landing_without_them(ground: Ground) -> None:
    assert names(await measure_marking(ground, TINY)) == {"landing with stale marks"}


async def test_delta_drains_and_previews_on_a_scored_graph(ground: Ground) -> None:
    figures = await measure_delta(ground, TINY)
    assert {"preview of a sanctions list", "draining the marks of one transaction, p50"} <= names(figures)
    assert any("largest hubs of the simulated graph" in figure.name for figure in figures)


async def test_screening_posts_one_by_one_at_a_rate_and_in_bulk(ground: Ground) -> None:
    figures = await measure_large(ground, TINY)
    assert {"screening one payment, p50", "POST /transactions at half that rate, p99"} <= names(figures)
    assert "bulk screening over HTTP, between wallets drawn at random" in names(figures)


async def test_the_demo_is_posted_again_as_it_happened(eth_ground: Ground, tmp_path: Path) -> None:
    figure = await replay_demo(eth_ground, "screening", tmp_path, TINY, target=1)

    history, later = split_demo(tmp_path)
    times = [datetime.fromtimestamp(int(row.split(",")[1]), UTC) for row in history.read_text().splitlines()[1:]]
    posted = [msgspec.json.decode(body, type=dict[str, str])["at"] for body in later]
    assert figure.met
    assert times == sorted(times)
    assert posted == sorted(posted)
    assert (len(times), len(later)) == (10_000, 9_413)
    assert datetime.fromisoformat(posted[0]) >= times[-1]


async def test_lists_are_asked_in_every_form(ground: Ground) -> None:
    figures = await measure_lists(ground, TINY)
    assert any(name.startswith("GET /decisions, p95 of ") for name in names(figures))
    async with ground.services.ledger.read() as connection:
        cursor = await connection.execute("SELECT count(*) AS decisions, count(alert) AS alerts FROM decisions")
        row = await cursor.fetchone()
    assert row is not None
    assert row["decisions"] == TINY.decisions + 1
    assert 0.02 < row["alerts"] / row["decisions"] < 0.1
    assert list(every_two({"a": (1, 2), "b": (3,)})) == [
        {},
        {"a": 1},
        {"a": 2},
        {"b": 3},
        *[{"a": n, "b": 3} for n in (1, 2)],
    ]


async def test_alerts_are_told_to_every_reader_and_an_append_is_a_part_of_a_decision(eth_ground: Ground) -> None:
    delivered = await measure_delivery(eth_ground, TINY)
    appended = await measure_appending(eth_ground, TINY)
    assert names(delivered) == {"alert to WebSocket, p50", "alert to WebSocket, p99"}
    assert all(figure.note.startswith(f"{TINY.asked} alerts") for figure in delivered)
    assert names(appended) == {f"audit append in the time of {what}" for what in ("one payment", "20 payments")}
    assert all(figure.ours < 1 for figure in appended)


async def test_given_servers_are_left_alone_without_keep(services: Services) -> None:
    with pytest.raises(BenchError, match="--keep"):
        async with open_ground(services.settings, currency="USD", keep=False, report=print):
            pass


async def test_a_graph_that_is_not_empty_is_refused(services: Services) -> None:
    await land(services.graph, pay("a", "b", 1))
    with pytest.raises(BenchError, match="not empty"):
        async with open_ground(services.settings, currency="USD", keep=True, report=lambda text: None):
            pass


async def test_the_workbench_is_not_measured_without_a_browser(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchError, match="install the package chromium"):
        await measure_workbench(ground, TINY)


async def test_clustering_is_measured_beside_a_bare_union_find(ground: Ground) -> None:
    assert names(await measure_clustering(ground, TINY)) == {"clustering of inputs"}
