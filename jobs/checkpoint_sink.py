"""Where signed checkpoints go outside the database: a folder of small files, each written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from graph.errors import HeadwaterError
from ledger.checkpoints import read_checkpoint

LATEST = "latest"
SUFFIX = ".checkpoint"
ROTATIONS, ROTATION_SUFFIX = "rotations", ".rotation"


class SinkTrouble(HeadwaterError):
    """The folder of checkpoints cannot be read or written; the message says why."""


class SinkDiffers(HeadwaterError):
    """The folder holds another checkpoint of the same size."""


class Sink:
    """A folder: one file per checkpoint below its day, those of new keys, and `latest`, the only one that changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def latest(self) -> str | None:
        """Return the note of the latest checkpoint; None in a folder that has none. Raises SinkTrouble."""
        try:
            if (self.folder / LATEST).is_file():
                return (self.folder / LATEST).read_text()
            # `latest` is gone; its name sorts as its size does.
            files = sorted(self.folder.glob(f"*/*{SUFFIX}"), key=lambda path: path.name)
            return files[-1].read_text() if files else None
        except (OSError, UnicodeDecodeError) as error:
            raise SinkTrouble(f"the folder of checkpoints {self.folder} cannot be read: {error}") from None

    def notes_after(self, size: int) -> list[str]:
        """Return the notes of all checkpoints of a larger size, smallest first. Raises SinkTrouble."""
        try:
            files = sorted(self.folder.glob(f"*/*{SUFFIX}"), key=lambda path: path.name)
            return [path.read_text() for path in files if path.stem > f"{size:020}"]
        except (OSError, UnicodeDecodeError) as error:
            raise SinkTrouble(f"the folder of checkpoints {self.folder} cannot be read: {error}") from None

    def publish_rotation(self, seq: int, note: str) -> None:
        """Write the note in which one key hands over to the next, told by event `seq`, unless it is there."""
        path = self.folder / ROTATIONS / f"{seq:020}{ROTATION_SUFFIX}"
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_whole(path, note)
        except OSError as error:
            raise SinkTrouble(f"the folder of checkpoints {self.folder} cannot be written: {error.strerror}") from None

    def publish(self, note: str) -> None:
        """Write a checkpoint and make it the latest; again the same does nothing. Raises SinkTrouble, SinkDiffers."""
        checkpoint, _ = read_checkpoint(note)
        path = self.folder / checkpoint.at[:10] / f"{checkpoint.size:020}{SUFFIX}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _write_whole(path, note)
            elif path.read_bytes() != note.encode():
                raise SinkDiffers(f"{path} is another checkpoint of the same size than the one in the ledger")
            _write_whole(self.folder / LATEST, note)
        except OSError as error:
            raise SinkTrouble(f"the folder of checkpoints {self.folder} cannot be written: {error.strerror}") from None


def _write_whole(path: Path, text: str) -> None:
    """Replace the file in one step and have the disk hold it before anything is said of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # Anybody may read what is published.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
