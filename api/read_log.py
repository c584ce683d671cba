"""The log of reads: which wallets were shown to whom, in order."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import canonical_wallet, read_clock
from graph.errors import FieldError, InvalidInput
from ledger.read_log import LoggedRead, list_reads

Actor = Annotated[str | None, QueryParameter(max_length=100, description="Only what this key or person read, by id")]
Wallet = Annotated[
    str | None, QueryParameter(max_length=300, description="Only reads that name this wallet, `network:address`")
]
Operation = Annotated[str | None, QueryParameter(max_length=100, description="Only reads by this operation, by its id")]
Since = Annotated[datetime | None, QueryParameter(description="Only reads from then on: RFC 3339 with a zone")]
Until = Annotated[datetime | None, QueryParameter(description="Only reads before then: RFC 3339 with a zone")]

_cursors: Cursors[int] = Cursors("read-log", Seq)


class ReadView(Struct, frozen=True, kw_only=True):
    """One answer that showed a wallet: by whom and when it was asked for, and in which request.

    `subject` is the wallet, the alert, case or watchlist that names it, what was searched for, or `*` for lists of
    many. `at` is when it was recorded.
    """

    seq: int
    at: datetime
    id: str
    read_at: datetime
    actor: str
    operation: str
    subject: str
    request_id: str
    previous_hash: str
    hash: str

    @classmethod
    def from_read(cls, read: LoggedRead) -> ReadView:
        """Return the read as on the wire."""
        return cls(**{name: getattr(read, name) for name in cls.__struct_fields__})


class ReadPage(Struct, frozen=True):
    """A page of reads; `next` is null at the end of the log as it is now."""

    items: list[ReadView]
    next: str | None


@get("/read-log", operation_id="list_reads", summary="Which wallets were shown to whom, in order")
async def list_all_reads(
    services: GivenServices,
    *,
    actor: Actor = None,
    wallet: Wallet = None,
    operation: Operation = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> ReadPage:
    """Page through the log of reads by `seq`, which has no gaps; `headwater verify` checks its chain of hashes.

    A read stands here within a second. What a process that is killed had not written by then, at most a second of
    reads, is lost.
    """
    after = _cursors.read(cursor) or 0
    bounds = [_in_utc(name, at) for name, at in (("since", since), ("until", until))]
    async with services.ledger.read() as connection:
        reads = await list_reads(
            connection,
            after=after,
            actor=actor,
            subject=None if wallet is None else canonical_wallet(wallet, "wallet"),
            operation=operation,
            since=bounds[0],
            until=bounds[1],
            limit=limit + 1,
        )
    ended = reads[limit - 1].seq if len(reads) > limit else None
    return ReadPage([ReadView.from_read(read) for read in reads[:limit]], _cursors.write(ended))


def _in_utc(name: str, at: datetime | None) -> datetime | None:
    try:
        return read_clock(at, None).as_of
    except InvalidInput as error:
        raise InvalidInput(FieldError(name, error.errors[0].message)) from None
