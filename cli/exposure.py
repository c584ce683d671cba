"""`headwater exposure KEY`."""

from __future__ import annotations

import click
import msgspec
from rich.console import Console
from rich.table import Table

from api.exposure import ExposureView
from api.parameters import canonical_wallet
from api.stops import StopLedgerView
from cli.clocks import clock_of, clock_options
from cli.running import with_services
from graph.entities import has_change
from graph.exposure import get_stops
from graph.methods.comparing import METHODS, Told, split_exposure_by
from graph.model import Direction, Exposure, Method
from graph.money import format_micro
from graph.split import Split
from graph.stops import StopLedger
from jobs.services import Services

# A wallet key is whole at this width; a narrower terminal wraps lines.
WIDTH = 118


@click.command()
@click.argument("key")
@click.option("--hops", type=click.IntRange(1, 6), default=3, show_default=True)
@click.option("--direction", type=click.Choice(["source", "destination"]), default="source", show_default=True)
@clock_options
@click.option(
    "--pool-above",
    type=click.IntRange(0, 1_000_000_000),
    help="Stop at unattributed wallets of more counterparties than this.",
)
@click.option("--max-flows", type=click.IntRange(1), help="Flows to expand at most.  [default: HEADWATER_MOST_FLOWS]")
@click.option("--method", type=click.Choice(METHODS), default="haircut", show_default=True, help="How money is traced.")
@click.option("--stops", "as_stops", is_flag=True, help="List every place where tracing stopped.")
@click.option("--limit", type=click.IntRange(1, 1000), default=25, show_default=True, help="Most stops to list.")
@click.option("--json", "as_json", is_flag=True, help="As the API answers.")
def exposure(
    key: str,
    *,
    hops: int,
    direction: Direction,
    as_of: str | None,
    known_at: str | None,
    pool_above: int | None,
    max_flows: int | None,
    method: Method,
    as_stops: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Show where the value of wallet KEY (network:address) came from, or went to."""
    wallet, clock = canonical_wallet(key, "KEY"), clock_of(as_of, known_at)

    async def run(services: Services) -> tuple[Told | StopLedger, str]:
        # Who types a command has waited longer for it to start than a hub takes: it goes as far as anybody may.
        limits = services.limits_of(max_flows or services.settings.graph.most_flows)
        asked = services.tracing(direction, hops, limits=limits, clock=clock, pool_above=pool_above)
        found = await (get_stops(asked, wallet, limit=limit) if as_stops else split_exposure_by(asked, wallet, method))
        return found, services.settings.reference_currency

    found, currency = with_services(run)
    if as_json:
        click.echo(_json(found))
        return
    console = Console(width=max(Console().width, WIDTH))
    if isinstance(found, StopLedger):
        console.print(stops_table(found, currency))
        return
    console.print(exposure_table(found.exposure, currency))
    if found.split.sources:
        console.print(sources_table(found.split, currency))
    if found.exposure.hubs:
        console.print(_hubs(found.exposure))
    if has_change(wallet) and not found.between_entities:
        console.print("Hops are counted between wallets: a wallet's own change may be one (headwater cluster).")


def exposure_table(found: Exposure, currency: str) -> Table:
    """Categories and residuals of an exposure, adding up to 100 %."""
    table = _table(found, currency)
    for name in ("category", "share", f"value {currency}", "direct", "before listed", "nearest", "actors"):
        table.add_column(name, justify="left" if name in ("category", "actors") else "right")
    for part in found.categories:
        actors = ", ".join(actor.actor or "unnamed" for actor in part.actors[:3])
        more = f" and {len(part.actors) - 3} more" if len(part.actors) > 3 else ""
        table.add_row(
            part.category,
            f"{part.share:.2%}",
            format_micro(part.value),
            f"{part.direct_share:.2%}",
            "?" if part.before_share is None else f"{part.before_share:.2%}",
            f"{part.shortest_hops} hop{'s' if part.shortest_hops > 1 else ''}",
            actors + more,
        )
    for rest in found.residuals:
        table.add_row(f"({rest.reason})", f"{rest.share:.2%}", format_micro(rest.value), "", "", "", "")
    return table


def sources_table(split: Split, currency: str) -> Table:
    """Who says so: what each source accounts for, and how sure the illicit part of it is."""
    sure = split.illicit
    caption = (
        f"illicit {sure.low:.2%} if all that is uncertain is wrong, {sure.likely:.2%} likely, {sure.high:.2%} at most"
    )
    table = Table(title="By source", caption=caption, title_justify="left", caption_justify="left")
    for name in ("source", "share", f"value {currency}", "illicit: low", "likely", "high", "categories"):
        table.add_column(name, justify="left" if name in ("source", "categories") else "right")
    for part in split.sources:
        ranges = (f"{share:.2%}" for share in (part.illicit.low, part.illicit.likely, part.illicit.high))
        named = ", ".join(part.categories)
        table.add_row(part.source or "unknown", f"{part.share:.2%}", format_micro(part.value), *ranges, named)
    return table


def stops_table(found: StopLedger, currency: str) -> Table:
    """Where tracing stopped, most valuable first; what is not listed in one line at the end."""
    table = _table(found, currency)
    for name in ("wallet", "hops", "why", "share", f"value {currency}", "actor"):
        table.add_column(name, justify="right" if name in ("hops", "share", f"value {currency}") else "left")
    for stop in found.stops:
        why = stop.category or f"({stop.reason})"
        share, value = f"{stop.share:.2%}", format_micro(stop.value)
        table.add_row(stop.wallet, str(stop.hops), why, share, value, stop.actor or "")
    if found.rest.count:
        rest = found.rest
        table.add_row(f"{rest.count:,} more stops", "", "", f"{rest.share:.2%}", format_micro(rest.value), "")
    return table


def _table(found: Exposure | StopLedger, currency: str) -> Table:
    side = "came from" if found.direction == "source" else "went to"
    when = "".join(
        f", {name} {at.isoformat()}" for name, at in (("as of", found.as_of), ("known at", found.known_at)) if at
    )
    title = f"Where {format_micro(found.total_value)} {currency} of {found.wallet} {side}, {found.hops} hops{when}"
    mark = "exact" if found.exact else _cut(found)
    return Table(title=title, caption=f"{mark} at #{found.watermark}", title_justify="left", caption_justify="left")


def _cut(found: Exposure | StopLedger) -> str:
    return f"NOT exact: cut at {found.max_flows:,} flows, {found.flows:,} are in reach so far (--max-flows)"


def _hubs(found: Exposure) -> str:
    named = ", ".join(f"{hub.wallet} ({hub.counterparties:,} counterparties, {hub.share:.2%})" for hub in found.hubs)
    return f"It passed busy wallets that nobody has labelled, where everybody's money mixes: {named}"


def _json(found: Told | StopLedger) -> str:
    view: ExposureView | StopLedgerView
    view = StopLedgerView.from_ledger(found) if isinstance(found, StopLedger) else ExposureView.from_told(found)
    return msgspec.json.format(msgspec.json.encode(view), indent=2).decode()
