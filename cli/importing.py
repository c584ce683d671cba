"""`headwater import transactions|attributions`."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cli.garbage import collect_rarely
from cli.preview import preview_import, tell_plan
from cli.running import ACTOR, with_services
from graph.errors import HeadwaterError
from jobs.attribution_files import Format, Reading
from jobs.attribution_rows import parse_bound
from jobs.csv_files import parse_mapping
from jobs.importing import ImportReport, Tell, import_transactions
from jobs.importing_attributions import AttributionReport, Rules, import_attributions
from jobs.services import Services

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
WRITTEN = click.Path(dir_okay=False, writable=True, path_type=Path)
FILE = click.argument("file", type=EXISTING)


@click.group("import")
def import_() -> None:
    """Import transactions from a CSV file, or attributions from CSV, TagPacks or OFAC lists.

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

    collect_rarely()

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

    _summarise(f"{file.name}.rejected, beside the file", with_services(run), "transactions")


@import_.command()
@click.argument("path", metavar="FILE", type=click.Path(exists=True, path_type=Path))
@click.option("--network", default="eth", show_default=True, help="Network of CSV rows that do not name one.")
@click.option("--format", "format_", type=click.Choice(get_args(Format)), help="Guessed by each file's name if absent.")
@click.option("--actors", type=EXISTING, help="ActorPack that names the actors of TagPacks; absent: those beside them.")
@click.option("--asset", help="Asset that an OFAC list is of, such as XBT; its name tells if absent.")
@click.option("--listed-at", default="", help="Since when what is new on an OFAC list holds; absent: always.")
@click.option("--all-or-nothing", is_flag=True, help="Record nothing if any row is bad.")
@click.option("--accept-delisting", is_flag=True, help="Take an OFAC list that leaves out most of what is in force.")
@click.option("--preview", is_flag=True, help="Tell which wallets and alerts it would move; write nothing.")
@click.option("--rejected", "rejected_to", type=WRITTEN, help="Where bad rows are written; absent: FILE.rejected.")
def attributions(
    path: Path,
    *,
    network: str,
    format_: Format | None,
    actors: Path | None,
    asset: str | None,
    listed_at: str,
    all_or_nothing: bool,
    accept_delisting: bool,
    preview: bool,
    rejected_to: Path | None,
) -> None:
    """Record the attributions of FILE, or of every file in a folder.

    CSV has the columns address, category, actor, source and, if there, confidence, valid_from, valid_to, note and
    network. TagPacks end in .yaml. A list called sanctioned_addresses_XBT.txt, or .json, is all that OFAC lists of that
    asset: what an earlier one named and it does not is withdrawn.
    """
    since = parse_bound(listed_at, "--listed-at")
    reading = Reading(format=format_, network=network, actors=actors, asset=asset, listed_at=since)
    rules = Rules(all_or_nothing=all_or_nothing, accept_delisting=accept_delisting, rejected_to=rejected_to)
    if preview:
        preview_import(path, reading, rules)
        return

    async def run(services: Services) -> AttributionReport:
        with shown(path.name) as tell:
            return await import_attributions(services, path, actor=ACTOR, tell=tell, reading=reading, rules=rules)

    report = with_services(run)
    tell_plan(report.plan)
    if report.withdrawn:
        click.echo(f"{report.withdrawn:,} withdrawn: on their list no longer")
    _summarise(str(rejected_to or f"{path.name}.rejected, beside it"), report, "attributions")
    if not report.kept:
        raise HeadwaterError("nothing was recorded, as asked: some rows cannot be accepted")


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


def _summarise(rejected: str, report: ImportReport, noun: str) -> None:
    rate = (report.landed + report.known) / max(report.seconds, 1e-9)
    click.echo(
        f"{report.landed:,} {noun} new, {report.known:,} known, {report.rejected:,} rejected"
        f" in {report.seconds:.1f} s ({rate:,.0f}/s)"
    )
    if report.rejected:
        click.echo(f"rejected rows with their reasons: {rejected}", err=True)
