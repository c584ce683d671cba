"""How fast the audit log is verified, chain, tree and checkpoints, by one process against one connection."""

from __future__ import annotations

import tempfile
from hashlib import sha256
from pathlib import Path
from time import perf_counter, process_time

from msgspec.structs import replace
from psycopg.rows import tuple_row

from bench.figures import Figure, Sizes
from bench.ground import BenchError, Ground
from jobs.checkpointing import make_checkpoint
from jobs.services import Services
from jobs.trusted_checkpoints import Kept
from jobs.verifying_log import verify_log
from ledger import audit
from ledger.chain import PAGE_ROWS, time_text
from ledger.signing import PublicKey, load_key, new_key, write_key

NAME, LEAST = "verifying", 50_000
BATCH = 5_000
CANONICAL = (
    """'{"action":' || to_json(action) || ',"actor":' || to_json(actor) || ',"at":"' || """
    + time_text("at")
    + """ || '","body":' || body || ',"previous_hash":"' || previous_hash || '","seq":' || seq"""
    """ || ',"subject":' || to_json(subject) || '}'"""
)


async def measure_verifying(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Verify 10 x `landed` events against a checkpoint kept, and do no more than fetch and hash the same bytes."""
    events = 10 * sizes.landed
    ground.report(f"{NAME}: appending {events:,} events")
    await _fill(ground.services, events)
    with tempfile.TemporaryDirectory() as folder:
        services = _signing(ground.services, Path(folder))
        await make_checkpoint(services)
        kept = Kept("latest", (Path(folder) / "sink" / "latest").read_text())
        key = load_key(Path(folder) / "key.pem").public
    ours, bare = [], []
    for number in range(sizes.rounds):
        ground.report(f"{NAME}: round {number + 1} of {sizes.rounds}")
        ours.append(await _verify(services, kept, key, events))
        bare.append(await _bare(services, events))
    (seconds, busy), reference = min(ours), min(bare)
    return [
        Figure(
            bench=NAME,
            name="audit events verified",
            ours=events / seconds,
            unit="per s",
            reference=events / reference,
            ratio=reference / seconds,
            target=f"at least {LEAST:,} per s and core",
            met=events / seconds >= LEAST,
            note=f"best of {sizes.rounds}, wall clock, while our process and that of Postgres take turns;"
            f" ours had {busy / seconds:.0%} of a core. Reference: SELECT of the canonical text, SHA-256, comparison",
        )
    ]


def _signing(services: Services, folder: Path) -> Services:
    write_key(new_key(), folder / "key.pem")
    own = replace(
        services.settings.checkpoints, checkpoint_key=str(folder / "key.pem"), checkpoint_dir=str(folder / "sink")
    )
    return replace(services, settings=replace(services.settings, checkpoints=own))


async def _fill(services: Services, events: int) -> None:
    """Append events of the size of a decision's."""
    for first in range(0, events, BATCH):
        drafts = [_decided(number) for number in range(first, min(first + BATCH, events))]
        async with services.ledger.transaction(timeout_s=60) as connection:
            await audit.append(connection, *drafts)


def _decided(number: int) -> audit.EventDraft:
    digest = sha256(str(number).encode()).hexdigest()
    body = {
        "decision": f"dec_{digest[:26]}",
        "decision_hash": digest,
        "facts": digest,
        "risk_score": 0.9,
        "severity": "critical",
        "risk_category": "sanctions",
        "value": "210.4",
        "policy": "default-v1",
        "input_hash": digest,
        "alert": f"alr_{digest[:26]}",
        "watermark": number,
        "latency_ms": 4.25,
    }
    return audit.EventDraft("key_01hr4m8w4e3v9m7c2k5t6q8z0e", "transaction.decided", f"eth:0x{digest}", body)


async def _verify(services: Services, kept: Kept, key: PublicKey, events: int) -> tuple[float, float]:
    """Seconds, and seconds of our own process."""
    async with services.ledger.read(timeout_s=600) as connection:
        started, busy = perf_counter(), process_time()
        report = await verify_log(connection, [kept], [key])
        seconds = perf_counter() - started, process_time() - busy
    if report.findings or report.events.checked != events or report.covered != events:
        raise BenchError(f"of {events:,} events {report.covered:,} were verified: {report.findings}")
    return seconds


async def _bare(services: Services, events: int) -> float:
    """Seconds of the least that finds an edited row."""
    query = f"SELECT {CANONICAL}, hash FROM audit_events ORDER BY seq"
    right = 0
    async with (
        services.ledger.read(timeout_s=600) as connection,
        connection.cursor("bare", row_factory=tuple_row) as cursor,
    ):
        started = perf_counter()
        await cursor.execute(query)
        while rows := await cursor.fetchmany(PAGE_ROWS):
            right += sum(sha256(text.encode()).hexdigest() == digest for text, digest in rows)
        seconds = perf_counter() - started
    if right != events:
        raise BenchError(f"the reference found {right:,} of {events:,} hashes right: it hashes other bytes")
    return seconds
