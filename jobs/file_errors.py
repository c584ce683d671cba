"""Files that cannot be imported at all."""

from __future__ import annotations

from graph.errors import HeadwaterError


class FileRefused(HeadwaterError):
    """A file cannot be imported at all; the message names it and says what is wrong and what would be right.

    `line` is where it goes wrong, the first one if that cannot be told.
    """

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line
