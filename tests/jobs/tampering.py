"""What somebody with every right over the database may do to a signed log, at random places drawn from a seed.

Each kind is a generator of what to do, and tells by what it must be found: the first bad event, a span that holds it,
or words of a finding.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from psycopg import AsyncConnection

from jobs.trusted_checkpoints import Kept
from ledger.audit import CHAIN
from ledger.audit_tree import record_nodes
from ledger.canonical import canonical_json
from ledger.chain import GENESIS, time_text
from ledger.checkpoints import Checkpoint, read_checkpoint, record_checkpoint
from ledger.key_rotations import ROTATED, write_rotation
from ledger.merkle import GrowingTree
from ledger.signed_notes import write_note
from ledger.signing import PublicKey, SigningKey, new_key
from tests.jobs.signing import GUARDED

Owner = AsyncConnection[dict[str, Any]]


class World(Struct):
    """A clean log: its length, what an auditor kept of it, and the key that the auditor trusts."""

    events: int
    reads: int
    kept: list[Kept]
    rotations: list[Kept]
    key: PublicKey

    @property
    def notes(self) -> list[Kept]:
        return [*self.rotations, *self.kept]

    @property
    def checkpoints(self) -> list[Checkpoint]:
        return sorted((read_checkpoint(kept.note)[0] for kept in self.kept), key=lambda one: one.size)

    @property
    def proven(self) -> int:
        """The last event that the auditor's checkpoints cover."""
        return self.checkpoints[-1].size


class Expected(Struct):
    """What must be found: `first` bad event by name, an event `within` the span, or `words` of a finding."""

    first: int | None = None
    within: int | None = None
    words: str | None = None


Tampering = Callable[[Owner, World, Random], Awaitable[Expected]]


async def set_guards_aside(owner: Owner) -> None:
    for table in GUARDED:
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")


def update(column: str, value: str) -> Tampering:
    async def tamper(owner: Owner, world: World, dice: Random) -> Expected:
        seq = dice.randint(1, world.events)
        await owner.execute(f"UPDATE audit_events SET {column} = {value} WHERE seq = %s", (seq,))
        return Expected(first=seq)

    return tamper


async def delete(owner: Owner, world: World, dice: Random) -> Expected:
    seq = dice.randint(1, world.events - 1)
    await owner.execute("DELETE FROM audit_events WHERE seq = %s", (seq,))
    return Expected(first=seq)


async def shift(owner: Owner, after: int, by: int) -> None:
    """Renumber what comes after an event; by way of numbers that nobody has, since they are unique."""
    await owner.execute("UPDATE audit_events SET seq = seq + 1000000 WHERE seq > %s", (after,))
    await owner.execute("UPDATE audit_events SET seq = seq - 1000000 + %s WHERE seq > 1000000", (by,))


async def delete_and_close_up(owner: Owner, world: World, dice: Random) -> Expected:
    expected = await delete(owner, world, dice)
    await shift(owner, expected.first or 0, -1)
    return expected


COPY = "INSERT INTO audit_events SELECT %s, at, actor, action, subject, body, previous_hash, hash FROM audit_events"


async def insert(owner: Owner, world: World, dice: Random) -> Expected:
    seq = dice.randint(1, world.events)
    await shift(owner, seq, 1)
    await owner.execute(f"{COPY} WHERE seq = %s", (seq + 1, dice.randint(1, seq)))
    return Expected(first=seq + 1)


async def swap(owner: Owner, world: World, dice: Random) -> Expected:
    one, other = sorted(dice.sample(range(1, world.events + 1), 2))
    for before, after in ((one, 1_000_000), (other, one), (1_000_000, other)):
        await owner.execute("UPDATE audit_events SET seq = %s WHERE seq = %s", (after, before))
    return Expected(first=one)


async def duplicate(owner: Owner, world: World, dice: Random) -> Expected:
    seq = dice.randint(1, world.events)
    await owner.execute("ALTER TABLE audit_events DROP CONSTRAINT audit_events_pkey")
    await owner.execute(f"{COPY} WHERE seq = %s", (seq, dice.randint(1, world.events)))
    return Expected(first=seq)


async def truncate(owner: Owner, world: World, dice: Random) -> Expected:
    """Cut the tail off: the chain that is left is whole."""
    last = dice.randint(0, world.proven - 1)
    await owner.execute("DELETE FROM audit_events WHERE seq > %s", (last,))
    return Expected(first=last + 1)


