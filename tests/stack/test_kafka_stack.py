"""Kafka of the local stack: on this machine only, with a password, there again after a kill with what it had."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from jobs.kafka_address import parse_kafka_url
from stack.errors import StackError
from stack.local import LocalStack
from stack.processes import KAFKA
from tests.jobs.kafka_ground import put, read
from tests.stack.conftest import kill_at_once, stack_in_folder


@pytest.fixture(scope="module")
def stack(cache_dir: Path) -> Iterator[LocalStack]:
    with stack_in_folder(cache_dir) as found:
        yield found


@pytest.fixture
def url(stack: LocalStack) -> str:
    """Where Kafka is, started again if an earlier test killed it."""
    return stack.start((KAFKA,), detach=False, report=print).kafka_url


async def test_killed_kafka_comes_back_where_it_was_with_what_it_had(stack: LocalStack, url: str) -> None:
    await put(url, "kept", [(b"a", b"1"), (b"a", b"2")])
    killed = kill_at_once(stack, KAFKA)
    assert stack.start((KAFKA,), detach=False).kafka_url == url
    assert stack.process(KAFKA).pid() != killed
    assert [record.value for record in await read(url, "kept", 2)] == [b"1", b"2"]


def test_only_this_machine_can_reach_it(stack: LocalStack, url: str) -> None:
    process = psutil.Process(stack.process(KAFKA).pid())
    listening = [c.laddr.ip for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
    assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}


async def test_nobody_is_let_in_without_the_password(url: str) -> None:
    address = parse_kafka_url(url)
    assert address.user and address.password
    plain = {"bootstrap_servers": list(address.servers), "request_timeout_ms": 2_000}
    wrong = plain | {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN"}
    wrong |= {"sasl_plain_username": address.user, "sasl_plain_password": "wrong"}
    for login in (plain, wrong):
        producer = AIOKafkaProducer(**login)
        with pytest.raises((KafkaError, asyncio.TimeoutError)):
            await asyncio.wait_for(producer.start(), 10)
        await producer.stop()


def test_its_password_is_in_private_files_only(stack: LocalStack, url: str) -> None:
    password = str(parse_kafka_url(url).password)
    files = [path for path in stack.data_dir.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    names = {str(path.relative_to(stack.data_dir)) for path in files}
    assert {"secrets.json", "run/services.json", "kafka/server.properties"} == names
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert password not in " ".join(psutil.Process(stack.process(KAFKA).pid()).cmdline())


def test_data_that_cannot_be_read_are_told_with_the_log(stack: LocalStack, url: str) -> None:
    stack.stop()
    meta = stack.data_dir / "kafka" / "data" / "meta.properties"
    kept = meta.read_text()
    meta.write_text("version=1\nnode.id=7\n")
    with pytest.raises(StackError, match=r"(?s)kafka ended while it started; its log .*kafka\.log ends with"):
        stack.start((KAFKA,), detach=False)
    meta.write_text(kept)
    assert stack.start((KAFKA,), detach=False).kafka_url == url


def test_an_interrupted_first_start_heals(cache_dir: Path) -> None:
    with stack_in_folder(cache_dir) as fresh:
        half = fresh.data_dir / "kafka" / "data.new"
        half.mkdir(parents=True)
        (half / "meta.properties").write_text("half")
        assert fresh.start((KAFKA,), detach=False).kafka_url
