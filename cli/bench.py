"""`headwater bench`: every figure of the README's speed table by one command."""

from __future__ import annotations

import asyncio
from typing import Any

import click
from rich.console import Console

from settings import load_settings

NAMES = (
    "ingest",
    "live",
    "scoring",
    "marks",
    "clocks",
    "clustering",
    "delta",
    "screening",
    "screening-large",
    "lists",
    "kafka",
    "rules",
    "verifying",
    "delivery",
    "appending",
    "overload",
    "features",
    "inference",
    "model-run",
    "payment-models",
    "evidence",
    "methods",
    "what-if",
    "workbench",
)
console = Console(stderr=True)


class Benches(click.Command):
    """Speeds, and `models`, which has options of its own and needs no servers."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Hand what follows `models` to its own command."""
        if args[:1] != ["models"]:
            return super().make_context(info_name, args, parent, **extra)
        from cli.bench_models import models

        return models.make_context(f"{info_name} models", args[1:], parent, **extra)


@click.command(cls=Benches)
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[NAME]...")
@click.option("--wallets", default=200_000, show_default=True, help="Wallets of the simulated graph.")
@click.option("--transactions", default=1_000_000, show_default=True, help="Transactions of the simulated graph.")
@click.option("--landed", default=20_000, show_default=True, help="Transactions landed in each round of ingest.")
@click.option("--rounds", default=3, show_default=True, help="Runs of each measurement, in turn with its reference.")
@click.option("--asked", default=1_000, show_default=True, help="Wallets asked for live exposure.")
@click.option("--decisions", default=1_000_000, show_default=True, help="Decisions in the ledger when lists are asked.")
@click.option("--sample", default=200, show_default=True, help="Wallets drawn for networkx.")
@click.option("--seed", default=1, show_default=True, help="Seed of the simulation and of the sample.")
@click.option("--keep", is_flag=True, help="Leave the measured data in place; needed with servers given by URL.")
def bench(names: tuple[str, ...], keep: bool, **sizes: int) -> None:
    """Measure landing, answers, scoring, screening, lists and what changes cost, on servers of its own.

    NAME is ingest, live, scoring, marks, clocks, delta, screening, screening-large, lists, kafka, rules, verifying,
    delivery, appending, overload, features, inference, model-run or payment-models; without one all are run. The table
    is also written to reports/bench.json. A missed target is said plainly and is no failure of the command.
    """
    from bench.figures import Sizes
    from bench.report import FILE, notes, table, verdict, write_report
    from bench.suite import run_all

    asked = Sizes(**sizes)
    with console.status("starting") as status:

        def report(text: str) -> None:
            status.update(text)
            console.log(text)

        figures = asyncio.run(run_all(list(names or NAMES), load_settings(), asked, keep=keep, report=report))
    write_report(figures, asked)
    Console().print(table(figures))
    click.echo("\n".join(notes(figures)))
    click.echo(verdict(figures))
    click.echo(f"written to {FILE}")
