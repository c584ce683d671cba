"""`headwater bench models`: how well each model tells illicit wallets, on sets of files, as one plain table."""

from __future__ import annotations

from pathlib import Path

import click

MODELS = ("forest", "boosting", "classifier", "isolation", "gnn")
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--data", type=FOLDER, help="Folder that holds ethereum_phishing/, amlsim/ and elliptic/, each or none.")
@click.option("--amlsim", type=FOLDER, help="Folder with nodes.csv and transactions.csv, plain or gzipped.")
@click.option("--simulated", is_flag=True, help="The simulator's typologies besides; without a folder they are all.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="First of three seeds.")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(min=1), help="Threads of a training.")
@click.option("--model", "models", multiple=True, type=click.Choice(MODELS), help="This model only; may be repeated.")
def models(models: tuple[str, ...], **asked: object) -> None:
    """Measure each model beside its baselines: trained on part of the labels, measured on the others.

    Needs no servers. Prints plain text: rows begin with the model's name; progress goes to standard error.
    """
    import msgspec

    from bench.models.suite import Asked, report

    def tell(text: str) -> None:
        click.echo(text, err=True)

    for line in report(msgspec.convert({**asked, "models": models or MODELS}, Asked), tell):
        click.echo(line)
