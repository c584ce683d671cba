"""`headwater import attributions FILE --preview`: what an import would change, as a table."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from cli.exposure import WIDTH
from cli.running import with_services
from graph.errors import HeadwaterError
from jobs.attribution_files import Reading
from jobs.differences import MovedWallet, Step
from jobs.importing_attributions import Plan, Rules, plan_import
from jobs.previewing import Preview, preview_attributions
from jobs.services import Services

SHOWN = 20


def preview_import(path: Path, reading: Reading, rules: Rules) -> None:
    """Compute what importing FILE would move, and print it; nothing is written, the rejected rows neither.

    Raises HeadwaterError where `rules` would keep all of it out.
    """

    async def run(services: Services) -> tuple[Plan, Preview | None]:
        plan = await plan_import(services, path, reading, rules)
        if not plan.is_kept(rules):
            return plan, None
        return plan, await preview_attributions(services, plan.record, plan.withdraw, limit=SHOWN)

    plan, preview = with_services(run)
    tell_plan(plan)
    for row in plan.rejected[:SHOWN]:
        click.echo(f"rejected     {row.file}:{row.line}: {row.reason}", err=True)
    if preview is None:
        raise HeadwaterError(f"nothing would be recorded, as asked: {len(plan.rejected):,} rows cannot be accepted")
    _tell(preview, len(plan.rejected))


def tell_plan(plan: Plan) -> None:
    """Print what the numbers of rows do not tell."""
    for remark in plan.remarks:
        click.echo(f"{remark.file}:{remark.line}: {remark.reason}", err=True)
    if plan.skipped:
        click.echo(f"left alone: {', '.join(plan.skipped)}", err=True)
    if plan.review:
        listed = ", ".join(f"{name} {rows:,}" for name, rows in plan.review.items())
        click.echo(f"{sum(plan.review.values()):,} for review, of categories not in the table: {listed}")


def _tell(preview: Preview, rejected: int) -> None:
    click.echo(
        f"PREVIEW at watermark {preview.watermark}, nothing is written: {preview.recorded:,} attributions new,"
        f" {preview.withdrawn:,} withdrawn, {rejected:,} rows rejected"
    )
    click.echo(
        f"{preview.wallets_total:,} wallets move, {preview.alerts_total:,} would get a retro alert,"
        f" {preview.lost_total:,} open alerts would lose their basis"
    )
    if preview.wallets:
        Console(width=max(Console().width, WIDTH)).print(_table(preview))
    for one in preview.alerts:
        click.echo(f"retro alert  {one.severity:<8}  {one.score:.3f}  {one.wallet}")
    for lost in preview.lost:
        click.echo(f"loses basis  {lost.alert}: {lost.reason}")


def _table(preview: Preview) -> Table:
    table = Table(title=f"the {len(preview.wallets):,} that move most, over {preview.hops} hops")
    # The key of an eth wallet in one piece, so that it can be copied; longer ones are folded.
    table.add_column("wallet", overflow="fold", min_width=min(46, max(len(moved.wallet) for moved in preview.wallets)))
    for name in ("category", "score", "severity", "illicit inflow", "illicit outflow", "hop score"):
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
