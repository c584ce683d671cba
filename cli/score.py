"""`headwater score`."""

from __future__ import annotations

import click

from cli.running import ACTOR, with_services
from cli.waiting import wait_for_job
from graph.errors import HeadwaterError
from graph.model import Job, ScoringRun
from jobs.replaying import request_replay
from jobs.scoring import request_scoring_run
from jobs.services import Services


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
    result = await wait_for_job(services, job)
    click.echo(f"scored {result.get('wallets', 0):,} wallets at #{result.get('watermark')} in run {run.id}")


async def _replay(services: Services, run: str, wait: bool) -> None:
    job = await request_replay(services, run, actor=ACTOR)
    click.echo(f"replay of run {run}, job {job.id}")
    if not wait:
        return
    result = await wait_for_job(services, job)
    stored = result["stored"] or "not kept any more"
    click.echo(f"recorded   {result['digest']}\nrecomputed {result['recomputed']}\nstored     {stored}")
    if result["disturbed"]:
        click.echo("the graph changed while the run read it: wallets that changed then may differ")
    if result["identical"]:
        click.echo(f"identical: {result['wallets']:,} wallets")
        return
    named = ", ".join(result["differing"]) or "none of the wallets"
    raise Differs(f"run {run} is not what history gives: {result['differences']:,} wallets differ: {named}")
