"""`headwater worker`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import click

from cli.garbage import collect_rarely
from cli.running import connected_settings
from jobs.wards import Bounds, Killed, show_pulse, ward_command, watch_over
from settings import Settings

T = TypeVar("T")
# How soon a worker that was killed is started again.
AGAIN_S = 1.0


@click.command()
@click.option("--watched", is_flag=True, hidden=True, help="Work, watched by the process that started this one.")
@click.option("--job", hidden=True, help="Run one attempt of this job instead, watched as well.")
def worker(watched: bool, job: str | None) -> None:
    """Run a worker until it is told to stop; an interrupted job is taken up again by the next worker.

    The work is done by a process of its own, which is started again when it is killed, stuck or takes too much memory.
    """
    settings = connected_settings()
    if not watched and job is None:
        sys.exit(asyncio.run(_until_stopped(_keep_working(settings))) or 0)
    from api.logs import configure_logging
    from jobs.worker import run_one, run_worker

    configure_logging()
    collect_rarely()
    asyncio.run(_until_stopped(_watched(run_one(settings, job) if job else run_worker(settings))))


async def _keep_working(settings: Settings) -> int:
    """Have a process work for as long as it takes; return its status once it has ended by itself."""
    while True:
        try:
            return await watch_over(ward_command("--watched"), Bounds.of(settings.queue))
        except Killed as error:
            click.echo(f"worker: {error}; starting another one", err=True)
            await asyncio.sleep(AGAIN_S)


async def _watched(work: Coroutine[Any, Any, None]) -> None:
    pulse = asyncio.create_task(show_pulse())
    try:
        await work
    finally:
        pulse.cancel()


async def _until_stopped(work: Coroutine[Any, Any, T]) -> T | None:
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        click.echo("worker stopped", err=True)
        return None
