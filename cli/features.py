"""`headwater features`: what models look at, in the words that analysts are shown."""

from __future__ import annotations

import click
from rich.table import Table

from cli.running import print_whole


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
def features(names: tuple[str, ...]) -> None:
    """List all features that models learn from and what each tells, or those NAMEd; `own` is of a wallet by itself."""
    from ml.features.catalog import DIGEST, NAMES, OWN_NAMES, describe

    if unknown := [name for name in names if name not in NAMES]:
        raise click.UsageError(f"there is no feature {unknown[0]}; without a NAME all are listed")
    table = Table("name", "own", "what it tells")
    for name in names or NAMES:
        table.add_row(name, "own" if name in OWN_NAMES else "", describe(name).replace("\n", " "))
    print_whole(table)
    click.echo(f"{len(NAMES)} features, digest {DIGEST}")
