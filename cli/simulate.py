"""`headwater simulate`: a seeded transaction graph in files, ready to be imported."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Same seed, same files.")
@click.option("--wallets", default=10_000, show_default=True, type=click.IntRange(min=2), help="Wallets.")
@click.option("--transactions", default=100_000, show_default=True, type=click.IntRange(min=0), help="Transactions.")
@click.option(
    "--typologies",
    default=0,
    show_default=True,
    type=click.IntRange(0, 1_000),
    help="Instances of each typology to plant besides, and half as many near misses, labelled in NAME.typologies.csv.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="File of transactions, gzipped if it ends in .gz; NAME.attributions.csv is written beside it.",
)
def simulate(seed: int, wallets: int, transactions: int, typologies: int, output: Path) -> None:
    """Write a seeded transaction graph to a file: heavy-tailed, with illicit wallets and services.

    Amounts are in the reference currency, times lie within the year 2025.
    """
    from jobs.simulation import simulate_columns, write_simulation
    from jobs.typologies import Planted, plant_typologies, write_typologies

    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"-o {output}: the folder {output.parent} does not exist")
    columns = simulate_columns(seed, wallets, transactions)
    planted: list[Planted] = []
    if typologies:
        try:
            columns, planted = plant_typologies(columns, seed, typologies)
        except ValueError as error:
            raise click.UsageError(f"--typologies {typologies}: {error}") from None
    beside = write_simulation(output, columns)
    labelled = sum(1 for category in columns.category if category)
    click.echo(f"{output}: {len(columns.ids):,} transactions between {len(columns.addresses):,} wallets (seed {seed})")
    click.echo(f"{beside}: {labelled:,} attributions")
    if planted:
        near = sum(1 for one in planted if one.is_near_miss)
        click.echo(f"{write_typologies(output, planted)}: {len(planted) - near:,} instances, {near:,} near misses")
