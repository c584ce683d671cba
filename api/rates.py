"""How many requests a key or a person may make: counted in Redis, exact across processes; off unless set."""

from __future__ import annotations

import math
from typing import Any

from litestar.connection import ASGIConnection

from api.access import Caller
from api.errors import TooManyRequests
from jobs.limits import Limit, Limits, Taken
from jobs.services import Services

WINDOW_S = 60


async def limit_rate(connection: ASGIConnection[Any, Any, Any, Any], caller: Caller) -> None:
    """Count a request, and have the answer tell what is left; raises TooManyRequests.

    While Redis is away requests pass uncounted.
    """
    services: Services = connection.app.state.services
    most = services.settings.api.rate_limit
    if not most or services.settings.api.auth == "off":
        return
    limits: Limits = connection.app.state.limits
    taken = await limits.take(f"requests:{caller.id}", Limit(most, WINDOW_S))
    if taken is None:
        return
    connection.scope["state"].setdefault("headers", []).extend(rate_headers(most, taken))
    if not taken.passed:
        raise TooManyRequests(f"at most {most:,} requests in {WINDOW_S} seconds are taken", taken.free_in_s)


def rate_headers(most: int, taken: Taken) -> list[tuple[bytes, bytes]]:
    """Return `RateLimit` and `RateLimit-Policy`, as in draft-ietf-httpapi-ratelimit-headers."""
    free = max(1, math.ceil(taken.free_in_s))
    return [
        (b"ratelimit-policy", f'"caller";q={most};w={WINDOW_S}'.encode()),
        (b"ratelimit", f'"caller";r={taken.left};t={free}'.encode()),
    ]
