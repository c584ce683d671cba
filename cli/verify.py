"""`headwater verify`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
from rich.progress import Progress

from cli.evidence import verify_file
from cli.kept_checkpoints import read_kept, read_keys
from cli.running import with_services
from jobs.checking import Check, check_scores, new_seed
from jobs.proofs import InclusionProof
from jobs.proofs_checked import check_consistency, check_inclusion, read_proof
from jobs.services import Services
from jobs.trusted_checkpoints import Kept
from jobs.verifying import Report, verify_ledger, verify_logs
from ledger.session import Ledger
from ledger.signing import PublicKey
from settings import load_settings
from stack.discovery import connect

A_PATH = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path), required=False)
@click.option(
    "--scores", type=click.IntRange(1, 1_000_000), help="Compute that many stored scores again and compare them too."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), help="Which ones: those that a seed chose before; absent: a new one."
)
@click.option(
    "--checkpoint",
    "checkpoints",
    type=A_PATH,
    multiple=True,
    metavar="FILE",
    help="A signed checkpoint that you kept, or a folder of them; may be repeated.",
)
@click.option(
    "--key", "keys", multiple=True, metavar="PUB", help="The public key that you trust, or a file with it; repeatable."
)
@click.option("--log-only", is_flag=True, help="The logs alone: needs HEADWATER_POSTGRES_URL and nothing else.")
@click.option("--proof", type=A_PATH, metavar="FILE", help="Check a proof from the API instead, without any server.")
@click.option("--require-signed", is_flag=True, help="A bundle that no signed checkpoint stands behind is wrong.")
def verify(
    bundle: Path | None,
    *,
    scores: int | None,
    seed: int | None,
    checkpoints: tuple[Path, ...],
    keys: tuple[str, ...],
    log_only: bool,
    proof: Path | None,
    require_signed: bool,
) -> None:
    """Walk the chains of audit log and reads, then compare decisions, landings, attributions and withdrawals.

    With BUNDLE that zip is checked instead, numbers as well as hashes, without any server: exits 1 and names file and
    figure where something differs, 2 for what is no bundle.

    With --checkpoint and --key the log is held against what you kept, and nothing else is trusted. Exits 1 and names
    the first bad row when something was changed behind the application's back.
    """
    if bundle is not None:
        verify_file(bundle, read_keys(keys), require_signed=require_signed)
        return
    if (checkpoints or proof) and not keys:
        raise click.UsageError("--checkpoint and --proof need --key: the public key that you trust")
    trusted = read_keys(keys)
    if proof:
        _check_proof(proof, trusted)
        return
    if log_only and scores:
        raise click.UsageError("--scores asks the graph, which --log-only leaves out")
    report = (_verify_logs if log_only else _verify)(read_kept(checkpoints), trusted)
    _print(report, is_strict=bool(trusted), log_only=log_only)
    findings = report.findings + (_check(scores, seed) if scores else [])
    for finding in findings:
        click.echo(f"BAD {finding}", err=True)
    if findings:
        sys.exit(1)
    click.echo("everything holds")


def _verify(given: list[Kept], keys: list[PublicKey]) -> Report:
    async def run(services: Services) -> Report:
        with Progress(transient=True) as bar:
            task = bar.add_task("verifying", total=None)
            return await verify_ledger(services, lambda text: bar.update(task, description=text), given, keys)

    return with_services(run)


def _verify_logs(given: list[Kept], keys: list[PublicKey]) -> Report:
    settings = load_settings()
    url = settings.ledger.postgres_url or connect(settings).ledger.postgres_url

    async def run() -> Report:
        ledger = await Ledger.open(url)
        try:
            with Progress(transient=True) as bar:
                task = bar.add_task("verifying", total=None)
                return await verify_logs(ledger, lambda text: bar.update(task, description=text), given, keys)
        finally:
            await ledger.close()

    return asyncio.run(run())


def _print(report: Report, *, is_strict: bool, log_only: bool) -> None:
    click.echo(f"{report.events:,} audit events, head #{report.head_seq} {report.head_hash[:16]}")
    click.echo(_proven(report, is_strict=is_strict))
    click.echo(f"{report.reads:,} reads of wallets logged")
    if log_only:
        return
    click.echo(
        f"{report.decisions:,} decisions, {report.landed:,} landed transactions and"
        f" {report.attributions:,} changes of attributions compared with the graph"
    )
    if report.models:
        click.echo(f"{report.models:,} models compared with their files")
    if report.erased:
        click.echo(f"{report.erased:,} personal texts are erased, or were lost in a crash, and events say so")


def _proven(report: Report, *, is_strict: bool) -> str:
    """What stands behind the log, and what does not."""
    if not report.checkpoints and not report.covered:
        return "no checkpoint: nothing outside the database stands behind this log (see `checkpoints` in /health/ready)"
    told = f"{report.checkpoints:,} signed checkpoints in the ledger"
    if not is_strict:
        return f"{told}, which prove nothing by themselves: give one kept elsewhere, by --checkpoint FILE --key PUB"
    if not report.covered:
        return f"{told}; none that you trust proves anything of this log"
    left = report.head_seq - report.covered
    proven = f"{told}; events 1 to {report.covered:,} are proven by signatures that you trust"
    return f"{proven}, the {left:,} after are not" if left > 0 else proven


def _check_proof(path: Path, keys: list[PublicKey]) -> None:
    proof = read_proof(path.read_bytes())
    if isinstance(proof, InclusionProof):
        under = check_inclusion(proof, keys)
        said = f"event {proof.event.seq}, {proof.event.action} of {proof.event.subject} by {proof.event.actor},"
        click.echo(f"{said} is in the log {under.origin}: checkpoint {under.size} of {under.at}")
    else:
        old, new = check_consistency(proof, keys)
        click.echo(f"{new.origin}: checkpoint {new.size} of {new.at} has all of checkpoint {old.size} of {old.at}")
    click.echo("the proof holds")


def _check(scores: int, seed: int | None) -> list[str]:
    async def run(services: Services) -> Check:
        return await check_scores(services, scores, new_seed() if seed is None else seed)

    check = with_services(run)
    click.echo(f"{check.checked:,} stored scores computed again (seed {check.seed}), {check.stale:,} of them stale")
    return [f"score of {wallet}: stored otherwise than computed now" for wallet in check.drifted]
