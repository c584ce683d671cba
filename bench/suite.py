"""The benchmarks by name, each with the currency of its graph."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bench.appending import measure_appending
from bench.clocks import measure_clocks
from bench.clustering import measure_clustering
from bench.delivery import measure_delivery
from bench.delta import measure_delta
from bench.evidence import measure_evidence
from bench.features import measure_features
from bench.figures import Figure, Report, Sizes
from bench.ground import BenchError, Ground, open_ground
from bench.inference import measure_inference
from bench.ingest import measure_ingest
from bench.kafka import measure_kafka
from bench.lists import measure_lists
from bench.live import measure_live
from bench.marking import measure_marking
from bench.methods import measure_methods
from bench.model_run import measure_model_run
from bench.overload import measure_overload
from bench.payment_models import measure_payment_models
from bench.rules import measure_rules
from bench.scoring import measure_scoring
from bench.screening import measure_large, measure_screening
from bench.verifying import measure_verifying
from bench.what_if import measure_what_if
from bench.workbench import measure_workbench
from settings import Settings

Measure = Callable[[Ground, Sizes], Awaitable[list[Figure]]]

BENCHES: dict[str, tuple[Measure, str]] = {
    "ingest": (measure_ingest, "USD"),
    "live": (measure_live, "ETH"),
    "scoring": (measure_scoring, "USD"),
    "marks": (measure_marking, "USD"),
    "clocks": (measure_clocks, "ETH"),
    "clustering": (measure_clustering, "USD"),
    "delta": (measure_delta, "USD"),
    "screening": (measure_screening, "ETH"),
    "screening-large": (measure_large, "USD"),
    "lists": (measure_lists, "USD"),
    "kafka": (measure_kafka, "ETH"),
    "rules": (measure_rules, "USD"),
    "verifying": (measure_verifying, "USD"),
    "delivery": (measure_delivery, "ETH"),
    "appending": (measure_appending, "ETH"),
    "overload": (measure_overload, "USD"),
    "features": (measure_features, "USD"),
    "inference": (measure_inference, "USD"),
    "model-run": (measure_model_run, "USD"),
    "payment-models": (measure_payment_models, "USD"),
    "evidence": (measure_evidence, "ETH"),
    "methods": (measure_methods, "USD"),
    "what-if": (measure_what_if, "ETH"),
    "workbench": (measure_workbench, "USD"),
}


async def run_bench(name: str, settings: Settings, sizes: Sizes, *, keep: bool, report: Report) -> list[Figure]:
    """Run one benchmark on ground of its own; raises BenchError."""
    measure, currency = BENCHES[name]
    report(f"{name}: starting servers")
    async with open_ground(settings, currency=currency, keep=keep, report=report) as ground:
        figures = await measure(ground, sizes)
        return figures + ground.peaks.figures(name)


async def run_all(names: list[str], settings: Settings, sizes: Sizes, *, keep: bool, report: Report) -> list[Figure]:
    """Run benchmarks one after the other; given servers take only one, since each needs an empty graph."""
    if settings.graph.neo4j_uri and len(names) > 1:
        raise BenchError(f"given servers hold one benchmark at a time: name one of {', '.join(names)}")
    figures: list[Figure] = []
    for name in names:
        figures += await run_bench(name, settings, sizes, keep=keep, report=report)
    return figures
