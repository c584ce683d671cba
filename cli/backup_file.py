"""The file of a backup: a zip of a PostgreSQL dump and a manifest that says what it must be."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from graph.model import ModelFile
from jobs.model_errors import ModelBroken
from jobs.model_files import ModelFiles
from stack.errors import StackError

DUMP, MANIFEST, MODELS = "ledger.dump", "manifest.json", "models/"
CHUNK = 1 << 20


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds. The audit log in it reaches `head_seq` at least, where its hash is `head_hash`.

    `models` are the digests of the model files in it.
    """

    made_at: str
    schema_version: str
    head_seq: int
    head_hash: str
    dump_sha256: str
    dump_bytes: int
    models: tuple[str, ...] = ()


class Copied(Struct, frozen=True):
    """How much went into a file, and its SHA-256 in hex."""

    sha256: str
    size: int


@contextmanager
def new_backup(path: Path) -> Iterator[zipfile.ZipFile]:
    """Write a file that only its owner may read; there is nothing of it unless all of it is. Raises StackError."""
    if path.exists():
        raise StackError(f"{path} is there already")
    partial = path.with_name(f"{path.name}.partial")
    with suppress(FileNotFoundError):
        partial.unlink()
    try:
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def put_dump(archive: zipfile.ZipFile, dump: IO[bytes]) -> Copied:
    """Put a dump into a backup as it comes."""
    digest, size = hashlib.sha256(), 0
    with archive.open(DUMP, "w", force_zip64=True) as into:
        while chunk := dump.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            into.write(chunk)
    return Copied(digest.hexdigest(), size)


def put_models(archive: zipfile.ZipFile, kept: ModelFiles, named: Iterable[ModelFile]) -> tuple[list[str], list[str]]:
    """Put model files into a backup, each once; return their digests, and in words those that cannot be had."""
    files = {file.digest: file for file in named}
    there: list[str] = []
    missing: list[str] = []
    for digest, file in sorted(files.items()):
        try:
            archive.writestr(MODELS + digest, kept.read([file])[file.name])
            there.append(digest)
        except ModelBroken as error:
            missing.append(str(error))
    return there, missing


def copy_models(path: Path, manifest: Manifest, kept: ModelFiles) -> None:
    """Write the model files of a backup to where they are kept; raises StackError for one that is not what it was."""
    with zipfile.ZipFile(path) as archive:
        for digest in manifest.models:
            data = archive.read(MODELS + digest)
            if hashlib.sha256(data).hexdigest() != digest:
                raise StackError(f"{path} is damaged: the model file {digest} is not what it was")
            kept.keep({digest: data})


def put_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Put the manifest into a backup, last."""
    archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of a backup whose dump is what it says; raises StackError for any other file."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
            with archive.open(DUMP) as dump:
                digest = hashlib.file_digest(dump, "sha256").hexdigest()  # type: ignore[arg-type]
    except (OSError, KeyError, zipfile.BadZipFile, msgspec.MsgspecError) as error:
        raise StackError(f"{path} is not a backup: {error}") from error
    if digest != manifest.dump_sha256:
        raise StackError(f"{path} is damaged: its dump is not the one that its manifest names")
    return manifest


def copy_dump(path: Path, into: IO[bytes]) -> None:
    """Write the dump of a backup to where it is loaded from."""
    with zipfile.ZipFile(path) as archive, archive.open(DUMP) as dump:
        shutil.copyfileobj(dump, into, CHUNK)
