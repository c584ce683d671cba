"""`headwater evidence ALERT|CASE`, and `headwater verify BUNDLE`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cli.running import ACTOR, with_services
from evidence.packing import NotABundle
from evidence.verifying import Verified, verify_bundle
from jobs.evidence import Bundle, export_alert, export_case
from jobs.services import Services
from ledger.signing import PublicKey

OUT = click.Path(path_type=Path, dir_okay=False)
# What is wrong is named; a bundle that is wrong throughout need not be told line by line.
MOST_TOLD = 50


@click.command()
@click.argument("subject", metavar="ALERT|CASE")
@click.option("-o", "--output", type=OUT, help="Write to this file.  [default: headwater-<id>.zip]")
def evidence(subject: str, *, output: Path | None) -> None:
    """Export the evidence behind an alert or a case as one zip; the export is an audit event."""

    async def run(services: Services) -> Bundle:
        export = export_alert if subject.startswith("alr_") else export_case
        return await export(services, subject, actor=ACTOR)

    bundle = with_services(run)
    path = output or Path(bundle.name)
    path.write_bytes(bundle.content)
    click.echo(f"{path}: {len(bundle.content):,} bytes, manifest {bundle.manifest_sha256}")


def verify_file(path: Path, keys: list[PublicKey], *, require_signed: bool) -> None:
    """Check a bundle and tell; exits 1 naming file and figure of what differs, 2 for what is no bundle."""
    try:
        found = verify_bundle(path.read_bytes(), keys)
    except OSError as error:
        click.echo(f"{path} cannot be read: {error.strerror}", err=True)
        sys.exit(2)
    except NotABundle as error:
        click.echo(f"{path} is no evidence bundle: {error}", err=True)
        sys.exit(2)
    _tell(found)
    wrong = [str(one) for one in found.wrong]
    if require_signed and not (found.signed and (found.signed.trusted or not keys)):
        wrong.append("audit/checkpoint.note: not signed")
    for line in wrong[:MOST_TOLD]:
        click.echo(f"BAD {line}", err=True)
    if len(wrong) > MOST_TOLD:
        click.echo(f"BAD and {len(wrong) - MOST_TOLD:,} more", err=True)
    if wrong:
        sys.exit(1)
    click.echo("everything holds")


def _tell(found: Verified) -> None:
    manifest = found.manifest
    click.echo(f"{manifest.subject}, made {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC by {manifest.created_by}")
    told = f"{found.transactions:,} transactions, {found.flows:,} flows, {found.events:,} audit events"
    click.echo(f"{len(manifest.files):,} files, {len(manifest.alerts):,} alerts, {told}")
    for line in manifest.left_out:
        click.echo(f"left out: {line}")
    signed = found.signed
    if signed is None:
        click.echo(
            "not signed: no checkpoint existed when this was made, nothing outside the database stands behind it"
        )
    elif signed.trusted:
        click.echo(f"signed by a key that you trust: checkpoint {signed.size} of {signed.at}, log {signed.origin}")
    else:
        click.echo(
            f"signed, checkpoint {signed.size} of {signed.at}, log {signed.origin}, by the key in the bundle itself:"
            " give the key that you trust with --key"
        )
