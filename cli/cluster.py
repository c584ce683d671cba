"""`headwater cluster` and `headwater entity KEY`."""

from __future__ import annotations

import click
from rich.table import Table

from cli.running import ACTOR, print_whole, with_services
from cli.waiting import wait_for_job
from graph import entities
from graph.clustering import Held
from graph.entities import Entity
from jobs.clustering import request_clustering
from jobs.services import Services


@click.command()
@click.option("--wait", is_flag=True, help="Wait for the job and show its progress.")
def cluster(wait: bool) -> None:
    """Find wallets of utxo networks that share an owner, in what landed since the last time; a worker does it."""

    async def run(services: Services) -> None:
        job = await request_clustering(services, actor=ACTOR)
        click.echo(f"job {job.id}")
        if wait:
            done = await wait_for_job(services, job)
            click.echo(f"{done['transactions']:,} transactions read at #{done['watermark']}")
            click.echo(f"{done['wallets']:,} wallets grouped anew into {done['entities']:,} entities")

    with_services(run)


@click.command()
@click.argument("key")
@click.option("--limit", type=click.IntRange(1, 1000), default=25, show_default=True, help="Most links to list.")
def entity(key: str, limit: int) -> None:
    """Show an entity by its KEY, ent_…, or by that of a wallet in it, and the transactions that hold it together."""

    async def run(services: Services) -> tuple[Entity, list[Held]]:
        graph = services.graph
        name = (await entities.entities_of(graph, [key])).get(key, key)
        found = await entities.get_entity(graph, name)
        return found, await entities.proof_of(graph, found.key)

    found, proof = with_services(run)
    click.echo(f"{found.key}: {found.size:,} wallets of {found.network}, confidence {found.confidence:.2f}")
    table = Table(title_justify="left")
    for name in ("transaction", "heuristic", "confidence", "wallet", "shares its owner with"):
        table.add_column(name)
    for link in proof[:limit]:
        table.add_row(link.transaction, link.heuristic, f"{link.confidence:.2f}", link.source, link.target)
    print_whole(table)
    if len(proof) > limit:
        click.echo(f"and {len(proof) - limit:,} more links (--limit)")
