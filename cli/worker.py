"""`headwater worker`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import click

from cli.garbage import collect_rarely
from cli.running import connected_settings


@click.command()
def worker() -> None:
    """Run a worker until it is told to stop; an interrupted job is taken up again by the next worker."""
    from jobs.worker import run_worker

    collect_rarely()
    asyncio.run(_until_stopped(run_worker(connected_settings())))


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        click.echo("worker stopped", err=True)
