"""At the door: more than can be done in good time is refused at once, before any work, so that the rest is done.

Who posts one by one waits for the payments before it; so many may be under way that nobody waits long. A burst that is
over in a moment is taken all the same. Reads are counted by themselves, so that they do not starve; so is what takes
long by design. Health is not counted at all.
"""

from __future__ import annotations

import time
from math import inf

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from msgspec import Struct

from api.envelope import HEADERS, identify
from api.problems import problem_of, send_problem
from ledger.errors import Busy

RETRY_AFTER_S = 1
# Of what is shorter only every so often a line is logged.
LOG_EVERY_S = 1.0
# How much the last answer counts in the average time between two.
WEIGHT = 0.05
# So many are taken in any case: where each of them takes long by itself the door must not close.
FEW = 24
# For so long more may come than can be done in good time, and for as long it must not, before that is forgotten.
BURST_S = 0.25
# How many times as many reads there may be, and long ones.
READS = 4
UNCOUNTED = ("/health", "/health/ready")
LONG = ("/transactions/bulk", "/attributions/import", "/events")

_log = structlog.get_logger("headwater.overload")


class Lane(Struct):
    """One kind of requests: how many are under way, how many may be, and the mean seconds between two answers.

    Since `crowded_since`, and last at `crowded_at`, one more had to wait too long, going by how fast others were
    answered.
    """

    most: int
    longest_wait_s: float
    under_way: int = 0
    apart_s: float = 0.0
    answered_at: float = 0.0
    crowded_since: float | None = None
    crowded_at: float = 0.0

    def is_full(self, now: float) -> bool:
        """Whether one more is refused: there are too many, or for longer than a burst it would have had to wait."""
        if self.under_way >= FEW and self.under_way * self.apart_s > self.longest_wait_s:
            self.crowded_at = now
            self.crowded_since = self.crowded_since or now
            return self.under_way >= self.most or now - self.crowded_since > BURST_S
        if now - self.crowded_at > BURST_S:
            self.crowded_since = None
        return self.under_way >= self.most

    def begin(self) -> None:
        """Count one that begins; after a pause the time since the last answer tells nothing."""
        if not self.under_way:
            self.answered_at = time.monotonic()
        self.under_way += 1

    def end(self) -> None:
        """Count one that was answered."""
        now = time.monotonic()
        self.apart_s += WEIGHT * (now - self.answered_at - self.apart_s)
        self.answered_at = now
        self.under_way -= 1


class Admission:
    """The first layer of all: so many writing requests may be under way, READS times as many that read or take long."""

    def __init__(self, app: ASGIApp, most: int, longest_wait_s: float) -> None:
        self._app = app
        # How long a read takes is its own affair: one does not wait for another.
        self._writes = Lane(most, longest_wait_s)
        self._reads, self._long = Lane(READS * most, inf), Lane(READS * most, inf)
        self._refused, self._logged_at = 0, 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != ScopeType.HTTP or scope["path"].endswith(UNCOUNTED):
            await self._app(scope, receive, send)
            return
        lane = self._lane(scope)
        if lane.is_full(time.monotonic()):
            await self._refuse(scope, send)
            return
        lane.begin()
        try:
            await self._app(scope, receive, send)
        finally:
            lane.end()

    def _lane(self, scope: HTTPScope) -> Lane:
        if scope["path"].endswith(LONG):
            return self._long
        return self._reads if scope["method"] in {"GET", "HEAD", "OPTIONS"} else self._writes

    async def _refuse(self, scope: HTTPScope, send: Send) -> None:
        request_id = identify(scope["headers"]).request_id
        problem = problem_of(Busy("more is asked than can be done in good time; nothing was done"), request_id)
        headers = {"Retry-After": str(RETRY_AFTER_S), "X-Request-ID": request_id}
        await send_problem(send, problem, headers, *HEADERS)
        self._tell()

    def _tell(self) -> None:
        self._refused += 1
        if time.monotonic() - self._logged_at >= LOG_EVERY_S:
            _log.warning("requests refused: too much at once", count=self._refused)
            self._refused, self._logged_at = 0, time.monotonic()
