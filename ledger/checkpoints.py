"""Checkpoints: what is said of the log at one size (C2SP tlog-checkpoint), and the table of those that were signed."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime

from msgspec import Struct

from ledger.chain import GENESIS, time_text
from ledger.session import Connection, Row
from ledger.signed_notes import NoteUnreadable, SignedNote, read_note

_NAMED = re.compile(r"(time|head|previous|reads) (\S.*)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_HASH = re.compile(r"[0-9a-f]{64}")


class Checkpoint(Struct, frozen=True, kw_only=True):
    """What is signed: the root over events 1 to `size`, and in lines of our own when, and where the chains stood.

    `head_hash` is the hash of event `size`, `previous` the size of the checkpoint before (0: there was none), `reads`
    and `reads_hash` the last logged read and its hash (0 and 64 zeros: none yet).
    """

    origin: str
    size: int
    root: bytes
    at: str
    head_hash: str
    previous: int
    reads: int
    reads_hash: str

    def text(self) -> str:
        """Return the text that is signed."""
        lines = (
            self.origin,
            str(self.size),
            base64.b64encode(self.root).decode(),
            f"time {self.at}",
            f"head {self.head_hash}",
            f"previous {self.previous}",
            f"reads {self.reads} {self.reads_hash}",
        )
        return "".join(f"{line}\n" for line in lines)


def read_checkpoint(note: str) -> tuple[Checkpoint, SignedNote]:
    """Take a note apart that says what a checkpoint says; raises NoteUnreadable. Signatures are not looked at."""
    signed = read_note(note)
    lines = signed.text.removesuffix("\n").split("\n")
    named = {told[1]: told[2] for line in lines[3:] if (told := _NAMED.fullmatch(line))}
    try:
        reads, reads_hash = named["reads"].split(" ")
        found = Checkpoint(
            origin=lines[0],
            size=int(lines[1]),
            root=base64.b64decode(lines[2], validate=True),
            at=named["time"],
            head_hash=named["head"],
            previous=int(named["previous"]),
            reads=int(reads),
            reads_hash=reads_hash,
        )
    except (IndexError, KeyError, ValueError, binascii.Error):
        raise NoteUnreadable("it does not say what a checkpoint of an audit log says") from None
    # One text for one meaning: numbers with signs or zeros before them, further lines and the like are not ours.
    if found.text() != signed.text or not _holds(found):
        raise NoteUnreadable("it is not written as a checkpoint of an audit log is")
    return found, signed


def _holds(found: Checkpoint) -> bool:
    hashes = _HASH.fullmatch(found.head_hash) and _HASH.fullmatch(found.reads_hash)
    sizes = found.size > found.previous >= 0 and found.reads >= 0
    return bool(len(found.root) == 32 and hashes and sizes and _TIME.fullmatch(found.at))


class CheckpointRow(Struct, frozen=True, kw_only=True):
    """A checkpoint as it is kept: `note` is what counts, the rest is to find it by; `key` is the verifier that fits."""

    size: int
    at: datetime
    origin: str
    root: str
    head_hash: str
    key: str
    note: str


_COLUMNS = "size, at, origin, root, head_hash, key, note"


async def record_checkpoint(connection: Connection, checkpoint: Checkpoint, *, key: str, note: str) -> None:
    """Keep a signed checkpoint; one that is there already is left as it is."""
    await connection.execute(
        f"INSERT INTO checkpoints ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            checkpoint.size,
            checkpoint.at,
            checkpoint.origin,
            checkpoint.root.hex(),
            checkpoint.head_hash,
            key,
            note,
        ),
    )


async def latest_checkpoint(connection: Connection) -> CheckpointRow | None:
    """Return the largest checkpoint kept; None if there is none."""
    return _first(await list_checkpoints(connection, limit=1))


async def find_checkpoint(connection: Connection, size: int) -> CheckpointRow | None:
    """Return the checkpoint of exactly that size; None if none was made there."""
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM checkpoints WHERE size = %s", (size,))
    return _first([_row(row) for row in await cursor.fetchall()])


async def list_checkpoints(connection: Connection, *, below: int = 2**63 - 1, limit: int = 100) -> list[CheckpointRow]:
    """Return checkpoints of a smaller size than `below`, the latest first."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM checkpoints WHERE size < %s ORDER BY size DESC LIMIT %s", (below, limit)
    )
    return [_row(row) for row in await cursor.fetchall()]


async def checkpoints_after(
    connection: Connection, size: int, *, up_to: int = 2**63 - 1, limit: int = 1000
) -> list[CheckpointRow]:
    """Return checkpoints of a larger size, the earliest first."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM checkpoints WHERE size > %s AND size <= %s ORDER BY size LIMIT %s",
        (size, up_to, limit),
    )
    return [_row(row) for row in await cursor.fetchall()]


def _row(row: Row) -> CheckpointRow:
    return CheckpointRow(**row)


def _first(rows: list[CheckpointRow]) -> CheckpointRow | None:
    return rows[0] if rows else None


async def lock_checkpoints(connection: Connection) -> bool:
    """Take the turn to make checkpoints until the transaction ends; False where somebody else has it."""
    cursor = await connection.execute("SELECT pg_try_advisory_xact_lock(4873225033) AS taken")
    row = await cursor.fetchone()
    return bool(row and row["taken"])


async def is_due(connection: Connection, every_s: float) -> bool:
    """Tell whether there are events after the latest checkpoint, and that one is older than `every_s`.

    Or from the future, as after a clock was put back: nobody waits for that time to come.
    """
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM audit_events WHERE seq > latest.size)"
        " AND latest.at NOT BETWEEN clock_timestamp() - make_interval(secs => %s) AND clock_timestamp() AS due"
        " FROM (SELECT size, at FROM checkpoints UNION ALL SELECT 0, '-infinity' ORDER BY size DESC LIMIT 1) AS latest",
        (every_s,),
    )
    row = await cursor.fetchone()
    return bool(row and row["due"])


async def hash_of_event(connection: Connection, seq: int) -> str | None:
    """Return the hash that stands beside an event; None if there is no such event."""
    cursor = await connection.execute("SELECT hash FROM audit_events WHERE seq = %s", (seq,))
    row = await cursor.fetchone()
    return row["hash"] if row else None


async def moment(connection: Connection) -> tuple[str, int, str]:
    """Return the time now as it is signed, the last logged read and its hash (0 and 64 zeros: none yet)."""
    cursor = await connection.execute(
        f"SELECT {time_text('clock_timestamp()')} AS at, coalesce(last.seq, 0) AS seq, coalesce(last.hash, %s) AS hash"
        " FROM (SELECT) AS one LEFT JOIN LATERAL (SELECT seq, hash FROM read_log ORDER BY seq DESC LIMIT 1) AS last"
        " ON true",
        (GENESIS,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("a query of one row gave none")
    return row["at"], row["seq"], row["hash"]
