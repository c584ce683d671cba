"""Real servers for the tests: by URL from the environment, else containers, else the local stack. Never a skip."""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from msgspec import Struct

from settings import Settings, load_settings
from stack.files import write_private
from stack.local import LocalStack
from stack.neo4j import EXTRA
from stack.ports import RANGE
from stack.processes import KAFKA

VARIABLES = ("NEO4J_URI", "NEO4J_PASSWORD", "POSTGRES_URL", "POSTGRES_ADMIN_URL", "REDIS_URL")

PATIENT = {
    "deadline_s": "60",
    "live_timeout_s": "30",
    "rule_patience": "20",
    "most_under_way": "1000",
    "longest_wait_s": "60",
    "payment_model_s": "30",
}


class Servers(Struct, frozen=True):
    """Where the servers of this test session are; the ledger's schema is at head."""

    neo4j_uri: str
    neo4j_user: str
    neo4j_password: str
    postgres_url: str
    postgres_admin_url: str
    redis_url: str
    neo4j_browser_url: str = ""

    def environ(self, **more: str) -> dict[str, str]:
        """Settings of these servers as environment variables.

        A loaded machine gets more than the usual deadline, and as many at once as it likes: what these do is claimed in
        tests/faults.
        """
        fields = {name: getattr(self, name) for name in self.__struct_fields__} | PATIENT | more
        return {f"HEADWATER_{name.upper()}": value for name, value in fields.items()}

    def settings(self, **more: str) -> Settings:
        """Settings of these servers for what runs in this process, where queries are planned once; field names."""
        return load_settings(self.environ(**({"rehearse": "off"} | more)))


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Find or start the servers and stop what was started."""
    with ExitStack() as stack:
        if are_given():
            yield _from_environment()
        elif _docker_answers():
            yield stack.enter_context(_containers())
        else:
            yield stack.enter_context(_local_stack())


def are_given() -> bool:
    """Whether the environment says where the servers are."""
    return "HEADWATER_NEO4J_URI" in os.environ


def _from_environment() -> Servers:
    if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
        raise RuntimeError("HEADWATER_NEO4J_URI is one set of servers, emptied between tests: run them with -n 0")
    missing = [f"HEADWATER_{name}" for name in VARIABLES if f"HEADWATER_{name}" not in os.environ]
    if missing:
        raise RuntimeError(f"HEADWATER_NEO4J_URI is set, so the tests need these too: {', '.join(missing)}")
    values = {name.lower(): os.environ[f"HEADWATER_{name}"] for name in VARIABLES}
    browser = os.environ.get("HEADWATER_NEO4J_BROWSER_URL", "")
    return Servers(neo4j_user=os.environ.get("HEADWATER_NEO4J_USER", "neo4j"), neo4j_browser_url=browser, **values)


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False).returncode == 0


@contextmanager
def _containers() -> Iterator[Servers]:
    from testcontainers.neo4j import Neo4jContainer
    from testcontainers.postgres import PostgresContainer
    from testcontainers.redis import RedisContainer

    with (
        Neo4jContainer("neo4j:2026.08.1-community").with_exposed_ports(7474) as neo4j,
        PostgresContainer("postgres:18", username="postgres", dbname="postgres", driver=None) as postgres,
        RedisContainer("redis:8") as redis,
    ):
        owner, app = secrets.token_hex(16), secrets.token_hex(16)
        root = postgres.get_connection_url()
        with psycopg.connect(root, autocommit=True) as connection:
            for role, password in (("headwater_owner", owner), ("headwater_app", app)):
                connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
            connection.execute("CREATE DATABASE headwater OWNER headwater_owner")
        at = f"{postgres.get_container_host_ip()}:{postgres.get_exposed_port(5432)}/headwater"
        yield Servers(
            neo4j.get_connection_url(),
            "neo4j",
            neo4j.password,
            f"postgresql://headwater_app:{app}@{at}",
            f"postgresql://headwater_owner:{owner}@{at}",
            f"redis://{redis.get_container_host_ip()}:{redis.get_exposed_port(6379)}/0",
            f"http://{neo4j.get_container_host_ip()}:{neo4j.get_exposed_port(7474)}/browser/",
        )


@contextmanager
def _local_stack() -> Iterator[Servers]:
    folder = Path(tempfile.mkdtemp(prefix="headwater-test-"))
    stack = LocalStack(folder, Path(load_settings().stack.cache_dir or Path.home() / ".cache" / "headwater"))
    try:
        set_apart(folder)
        # Every test empties the graph: that it is so different from before is no reason to plan every query anew.
        write_private(folder / EXTRA, "dbms.cypher.min_replan_interval=1h\n")
        found = stack.start(detach=False, report=print)
        yield Servers(
            found.neo4j_uri,
            found.neo4j_user,
            found.neo4j_password,
            found.postgres_url,
            found.postgres_admin_url,
            found.redis_url,
            found.neo4j_browser_url,
        )
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_kafka() -> Iterator[str]:
    """Find Kafka by URL, or start one by itself; an engine is not asked: the broker needs none anywhere."""
    if url := os.environ.get("HEADWATER_KAFKA_URL"):
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="headwater-kafka-"))
    stack = LocalStack(folder, LocalStack.of(load_settings().stack).cache_dir)
    try:
        yield stack.start((KAFKA,), detach=False, report=print).kafka_url
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


def set_apart(data_dir: Path) -> None:
    """Choose the ports of a stack's Neo4j: stacks that start at once would all find those that it prefers free."""
    bolt, web = random.sample(RANGE, 2)
    write_private(data_dir / "ports.json", json.dumps({"bolt": bolt, "http": web}))
