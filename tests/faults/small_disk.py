"""A disk of a few hundred MiB under one folder, which can be filled and emptied again. Mounting takes root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Disk:
    """A file system of its own; `fill` leaves no byte of it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._ballast = folder, folder / "ballast"

    def fill(self) -> int:
        """Take all the room that there is, and return how many bytes that was."""
        room = os.statvfs(self._folder)
        size = room.f_bavail * room.f_frsize
        if size:
            with self._ballast.open("ab") as file:
                os.posix_fallocate(file.fileno(), file.tell(), size)
        return size

    def free(self) -> None:
        """Give it back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Disk]:
    """Put a disk of that size at a folder."""
    folder.mkdir(parents=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=700", "tmpfs", str(folder)], check=True, capture_output=True
    )
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)
