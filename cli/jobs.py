"""`headwater jobs`: what is done in the background; cancel it, or give it new attempts."""

from __future__ import annotations

from typing import get_args

import click
from rich.table import Table

from cli.running import ACTOR, print_whole, with_services
from cli.waiting import time_left
from graph.model import Job, JobState
from jobs import redriving
from jobs.services import Services
from ledger import jobs as ledger


@click.group()
def jobs() -> None:
    """Show background work, cancel it, or give it new attempts."""


@jobs.command("list")
@click.option("--state", type=click.Choice(get_args(JobState)), help="Only jobs in this state.")
@click.option("--name", help="Only jobs of this name, such as score_graph.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
def list_(state: JobState | None, name: str | None, limit: int) -> None:
    """List jobs, newest first."""

    async def found(services: Services) -> list[Job]:
        async with services.ledger.read() as connection:
            return await ledger.list_jobs(connection, name=name, state=state, limit=limit)

    table = Table("id", "name", "state", "attempt", "done", "at", "left")
    for job in with_services(found):
        done = f"{job.done:,} of {job.total:,}" if job.total else ""
        table.add_row(job.id, job.name, job.state, str(job.attempt), done, job.error or job.message, time_left(job))
    print_whole(table)


@jobs.command()
@click.argument("job", metavar="ID")
def cancel(job: str) -> None:
    """Cancel a job; one under way stops within seconds, and nobody sees what it made."""
    found = with_services(lambda services: redriving.cancel_job(services, job, actor=ACTOR))
    click.echo(f"{job} is {'stopping' if found.state == 'running' else found.state}")


@jobs.command()
@click.argument("job", metavar="ID")
def retry(job: str) -> None:
    """Give a job that is dead, failed or cancelled new attempts."""
    found = with_services(lambda services: redriving.retry_job(services, job, actor=ACTOR))
    click.echo(f"{job} is {found.state}")
