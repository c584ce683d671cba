"""The file beside an import that tells which rows were not taken, and why."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO


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
