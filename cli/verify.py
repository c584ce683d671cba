"""`headwater verify`."""

from __future__ import annotations

import sys

import click
from rich.progress import Progress

from cli.running import with_services
from jobs.services import Services
from jobs.verifying import Report, verify_ledger


@click.command()
def verify() -> None:
    """Walk the audit chain, then compare every decision with its event and its transaction in the graph.

    Exits 1 and names the first bad row when something was changed behind the application's back.
    """

    async def run(services: Services) -> Report:
        with Progress(transient=True) as bar:
            task = bar.add_task("verifying", total=None)
            return await verify_ledger(services, lambda text: bar.update(task, description=text))

    report = with_services(run)
    click.echo(f"{report.events:,} audit events, head #{report.head_seq} {report.head_hash[:16]}")
    click.echo(f"{report.decisions:,} decisions compared with the graph")
    for finding in report.findings:
        click.echo(f"BAD {finding}", err=True)
    if report.findings:
        sys.exit(1)
    click.echo("everything holds")