async def rewrite(owner: Owner, seq: int, change: dict[str, str]) -> list[str]:
    """Change one event and give it and all after it hashes that fit; return the hashes of all."""
    columns = ", ".join([time_text("at") + " AS at", *CHAIN.columns])
    cursor = await owner.execute(f"SELECT seq, {columns}, previous_hash, hash FROM audit_events ORDER BY seq")
    hashes = []
    for row in await cursor.fetchall():
        previous, kept = hashes[-1] if hashes else GENESIS, row.pop("hash")
        new = {**row, "previous_hash": previous, **(change if row["seq"] == seq else {})}
        hashes.append(CHAIN.hash_of(**new) if row["seq"] >= seq else kept)
    await owner.execute(
        "UPDATE audit_events SET previous_hash = given.previous, hash = given.hash"
        " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given (seq, previous, hash)"
        " WHERE audit_events.seq = given.seq AND given.seq >= %s",
        (list(range(1, len(hashes) + 1)), [GENESIS, *hashes[:-1]], hashes, seq),
    )
    for column, value in change.items():
        await owner.execute(f"UPDATE audit_events SET {column} = %s WHERE seq = %s", (value, seq))
    return hashes


async def rewrite_tail(owner: Owner, world: World, dice: Random) -> Expected:
    seq = dice.randint(1, world.proven)
    await rewrite(owner, seq, {"actor": "key:eve"})
    return Expected(within=seq)


async def put_nodes_right(owner: Owner, hashes: list[str]) -> GrowingTree:
    """Have the kept nodes fit the rewritten events."""
    tree = GrowingTree()
    for digest in hashes:
        tree.add(bytes.fromhex(digest))
    await owner.execute("DELETE FROM audit_tree")
    await record_nodes(owner, tree.whole)
    return tree


async def rewrite_tail_and_tree(owner: Owner, world: World, dice: Random) -> Expected:
    seq = dice.randint(1, world.proven)
    await put_nodes_right(owner, await rewrite(owner, seq, {"body": '{"share":0.2}'}))
    return Expected(within=seq)


def forged(checkpoint: Checkpoint, hashes: list[str], key: SigningKey) -> tuple[Checkpoint, str]:
    """The checkpoint as it would have to be for the rewritten log, signed by whoever rewrote it."""
    tree = GrowingTree()
    for digest in hashes[: checkpoint.size]:
        tree.add(bytes.fromhex(digest))
    made = replace(checkpoint, root=tree.root(), head_hash=hashes[checkpoint.size - 1])
    return made, write_note(made.text(), made.origin, key)


async def rewrite_tail_and_checkpoints(owner: Owner, world: World, dice: Random) -> Expected:
    """All of the database fits together again; only what the auditor kept does not."""
    seq, key = dice.randint(1, world.proven), new_key()
    hashes = await rewrite(owner, seq, {"subject": "eth:other"})
    await put_nodes_right(owner, hashes)
    rows = await (await owner.execute("DELETE FROM checkpoints RETURNING note")).fetchall()
    for row in rows:
        made, note = forged(read_checkpoint(row["note"])[0], hashes, key)
        await record_checkpoint(owner, made, key=key.public.verifier(made.origin), note=note)
    return Expected(within=seq)


async def cut_and_grow_anew(owner: Owner, world: World, dice: Random) -> Expected:
    last = dice.randint(0, world.proven - 1)
    await owner.execute("UPDATE audit_events SET actor = 'key:eve' WHERE seq > %s", (last,))
    await rewrite(owner, last + 1, {"actor": "key:eve"})
    return Expected(within=last + 1)


async def hand_over_to_another_key(owner: Owner, world: World, dice: Random) -> Expected:
    """Have the log say that the trusted key vouched for the attacker's, who signs everything anew."""
    key, origin = new_key(), world.checkpoints[0].origin
    seq = dice.randint(1, world.proven)
    body = canonical_json({"note": write_rotation(origin, world.key, key.public, key)})
    hashes = await rewrite(owner, seq, {"action": ROTATED, "body": body})
    await owner.execute("DELETE FROM checkpoints")
    for checkpoint in world.checkpoints:
        made, note = forged(checkpoint, hashes, key)
        await record_checkpoint(owner, made, key=key.public.verifier(origin), note=note)
    return Expected(within=seq)


def edit_checkpoint(column: str, value: str) -> Tampering:
    async def tamper(owner: Owner, world: World, dice: Random) -> Expected:
        size = dice.choice(world.checkpoints).size
        await owner.execute(f"UPDATE checkpoints SET {column} = {value} WHERE size = %s", (size,))
        return Expected(words="in the ledger")

    return tamper


async def delete_checkpoint(owner: Owner, world: World, dice: Random) -> Expected:
    size = dice.choice(world.checkpoints).size
    await owner.execute("DELETE FROM checkpoints WHERE size = %s", (size,))
    return Expected(words=f"checkpoint {size} of")


async def roll_checkpoints_back(owner: Owner, world: World, dice: Random) -> Expected:
    size = dice.choice(world.checkpoints).size
    await owner.execute("DELETE FROM checkpoints WHERE size >= %s", (size,))
    return Expected(words=f"checkpoint {size} of")


