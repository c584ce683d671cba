"""What an auditor hands to `headwater verify`: files or folders of checkpoints, and public keys."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from jobs.checkpoint_sink import ROTATION_SUFFIX, SUFFIX
from jobs.trusted_checkpoints import Kept
from ledger.signing import KeyUnusable, PublicKey, read_public_key

MOST_BYTES = 64 * 1024


def read_kept(paths: Iterable[Path]) -> list[Kept]:
    """Return the notes in files, and in all of the files of checkpoints and rotations below folders."""
    found = []
    for path in paths:
        files = sorted(_notes_below(path)) if path.is_dir() else [path]
        if not files:
            raise click.BadParameter(f"{path} holds no file *{SUFFIX}", param_hint="--checkpoint")
        found += [Kept(str(file), _text(file)) for file in files]
    return found


def read_keys(given: Iterable[str]) -> list[PublicKey]:
    """Return public keys, each given as its text or as the name of a file that holds it."""
    keys = []
    for one in given:
        try:
            keys.append(read_public_key(_text(Path(one)) if _is_file(one) else one))
        except KeyUnusable as error:
            raise click.BadParameter(str(error), param_hint="--key") from None
    return keys


def _notes_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (SUFFIX, ROTATION_SUFFIX) and path.is_file()]


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def _text(path: Path) -> str:
    """What a file says; what is no text, or too long, is found by whoever reads it."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES).decode(errors="replace")
