"""Proofs hold for every event and size, need few rows, are checked without a server, and fail where one bit differs."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import psycopg
import pytest
from msgspec.structs import replace

from api.checkpoint_examples import ANSWERS, KEY
from graph.errors import InvalidInput, NotFound
from jobs.proofs import ConsistencyProof, InclusionProof, prove_consistency, prove_event
from jobs.proofs_checked import ProofWrong, check_consistency, check_inclusion, read_proof
from jobs.rotating_keys import rotate_key
from jobs.services import Services
from ledger.audit import list_events
from ledger.audit_tree import range_hashes
from ledger.errors import NotAsSigned
from ledger.merkle import balanced, inclusion_ranges, leaf_hash, node_hash, root_from_path
from ledger.signing import new_key
from tests.jobs.signing import as_owner_behind_guards, fill, public_of, sign, signing_services
from tests.ledger.records import NOW
from tests.servers import Servers

SIZES = (1, 255, 256, 300, 513, 700)


@pytest.fixture
async def services(servers: Servers, ledger: object, tmp_path: Path) -> AsyncIterator[Services]:
    async with signing_services(servers, tmp_path) as opened:
        yield opened


async def signed(services: Services) -> None:
    """A checkpoint at each of SIZES, and a rotation after the third, which is an event too."""
    before = 0
    for size in SIZES:
        await sign(services, more=size - before)
        before = size
        if size == 256:
            await rotate_key(services, actor="ann")
            before += 1


async def proof_of(services: Services, seq: int, size: int | None = None) -> InclusionProof:
    async with services.ledger.read() as connection:
        return await prove_event(connection, seq, size)


async def test_every_event_is_proven_under_every_checkpoint_that_covers_it(services: Services) -> None:
    key = public_of(services)
    await signed(services)
    async with services.ledger.read() as connection:
        events = await list_events(connection, limit=1000)

    for size in SIZES:
        for seq in {1, 2, 255, 256, 257, 512, 513, size} & set(range(1, size + 1)):
            proof = read_proof(msgspec.json.encode(await proof_of(services, seq, size)))
            assert isinstance(proof, InclusionProof)
            assert check_inclusion(proof, [key]).size == size
            assert proof.event == events[seq - 1]


def root_by_the_book(leaf: bytes, index: int, size: int, path: tuple[str, ...]) -> bytes:
    """RFC 9162 §2.1.3.2, word for word, with nothing of ours."""
    number, last, root = index, size - 1, sha256(b"\x00" + leaf).digest()
    for part in map(bytes.fromhex, path):
        assert last != 0
        if number & 1 or number == last:
            root = sha256(b"\x01" + part + root).digest()
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + part).digest()
        number, last = number >> 1, last >> 1
    assert last == 0
    return root


async def test_somebody_elses_program_can_check_a_proof(services: Services) -> None:
    public = public_of(services)
    await sign(services, more=300)
    for seq in (1, 129, 257, 300):
        proof = msgspec.json.decode(msgspec.json.encode(await proof_of(services, seq)))
        lines, signature = proof["checkpoint"].split("\n\n")
        _, size, root, *_ = lines.split("\n")
        text = json.dumps({**proof["event"], "hash": None}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        leaf = sha256(text.replace('"hash":null,', "").encode()).digest()

        assert leaf.hex() == proof["event"]["hash"]
        assert root_by_the_book(leaf, seq - 1, int(size), proof["path"]) == base64.b64decode(root)
        signed = base64.b64decode(signature.split(" ")[2])[4:]
        assert public.verifies(signed, f"{lines}\n".encode())


async def test_any_two_checkpoints_are_proven_consistent(services: Services) -> None:
    key = public_of(services)
    await signed(services)
    for old in SIZES:
        for new in [size for size in SIZES if size >= old]:
            async with services.ledger.read() as connection:
                proof = await prove_consistency(connection, old, new)
            read = read_proof(msgspec.json.encode(proof))
            assert isinstance(read, ConsistencyProof)
            assert [checkpoint.size for checkpoint in check_consistency(read, [key])] == [old, new]


MEDDLED: dict[str, dict[str, Any]] = {
    "canonical": {"canonical": "[]"},
    "not JSON": {"canonical": "x"},
    "index": {"leaf_index": 4},
    "size": {"size": 699},
    "path cut": {"path": ()},
    "path no hash": {"path": ("x",)},
    "note": {"checkpoint": "x"},
    "rotations": {"rotations": ("x",)},
    "rotations left out": {"rotations": ()},
}


@pytest.mark.parametrize("name", MEDDLED)
async def test_a_meddled_proof_proves_nothing(services: Services, name: str) -> None:
    key = public_of(services)
    await signed(services)
    proof = await proof_of(services, 6)
    check_inclusion(proof, [key])

    with pytest.raises(ProofWrong):
        check_inclusion(replace(proof, **MEDDLED[name]), [key])


async def test_no_part_of_a_proof_can_be_another(services: Services) -> None:
    key = public_of(services)
    await signed(services)
    proof, other = await proof_of(services, 6), await proof_of(services, 7)
    event = msgspec.structs.replace(proof.event, actor="key:eve")
    path = (*proof.path[:-1], "00" * 32)
    cases = (
        replace(proof, event=event),
        replace(proof, path=path),
        replace(proof, canonical=other.canonical, event=other.event),
        replace(other, leaf_index=proof.leaf_index),
    )

    for wrong in cases:
        with pytest.raises(ProofWrong):
            check_inclusion(wrong, [key])
    with pytest.raises(ProofWrong, match="signed by none"):
        check_inclusion(proof, [new_key().public])


def test_what_is_no_proof_is_refused() -> None:
    for content in (b"", b"x", b"{}", b"[]", b'{"leaf_index": 1}', b"\xff"):
        with pytest.raises(ProofWrong, match="no proof"):
            read_proof(content)


def test_the_examples_in_the_documents_are_proofs() -> None:
    inclusion, consistency = ANSWERS["get_audit_proof"], ANSWERS["get_audit_consistency"]

    assert isinstance(inclusion, InclusionProof) and check_inclusion(inclusion, [KEY]).size == 2
    assert isinstance(consistency, ConsistencyProof) and check_consistency(consistency, [KEY])[1].size == 2


async def test_what_is_not_covered_or_not_there_is_not_proven(services: Services) -> None:
    await sign(services, more=3)
    await fill(services, 2)

    for seq, size in ((4, None), (9, None), (2, 2), (5, 5)):
        with pytest.raises(NotFound):
            await proof_of(services, seq, size)
    with pytest.raises(InvalidInput, match="does not cover"):
        await proof_of(services, 3, 2)
    async with services.ledger.read() as connection:
        with pytest.raises(InvalidInput, match="above"):
            await prove_consistency(connection, 3, 2)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET actor = 'x' WHERE seq = 5",
        "UPDATE audit_events SET hash = repeat('0', 64) WHERE seq = 6",
        "UPDATE audit_events SET hash = 'x' WHERE seq = 6",
        "DELETE FROM audit_events WHERE seq = 6",
        "UPDATE audit_tree SET hash = sha256('x') WHERE position = 1",
        "DELETE FROM audit_tree",
        "UPDATE checkpoints SET note = 'x' WHERE size = 700",
    ],
)
async def test_a_log_that_was_meddled_with_gives_no_proof(services: Services, servers: Servers, statement: str) -> None:
    await signed(services)
    as_owner_behind_guards(servers, statement)

    with pytest.raises(NotAsSigned):
        await proof_of(services, 5, 700)


SIZE, INDEX = 10_000_000, 7_654_321


def large_log(servers: Servers) -> tuple[bytes, bytes]:
    """A log of 10 million events of which only those rows are there that a proof of one may need; its leaf and root."""
    dice, tiles = Random(1), SIZE // 256
    there = [*range(INDEX - INDEX % 256, INDEX - INDEX % 256 + 256), *range(tiles * 256, SIZE)]
    leaves = {number: dice.randbytes(32) for number in there}
    nodes = [dice.randbytes(32) for _ in range(tiles)]
    nodes[INDEX // 256] = balanced([leaf_hash(leaves[number]) for number in there[:256]])
    above = [balanced(nodes[at : at + 256]) for at in range(0, tiles - tiles % 256, 256)]
    with psycopg.connect(servers.postgres_admin_url) as owner, owner.cursor() as cursor:
        for table, rows in (
            ("audit_tree", [(8, at, node) for at, node in enumerate(nodes)]),
            ("audit_tree", [(16, at, node) for at, node in enumerate(above)]),
            ("audit_events", [(n + 1, NOW, "a", "b", "c", "{}", "x", leaf.hex()) for n, leaf in leaves.items()]),
        ):
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    def root(first: int, end: int) -> bytes:
        """The definition of MTH, down to the nodes that are there."""
        if end - first in (1, 256):
            return leaf_hash(leaves[first]) if end - first == 1 else nodes[first // 256]
        middle = first + (1 << (end - first - 1).bit_length() - 1)
        return node_hash(root(first, middle), root(middle, end))

    return leaves[INDEX], root(0, SIZE)


async def test_a_proof_in_a_log_of_ten_million_events_reads_some_hundred_rows(
    services: Services, servers: Servers
) -> None:
    leaf, root = large_log(servers)
    async with services.ledger.read() as connection:
        path = await range_hashes(connection, inclusion_ranges(INDEX, SIZE))
        cursor = await connection.execute(
            "SELECT sum(seq_tup_read) AS scanned, sum(idx_tup_fetch) AS fetched FROM pg_stat_xact_user_tables"
            " WHERE relname IN ('audit_events', 'audit_tree')"
        )
        read = await cursor.fetchone()

    assert root_from_path(leaf, INDEX, SIZE, path) == root
    assert len(path) == 24 and read == {"scanned": 0, "fetched": read and read["fetched"]}
    assert 0 < read["fetched"] < 1_000
