"""What a wallet received and sent over time, day by day, week by week or month by month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from graph.session import Graph
from graph.sums import micros
from graph.wallets import get_wallet

Unit = Literal["day", "week", "month"]
# Newest movements that are looked at on each side.
MOST = 200_000
EVER = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Bucket(Struct, frozen=True):
    """A day, week (from Monday) or month from `starts_at` on; values leave out what the wallet paid itself."""

    starts_at: datetime
    in_value: int
    out_value: int
    in_count: int
    out_count: int


class Activity(Struct, frozen=True):
    """Buckets in which something moved, in order of time.

    `cut_before` is the start of the first bucket that is told where there were more movements than are looked at;
    None where all are told.
    """

    buckets: tuple[Bucket, ...]
    cut_before: datetime | None


async def wallet_activity(
    graph: Graph,
    key: str,
    *,
    unit: Unit,
    since: datetime | None = None,
    until: datetime | None = None,
    most: int = MOST,
) -> Activity:
    """Sum the newest `most` movements of each side of a wallet between two times, both counted in; raises NotFound."""
    await get_wallet(graph, key)
    rows = await graph.read(
        "wallet_activity", key=key, unit=unit, since=micros(since or EVER), until=micros(until or NEVER), limit=most
    )
    return _whole([Bucket(**row) for row in rows], most)


def _whole(buckets: Sequence[Bucket], most: int) -> Activity:
    """Leave out what is told in part: on a side that was cut, its first bucket and what the other has before it."""
    received = [one.starts_at for one in buckets if one.in_count]
    sent = [one.starts_at for one in buckets if one.out_count]
    cut = [times[0] for times, count in ((received, _receipts(buckets)), (sent, _payments(buckets))) if count >= most]
    if not cut:
        return Activity(tuple(buckets), None)
    kept = tuple(one for one in buckets if one.starts_at > max(cut))
    return Activity(kept, kept[0].starts_at if kept else max(cut))


def _receipts(buckets: Sequence[Bucket]) -> int:
    return sum(one.in_count for one in buckets)


def _payments(buckets: Sequence[Bucket]) -> int:
    return sum(one.out_count for one in buckets)
