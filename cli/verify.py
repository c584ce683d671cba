"""`headwater verify`."""

from __future__ import annotations

import sys

import click
from rich.progress import Progress

from cli.running import with_services
from jobs.checking import Check, check_scores, new_seed
from jobs.services import Services
from jobs.verifying import Report, verify_ledger


@click.command()
@click.option(
    "--scores", type=click.IntRange(1, 1_000_000), help="Compute that many stored scores again and compare them too."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), help="Which ones: those that a seed chose before; absent: a new one."
)
def verify(scores: int | None, seed: int | None) -> None:
    """Walk the chains of audit log and reads, then compare decisions, landings, attributions and withdrawals.

    Exits 1 and names the first bad row when something was changed behind the application's back.
    """

    async def run(services: Services) -> Report:
        with Progress(transient=True) as bar:
            task = bar.add_task("verifying", total=None)
            return await verify_ledger(services, lambda text: bar.update(task, description=text))

    report = with_services(run)
    click.echo(f"{report.events:,} audit events, head #{report.head_seq} {report.head_hash[:16]}")
    click.echo(f"{report.reads:,} reads of wallets logged")
    click.echo(
        f"{report.decisions:,} decisions, {report.landed:,} landed transactions and"
        f" {report.attributions:,} changes of attributions compared with the graph"
    )
    findings = report.findings + (_check(scores, seed) if scores else [])
    for finding in findings:
        click.echo(f"BAD {finding}", err=True)
    if findings:
        sys.exit(1)
    click.echo("everything holds")


def _check(scores: int, seed: int | None) -> list[str]:
    async def run(services: Services) -> Check:
        return await check_scores(services, scores, new_seed() if seed is None else seed)

    check = with_services(run)
    click.echo(f"{check.checked:,} stored scores computed again (seed {check.seed}), {check.stale:,} of them stale")
    return [f"score of {wallet}: stored otherwise than computed now" for wallet in check.drifted]
