"""What is done without anybody asking: marks worked off, validity applied, scores checked, figures kept."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from graph.marks import count_marks
from jobs.attributing import refresh_attributions
from jobs.checking import NAME as CHECK
from jobs.checking import request_check
from jobs.figures import keep_figures
from jobs.reconciling import ALL, RECENT, request_reconciling
from jobs.rescreening_requests import RESCREEN, request_rescreening
from jobs.services import Services
from ledger.jobs import is_busy, list_jobs
from ledger.runs import latest_run

REFRESH_S = 60.0
CHECK_EVERY = timedelta(days=1)


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
            if every_s and (not last or datetime.now(UTC) - last[0].created_at >= timedelta(seconds=every_s)):
                await request_reconciling(self._services, name)

    async def _check(self) -> None:
        async with self._services.ledger.read() as connection:
            last = await list_jobs(connection, name=CHECK, limit=1)
            run = await latest_run(connection)
        is_due = not last or datetime.now(UTC) - last[0].created_at >= CHECK_EVERY
        if run is not None and is_due:
            await request_check(self._services)
