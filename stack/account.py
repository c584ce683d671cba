"""The unprivileged user that Postgres needs when we are root, and what that user must be able to reach."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from pathlib import Path

from stack.errors import StackError, file_trouble
from stack.process import Account

CANDIDATES = ("postgres", "nobody")


def find_account() -> Account | None:
    """Return the user that servers which refuse root run as; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise StackError(
        "Postgres refuses to run as root and no user `postgres` or `nobody` is there: start as another user"
    )


def give(folder: Path, account: Account) -> None:
    """Make the folder the account's own, and let it pass through the folders above."""
    os.chown(folder, account.uid, account.gid)
    let_through(folder)


def let_read(tree: Path, probe: list[str], account: Account) -> None:
    """Make sure that the account can run `probe`, a program inside `tree`.

    Raises StackError when it cannot even after the files are opened for reading.
    """
    let_through(tree)
    if _runs(probe, account):
        return
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
    if not _runs(probe, account):
        raise StackError(f"the user {account.name} cannot run {probe[0]}: start the stack as a user other than root")


def let_through(path: Path) -> None:
    """Give search permission, and no more, on the folders above `path` that lack it."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            try:
                folder.chmod(mode | stat.S_IXOTH)
            except OSError as error:
                raise file_trouble(folder, error) from None


def _runs(command: list[str], account: Account) -> bool:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
        )
    except OSError:
        return False
    return done.returncode == 0
