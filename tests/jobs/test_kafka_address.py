"""The setting that says where Kafka is: what it may be, and that a bad one stops the start without being repeated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.kafka_address import KafkaAddress, parse_kafka_url
from settings import SettingsError

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "NEO4J_URI": "bolt://db:7687",
    "POSTGRES_URL": "postgresql://app@db/x",
    "REDIS_URL": "redis://db",
}


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("kafka:9092", KafkaAddress(("kafka:9092",))),
        ("a:1,b.example:2", KafkaAddress(("a:1", "b.example:2"))),
        ("kafka://a:1,b:2", KafkaAddress(("a:1", "b:2"))),
        ("kafka+tls://a:1", KafkaAddress(("a:1",), tls=True)),
        ("kafka://u:p@a:1,b:2/", KafkaAddress(("a:1", "b:2"), user="u", password="p")),
        ("kafka+tls://u:p%40%2F%3A@a:1", KafkaAddress(("a:1",), tls=True, user="u", password="p@/:")),
    ],
)
def test_servers_login_and_tls_are_read(url: str, address: KafkaAddress) -> None:
    assert parse_kafka_url(url) == address


@pytest.mark.parametrize(
    "url", ["kafka", "a:b", "http://a:1", "kafka://secret@a:1", "kafka://u:se@cret@a:1", "a:1;b:2", ""]
)
def test_anything_else_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match=r"HEADWATER_KAFKA_URL: must be host:port or kafka://user:password") as told:
        parse_kafka_url(url)
    assert "secret" not in str(told.value) and "se@cret" not in str(told.value)


@pytest.mark.parametrize("program", ["consume", "worker"])
def test_a_bad_address_stops_the_start_in_one_line(program: str, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    given = {f"HEADWATER_{name}": value for name, value in ELSEWHERE.items()}
    environ = kept | given | {"HEADWATER_KAFKA_URL": "kafka://x:pass", "HEADWATER_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "cli.main", program]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("headwater: HEADWATER_KAFKA_URL: must be host:port")
    assert "Traceback" not in done.stderr


def test_without_a_kafka_the_consumer_says_what_to_set(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    given = {f"HEADWATER_{name}": value for name, value in ELSEWHERE.items()} | {"HEADWATER_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "cli.main", "consume"]
    done = subprocess.run(command, env=kept | given, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "headwater up --kafka" in done.stderr
