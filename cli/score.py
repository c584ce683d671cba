"""`headwater score`."""

from __future__ import annotations

import asyncio

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cli.running import ACTOR, with_services
from graph.errors import HeadwaterError
from graph.model import Job, ScoringRun
from jobs.scoring import request_scoring_run
from jobs.services import Services
from ledger.jobs import get_job

ENDED = ("succeeded", "failed", "dead")


class JobFailed(HeadwaterError):
    """A job that was waited for ended badly."""


@click.command()
@click.option("--hops", type=click.IntRange(1, 6), help="Hops of exposure; the policy's by default.")
@click.option("--wait", is_flag=True, help="Wait for the run and show its progress.")
def score(hops: int | None, wait: bool) -> None:
    """Request a scoring run of all wallets; a worker does it."""

    async def run(services: Services) -> None:
        requested, job = await request_scoring_run(services, actor=ACTOR, hops=hops)
        click.echo(f"run {requested.id}, job {job.id}")
        if wait:
            await follow(services, requested, job)

    with_services(run)


async def follow(services: Services, run: ScoringRun, job: Job) -> None:
    """Show the job's progress until it ends; raises JobFailed with its error."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("waiting for a worker", total=None)
        while job.state not in ENDED:
            await asyncio.sleep(0.3)
            async with services.ledger.read() as connection:
                job = await get_job(connection, job.id)
            bar.update(task, description=job.message or job.state, completed=job.done, total=job.total)
    if job.state != "succeeded":
        raise JobFailed(f"job {job.id} {job.state}: {job.error}")
    wallets = (job.result or {}).get("wallets", 0)
    click.echo(f"scored {wallets:,} wallets at #{(job.result or {}).get('watermark')} in run {run.id}")
