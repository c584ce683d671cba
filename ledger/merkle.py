"""The Merkle tree of RFC 6962 §2.1: roots, audit paths and consistency proofs, and whether they prove what they claim.

All hashes are 32 bytes of SHA-256. Leaves are counted from 0. A range is `[first, end)` of leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

EMPTY_ROOT = hashlib.sha256(b"").digest()
# Roots of complete subtrees of 256, 256², 256³ ... leaves are kept, so that no proof needs more than 255 of a kind.
KEPT_LEVELS = 8

Range = tuple[int, int]


class Subtree(NamedTuple):
    """A complete subtree: 2^level leaves, the position-th of its kind from the left."""

    level: int
    position: int


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf; the prefix keeps it from being taken for a node."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class GrowingTree:
    """A tree that leaves are added to, of which it keeps no more than one hash per level.

    `whole` collects the complete subtrees to be kept, in the order in which they were completed.
    """

    def __init__(self, size: int = 0, subtrees: Iterable[bytes] = ()) -> None:
        """Go on from a tree of `size` leaves, given the hashes of its complete subtrees, largest first."""
        self.size = size
        self._stack = list(subtrees)
        self.whole: list[tuple[Subtree, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf, given as what is hashed, not as its hash."""
        digest, size, level = leaf_hash(leaf), self.size, 0
        while size & 1:
            digest = node_hash(self._stack.pop(), digest)
            size >>= 1
            level += 1
            if level % KEPT_LEVELS == 0:
                self.whole.append((Subtree(level, size), digest))
        self._stack.append(digest)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of all leaves so far."""
        return joined(self._stack)


def joined(subtrees: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees, given from the left, each smaller than the one before."""
    if not subtrees:
        return EMPTY_ROOT
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def balanced(hashes: Sequence[bytes]) -> bytes:
    """Return the root over 2^k subtrees of one size."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def complete_subtrees(leaves: Range) -> list[Subtree]:
    """Return the complete subtrees that a range consists of, largest first; it must begin where one of them does."""
    first, end = leaves
    found = []
    while first < end:
        level = (end - first).bit_length() - 1
        found.append(Subtree(level, first >> level))
        first += 1 << level
    return found


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges whose roots are the audit path PATH(index, D[size]), nearest to the leaf first."""
    first, end, ranges = 0, size, list[Range]()
    while end - first > 1:
        middle = first + _left_part(end - first)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return the ranges whose roots are PROOF(old, D[new]); 0 < old <= new."""
    first, end, ranges = 0, new, list[Range]()
    while old < end:
        middle = first + _left_part(end - first)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first = middle
    # The old tree itself, where it is a subtree of the new one, is known to whoever asks.
    return [*([(first, end)] if first else []), *ranges[::-1]]


def _left_part(leaves: int) -> int:
    """The largest power of two below `leaves`, which is at least 2."""
    return 1 << (leaves - 1).bit_length() - 1


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an audit path leads to; None if no tree of that size has a path of that length there."""
    if not 0 <= index < size:
        return None
    ranges = inclusion_ranges(index, size)
    if len(ranges) != len(path):
        return None
    root = leaf_hash(leaf)
    for (first, _), sibling in zip(ranges, path, strict=True):
        root = node_hash(sibling, root) if first <= index else node_hash(root, sibling)
    return root


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows the old tree to be the beginning of the new one (RFC 9162 §2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    if not path:
        return False
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        number, last = number >> 1, last >> 1
    return (before, after, last) == (old_root, new_root, 0)
