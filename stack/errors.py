"""Why the local stack cannot be used, in one line."""

from __future__ import annotations

import errno
from pathlib import Path


class StackError(Exception):
    """The local stack cannot start, stop or be found; the message says what to do about it."""


def file_trouble(path: Path, error: OSError) -> StackError:
    """Tell in one line why `path` cannot be written or read."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StackError(
            f"the disk of {path} is full: free some space, or set HEADWATER_DATA_DIR and HEADWATER_CACHE_DIR"
        )
    return StackError(
        f"{path} cannot be used: {error.strerror or error}; set HEADWATER_DATA_DIR or HEADWATER_CACHE_DIR to a"
        " folder that can be written"
    )
