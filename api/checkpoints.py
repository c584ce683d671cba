"""Signed checkpoints of the audit log, the keys that signed them, and proofs under them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, cast

from litestar import Response, get
from litestar.params import PathParameter, QueryParameter
from msgspec import Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from graph.errors import NotFound
from jobs.proofs import ConsistencyProof, InclusionProof, prove_consistency, prove_event
from ledger import checkpoints, key_rotations
from ledger.checkpoints import CheckpointRow
from ledger.key_rotations import KeyInfo

EventSeq = Annotated[str, PathParameter(pattern="^[1-9][0-9]{0,17}$", description="`seq` of an audit event")]
Format = Annotated[
    Literal["json", "text"], QueryParameter(name="format", description="`json`: its fields; `text`: the signed note")
]
Under = Annotated[
    int | None,
    QueryParameter(
        name="checkpoint", ge=1, le=2**63 - 1, description="Size of the checkpoint to prove it under; the latest"
    ),
]
First = Annotated[int, QueryParameter(name="from", ge=1, le=2**63 - 1, description="Size of the earlier checkpoint")]
Second = Annotated[int, QueryParameter(name="to", ge=1, le=2**63 - 1, description="Size of the later checkpoint")]

_cursors: Cursors[int] = Cursors("checkpoints", Seq)


class CheckpointView(Struct, frozen=True, kw_only=True):
    """A checkpoint over events 1 to `size`; `note` is what was signed, the rest is what it says, in hex.

    `head_hash` is the hash of event `size`, `key` the public key that signed.
    """

    size: int
    at: datetime
    origin: str
    root: str
    head_hash: str
    key: str
    note: str

    @classmethod
    def from_row(cls, row: CheckpointRow) -> CheckpointView:
        """Return the checkpoint as it is on the wire."""
        return cls(
            size=row.size,
            at=row.at,
            origin=row.origin,
            root=row.root,
            head_hash=row.head_hash,
            key=row.key,
            note=row.note,
        )


class CheckpointPage(Struct, frozen=True):
    """A page of checkpoints; `next` is null at the end."""

    items: list[CheckpointView]
    next: str | None


class KeyPage(Struct, frozen=True):
    """All keys; there is one page."""

    items: list[KeyInfo]
    next: str | None


@get("/audit/checkpoints", operation_id="list_checkpoints", summary="Signed checkpoints of the audit log, latest first")
async def list_all_checkpoints(services: GivenServices, limit: Limit = 100, cursor: Cursor = None) -> CheckpointPage:
    """Page through the checkpoints. Who keeps some of them elsewhere can prove later that the log only grew.

    A note is that of C2SP tlog-checkpoint, the tree that of RFC 6962 over the 32-byte hashes of the events.
    """
    below = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        rows = await checkpoints.list_checkpoints(
            connection, below=2**63 - 1 if below is None else below, limit=limit + 1
        )
    ended = rows[limit - 1].size if len(rows) > limit else None
    return CheckpointPage([CheckpointView.from_row(row) for row in rows[:limit]], _cursors.write(ended))


@get("/audit/checkpoints/latest", operation_id="get_latest_checkpoint", summary="The latest signed checkpoint")
async def get_latest_checkpoint(services: GivenServices, as_format: Format = "json") -> Response[CheckpointView]:
    """Return the latest checkpoint; `format=text` gives the signed note itself, to be kept as a file. 404: none yet."""
    async with services.ledger.read() as connection:
        row = await checkpoints.latest_checkpoint(connection)
    if row is None:
        raise NotFound("checkpoint", "latest")
    if as_format == "json":
        return Response(CheckpointView.from_row(row))
    return cast("Response[CheckpointView]", Response(row.note, media_type="text/plain"))


@get("/audit/keys", operation_id="list_checkpoint_keys", summary="Public keys that sign checkpoints, oldest first")
async def list_checkpoint_keys(services: GivenServices) -> KeyPage:
    """Return every public key, with the note in which the key before vouches for it.

    Take the first one from a place that the operator of the database does not control, and keep it.
    """
    async with services.ledger.read() as connection:
        return KeyPage(await key_rotations.list_keys(connection), None)


@get("/audit/{seq:str}/proof", operation_id="get_audit_proof", summary="Proof that an event is in the audit log")
async def get_audit_proof(services: GivenServices, seq: EventSeq, size: Under = None) -> InclusionProof:
    """Return the event and all that it takes to check it with a public key alone; `headwater verify --proof` does.

    404 if the event is not known or no checkpoint covers it yet; 409 if the log is not what was signed.
    """
    async with services.ledger.read() as connection:
        return await prove_event(connection, int(seq), size)


@get("/audit/consistency", operation_id="get_audit_consistency", summary="Proof that the audit log only grew")
async def get_audit_consistency(services: GivenServices, first: First, second: Second) -> ConsistencyProof:
    """Return the proof that the checkpoint of size `to` has all events of that of size `from`, unchanged and in place.

    404 if one of them is not known; 409 if the log is not what was signed.
    """
    async with services.ledger.read() as connection:
        return await prove_consistency(connection, first, second)
