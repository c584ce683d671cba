"""The local stack: real Neo4j, Postgres, Redis and Kafka under one data folder, without Docker or root."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from settings import StackSettings
from stack.errors import StackError
from stack.files import locked, make_folder
from stack.kafka import KafkaServer
from stack.neo4j import Neo4jServer
from stack.passwords import keep_passwords
from stack.ports import Ports, is_free
from stack.postgres import PostgresServer
from stack.process import Process
from stack.processes import CONSUMER, EVERY_PART, EVERY_PROGRAM, KAFKA, PARTS, process_of, stop_all
from stack.redis import RedisServer
from stack.server import Server
from stack.services import Services, find_services, forget_services, save_services

POLL_S = 0.1
PORT_ATTEMPTS = 3
Report = Callable[[str], None]


def say_nothing(line: str) -> None:
    """Report nothing: for callers that want no progress."""


class LocalStack:
    """The servers of one data folder; downloads are shared through `cache_dir`."""

    def __init__(self, data_dir: Path, cache_dir: Path) -> None:
        self.data_dir = data_dir.expanduser().absolute()
        self.cache_dir = cache_dir.expanduser().absolute()
        self._started: list[Process] = []

    @classmethod
    def of(cls, settings: StackSettings) -> LocalStack:
        """Return the stack that the settings name."""
        cache = Path(settings.cache_dir) if settings.cache_dir else Path("~/.cache/headwater")
        return cls(Path(settings.data_dir), cache)

    def start(self, parts: Collection[str] = PARTS, *, detach: bool, report: Report = say_nothing) -> Services:
        """Start what does not run of `parts`, wait until all of it answers, return where it is.

        Unless `detach`, the servers stop when this process ends, however it ends.
        Raises StackError; then what this call started is stopped again.
        """
        for folder in (self.data_dir, self.data_dir / "run", self.data_dir / "logs"):
            make_folder(folder)
        with self._lock(report):
            servers = _Servers(self.data_dir, self.cache_dir, report)
            before = self._started.copy()
            try:
                self._start(servers.pick(parts), detach, report)
            except BaseException:
                stop_all([process for process in self._started if process not in before])
                self._started = before
                raise
            services = servers.services(parts)
            save_services(self.data_dir, services)
        return services

    def run(self, name: str, command: Sequence[str], environ: Mapping[str, str], *, detach: bool) -> bool:
        """Start one of our programs unless it runs; return whether it was started. Raises StackError."""
        with self._lock(say_nothing):
            process = self.process(name)
            if process.pid() is not None:
                return False
            process.start(command, cwd=Path.cwd(), environ=environ, detach=detach)
            self._started.append(process)
        return True

    def running(self) -> Services | None:
        """Return where the stack is; None when none of its servers runs."""
        services = find_services(self.data_dir)
        return services if services and len(self.dead(EVERY_PART)) < len(EVERY_PART) else None

    def was_stopped(self) -> bool:
        """Tell whether `stop` was called since the last start, by whichever process."""
        return find_services(self.data_dir) is None

    def process(self, name: str) -> Process:
        """Return one of the processes of this data folder."""
        return process_of(name, self.data_dir)

    def dead(self, names: Collection[str]) -> list[str]:
        """Return which of these do not run."""
        return [name for name in names if self.process(name).pid() is None]

    def stop_programs(self) -> None:
        """Stop the API, the worker and the consumer."""
        with self._lock(say_nothing):
            stop_all([self.process(name) for name in reversed(EVERY_PROGRAM)])

    def stop_kafka(self) -> None:
        """Stop the consumer, then Kafka; its data stay."""
        make_folder(self.data_dir / "run")
        with self._lock(say_nothing):
            stop_all([self.process(CONSUMER)])
            stop_all([self.process(KAFKA)])

    def stop(self, report: Report = say_nothing) -> None:
        """Stop everything of this data folder, what uses the servers first; nothing there is no error."""
        if not (self.data_dir / "run").is_dir():
            return
        with self._lock(report):
            forget_services(self.data_dir)
            for names in (EVERY_PROGRAM, EVERY_PART):
                for name in stop_all([self.process(name) for name in reversed(names)]):
                    report(f"{name} is stopped")
            self._started.clear()

    def close(self) -> None:
        """Stop the processes that this object started, and no others; what uses the servers first."""
        if not self._started:
            return
        with self._lock(say_nothing):
            stop_all([process for process in self._started if process.name in EVERY_PROGRAM])
            stop_all([process for process in self._started if process.name in EVERY_PART])
            self._started.clear()
            if len(self.dead(EVERY_PART)) == len(EVERY_PART):
                forget_services(self.data_dir)

    def _start(self, servers: list[Server], detach: bool, report: Report) -> None:
        """Start all of them before waiting for any: they come up side by side."""
        missing = [server for server in servers if server.process.pid() is None]
        for server in missing:
            report(f"starting {server.process.name}")
            self._started.append(server.process)
            server.start(detach=detach)
        for server in servers:
            _wait(server, detach, report)
            if server in missing:
                report(f"{server.process.name} is ready")

    def _lock(self, report: Report) -> AbstractContextManager[None]:
        return locked(
            self.data_dir / "run" / "lock",
            lambda: report("another command starts or stops this stack; waiting for it"),
        )


class _Servers:
    """The servers of a data folder, by name."""

    def __init__(self, data_dir: Path, cache_dir: Path, report: Report) -> None:
        ports, passwords = Ports(data_dir), keep_passwords(data_dir)
        self._neo4j = Neo4jServer(data_dir, cache_dir, ports, passwords, report)
        self._postgres = PostgresServer(data_dir, ports, passwords)
        self._redis = RedisServer(data_dir, ports, passwords)
        self._kafka = KafkaServer(data_dir, cache_dir, ports, passwords, report)
        self._by_name: dict[str, Server] = {
            "neo4j": self._neo4j,
            "postgres": self._postgres,
            "redis": self._redis,
            "kafka": self._kafka,
        }

    def pick(self, parts: Collection[str]) -> list[Server]:
        return [server for name, server in self._by_name.items() if name in parts]

    def services(self, parts: Collection[str]) -> Services:
        """Return the addresses of `parts` and of whatever else runs already."""
        there = {name for name, server in self._by_name.items() if name in parts or server.process.pid()}
        found: dict[str, str] = {}
        if "neo4j" in there:
            found |= self._neo4j.addresses()
        if "postgres" in there:
            found |= self._postgres.addresses()
        if "redis" in there:
            found |= self._redis.addresses()
        if "kafka" in there:
            found |= self._kafka.addresses()
        return Services(**found)


def _wait(server: Server, detach: bool, report: Report) -> None:
    """Return when it answers. A port that somebody took in between is replaced by another one."""
    limit = time.monotonic() + server.patience_s
    attempts = PORT_ATTEMPTS
    while not server.is_ready():
        if server.process.pid() is None:
            attempts -= 1
            if not attempts or all(is_free(port) for port in server.ports()):
                raise StackError(_death(server.process))
            report(f"a port of {server.process.name} is taken; trying another one")
            server.start(detach=detach)
        if time.monotonic() > limit:
            raise StackError(
                f"{server.process.name} gives no answer for {server.patience_s:.0f} s; see {server.process.log}"
            )
        time.sleep(POLL_S)


def _death(process: Process) -> str:
    return f"{process.name} ended while it started; its log {process.log} ends with\n{process.tail()}"
