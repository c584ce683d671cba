"""`headwater backup` and `headwater restore`."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from cli.backup_file import (
    Manifest,
    copy_dump,
    copy_models,
    new_backup,
    put_dump,
    put_manifest,
    put_models,
    read_manifest,
)
from cli.backup_tools import dumping, loading
from cli.rebuild import rebuild_shown
from cli.running import connected_settings
from graph.model import ModelFile
from jobs.model_files import ModelFiles
from jobs.services import PATIENT_S, Services, open_services
from jobs.verifying import verify_ledger
from ledger.errors import LedgerNotReady
from ledger.models import list_models
from ledger.restoring import clear_for_backup, find_head, head_at, set_database_rights
from ledger.schema import migrate, version
from ledger.session import Ledger
from settings import Settings, SettingsError

SECRETS = (
    "It holds secrets: those of webhooks, hashes of keys and passwords, personal text. Only you may read the file;"
    " encrypt what you copy elsewhere."
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write all of the ledger, as of one moment, and the files of models to FILE; the graph is rebuilt from it.

    Everything may go on meanwhile.
    """
    settings, started = connected_settings(), time.perf_counter()
    seq, digest, schema = asyncio.run(_head(settings))
    with new_backup(file) as archive:
        with dumping(_admin_url(settings)) as dump:
            copied = put_dump(archive, dump)
        # Asked for after the dump: files of every version in it are there, and are never deleted.
        models, missing = put_models(archive, ModelFiles.of(settings), asyncio.run(_model_files(settings)))
        made_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        manifest = Manifest(
            made_at=made_at,
            schema_version=schema,
            head_seq=seq,
            head_hash=digest,
            dump_sha256=copied.sha256,
            dump_bytes=copied.size,
            models=tuple(models),
        )
        put_manifest(archive, manifest)
    click.echo(f"{file}: {copied.size:,} bytes in {time.perf_counter() - started:.1f} s, the audit log to #{seq}")
    for one in missing:
        click.echo(f"BAD {one}: it is not in the backup", err=True)
    click.echo(SECRETS, err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", is_flag=True, help="Empty a graph that holds something first.")
def restore(file: Path, replace: bool) -> None:
    """Load FILE into a new database, bring its schema up to date, rebuild the graph and verify both.

    For a stack of its own: `headwater up --no-api`, then this. Exits 1 where something does not hold.
    """
    manifest, settings, started = read_manifest(file), connected_settings(), time.perf_counter()
    asyncio.run(_load(settings, file))
    copy_models(file, manifest, ModelFiles.of(settings))
    migrate(_admin_url(settings))
    loaded = time.perf_counter()
    click.echo(f"ledger of {manifest.made_at} loaded in {loaded - started:.1f} s")
    findings = asyncio.run(_rebuild(settings, manifest, replace=replace))
    for finding in findings:
        click.echo(f"BAD {finding}", err=True)
    outcome = f"{len(findings)} things do not hold" if findings else "everything holds"
    click.echo(f"restored in {time.perf_counter() - started:.1f} s; {outcome}")
    sys.exit(1 if findings else 0)


async def _head(settings: Settings) -> tuple[int, str, str]:
    """The end of the audit log before the dump begins, which therefore has it, and the version of the schema."""
    owner = await Ledger.open(_admin_url(settings))
    try:
        async with owner.read() as connection:
            return *await find_head(connection), await version(connection)
    finally:
        await owner.close()


async def _model_files(settings: Settings) -> list[ModelFile]:
    """The files of every model version."""
    owner = await Ledger.open(_admin_url(settings))
    try:
        async with owner.read() as connection:
            return [file for model in await list_models(connection, limit=None) for file in model.files]
    finally:
        await owner.close()


async def _load(settings: Settings, file: Path) -> None:
    owner = await Ledger.open(_admin_url(settings))
    try:
        await clear_for_backup(owner)
        with loading(_admin_url(settings)) as into:
            await asyncio.to_thread(copy_dump, file, into)
        await set_database_rights(owner)
    finally:
        await owner.close()


async def _rebuild(settings: Settings, manifest: Manifest, *, replace: bool) -> list[str]:
    async with open_services(settings, retry_s=PATIENT_S) as services:
        await _require_head(services, manifest)
        report = await rebuild_shown(services, replace=replace)
        verified = await verify_ledger(services, lambda text: None)
        return report.refused + verified.findings


async def _require_head(services: Services, manifest: Manifest) -> None:
    async with services.ledger.read() as connection:
        found = await head_at(connection, manifest.head_seq)
    if manifest.head_seq and found != manifest.head_hash:
        raise LedgerNotReady("the ledger that was loaded is not the one that the manifest tells of")


def _admin_url(settings: Settings) -> str:
    url = settings.ledger.postgres_admin_url
    if not url:
        raise SettingsError("HEADWATER_POSTGRES_ADMIN_URL: a backup is made, and loaded, as the owner; set it")
    return url
