"""`headwater train`."""

from __future__ import annotations

import click

from cli.clocks import clock_of
from cli.models import told_metrics
from cli.running import ACTOR, with_services
from cli.waiting import wait_for_job
from graph.model import ModelKind
from jobs.services import Services
from jobs.training import TRAININGS, request_training


@click.command()
@click.argument("model", type=click.Choice(list(TRAININGS.values())))
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, help="The same seed and graph give the same.")
@click.option("--as-of", metavar="TIME", help="Learn only from what had moved by then.")
@click.option("--wait", is_flag=True, help="Wait for the job and show its progress.")
def train(model: ModelKind, seed: int, as_of: str | None, wait: bool) -> None:
    """Request the training of a MODEL on the graph; a worker does it.

    What comes of it is a candidate: `headwater models promote` has it serve.
    """

    until = clock_of(as_of, None).as_of

    async def run(services: Services) -> None:
        job = await request_training(services, model, actor=ACTOR, seed=seed, as_of=until)
        click.echo(f"job {job.id}")
        if wait:
            result = await wait_for_job(services, job)
            click.echo(f"{result['model']}: learned from {result['wallets']:,} wallets at #{result['watermark']}")
            for metric in told_metrics(result["metrics"]):
                click.echo(f"  {metric}")

    with_services(run)
