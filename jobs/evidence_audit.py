"""What the audit log says of an alert or a case, with proofs: as files of a bundle."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from evidence.packing import encoded
from evidence.proving import CHECKPOINT, KEY, PROOFS, event_file
from evidence.shapes import Proof
from jobs.proofs import prove_event
from ledger.audit import CHAIN, list_events
from ledger.checkpoints import latest_checkpoint
from ledger.key_rotations import list_rotations
from ledger.session import Connection

# A longer history is cut at its newest end, and the manifest says so.
MOST_EVENTS = 500


class Log(Struct, frozen=True):
    """The files, the head of the log, the size of the checkpoint and its key (None without), and what is left out."""

    files: dict[str, bytes]
    head: int
    checkpoint: int | None
    key: str | None
    left_out: tuple[str, ...]


async def gather_log(connection: Connection, subjects: Iterable[str]) -> Log:
    """Return the events about subjects; raises NotAsSigned where the log is not what was signed."""
    files, seqs, left_out = dict[str, bytes](), set[int](), list[str]()
    for subject in sorted(set(subjects)):
        events = await list_events(connection, limit=MOST_EVENTS, subject=subject)
        seqs |= {event.seq for event in events}
        if len(events) == MOST_EVENTS:
            left_out.append(f"events about {subject} after the first {MOST_EVENTS}")
    for seq in seqs:
        if found := await CHAIN.find_text(connection, seq):
            files[event_file(seq)] = found[0]
    row = await latest_checkpoint(connection)
    if row is not None:
        files |= {CHECKPOINT: row.note.encode(), KEY: f"{row.key}\n".encode()}
        for number, rotation in enumerate(await list_rotations(connection)):
            files[f"audit/rotation-{number:03}.note"] = rotation.note.encode()
        files[PROOFS] = encoded([await _proof(connection, seq, row.size) for seq in sorted(seqs) if seq <= row.size])
    return Log(files, await _head(connection), row.size if row else None, row.key if row else None, tuple(left_out))


async def _proof(connection: Connection, seq: int, size: int) -> Proof:
    found = await prove_event(connection, seq, size)
    return Proof(seq=seq, leaf_index=found.leaf_index, size=found.size, path=found.path)


async def _head(connection: Connection) -> int:
    row = await (await connection.execute("SELECT coalesce(max(seq), 0) AS head FROM audit_events")).fetchone()
    return int(row["head"]) if row else 0
