"""`headwater compare-methods`."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from cli.exposure import WIDTH
from cli.running import ACTOR, with_services
from cli.waiting import wait_for_job
from jobs.asking_methods import request_comparison_of_methods
from jobs.services import Services
from ledger.methods import MethodScore, list_method_scores


@click.command("compare-methods")
@click.option("--hops", type=click.IntRange(1, 6), help="Hops of exposure; the policy's by default.")
@click.option("--wait", is_flag=True, help="Wait for the job, show its progress and what it found.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Most wallets listed.")
def compare_methods(*, hops: int | None, wait: bool, limit: int) -> None:
    """Have every wallet traced by every method; list those whose score depends on which is taken."""

    async def run(services: Services) -> None:
        job = await request_comparison_of_methods(services, actor=ACTOR, hops=hops, job_id=None)
        click.echo(f"job {job.id}")
        if not wait:
            return
        found = await wait_for_job(services, job)
        async with services.ledger.read() as connection:
            scores, _ = await list_method_scores(connection, limit=limit)
        click.echo(f"{found['sensitive']:,} sides of {found['wallets']:,} wallets are sensitive to the method")
        if scores:
            Console(width=max(Console().width, WIDTH)).print(scores_table(scores))

    with_services(run)


def scores_table(scores: list[MethodScore]) -> Table:
    """A line a side, furthest apart first."""
    table = Table()
    for name in ("wallet", "side", "haircut", "in time", "fifo", "poison"):
        table.add_column(name, justify="left" if name in ("wallet", "side") else "right")
    for one in scores:
        by_method = (one.haircut, one.time_ordered_haircut, one.fifo, one.poison)
        table.add_row(one.wallet, one.direction, *(f"{score:.3f}" for score in by_method))
    return table
