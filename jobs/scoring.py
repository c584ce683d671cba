"""Scoring: all wallets as a job over one watermark, or one wallet live; the same definitions for both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np

from graph.assembly import coverage_of
from graph.batch import Floats, Progress, Side, WalletColumns, expose_all, read_wallets
from graph.exposure import get_exposure
from graph.live import hop_counts_of
from graph.model import Direction, Exposure, Job, ScoringRun, WalletScore
from graph.score_store import store_scores
from graph.taxonomy import Taxonomy
from jobs.runner import Done
from jobs.runner import Progress as JobProgress
from jobs.services import Services
from jobs.together import together
from ledger import audit, jobs, runs, scores
from ledger.session import Connection
from risk.wallet_score import wallet_score

COPY_ROWS = 20_000
STEPS = 4
DIRECTIONS: tuple[Direction, Direction] = ("source", "destination")


async def request_scoring_run(services: Services, *, actor: str, hops: int | None = None) -> tuple[ScoringRun, Job]:
    """Queue a scoring run and wake a worker; the request is recorded before anybody is told."""
    async with services.ledger.transaction() as connection:
        job = await jobs.create_job(connection, "score_graph", {"hops": hops or services.policy.hops})
        run = await runs.create_run(connection, job=job.id, hops=job.arguments["hops"], policy=services.policy.id)
        await audit.append(
            connection,
            audit.EventDraft(actor, "scoring_run.requested", run.id, {"hops": run.hops, "job": job.id}),
        )
    await services.queue.wake(job)
    return run, job


async def score_graph(services: Services, job: Job, progress: JobProgress) -> Done:
    """Score every wallet at the watermark the run starts with; repeatable from its beginning."""
    async with services.ledger.transaction(timeout_s=120) as connection:
        run = await runs.create_run(connection, job=job.id, hops=job.arguments["hops"], policy=services.policy.id)
        await scores.clear_scores(connection, run.id)
    watermark = await services.graph.watermark()
    await progress("reading wallets", 0, STEPS)
    wallets = await read_wallets(services.graph)
    step = 1

    async def say(message: str) -> None:
        await progress(message, step, STEPS)

    sides: dict[Direction, Side] = {}
    for direction in DIRECTIONS:
        sides[direction] = await expose_all(
            services.graph,
            wallets,
            direction=direction,
            hops=run.hops,
            taxonomy=services.taxonomy,
            progress=say,
        )
        step += 1
    table = await asyncio.to_thread(ScoreTable, wallets, sides, services)
    await together(_record_scores(services, run, table, say), table.store(services, run.id, watermark))
    await progress("done", STEPS, STEPS)

    async def record(connection: Connection) -> None:
        await runs.finish_run(connection, run.id, watermark=watermark, wallets=len(wallets.keys))

    result = {"run": run.id, "wallets": len(wallets.keys), "watermark": watermark}
    return Done(result, (audit.EventDraft("worker", "scoring_run.finished", run.id, result),), record)


async def _record_scores(services: Services, run: ScoringRun, table: ScoreTable, say: Progress) -> None:
    """Copy the rows in slices, so that no transaction is long; they are seen only when the run has finished."""
    for first in range(0, len(table), COPY_ROWS):
        await say(f"recording scores: {first:,} of {len(table):,}")
        async with services.ledger.transaction(timeout_s=120) as connection:
            await scores.copy_scores(connection, run.id, table.rows(first, first + COPY_ROWS))


class ScoreTable:
    """The scores of all wallets as columns, and as rows for the ledger."""

    def __init__(self, wallets: WalletColumns, sides: dict[Direction, Side], services: Services) -> None:
        taxonomy = services.taxonomy
        self._wallets, self._sides, self._taxonomy = wallets, sides, taxonomy
        self.hop_scores = wallets.hop_scores(services.policy.hop_weights)
        self.source = _illicit(sides["source"], taxonomy, len(wallets.keys), severe=False)
        self.destination = _illicit(sides["destination"], taxonomy, len(wallets.keys), severe=False)
        own = np.asarray([_severity(category, taxonomy) for category in wallets.categories], dtype=np.float64)
        self.scores: Floats = wallet_score(
            _illicit(sides["source"], taxonomy, len(wallets.keys), severe=True),
            _illicit(sides["destination"], taxonomy, len(wallets.keys), severe=True),
            own,
        )

    def __len__(self) -> int:
        return len(self._wallets.keys)

    def rows(self, first: int, last: int) -> Iterator[scores.ScoreRow]:
        """Yield the ledger's rows of a slice of wallets."""
        part = slice(first, min(last, len(self)))
        wallets = self._wallets
        sources = _documents(self._sides["source"], wallets.in_values, wallets.out_values, part)
        destinations = _documents(self._sides["destination"], wallets.out_values, wallets.in_values, part)
        yield from zip(
            wallets.keys[part],
            self.scores[part].tolist(),
            self.hop_scores[part].tolist(),
            [tuple(counts) for counts in wallets.hop_counts[part].tolist()],
            wallets.in_degrees[part].tolist(),
            wallets.out_degrees[part].tolist(),
            self.source[part].tolist(),
            self.destination[part].tolist(),
            [category or None for category in wallets.categories[part]],
            sources,
            destinations,
            [()] * len(sources),
            strict=True,
        )

    async def store(self, services: Services, run: str, watermark: int) -> None:
        """Write score, hop score and illicit shares to the wallets."""
        await store_scores(
            services.graph,
            keys=self._wallets.keys,
            scores=self.scores.tolist(),
            hop_scores=self.hop_scores.tolist(),
            sources=self.source.tolist(),
            destinations=self.destination.tolist(),
            run=run,
            watermark=watermark,
        )


