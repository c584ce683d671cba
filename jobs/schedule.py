"""What is done without anybody asking: marks worked off, scores renewed and checked, figures kept, old rows removed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from graph.linking import read_state
from graph.marks import count_marks
from jobs.attributing import refresh_attributions
from jobs.checking import NAME as CHECK
from jobs.checking import request_check
from jobs.clustering import NAME as CLUSTER
from jobs.clustering import request_clustering
from jobs.drifting import NAME as MEASURE_DRIFT
from jobs.drifting import request_drift
from jobs.figures import keep_figures
from jobs.model_versions import list_active
from jobs.reconciling import ALL, RECENT, request_reconciling
from jobs.rescreening_requests import RESCREEN, request_rescreening
from jobs.retaining import request_retention
from jobs.scoring import ensure_scoring_run
from jobs.services import Services
from ledger.jobs import is_busy, list_jobs
from ledger.model_drift import last_measured
from ledger.runs import latest_run
from ledger.turns import wait_turn

REFRESH_S = 60.0
CHECK_EVERY_S = 86_400.0
# After a measurement of drift that came to nothing.
REST_S = 3_600.0


class Schedule:
    """Asked again and again by a worker's sweeper; several workers do no harm."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._refreshed = 0.0

    async def __call__(self) -> None:
        """Queue what is due now."""
        if await count_marks(self._services.graph):
            await self._rescreen()
        if time.monotonic() - self._refreshed >= REFRESH_S:
            self._refreshed = time.monotonic()
            await refresh_attributions(self._services)
            await self._check()
            await self._reconcile()
            await self._score()
            await self._cluster()
            await self._measure_drift()
            await request_retention(self._services)
        await keep_figures(self._services)

    async def _rescreen(self) -> None:
        """Work off pending marks, unless that is on its way or a scoring run will."""
        async with self._services.ledger.read() as connection:
            busy = await is_busy(connection, (RESCREEN, "score_graph"))
        if not busy:
            await request_rescreening(self._services)

    async def _reconcile(self) -> None:
        """Compare what landed last every few minutes, and everything now and then; the first time a while after."""
        settings = self._services.settings.reconciling
        for name, every_s in ((ALL, settings.reconcile_all_every_s), (RECENT, settings.reconcile_every_s)):
            async with self._services.ledger.read() as connection:
                last = await list_jobs(connection, name=name, limit=1)
            if every_s and (not last or _is_past(last[0].created_at, every_s)):
                await request_reconciling(self._services, name)

    async def _check(self) -> None:
        async with self._services.ledger.read() as connection:
            last = await list_jobs(connection, name=CHECK, limit=1)
            run = await latest_run(connection)
        is_due = not last or _is_past(last[0].created_at, CHECK_EVERY_S)
        if run is not None and is_due:
            await request_check(self._services)

    async def _score(self) -> None:
        """Score all wallets every so often, once somebody has asked for it a first time."""
        every_s = self._services.settings.runs.score_every_s
        async with self._services.ledger.transaction() as connection:
            await wait_turn(connection, "scheduled scoring")
            last = await list_jobs(connection, name="score_graph", limit=1)
            if (
                every_s
                and last
                and _is_past(last[0].created_at, every_s)
                and last[0].state not in {"queued", "running"}
            ):
                await ensure_scoring_run(self._services, None)

    async def _cluster(self) -> None:
        """Cluster what landed since every so often, once somebody has asked for it a first time.

        At once where the entities that there were are gone: the graph was rebuilt.
        """
        every_s = self._services.settings.runs.cluster_every_s
        async with self._services.ledger.read() as connection:
            last = await list_jobs(connection, name=CLUSTER, limit=1)
        if not every_s or not last or last[0].state in {"queued", "running"}:
            return
        until = (await read_state(self._services.graph)).seq
        is_gone = until is None and last[0].state == "succeeded"
        is_due = _is_past(last[0].created_at, every_s) and await self._services.graph.watermark() > (until or 0)
        if is_gone or is_due:
            await request_clustering(self._services, actor="worker")

    async def _measure_drift(self) -> None:
        """Measure the drift of models when no scoring run has done so for a while."""
        every_s = self._services.settings.models.drift_every_s
        async with self._services.ledger.read() as connection:
            last = await last_measured(connection)
            is_waiting = await is_busy(connection, (MEASURE_DRIFT,), rest_s=REST_S)
            is_scored = await is_busy(connection, ("score_graph",))
        # A scoring run measures it, too.
        is_due = every_s and not is_waiting and not is_scored and (last is None or _is_past(last, every_s))
        if is_due and await list_active(self._services):
            await request_drift(self._services)


def _is_past(at: datetime, seconds: float) -> bool:
    return datetime.now(UTC) - at >= timedelta(seconds=seconds)
