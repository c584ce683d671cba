"""`headwater counterfactual KEY`."""

from __future__ import annotations

from typing import get_args

import click
import msgspec

from api.counterfactuals import counterfactual_view
from api.parameters import canonical_wallet
from cli.running import with_services
from graph.model import Direction, Severity
from jobs.services import Services
from jobs.supposing import Counterfactual, Removing, counterfactual_of


@click.command()
@click.argument("key")
@click.option("--removing", type=click.Choice(get_args(Removing)), default="attributions", show_default=True)
@click.option(
    "--severity", type=click.Choice(["low", "high", "critical"]), help="To get under; as it is now if absent."
)
@click.option("--hops", type=click.IntRange(1, 6), default=3, show_default=True)
@click.option("--direction", type=click.Choice(["source", "destination"]), default="source", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As the API answers.")
def counterfactual(
    key: str, *, removing: Removing, severity: Severity | None, hops: int, direction: Direction, as_json: bool
) -> None:
    """Show the smallest set of attributions, or flows, without which wallet KEY is under its threshold."""
    wallet = canonical_wallet(key, "KEY")

    async def run(services: Services) -> Counterfactual:
        tracing = services.tracing(direction, hops, limits=services.limits_of(services.settings.graph.most_flows))
        return await counterfactual_of(services, tracing, wallet, removing, severity)

    found = with_services(run)
    if as_json:
        view = counterfactual_view(wallet, direction, hops, removing, found)
        click.echo(msgspec.json.format(msgspec.json.encode(view), indent=2).decode())
    else:
        click.echo("\n".join(told(found)))


def told(found: Counterfactual) -> list[str]:
    """What was found, a line each."""
    searched = found.attributions or found.flows
    assert searched is not None
    named: tuple[str, ...] | None = None
    if found.said is not None:
        named = tuple(f"{one.id}: {one.wallet} is {one.category}, says {one.source}" for one in found.said)
    if found.flows and found.flows.members is not None:
        named = tuple(f"{source} > {target}" for source, target in found.flows.members)
    under = f"under {found.threshold} ({found.severity})"
    if named is None:
        lines = [f"{searched.before:.3f}: no set was found that brings it {under}"]
    elif not named:
        lines = [f"{searched.before:.3f}: it is {under} already"]
    else:
        lines = [
            f"{searched.before:.3f} becomes {searched.after:.3f}, {under}, without",
            *(f"  {one}" for one in named),
        ]
    return [*lines, _sureness(found)]


def _sureness(found: Counterfactual) -> str:
    searched = found.attributions or found.flows
    assert searched is not None
    tried = f"{searched.tried:,} sets of {searched.candidates:,} candidates were tried"
    said = "no smaller set will do" if searched.is_smallest else "a smaller set may do: the search was cut"
    if searched.members and not searched.is_smallest:
        said += "; no part of this one will" if searched.is_minimal else "; so may a part of this one"
    return f"{said} ({tried}{'' if found.exact else '; NOT all flows in reach were read'})"
