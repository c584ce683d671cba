"""Where the server programs are that came with Python packages."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from stack.errors import StackError


def package_folder(package: str, instead: str) -> Path:
    """Return the folder of an installed package without importing it.

    Raises StackError naming the package, and the setting `instead` that makes it unnecessary.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise StackError(
            f"the Python package {package} is missing: run `make setup`,"
            f" or set HEADWATER_{instead} to a server elsewhere"
        )
    return Path(spec.origin).parent


def program(path: Path, instead: str) -> Path:
    """Return `path` if it is there; raises StackError when the package has no build for this machine."""
    if not path.is_file():
        raise StackError(
            f"{path} is missing: its package has no build for this machine;"
            f" set HEADWATER_{instead} to a server elsewhere"
        )
    return path
