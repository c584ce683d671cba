"""The jobs that one process works on: some side by side, and those that need it in a process of their own."""

from __future__ import annotations

import asyncio

import structlog

from jobs import runner
from jobs.services import Services
from jobs.wards import Bounds, Killed, ward_command, watch_over
from ledger.jobs import find_job

# Jobs of one name run one at a time, so these are of as many names.
AT_ONCE, APART = 3, 3
log = structlog.get_logger()


class Crew:
    """Takes jobs as long as there are places. `freed` is set when there may be work for a place again."""

    def __init__(self, services: Services, handlers: dict[str, runner.Handler]) -> None:
        self._services, self._handlers = services, handlers
        self._here: dict[str, asyncio.Task[None]] = {}
        self._apart: dict[str, asyncio.Task[None]] = {}
        self.freed = asyncio.Event()

    def take(self, job: str, *, apart: bool) -> None:
        """Work on a job unless this process does already, or has no place for it now: then ask again.

        `apart` is in a process of its own, where it can harm nothing but itself.
        """
        places, most = (self._apart, APART) if apart else (self._here, AT_ONCE)
        if job in self._here or job in self._apart or len(places) >= most:
            return
        work = self._try_apart(job) if apart else self._try_here(job)
        places[job] = task = asyncio.create_task(work)
        task.add_done_callback(lambda _: places.pop(job, None))

    async def close(self) -> None:
        """Stop what is under way; it is taken up again by whoever comes next."""
        tasks = [*self._here.values(), *self._apart.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _try_here(self, job: str) -> None:
        if await runner.run_job(self._services, self._handlers, job):
            self.freed.set()

    async def _try_apart(self, job: str) -> None:
        try:
            await watch_over(ward_command("--job", job), Bounds.of(self._services.settings.queue))
        except Killed as error:
            log.warning("job_killed", job=job, error=str(error))
            await self._record(job, error)
        self.freed.set()

    async def _record(self, job: str, error: Killed) -> None:
        """Say why the attempt ended: its own process cannot."""
        async with self._services.ledger.read() as connection:
            found = await find_job(connection, job)
        if found is not None and found.state == "running":
            await runner.record_failure(self._services, found, error)
