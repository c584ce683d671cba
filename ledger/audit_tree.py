"""The inner nodes of the Merkle tree over the audit log that are kept, and the hashes of any of its ranges.

A leaf is the 32-byte hash of an event; event `seq` is leaf `seq - 1`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg.rows import tuple_row

from ledger.errors import NotAsSigned
from ledger.merkle import KEPT_LEVELS, GrowingTree, Range, Subtree, balanced, complete_subtrees, joined, leaf_hash
from ledger.session import Connection


async def record_nodes(connection: Connection, nodes: Sequence[tuple[Subtree, bytes]]) -> None:
    """Keep the roots of complete subtrees; those that are there already are left as they are."""
    await connection.execute(
        "INSERT INTO audit_tree (level, position, hash)"
        " SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[]) ON CONFLICT DO NOTHING",
        ([node.level for node, _ in nodes], [node.position for node, _ in nodes], [digest for _, digest in nodes]),
    )


async def list_nodes(connection: Connection) -> dict[Subtree, bytes]:
    """Return every node that is kept: one for each 256 events, and few more."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute("SELECT level, position, hash FROM audit_tree")
        return {Subtree(level, position): digest async for level, position, digest in cursor}


async def tree_of(connection: Connection, size: int) -> GrowingTree:
    """Return the tree over the first `size` events, to be gone on with; raises NotAsSigned as `range_hashes`."""
    return GrowingTree(size, await _subtree_hashes(connection, complete_subtrees((0, size))))


async def range_hashes(connection: Connection, ranges: Sequence[Range]) -> list[bytes]:
    """Return the root over each range of leaves, all of it below a size whose nodes are kept.

    Reads at most 255 rows of each kept level for each of the about log2(n) ranges, whatever the log's length. Raises
    NotAsSigned where rows are missing.
    """
    parts = [complete_subtrees(leaves) for leaves in ranges]
    hashes = iter(await _subtree_hashes(connection, [subtree for part in parts for subtree in part]))
    return [joined([next(hashes) for _ in part]) for part in parts]


async def _subtree_hashes(connection: Connection, subtrees: Sequence[Subtree]) -> list[bytes]:
    """The roots of complete subtrees, each from the nodes of the next kept level at or below its own."""
    wanted = []
    for level, position in subtrees:
        kept = level - level % KEPT_LEVELS
        wanted.append((kept, position << (level - kept), 1 << (level - kept)))
    found = await _leaves(connection, wanted) | await _nodes(connection, wanted)
    return [balanced(_all(found.get(number, []), count)) for number, (_, _, count) in enumerate(wanted)]


def _all(hashes: list[bytes], count: int) -> list[bytes]:
    if len(hashes) != count:
        raise NotAsSigned("rows of the audit log, or nodes of its tree, are missing; run `headwater verify`")
    return hashes


async def _leaves(connection: Connection, wanted: Sequence[tuple[int, int, int]]) -> dict[int, list[bytes]]:
    """Leaf hashes by the number of what wants them.

    The limit says nothing new, but without it Postgres may read the whole table once instead of each range.
    """
    rows = await _between(
        connection,
        "SELECT number, hash FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) AS asked (number, first, count)"
        " CROSS JOIN LATERAL (SELECT seq, hash FROM audit_events WHERE seq > first AND seq <= first + count"
        " ORDER BY seq LIMIT count) AS leaves ORDER BY number, seq",
        [(number, first, count) for number, (kept, first, count) in enumerate(wanted) if not kept],
    )
    try:
        return {number: [leaf_hash(bytes.fromhex(text)) for text in texts] for number, texts in rows.items()}
    except ValueError:
        raise NotAsSigned("a hash in the audit log is none; run `headwater verify`") from None


async def _nodes(connection: Connection, wanted: Sequence[tuple[int, int, int]]) -> dict[int, list[bytes]]:
    """Kept nodes by the number of what wants them."""
    found: dict[int, list[bytes]] = {}
    for level in sorted({kept for kept, _, _ in wanted if kept}):
        found |= await _between(
            connection,
            "SELECT number, hash FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) AS asked (number, first, count)"
            " CROSS JOIN LATERAL (SELECT position, hash FROM audit_tree WHERE level = %s AND position >= first"
            " AND position < first + count ORDER BY position LIMIT count) AS nodes ORDER BY number, position",
            [(number, first, count) for number, (kept, first, count) in enumerate(wanted) if kept == level],
            level,
        )
    return found


async def _between(
    connection: Connection, query: LiteralString, asked: list[tuple[int, int, int]], *more: int
) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    if asked:
        async with connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(query, [*(list(column) for column in zip(*asked, strict=True)), *more])
            for number, value in await cursor.fetchall():
                found.setdefault(number, []).append(value)
    return found
