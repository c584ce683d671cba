"""`headwater models`: list what was trained, have a version serve, go back to the one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import click
from rich.table import Table

from cli.running import ACTOR, print_whole, with_services
from graph.model import ModelKind, ModelVersion
from jobs.model_errors import ModelConflict
from jobs.promoting import Promoted, find_champion, promote_model, roll_back
from jobs.services import Services
from ledger.models import list_models

REASON = click.option("--reason", required=True, help="Why; kept for good, so name no person.")


@click.group(invoke_without_command=True)
@click.pass_context
def models(context: click.Context) -> None:
    """List models, have one serve, go back to the one before; lists them without a word more."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@models.command("list")
def list_() -> None:
    """List models, the newest of each kind first."""
    table = Table("id", "state", "created", "seed", "wallets", "watermark", "metrics")
    for model in with_services(_everything):
        table.add_row(*_row(model))
    print_whole(table)


@models.command()
@click.argument("model")
@click.option("--state", type=click.Choice(get_args(Promoted)), required=True, help="What it becomes.")
@REASON
def promote(model: str, state: Promoted, reason: str) -> None:
    """Bring MODEL, such as classifier-v3, into a state; the champion that it replaces is retired."""

    async def run(services: Services) -> ModelVersion:
        return await promote_model(services, model, state, reason=reason, actor=ACTOR)

    click.echo(f"{model} is {with_services(run).state}")


@models.command()
@click.argument("kind", type=click.Choice(get_args(ModelKind)))
@REASON
def rollback(kind: ModelKind, reason: str) -> None:
    """Retire the champion of a KIND and make the model that it was promoted over champion again."""

    async def run(services: Services) -> tuple[str, ModelVersion]:
        async with services.ledger.read() as connection:
            champion = await find_champion(connection, kind)
        if champion is None:
            raise ModelConflict(f"there is no champion of {kind} to roll back")
        return champion.id, await roll_back(services, champion.id, reason=reason, actor=ACTOR)

    gone, back = with_services(run)
    click.echo(f"{gone} is retired, {back.id} is {back.state} again")


def told_metrics(metrics: Mapping[str, float]) -> list[str]:
    """Each metric in words, by name: counts whole, and what is nearly nothing as it is."""
    return [f"{name.replace('_', ' ')} {_digits(value)}" for name, value in sorted(metrics.items())]


def _digits(value: float) -> str:
    if value == int(value) and abs(value) > 1:
        return f"{value:,.0f}"
    return f"{value:.1e}" if 0 < abs(value) < 5e-4 else f"{value:.3f}"


async def _everything(services: Services) -> list[ModelVersion]:
    async with services.ledger.read() as connection:
        return await list_models(connection, limit=None)


def _row(model: ModelVersion) -> tuple[str, ...]:
    metrics = ", ".join(told_metrics(model.metrics))
    created = model.created_at.isoformat(timespec="seconds")
    return model.id, model.state, created, str(model.seed), f"{model.wallets:,}", f"{model.watermark:,}", metrics
