"""Waiting for a job: a line that moves, and at the end its result or why there is none."""

from __future__ import annotations

import asyncio
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from graph.errors import HeadwaterError
from graph.model import Job
from jobs.services import Services
from ledger.jobs import get_job

ENDED = ("succeeded", "failed", "dead", "cancelled")
ASK_EVERY_S = 0.3


class JobFailed(HeadwaterError):
    """A job that was waited for ended badly, or was cancelled."""


async def wait_for_job(services: Services, job: Job) -> dict[str, Any]:
    """Show a job's progress until it ends and return its result; raises JobFailed with its error.

    Who stops waiting does not stop the job, and is told how to.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[left]}"))
    try:
        with Progress(*columns, transient=True) as bar:
            task = bar.add_task("waiting for a worker", total=None, left="")
            while job.state not in ENDED:
                await asyncio.sleep(ASK_EVERY_S)
                async with services.ledger.read() as connection:
                    job = await get_job(connection, job.id)
                bar.update(task, description=_said(job), completed=job.done, total=job.total, left=time_left(job))
    except asyncio.CancelledError:
        click.echo(f"job {job.id} goes on without you; to stop it: headwater jobs cancel {job.id}", err=True)
        raise
    if job.state == "cancelled":
        raise JobFailed(f"job {job.id} was cancelled by {job.cancelled_by}")
    if job.state != "succeeded":
        raise JobFailed(f"job {job.id} {job.state}: {job.error}")
    return job.result or {}


def time_left(job: Job) -> str:
    """Say how long a job still takes, if it goes on as it did; empty where nothing can be told."""
    if job.eta_s is None:
        return ""
    left = round(job.eta_s)
    return f"about {left} s left" if left < 100 else f"about {round(left / 60)} min left"


def _said(job: Job) -> str:
    return "stopping" if job.cancel_requested_at and job.state == "running" else job.message or job.state