async def live_score(services: Services, key: str) -> WalletScore:
    """Score one wallet now, as a scoring run would; raises NotFound. Its run is `live`."""
    counts = await hop_counts_of(services.graph, key)
    source, destination = await together(*(_side(services, key, direction) for direction in DIRECTIONS))
    weights, taxonomy = services.policy.hop_weights, services.taxonomy
    hops = (counts.at_0, counts.at_1, counts.at_2)
    degree = max(1, counts.in_degree + counts.out_degree)
    own = _severity(counts.category or "", taxonomy)
    return WalletScore(
        wallet=key,
        run="live",
        score=float(wallet_score(_risk(source, taxonomy), _risk(destination, taxonomy), own)),
        hop_score=sum(weight * n for weight, n in zip(weights, hops, strict=True)) / degree**0.5,
        hop_counts=hops,
        in_degree=counts.in_degree,
        out_degree=counts.out_degree,
        illicit_source_share=_illicit_share(source),
        illicit_destination_share=_illicit_share(destination),
        category=counts.category,
        source=_live_document(source),
        destination=_live_document(destination),
        watermark=min(counts.watermark, source.watermark, destination.watermark),
        scored_at=datetime.now(UTC),
    )


async def _side(services: Services, key: str, direction: Direction) -> Exposure:
    return await get_exposure(
        services.graph,
        key,
        direction=direction,
        hops=services.policy.hops,
        taxonomy=services.taxonomy,
        limits=services.limits,
    )


def _severity(category: str, taxonomy: Taxonomy) -> float:
    """How bad it is to be such a wallet; only illicit categories count."""
    return taxonomy.get(category).severity if category in taxonomy.illicit else 0.0


def _illicit(side: Side, taxonomy: Taxonomy, n: int, *, severe: bool) -> Floats:
    """Σ of the illicit shares of every wallet, weighted by severity if `severe`."""
    total = np.zeros(n)
    for name, pushed in side.categories.items():
        if name in taxonomy.illicit:
            total += pushed.share * (taxonomy.get(name).severity if severe else 1.0)
    return np.minimum(total, 1.0)


def _risk(exposure: Exposure, taxonomy: Taxonomy) -> float:
    parts = [taxonomy.get(c.category).severity * c.share for c in exposure.categories if c.class_ == "illicit"]
    return min(1.0, sum(parts))


def _illicit_share(exposure: Exposure) -> float:
    return min(1.0, sum(c.share for c in exposure.categories if c.class_ == "illicit"))


def _live_document(exposure: Exposure) -> dict[str, Any]:
    return {
        "total_value": exposure.total_value,
        "coverage": exposure.coverage,
        "passed_through": exposure.passed_through,
        "categories": {c.category: [c.share, c.direct_share, c.shortest_hops] for c in exposure.categories},
        "residuals": {r.reason: r.share for r in exposure.residuals},
    }


def _documents(side: Side, own: Any, other: Any, part: slice) -> list[dict[str, Any]]:
    """One document per wallet of the slice, shaped as `_live_document`; zero shares are left out."""
    documents: list[dict[str, Any]] = [
        {
            "total_value": total,
            "coverage": coverage_of(total, across),
            "passed_through": passed,
            "categories": {},
            "residuals": {},
        }
        for total, across, passed in zip(
            own[part].tolist(), other[part].tolist(), side.passed_through[part].tolist(), strict=True
        )
    ]
    for name, pushed in side.categories.items():
        share, direct, hops = pushed.share[part], pushed.direct[part], pushed.hops[part]
        there = share.nonzero()[0]
        parts = (column[there].tolist() for column in (share, direct, hops))
        for i, *entry in zip(there.tolist(), *parts, strict=True):
            documents[i]["categories"][name] = entry
    for name, values in side.residuals.items():
        there = values[part].nonzero()[0]
        for i, share in zip(there.tolist(), values[part][there].tolist(), strict=True):
            documents[i]["residuals"][name] = share
    return documents
