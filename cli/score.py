"""`headwater score`."""

from __future__ import annotations

import asyncio
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cli.running import ACTOR, with_services
from graph.errors import HeadwaterError
from graph.model import Job, ScoringRun
from jobs.replaying import request_replay
from jobs.scoring import request_scoring_run
from jobs.services import Services
from ledger.jobs import get_job

ENDED = ("succeeded", "failed", "dead")


class JobFailed(HeadwaterError):
    """A job that was waited for ended badly."""


class Differs(HeadwaterError):
    """A replayed run did not come out as it was recorded."""


@click.command()
@click.option("--hops", type=click.IntRange(1, 6), help="Hops of exposure; the policy's by default.")
@click.option("--replay", metavar="RUN", help="Compute an earlier run again from history, and compare.")
@click.option("--wait", is_flag=True, help="Wait for the job and show its progress.")
def score(hops: int | None, replay: str | None, wait: bool) -> None:
    """Request a scoring run of all wallets, or the replay of one; a worker does it."""
    if replay is not None and hops:
        raise click.UsageError("a replay follows as many hops as its run did: leave out --hops")

    async def run(services: Services) -> None:
        if replay is not None:
            await _replay(services, replay, wait)
        else:
            requested, job = await request_scoring_run(services, actor=ACTOR, hops=hops)
            click.echo(f"run {requested.id}, job {job.id}")
            if wait:
                await follow(services, requested, job)

    with_services(run)


async def follow(services: Services, run: ScoringRun, job: Job) -> None:
    """Show the progress of a run until it ends; raises JobFailed with its error."""
    result = await wait_for(services, job)
    click.echo(f"scored {result.get('wallets', 0):,} wallets at #{result.get('watermark')} in run {run.id}")


async def _replay(services: Services, run: str, wait: bool) -> None:
    job = await request_replay(services, run, actor=ACTOR)
    click.echo(f"replay of run {run}, job {job.id}")
    if not wait:
        return
    result = await wait_for(services, job)
    click.echo(f"recorded   {result['digest']}\nrecomputed {result['recomputed']}\nstored     {result['stored']}")
    if result["disturbed"]:
        click.echo("the graph changed while the run read it: wallets that changed then may differ")
    if result["identical"]:
        click.echo(f"identical: {result['wallets']:,} wallets")
        return
    named = ", ".join(result["differing"]) or "none of the wallets"
    raise Differs(f"run {run} is not what history gives: {result['differences']:,} wallets differ: {named}")


async def wait_for(services: Services, job: Job) -> dict[str, Any]:
    """Show the job's progress until it ends and return its result; raises JobFailed with its error."""
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
    return job.result or {}
