"""The processes of a stack, and how each is stopped."""

from __future__ import annotations

import signal
from pathlib import Path

from stack.process import Process

PARTS = ("neo4j", "postgres", "redis")
PROGRAMS = ("api", "worker")
# Only where Kafka is asked for.
KAFKA, CONSUMER = "kafka", "consumer"
EVERY_PART, EVERY_PROGRAM = (*PARTS, KAFKA), (*PROGRAMS, CONSUMER)
# SIGINT is Postgres's fast stop; SIGTERM would wait for every client to leave.
_STOPPING = {
    "neo4j": (signal.SIGTERM, 60.0),
    "postgres": (signal.SIGINT, 30.0),
    "redis": (signal.SIGTERM, 10.0),
    "api": (signal.SIGTERM, 20.0),
    "worker": (signal.SIGTERM, 20.0),
    "kafka": (signal.SIGTERM, 30.0),
    "consumer": (signal.SIGTERM, 20.0),
}


def process_of(name: str, data_dir: Path) -> Process:
    """Return the named process of a data folder, running or not."""
    stop_signal, grace_s = _STOPPING[name]
    return Process(name, data_dir, stop_signal=stop_signal, grace_s=grace_s)


def stop_all(processes: list[Process]) -> list[str]:
    """Stop them at the same time; return the names of those that ran."""
    for process in processes:
        process.ask_to_stop()
    return [process.name for process in processes if process.stop()]
