"""`headwater reconcile`."""

from __future__ import annotations

import sys

import click
from rich.progress import Progress

from cli.running import ACTOR, with_services
from jobs.reconciling import new_sweep, record_repairs
from jobs.reconciling import reconcile as make_sweep
from jobs.reconciling_sweep import Finding, Sweep
from jobs.services import Services

SHOWN = 100


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell; change nothing.")
@click.option("--all", "everything", is_flag=True, help="Compare everything, not only what landed last.")
def reconcile(dry_run: bool, everything: bool) -> None:
    """Compare ledger, graph and audit log in both directions, and repair what can be proven.

    Exits 1 where something does not agree and was left so.
    """

    async def run(services: Services) -> Sweep:
        with Progress(transient=True) as bar:
            task = bar.add_task("reconciling", total=None)

            async def say(text: str) -> None:
                bar.update(task, description=text)

            sweep = await new_sweep(services, everything=everything, repairing=not dry_run)
            sweep.say = say
            await make_sweep(sweep)
            await record_repairs(sweep, actor=ACTOR)
            return sweep

    sweep = with_services(run)
    click.echo(", ".join(f"{count:,} {noun}" for noun, count in sorted(sweep.looked.items())) + " compared")
    for finding in sweep.findings[:SHOWN]:
        click.echo(_line(finding), err=finding.done is None)
    if len(sweep.findings) > SHOWN:
        click.echo(f"{len(sweep.findings) - SHOWN:,} more like these")
    left = len(sweep.findings) - sweep.repaired
    click.echo(f"{sweep.repaired:,} repaired, {left:,} left" if sweep.findings else "everything agrees")
    sys.exit(1 if left else 0)


def _line(finding: Finding) -> str:
    outcome = f"; {finding.done}" if finding.done else ""
    return f"{'REPAIRED' if finding.done else 'FOUND'} {finding.kind} {finding.subject}: {finding.found}{outcome}"
