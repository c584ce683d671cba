"""The tree is that of RFC 6962: the published vectors hold, and every proof agrees with the definition written down."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.merkle import (
    EMPTY_ROOT,
    GrowingTree,
    Subtree,
    balanced,
    complete_subtrees,
    consistency_ranges,
    inclusion_ranges,
    is_consistent,
    joined,
    leaf_hash,
    root_from_path,
)

# The leaves and roots of Certificate Transparency's own tests (merkle tree of 1 to 8 leaves).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
PATHS = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
}
PROOFS = {
    (1, 1): (),
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}


def mth(leaves: list[bytes]) -> bytes:
    """The definition of MTH, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = max(2**i for i in range(64) if 2**i < len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """The definition of PATH."""
    if len(leaves) == 1:
        return []
    k = max(2**i for i in range(64) if 2**i < len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], *, known: bool) -> list[bytes]:
    """The definition of SUBPROOF; PROOF(m, D[n]) = SUBPROOF(m, D[n], true)."""
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = max(2**i for i in range(64) if 2**i < len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known=known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], known=False), mth(leaves[:k])]


def drawn(count: int) -> list[bytes]:
    return [sha256(str(n).encode()).digest() for n in range(count)]


def grown(leaves: list[bytes]) -> GrowingTree:
    tree = GrowingTree()
    for leaf in leaves:
        tree.add(leaf)
    return tree


def root_of(leaves: list[bytes], first: int, end: int) -> bytes:
    """The root of a range by way of its complete subtrees."""
    spans = complete_subtrees((first, end))
    firsts = [(span.position << span.level, 1 << span.level) for span in spans]
    return joined([balanced([leaf_hash(leaf) for leaf in leaves[at : at + size]]) for at, size in firsts])


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert grown(LEAVES[:size]).root().hex() == mth(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert GrowingTree().root() == EMPTY_ROOT == mth([])
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_audit_paths_are_those_of_certificate_transparency(index: int, size: int) -> None:
    found = [root_of(LEAVES, *leaves) for leaves in inclusion_ranges(index, size)]

    assert tuple(part.hex() for part in found) == PATHS[index, size]


@pytest.mark.parametrize(("old", "new"), PROOFS)
def test_consistency_proofs_are_those_of_certificate_transparency(old: int, new: int) -> None:
    found = [root_of(LEAVES, *leaves) for leaves in consistency_ranges(old, new)]

    assert tuple(part.hex() for part in found) == PROOFS[old, new]


@given(st.data())
def test_every_audit_path_is_the_definitions_and_proves_its_leaf_only(data: st.DataObject) -> None:
    leaves = drawn(data.draw(st.integers(1, 300)))
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(0, len(leaves) - 1))
    found = [root_of(leaves, *part) for part in inclusion_ranges(index, len(leaves))]

    assert found == path(index, leaves)
    assert root_from_path(leaves[index], index, len(leaves), found) == mth(leaves)
    assert (root_from_path(leaves[other], index, len(leaves), found) == mth(leaves)) == (other == index)
    assert (root_from_path(leaves[index], other, len(leaves), found) == mth(leaves)) == (other == index)


@given(st.data())
def test_every_consistency_proof_is_the_definitions_and_proves_no_other_past(data: st.DataObject) -> None:
    leaves = drawn(data.draw(st.integers(1, 300)))
    old = data.draw(st.integers(1, len(leaves)))
    changed = data.draw(st.integers(0, old - 1))
    found = [root_of(leaves, *part) for part in consistency_ranges(old, len(leaves))]
    rewritten = [*leaves[:changed], b"other", *leaves[changed + 1 :]]

    assert found == subproof(old, leaves, known=True)
    assert is_consistent(old, mth(leaves[:old]), len(leaves), mth(leaves), found)
    assert not is_consistent(old, mth(rewritten[:old]), len(leaves), mth(leaves), found)
    assert not is_consistent(old, mth(leaves[:old]), len(leaves), mth(rewritten), found)


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_a_meddled_proof_proves_nothing(old: int, more: int, data: st.DataObject) -> None:
    leaves = drawn(old + more)
    proof = [root_of(leaves, *part) for part in consistency_ranges(old, old + more)]
    at = data.draw(st.integers(0, len(proof) - 1))
    sides = (old, mth(leaves[:old]), old + more, mth(leaves))

    for meddled in ([*proof[:at], *proof[at + 1 :]], [*proof, b"\0" * 32], [*proof[:at], b"\0" * 32, *proof[at + 1 :]]):
        assert not is_consistent(*sides, meddled)
    assert root_from_path(leaves[0], 0, old + more, []) is None
    assert root_from_path(leaves[0], old + more, old + more, proof) is None


@given(st.integers(0, 700), st.integers(0, 700))
def test_a_tree_gone_on_with_is_the_tree_grown_at_once(before: int, more: int) -> None:
    leaves = drawn(before + more)
    firsts = [(span.position << span.level, 1 << span.level) for span in complete_subtrees((0, before))]
    tree = GrowingTree(before, [mth(leaves[at : at + size]) for at, size in firsts])
    for leaf in leaves[before:]:
        tree.add(leaf)

    assert (tree.size, tree.root()) == (before + more, grown(leaves).root())


def test_whole_subtrees_are_told_when_they_are_complete() -> None:
    leaves = drawn(600)
    expected = [(Subtree(8, n), mth(leaves[256 * n : 256 * (n + 1)])) for n in range(2)]

    assert grown(leaves[:255]).whole == []
    assert grown(leaves).whole == expected
