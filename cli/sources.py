"""`headwater sources KEY`."""

from __future__ import annotations

import click
import msgspec
from rich.console import Console
from rich.table import Table

from api.parameters import canonical_wallet
from api.sources import sources_view
from cli.exposure import WIDTH
from cli.running import with_services
from graph.model import Direction
from graph.money import format_micro
from jobs.services import Services
from jobs.supposing import SourceOpinion, sources_of_wallet


@click.command()
@click.argument("key")
@click.option("--hops", type=click.IntRange(1, 6), default=3, show_default=True)
@click.option("--direction", type=click.Choice(["source", "destination"]), default="source", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As the API answers.")
def sources(key: str, *, hops: int, direction: Direction, as_json: bool) -> None:
    """Show who says what the exposure of wallet KEY rests on, and what it would be without each source."""
    wallet = canonical_wallet(key, "KEY")

    async def run(services: Services) -> tuple[SourceOpinion, str]:
        tracing = services.tracing(direction, hops, limits=services.limits_of(services.settings.graph.most_flows))
        return await sources_of_wallet(services, tracing, wallet), services.settings.reference_currency

    found, currency = with_services(run)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(sources_view(wallet, found)), indent=2).decode())
    else:
        Console(width=max(Console().width, WIDTH)).print(sources_table(found, wallet, currency))


def sources_table(found: SourceOpinion, wallet: str, currency: str) -> Table:
    """A line a source: what it accounts for, how sure that is, and the score without it."""
    sure, now = found.split.illicit, found.now
    table = Table(
        title=f"Who says so: {format_micro(now.exposure.total_value)} {currency} of {wallet}",
        caption=f"score {now.score:.3f} ({now.severity}) at #{now.exposure.watermark};"
        f" illicit {sure.low:.2%} to {sure.high:.2%}, {sure.likely:.2%} likely",
        title_justify="left",
        caption_justify="left",
    )
    columns = ("source", "share", f"value {currency}", "illicit: low", "likely", "high", "score without it")
    for name in columns:
        table.add_column(name, justify="left" if name == "source" else "right")
    for part in found.split.sources:
        without = found.without.get(part.source or "")
        ranges = (f"{share:.2%}" for share in (part.illicit.low, part.illicit.likely, part.illicit.high))
        told = f"{without.score:.3f} ({without.severity})" if without else "?"
        table.add_row(part.source or "unknown", f"{part.share:.2%}", format_micro(part.value), *ranges, told)
    return table