async def roll_everything_back(owner: Owner, world: World, dice: Random) -> Expected:
    """As a backup from before, restored without a word."""
    last = dice.randint(0, world.proven - 1)
    await owner.execute("DELETE FROM audit_events WHERE seq > %s", (last,))
    await owner.execute("DELETE FROM checkpoints WHERE size > %s", (last,))
    await owner.execute("DELETE FROM audit_tree WHERE (position + 1) * 256 ^ (level / 8) > %s", (last,))
    return Expected(first=last + 1)


async def edit_node(owner: Owner, world: World, dice: Random) -> Expected:
    position = dice.randrange(world.proven // 256)
    change = dice.choice(("UPDATE audit_tree SET hash = sha256('x')", "DELETE FROM audit_tree"))
    await owner.execute(f"{change} WHERE position = %s", (position,))
    return Expected(words=f"audit_tree: the node over audit events {position * 256 + 1} to")


async def edit_read(owner: Owner, world: World, dice: Random) -> Expected:
    seq = dice.randint(1, world.reads)
    await owner.execute("UPDATE read_log SET actor = 'key:eve' WHERE seq = %s", (seq,))
    return Expected(words=f"logged read {seq}:")


async def truncate_reads(owner: Owner, world: World, dice: Random) -> Expected:
    last = dice.randint(0, world.checkpoints[-1].reads - 1)
    await owner.execute("DELETE FROM read_log WHERE seq > %s", (last,))
    return Expected(words="logged reads up to")


def edit_kept(change: Callable[[str, Random], str], words: str) -> Tampering:
    """Forge, or damage, what the auditor holds the log against."""

    async def tamper(_: Owner, world: World, dice: Random) -> Expected:
        at = dice.randrange(len(world.kept))
        world.kept[at] = Kept("kept.checkpoint", change(world.kept[at].note, dice))
        return Expected(words=f"kept.checkpoint: {words}")

    return tamper


def signed_by_another(note: str, _: Random) -> str:
    checkpoint, _signed = read_checkpoint(note)
    return write_note(checkpoint.text(), checkpoint.origin, new_key())


def with_another_signature(note: str, dice: Random) -> str:
    """One bit of the signature, which is the last 64 bytes before the newline, is another."""
    text, _, encoded = note.rstrip("\n").rpartition(" ")
    content = bytearray(base64.b64decode(encoded))
    content[dice.randrange(4, len(content))] ^= 1 << dice.randrange(8)
    return f"{text} {base64.b64encode(bytes(content)).decode()}\n"


def with_another_size(note: str, _: Random) -> str:
    checkpoint, _signed = read_checkpoint(note)
    return note.replace(f"\n{checkpoint.size}\n", f"\n{checkpoint.size + 1}\n", 1)


def cut_off(note: str, dice: Random) -> str:
    return note[: dice.randrange(len(note))]


KINDS: dict[str, Tampering] = {
    "at": update("at", "at + interval '1 microsecond'"),
    "at, no time": update("at", "'infinity'"),
    "actor": update("actor", "actor || 'x'"),
    "action": update("action", "'x' || action"),
    "subject": update("subject", "subject || ' '"),
    "body": update("body", "replace(body, '{', '{ ')"),
    "previous_hash": update("previous_hash", "md5(previous_hash)"),
    "hash": update("hash", "upper(hash) || '0'"),
    "seq": update("seq", "seq + 1000000"),
    "delete": delete,
    "delete and close up": delete_and_close_up,
    "insert": insert,
    "swap": swap,
    "duplicate": duplicate,
    "truncate": truncate,
    "rewrite tail": rewrite_tail,
    "rewrite tail and tree": rewrite_tail_and_tree,
    "rewrite tail and checkpoints": rewrite_tail_and_checkpoints,
    "cut and grow anew": cut_and_grow_anew,
    "hand over to another key": hand_over_to_another_key,
    "checkpoint note": edit_checkpoint("note", "replace(note, 'time 2', 'time 1')"),
    "checkpoint note, no note": edit_checkpoint("note", "'x'"),
    "checkpoint root": edit_checkpoint("root", "md5(root)"),
    "checkpoint head": edit_checkpoint("head_hash", "md5(head_hash)"),
    "checkpoint origin": edit_checkpoint("origin", "'x'"),
    "checkpoint time": edit_checkpoint("at", "at - interval '1 s'"),
    "checkpoint key": edit_checkpoint("key", "'x'"),
    "delete checkpoint": delete_checkpoint,
    "roll checkpoints back": roll_checkpoints_back,
    "roll everything back": roll_everything_back,
    "tree": edit_node,
    "read": edit_read,
    "truncate reads": truncate_reads,
    "forge a checkpoint": edit_kept(signed_by_another, "it is signed by none of the keys"),
    "forge a signature": edit_kept(with_another_signature, "it is signed by none of the keys"),
    "forge a size": edit_kept(with_another_size, "it "),
    "cut a checkpoint off": edit_kept(cut_off, "it "),
}
