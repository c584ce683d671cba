"""What a wallet received and sent over time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.lifespan import GivenServices
from api.parameters import WalletKey, canonical_wallet
from graph.activity import Bucket, Unit, wallet_activity
from graph.money import format_micro

Per = Annotated[Unit, QueryParameter(description="How long a bucket is, in UTC; weeks begin on Monday")]
Since = Annotated[datetime | None, QueryParameter(description="Only what moved from then on: RFC 3339 with a zone")]
Until = Annotated[datetime | None, QueryParameter(description="Only what had moved by then: RFC 3339 with a zone")]


class BucketView(Struct, frozen=True, kw_only=True):
    """What moved from `starts_at` on for a day, a week or a month; what the wallet paid itself is left out."""

    starts_at: datetime
    in_value: str
    out_value: str
    in_count: int
    out_count: int

    @classmethod
    def from_bucket(cls, bucket: Bucket) -> BucketView:
        """Return the bucket as it is on the wire."""
        return cls(
            starts_at=bucket.starts_at,
            in_value=format_micro(bucket.in_value),
            out_value=format_micro(bucket.out_value),
            in_count=bucket.in_count,
            out_count=bucket.out_count,
        )


class ActivityView(Struct, frozen=True, kw_only=True):
    """Buckets in which something moved, in order of time.

    Where a side has more than 200,000 movements the newest are told, and `cut_before` is where that begins; null
    where all are told.
    """

    wallet: str
    bucket: Unit
    buckets: list[BucketView]
    cut_before: datetime | None


@get("/wallets/{key:str}/activity", operation_id="get_wallet_activity", summary="What moved over time")
async def get_wallet_activity(
    services: GivenServices,
    key: WalletKey,
    *,
    bucket: Per = "day",
    since: Since = None,
    until: Until = None,
) -> ActivityView:
    """Sum what a wallet received and sent by day, week or month; buckets without movements are left out."""
    wallet = canonical_wallet(key)
    found = await wallet_activity(services.graph, wallet, unit=bucket, since=since, until=until)
    buckets = [BucketView.from_bucket(one) for one in found.buckets]
    return ActivityView(wallet=wallet, bucket=bucket, buckets=buckets, cut_before=found.cut_before)
