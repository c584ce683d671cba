"""`headwater simulate`: a seeded transaction graph in files, ready to be imported."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Same seed, same files.")
@click.option("--wallets", default=10_000, show_default=True, type=click.IntRange(min=2), help="Wallets.")
@click.option("--transactions", default=100_000, show_default=True, type=click.IntRange(min=0), help="Transactions.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="File of transactions, gzipped if it ends in .gz; NAME.attributions.csv is written beside it.",
)
def simulate(seed: int, wallets: int, transactions: int, output: Path) -> None:
    """Write a seeded transaction graph to a file: heavy-tailed, with illicit wallets and services.

    Amounts are in the reference currency, times lie within the year 2025.
    """
    from jobs.simulation import simulate_columns, write_simulation

    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"-o {output}: the folder {output.parent} does not exist")
    columns = simulate_columns(seed, wallets, transactions)
    beside = write_simulation(output, columns)
    labelled = sum(1 for category in columns.category if category)
    click.echo(f"{output}: {transactions:,} transactions between {wallets:,} wallets (seed {seed})")
    click.echo(f"{beside}: {labelled:,} attributions")
