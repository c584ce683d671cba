"""The file beside an import that tells which rows were not taken, and why."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from msgspec import Struct

from jobs.file_errors import FileRefused


class Rejected(Struct, frozen=True):
    """A row of a file that was not taken, and why."""

    file: str
    line: int
    reason: str


class RejectedRows:
    """Writes `FILE.rejected` (line, reason), made only when a first row is rejected.

    One that an earlier import left is removed at the start. Use it as a context manager.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(path.name + ".rejected")
        self.count = 0
        self._file: TextIO | None = None
        self._writer: Any = None
        self.path.unlink(missing_ok=True)

    def reject(self, line: int, reason: str) -> None:
        """Note one row."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(["line", "reason"])
        self._writer.writerow([line, reason])
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def write_rejected(target: Path | None, path: Path, rejected: Sequence[Rejected]) -> None:
    """Write the rejected rows of an import at once; to PATH.rejected if `target` is None. A folder's tell their file.

    One that an earlier import left is removed where there are none. Raises FileRefused if it cannot be written.
    """
    # A folder may be given as `.`, which has no name; a file keeps the name it was given, also where it is a link.
    path = path.resolve() if path.is_dir() else path
    target = target or path.with_name(path.name + ".rejected")
    if target.resolve() == path.resolve():
        raise FileRefused(f"{target} is what is imported; the rows not taken need a file of their own")
    try:
        if not rejected:
            target.unlink(missing_ok=True)
            return
        with target.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            columns = ("file", "line", "reason") if path.is_dir() else ("line", "reason")
            rows.writerow(columns)
            rows.writerows([getattr(row, column) for column in columns] for row in rejected)
    except OSError as error:
        raise FileRefused(f"{target}, for the rows not taken, cannot be written: {error.strerror}") from None
