"""`headwater rebuild` and `headwater digest`."""

from __future__ import annotations

import sys

import click
from rich.progress import Progress

from cli.running import ACTOR, with_services
from graph.digest import GraphDigest, graph_digest
from jobs.rebuilding import Rebuilt
from jobs.rebuilding import rebuild as rebuild_graph
from jobs.services import Services

WARNING = "This empties the graph. Only what the ledger keeps comes back, and scores once they are computed again."


@click.command()
@click.option("--replace", is_flag=True, help="Empty a graph that holds something first.")
@click.option("--yes", is_flag=True, help="Do not ask before emptying it.")
def rebuild(replace: bool, yes: bool) -> None:
    """Fill an empty graph from the ledger: transactions with their numbers, times and spans, and attributions.

    Stop API, worker and consumer before. It may be stopped too, and run again: it goes on where it was. Exits 1 where
    the ledger contradicts itself and something was left out.
    """
    if replace and not yes:
        click.echo(WARNING, err=True)
        click.confirm("Empty the graph and rebuild it?", abort=True)
    report = with_services(lambda services: rebuild_shown(services, replace=replace))
    for refused in report.refused:
        click.echo(f"LEFT OUT {refused}", err=True)
    sys.exit(1 if report.refused else 0)


async def rebuild_shown(services: Services, *, replace: bool) -> Rebuilt:
    """Rebuild with a bar of progress, then tell the rate and the digest."""
    with Progress(transient=True) as bar:
        task = bar.add_task("rebuilding", total=None)

        def tell(report: Rebuilt) -> None:
            left = "" if report.left_s is None else f", {report.left_s:,.0f} s left"
            text = f"{report.rate:,.0f} transactions/s{left}"
            bar.update(task, description=text, completed=report.transactions, total=report.total)

        report = await rebuild_graph(services, replace=replace, actor=ACTOR, tell=tell)
        bar.update(task, description="digesting")
        found = await graph_digest(services.graph)
    click.echo(
        f"{report.transactions:,} transactions in {report.seconds:.1f} s ({report.rate:,.0f}/s),"
        f" {report.known:,} of them there already; {report.attributions:,} attributions"
    )
    show_digest(found)
    return report


@click.command()
def digest() -> None:
    """Print one hash over all that the graph holds: equal graphs have equal ones. Nothing may be written meanwhile."""

    async def run(services: Services) -> GraphDigest:
        return await graph_digest(services.graph)

    show_digest(with_services(run))


def show_digest(found: GraphDigest) -> None:
    """Print a digest and what it is of."""
    click.echo(
        f"graph {found.sha256}: {found.transactions:,} transactions, {found.wallets:,} wallets,"
        f" {found.flows:,} flows, {found.attributions:,} attributions"
    )
