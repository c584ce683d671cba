"""`headwater paths KEY`."""

from __future__ import annotations

from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from api.parameters import canonical_wallet
from api.paths import PathsView
from cli.clocks import clock_of, clock_options
from cli.exposure import WIDTH
from cli.running import with_services
from graph.model import Direction
from graph.money import format_micro
from graph.paths import MAX_PATHS, Path, Paths, find_paths
from jobs.services import Services


@click.command()
@click.argument("key")
@click.option("--to", help="The wallet at the other end; absent: illicit wallets.")
@click.option("--category", help="What the wallets at the other end are, such as mixer.")
@click.option("--direction", type=click.Choice(["source", "destination"]), default="source", show_default=True)
@click.option("--hops", type=click.IntRange(1, 6), default=3, show_default=True)
@click.option("-k", "--limit", type=click.IntRange(1, MAX_PATHS), default=10, show_default=True)
@clock_options
@click.option("--json", "as_json", is_flag=True, help="As the API answers.")
def paths(
    key: str,
    *,
    to: str | None,
    category: str | None,
    direction: Direction,
    hops: int,
    limit: int,
    as_of: str | None,
    known_at: str | None,
    as_json: bool,
) -> None:
    """Show the transactions that lead from illicit wallets to wallet KEY (network:address), or on from it."""
    asked: dict[str, Any] = {"direction": direction, "hops": hops, "limit": limit, "category": category}
    asked |= {"to": None if to is None else canonical_wallet(to, "--to"), "clock": clock_of(as_of, known_at)}
    canonical = canonical_wallet(key, "KEY")

    async def run(services: Services) -> tuple[Paths, str]:
        found = await find_paths(services.graph, canonical, taxonomy=services.taxonomy, limits=services.limits, **asked)
        return found, services.settings.reference_currency

    found, currency = with_services(run)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(PathsView.from_paths(found)), indent=2))
    else:
        Console(width=max(Console().width, WIDTH)).print(paths_table(found, currency))


def paths_table(found: Paths, currency: str) -> Table:
    """One path after the other, one line for each transaction."""
    table = Table(title=_title(found), caption=_caption(found, currency), title_justify="left", caption_justify="left")
    for name in (f"value {currency}", "share", "moved", "from", "to", "transaction"):
        table.add_column(name, justify="right" if name.startswith(("value", "share")) else "left")
    for path in found.paths:
        _add(table, path)
    return table


def _add(table: Table, path: Path) -> None:
    for i, step in enumerate(path.steps):
        table.add_row(
            format_micro(step.value),
            "" if i else f"{path.share:.2%}",
            f"{step.at:%Y-%m-%d %H:%M}",
            _named(path, i),
            _named(path, i + 1),
            short_key(step.transaction),
            end_section=i == path.hops - 1,
        )


def _named(path: Path, i: int) -> str:
    wallet = path.wallets[i]
    name = wallet.actor or wallet.category
    return f"{short_key(wallet.key)} ({name})" if name else short_key(wallet.key)


def short_key(key: str) -> str:
    """A key that fits a column; short ones whole."""
    return key if len(key) <= 20 else f"{key[:10]}…{key[-4:]}"


def _title(found: Paths) -> str:
    end = found.to or (f"wallets of {found.category}" if found.category else "illicit wallets")
    way = f"from {end} to {found.wallet}" if found.direction == "source" else f"from {found.wallet} to {end}"
    count = {0: "No path", 1: "One path"}.get(len(found.paths), f"The {len(found.paths)} best paths")
    return f"{count} {way}, at most {found.hops} hops"


def _caption(found: Paths, currency: str) -> str:
    if not found.truncated:
        return f"none better at #{found.watermark}"
    if found.complete_above is None:
        return f"CUT by the time limit at #{found.watermark}: there may be others of any value"
    above = format_micro(found.complete_above)
    return f"CUT by the time limit at #{found.watermark}: there may be others below {above} {currency}"
