"""`headwater methods KEY`."""

from __future__ import annotations

import click
import msgspec
from rich.console import Console
from rich.table import Table

from api.methods import methods_view
from api.parameters import canonical_wallet
from cli.clocks import clock_of, clock_options
from cli.exposure import WIDTH
from cli.running import with_services
from graph.model import Direction, Severity
from graph.money import format_micro
from jobs.method_opinions import MethodOpinions, opinions_of
from jobs.services import Services


@click.command()
@click.argument("key")
@click.option("--hops", type=click.IntRange(1, 6), default=3, show_default=True)
@click.option("--direction", type=click.Choice(["source", "destination"]), default="source", show_default=True)
@click.option(
    "--severity", type=click.Choice(["low", "high", "critical"]), help="Whose threshold counts; high if absent."
)
@clock_options
@click.option("--json", "as_json", is_flag=True, help="As the API answers.")
def methods(
    key: str,
    *,
    hops: int,
    direction: Direction,
    severity: Severity | None,
    as_of: str | None,
    known_at: str | None,
    as_json: bool,
) -> None:
    """Show the exposure of wallet KEY (network:address) by every method, and whether it matters which is taken."""
    wallet, clock = canonical_wallet(key, "KEY"), clock_of(as_of, known_at)

    async def run(services: Services) -> tuple[MethodOpinions, str]:
        limits = services.limits_of(services.settings.graph.most_flows)
        tracing = services.tracing(direction, hops, limits=limits, clock=clock)
        return await opinions_of(services, tracing, wallet, severity), services.settings.reference_currency

    found, currency = with_services(run)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(methods_view(wallet, found)), indent=2).decode())
    else:
        Console(width=max(Console().width, WIDTH)).print(methods_table(found, wallet, currency))


def methods_table(found: MethodOpinions, wallet: str, currency: str) -> Table:
    """A line for each category and residual, a column for each method; scores at the end."""
    exposures = {method: one.exposure for method, one in found.by_method.items()}
    haircut = exposures["haircut"]
    side = "came from" if haircut.direction == "source" else "went to"
    sensitive = "SENSITIVE TO METHOD" if found.is_sensitive else "the same by all methods"
    table = Table(
        title=f"Where {format_micro(haircut.total_value)} {currency} of {wallet} {side}, {haircut.hops} hops",
        caption=f"above {found.threshold} ({found.severity}): {sensitive}; at #{haircut.watermark}",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("")
    for method, one in exposures.items():
        table.add_column(method.replace("_", " ") + ("" if one.exact else " (NOT exact)"), justify="right")
    shares = [
        {part.category: part.share for part in one.categories} | {f"({r.reason})": r.share for r in one.residuals}
        for one in exposures.values()
    ]
    for name in dict.fromkeys(name for column in shares for name in column):
        table.add_row(name, *(f"{column[name]:.2%}" if name in column else "" for column in shares))
    table.add_section()
    table.add_row("score", *(f"{one.score:.3f} ({one.severity})" for one in found.by_method.values()))
    return table
