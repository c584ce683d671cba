"""`headwater demo`: real Ethereum transfers around known phishing wallets, from nothing to the riskiest wallet."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from cli.demo_keys import make_keys, show_keys
from cli.demo_people import make_people, show_people
from cli.demo_transfers import in_two_parts
from cli.exposure import WIDTH, exposure_table
from cli.importing import shown
from cli.paths import paths_table
from cli.running import ACTOR
from cli.score import follow
from cli.stack import bring_up, say, stop_on_signals, watch
from graph.exposure import get_exposure
from graph.model import WalletScore
from graph.paths import find_paths
from jobs.importing import ImportReport, import_transactions
from jobs.importing_attributions import import_attributions
from jobs.scoring import request_scoring_run
from jobs.services import PATIENT_S, Services, open_services
from ledger import scores
from settings import PREFIX, Settings, SettingsError, keep_setting, load_settings
from stack.local import LocalStack
from stack.processes import PROGRAMS

FOLDER = Path(__file__).parent.parent / "data" / "demo"
MAPPING = {"id": "id", "at": "timestamp", "sender": "sender", "receiver": "receiver", "amount": "amount_eth"}
CURRENCY = "ETH"
SHOWN, PATHS = 10, 5


@click.command()
@click.option("--once", is_flag=True, help="Stop after printing; leave nothing running.")
def demo(once: bool) -> None:
    """Start the local stack, load the demo data, score it, print the riskiest wallets, then serve."""
    settings = _in_ether()
    stack = LocalStack.of(settings.stack)
    programs = ("worker",) if once else PROGRAMS
    stop_on_signals()
    try:
        connected = bring_up(stack, settings, detach=False, report=say, programs=programs)
        asyncio.run(_show(connected, once))
        if not once:
            services = stack.running()
            click.echo(
                f"Neo4j Browser: {services.neo4j_browser_url if services else ''}   (headwater env has the password)"
            )
            click.echo("Ctrl-C stops it; `headwater demo` starts it again with the data it has")
            watch(stack, settings, programs)
    except KeyboardInterrupt:
        click.echo("stopping", err=True)
    finally:
        stack.close()


def _in_ether() -> Settings:
    """Settings that count in ETH; kept with the data, so that later commands count alike."""
    settings = load_settings()
    if settings.reference_currency != CURRENCY:
        if "reference_currency" in settings.given:
            raise SettingsError(f"{PREFIX}REFERENCE_CURRENCY: the demo's transfers are counted in {CURRENCY}; unset it")
        keep_setting(settings, "reference_currency", CURRENCY)
        os.environ[f"{PREFIX}REFERENCE_CURRENCY"] = CURRENCY
    return load_settings()


async def _show(settings: Settings, once: bool) -> None:
    async with open_services(settings, retry_s=PATIENT_S) as services:
        await load(services)
        run, job = await request_scoring_run(services, actor=ACTOR)
        await follow(services, run, job)
        async with services.ledger.read() as connection:
            riskiest, _ = await scores.list_top(connection, SHOWN, attributed=False)
        console = Console(width=max(Console().width, WIDTH))
        console.print(_riskiest(riskiest))
        await _explain(services, riskiest[0], console)
        made = {} if settings.api.auth == "off" else await make_keys(services)
        show_keys(made)
        if settings.api.auth != "off":
            show_people(await make_people(services))
        _look_further(services, riskiest[0].wallet, once, made.get("investigator"))


async def load(services: Services) -> None:
    """Load both files and decide on the newest transfers; what is there from an earlier demo is left alone."""
    with in_two_parts(FOLDER / "transfers.csv.gz") as (history, payments):
        transfers = await _transfers(services, history, "transfers", screening=False)
        with shown("attributions") as tell:
            labels = await import_attributions(services, FOLDER / "attributions.csv", actor=ACTOR, tell=tell)
        # After the attributions: a payment is judged by what is known of both sides when it comes.
        decided = await _transfers(services, payments, "payments", screening=True)
    for noun, report in (("transfers", transfers), ("attributions", labels), ("payments, screened,", decided)):
        click.echo(f"{report.landed:,} {noun} new, {report.known:,} known, {report.rejected:,} rejected")


async def _transfers(services: Services, path: Path, noun: str, *, screening: bool) -> ImportReport:
    with shown(noun) as tell:
        return await import_transactions(
            services,
            path,
            network="eth",
            asset=CURRENCY,
            mapping=MAPPING,
            screening=screening,
            actor=ACTOR,
            tell=tell,
        )


def _riskiest(riskiest: list[WalletScore]) -> Table:
    table = Table(title="Riskiest wallets that nobody has listed", title_justify="left")
    for name in ("wallet", "score", "hop score", "illicit in", "illicit out", "counterparties"):
        table.add_column(name, justify="left" if name == "wallet" else "right", no_wrap=True)
    for score in riskiest:
        table.add_row(
            score.wallet,
            f"{score.score:.3f}",
            f"{score.hop_score:.2f}",
            f"{score.illicit_source_share:.1%}",
            f"{score.illicit_destination_share:.1%}",
            str(score.in_degree + score.out_degree),
        )
    return table


async def _explain(services: Services, score: WalletScore, console: Console) -> None:
    """Why the first one is first: both sides of its exposure and the transactions by which it came."""
    for direction in ("source", "destination"):
        found = await get_exposure(services.tracing(direction, services.policy.hops), score.wallet)
        console.print(exposure_table(found, CURRENCY))
    paths = await find_paths(
        services.graph,
        score.wallet,
        direction="source" if score.illicit_source_share >= score.illicit_destination_share else "destination",
        hops=services.policy.hops,
        limit=PATHS,
        taxonomy=services.taxonomy,
        limits=services.limits,
    )
    console.print(paths_table(paths, CURRENCY))


def _look_further(services: Services, wallet: str, once: bool, key: str | None) -> None:
    api = services.settings.api
    click.echo("To look further:")
    click.echo(f"  headwater exposure {wallet} --direction destination")
    click.echo(f"  headwater paths {wallet} --direction destination")
    if once:
        click.echo("  (after `headwater up --detach`; this run stops now)")
        return
    url = f"http://{api.host}:{api.port}/api/v1/wallets/{wallet}/exposure"
    if api.auth == "off":
        click.echo(f"  curl {url}")
        click.echo(f"Open http://{api.host}:{api.port}/ to work through the alerts")
        return
    click.echo(f"  curl -H 'Authorization: Bearer {key or '$KEY'}' {url}")
    click.echo("  (`headwater keys` makes, lists and revokes keys, `headwater users` people who sign in)")
    click.echo(f"Open http://{api.host}:{api.port}/ and sign in as investigator to work through the alerts")
