"""`headwater import transactions|attributions`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cli.running import ACTOR, with_services
from jobs.csv_files import parse_mapping
from jobs.importing import ImportReport, Tell, import_attributions, import_transactions
from jobs.services import Services

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("import")
def import_() -> None:
    """Import transactions or attributions from a CSV file, plain or gzipped.

    Bad rows are left out and written to FILE.rejected with line and reason. An import may be interrupted and
    repeated at any time: what is there already is known, not doubled.
    """


@import_.command()
@FILE
@click.option("--network", default="eth", show_default=True, help="Network of rows that do not name one.")
@click.option("--asset", default="ETH", show_default=True, help="Asset of rows that do not name one.")
@click.option("--map", "mapping", default="", help="Columns by field, such as id=hash,at=timestamp,amount=amount_eth.")
@click.option("--no-screening", is_flag=True, help="History: land it without decisions.")
def transactions(file: Path, network: str, asset: str, mapping: str, no_screening: bool) -> None:
    """Land the rows of FILE (id, at, sender, receiver, amount) and decide each unless --no-screening."""
    columns = parse_mapping(mapping) or None

    async def run(services: Services) -> ImportReport:
        with shown(file.name) as tell:
            return await import_transactions(
                services,
                file,
                network=network,
                asset=asset,
                mapping=columns,
                screening=not no_screening,
                actor=ACTOR,
                tell=tell,
            )

    _summarise(file, with_services(run), "transactions")


@import_.command()
@FILE
@click.option("--network", default="eth", show_default=True, help="Network of rows that do not name one.")
def attributions(file: Path, network: str) -> None:
    """Record the rows of FILE (address, category, actor, source, and more if there)."""

    async def run(services: Services) -> ImportReport:
        with shown(file.name) as tell:
            return await import_attributions(services, file, network=network, actor=ACTOR, tell=tell)

    _summarise(file, with_services(run), "attributions")


class shown:  # noqa: N801  # used as a context manager, like a function
    """A progress bar by bytes of the file, with rate and rejected rows."""

    def __init__(self, title: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, transient=True)
        self._title = title

    def __enter__(self) -> Tell:
        self._bar.start()
        task = self._bar.add_task(self._title, total=None)

        def tell(report: ImportReport) -> None:
            done = report.landed + report.known
            text = (
                f"{self._title}: {done:,} rows, {done / max(report.seconds, 1e-9):,.0f}/s, {report.rejected} rejected"
            )
            self._bar.update(task, description=text, completed=report.position, total=report.size)

        return tell

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _summarise(file: Path, report: ImportReport, noun: str) -> None:
    rate = (report.landed + report.known) / max(report.seconds, 1e-9)
    click.echo(
        f"{report.landed:,} {noun} new, {report.known:,} known, {report.rejected:,} rejected"
        f" in {report.seconds:.1f} s ({rate:,.0f}/s)"
    )
    if report.rejected:
        click.echo(f"rejected rows with their reasons: {file.name}.rejected, beside the file", err=True)
