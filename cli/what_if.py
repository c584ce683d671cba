"""`headwater what-if KEY`."""

from __future__ import annotations

import click
import msgspec
from rich.console import Console
from rich.table import Table

from api.overlays import OverlayInput, SupposedFlow, SupposedWallet, overlay_of
from api.parameters import canonical_wallet
from api.what_if import supposed_view
from cli.exposure import WIDTH
from cli.running import with_services
from graph.model import Direction
from graph.money import format_micro
from jobs.services import Services
from jobs.supposing import Supposed, Weighed, suppose_of_wallet

NOTHING = "nothing"


@click.command("what-if")
@click.argument("key")
@click.option(
    "--is", "named", multiple=True, metavar="WALLET=CATEGORY", help=f"A wallet is that; `{NOTHING}`: is none."
)
@click.option("--without-source", multiple=True, metavar="SOURCE", help="Nothing that this source says.")
@click.option("--without-attribution", multiple=True, metavar="ID", help="Not this attribution.")
@click.option("--without-flow", multiple=True, metavar="FROM>TO", help="This flow never moved.")
@click.option("--hops-then", type=click.IntRange(1, 6), help="Over so many hops.")
@click.option("--hops", type=click.IntRange(1, 6), default=3, show_default=True)
@click.option("--direction", type=click.Choice(["source", "destination"]), default="source", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As the API answers.")
def what_if(
    key: str,
    *,
    named: tuple[str, ...],
    without_source: tuple[str, ...],
    without_attribution: tuple[str, ...],
    without_flow: tuple[str, ...],
    hops_then: int | None,
    hops: int,
    direction: Direction,
    as_json: bool,
) -> None:
    """Show the exposure of wallet KEY (network:address) as it is and as it would be; nothing is written."""
    wallet = canonical_wallet(key, "KEY")
    given = OverlayInput(
        categories=[_named(one) for one in named],
        without_sources=list(without_source),
        without_attributions=list(without_attribution),
        without_flows=[SupposedFlow(*_parts(one, ">", "--without-flow", "FROM>TO")) for one in without_flow],
        hops=hops_then,
    )

    async def run(services: Services) -> tuple[Supposed, str]:
        overlay = overlay_of(given, services.taxonomy)
        tracing = services.tracing(direction, hops, limits=services.limits_of(services.settings.graph.most_flows))
        return await suppose_of_wallet(services, tracing, wallet, overlay), services.settings.reference_currency

    found, currency = with_services(run)
    if as_json:
        view = supposed_view(wallet, direction, found)
        click.echo(msgspec.json.format(msgspec.json.encode(view), indent=2).decode())
        return
    console = Console(width=max(Console().width, WIDTH))
    console.print(what_if_table(found, wallet, currency))
    if found.unmet:
        console.print(f"Nowhere in reach, so that it changes nothing: {', '.join(found.unmet)}")


def what_if_table(found: Supposed, wallet: str, currency: str) -> Table:
    """Categories and residuals before and after, and the scores of both."""
    before, after = found.before, found.after
    title = f"What if: {format_micro(before.exposure.total_value)} {currency} of {wallet}"
    caption = f"score {_weight(before)} as it is, {_weight(after)} as supposed, at #{before.exposure.watermark}"
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for name in ("category", "as it is", "as supposed", "change"):
        table.add_column(name, justify="left" if name == "category" else "right")
    was, then = _shares(before), _shares(after)
    for name in dict.fromkeys((*was, *then)):
        old, new = was.get(name, 0.0), then.get(name, 0.0)
        table.add_row(name, f"{old:.2%}", f"{new:.2%}", f"{new - old:+.2%}")
    return table


def _weight(one: Weighed) -> str:
    return f"{one.score:.3f} ({one.severity}{'' if one.exposure.exact else ', NOT exact'})"


def _shares(one: Weighed) -> dict[str, float]:
    named = {part.category: part.share for part in one.exposure.categories}
    return named | {f"({rest.reason})": rest.share for rest in one.exposure.residuals}


def _named(text: str) -> SupposedWallet:
    wallet, category = _parts(text, "=", "--is", "WALLET=CATEGORY")
    return SupposedWallet(wallet, None if category == NOTHING else category)


def _parts(text: str, between: str, option: str, form: str) -> tuple[str, str]:
    first, found, second = text.rpartition(between)
    if not (found and first and second):
        raise click.BadParameter(f"{text} is not {form}", param_hint=option)
    return first, second
