"""`headwater import attributions FILE --preview`: what an import would change, as a table."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from cli.running import with_services
from jobs.attribution_files import Reading
from jobs.differences import MovedWallet, Step
from jobs.importing_attributions import Plan, Rules, plan_import
from jobs.previewing import Preview, preview_attributions
from jobs.services import Services

SHOWN = 20


def preview_import(path: Path, reading: Reading, rules: Rules) -> None:
    """Compute what importing FILE would move, and print it; nothing is written, the rejected rows neither."""

    async def run(services: Services) -> tuple[Plan, Preview]:
        plan = await plan_import(services, path, reading, rules)
        return plan, await preview_attributions(services, plan.record, plan.withdraw, limit=SHOWN)

    plan, preview = with_services(run)
    click.echo(
        f"PREVIEW at watermark {preview.watermark}, nothing is written: {preview.recorded:,} attributions new,"
        f" {preview.withdrawn:,} withdrawn, {len(plan.rejected):,} rows rejected"
    )
    click.echo(
        f"{preview.wallets_total:,} wallets move, {preview.alerts_total:,} would get a retro alert,"
        f" {preview.lost_total:,} open alerts would lose their basis"
    )
    if preview.wallets:
        Console().print(_table(preview))
    for one in preview.alerts:
        click.echo(f"retro alert  {one.severity:<8}  {one.score:.3f}  {one.wallet}")
    for lost in preview.lost:
        click.echo(f"loses basis  {lost.alert}: {lost.reason}")


def _table(preview: Preview) -> Table:
    table = Table(title=f"the {len(preview.wallets):,} that move most, over {preview.hops} hops")
    for name in ("wallet", "category", "score", "severity", "illicit inflow", "illicit outflow", "hop score"):
        table.add_column(name, overflow="fold")
    for moved in preview.wallets:
        table.add_row(*_row(moved))
    return table


def _row(moved: MovedWallet) -> list[str]:
    return [
        moved.wallet,
        _words(moved.category_before or "none", moved.category_after or "none"),
        _step(moved.score),
        _words(moved.severity_before, moved.severity_after),
        _step(moved.illicit_source_share),
        _step(moved.illicit_destination_share),
        _step(moved.hop_score),
    ]


def _words(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def _step(step: Step) -> str:
    return _words(f"{step.before:.3g}", f"{step.after:.3g}")
