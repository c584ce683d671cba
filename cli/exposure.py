"""`headwater exposure KEY`."""

from __future__ import annotations

import click
import msgspec
from rich.console import Console
from rich.table import Table

from cli.running import with_services
from graph.addresses import parse_wallet_key, wallet_key
from graph.errors import AddressError, FieldError, InvalidInput
from graph.exposure import get_exposure
from graph.model import Direction, Exposure
from graph.money import format_micro
from jobs.services import Services

# A wallet key is whole at this width; a narrower terminal wraps lines.
WIDTH = 118


@click.command()
@click.argument("key")
@click.option("--hops", type=click.IntRange(1, 6), default=3, show_default=True)
@click.option("--direction", type=click.Choice(["source", "destination"]), default="source", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As the API answers.")
def exposure(key: str, hops: int, direction: Direction, as_json: bool) -> None:
    """Show where the value of wallet KEY (network:address) came from, or went to."""
    try:
        canonical = wallet_key(*parse_wallet_key(key))
    except AddressError as error:
        raise InvalidInput(FieldError("KEY", str(error))) from None

    async def run(services: Services) -> tuple[Exposure, str]:
        found = await get_exposure(
            services.graph,
            canonical,
            direction=direction,
            hops=hops,
            taxonomy=services.taxonomy,
            limits=services.limits,
        )
        return found, services.settings.reference_currency

    found, currency = with_services(run)
    if as_json:
        from api.exposure import ExposureView

        click.echo(msgspec.json.format(msgspec.json.encode(ExposureView.from_exposure(found)), indent=2))
    else:
        Console(width=max(Console().width, WIDTH)).print(exposure_table(found, currency))


def exposure_table(found: Exposure, currency: str) -> Table:
    """Categories and residuals of an exposure, adding up to 100 %."""
    side = "came from" if found.direction == "source" else "went to"
    title = f"Where {format_micro(found.total_value)} {currency} of {found.wallet} {side}, {found.hops} hops"
    mark = "exact" if found.exact else "NOT exact: cut by a limit"
    table = Table(title=title, caption=f"{mark} at #{found.watermark}", title_justify="left", caption_justify="left")
    for name in ("category", "share", f"value {currency}", "direct", "nearest", "actors"):
        table.add_column(name, justify="left" if name in ("category", "actors") else "right")
    for part in found.categories:
        actors = ", ".join(actor.actor or "unnamed" for actor in part.actors[:3])
        more = f" and {len(part.actors) - 3} more" if len(part.actors) > 3 else ""
        table.add_row(
            part.category,
            f"{part.share:.2%}",
            format_micro(part.value),
            f"{part.direct_share:.2%}",
            f"{part.shortest_hops} hop{'s' if part.shortest_hops > 1 else ''}",
            actors + more,
        )
    for rest in found.residuals:
        table.add_row(f"({rest.reason})", f"{rest.share:.2%}", format_micro(rest.value), "", "", "")
    return table
