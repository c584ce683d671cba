"""A walk along the audit log that grows its Merkle tree, and remembers root and head at the sizes asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ledger.audit import CHAIN, GENESIS, Verification
from ledger.merkle import GrowingTree
from ledger.session import Connection


class TreeWalk:
    """`at` has root and hash of the last event, by size, for those of the sizes that the walk has passed.

    `head_hash` is the hash of the last event of all.
    """

    def __init__(self, sizes: Iterable[int], tree: GrowingTree | None = None) -> None:
        self.tree = tree or GrowingTree()
        self.at: dict[int, tuple[bytes, str]] = {}
        self.head_hash = GENESIS
        self._sizes = set(sizes)

    def pass_by(self, hashes: Sequence[bytes]) -> None:
        """Take the hashes of the next events into the tree."""
        for digest in hashes:
            self.tree.add(digest)
            if self.tree.size in self._sizes:
                self.at[self.tree.size] = (self.tree.root(), digest.hex())
        if hashes:
            self.head_hash = hashes[-1].hex()

    async def go(
        self, connection: Connection, *, through: int = 2**63 - 1, progress: Callable[[int], None] | None = None
    ) -> Verification:
        """Walk and verify the chain from where the tree ends."""
        return await CHAIN.verify(connection, self.tree.size + 1, progress=progress, through=through, seen=self.pass_by)
