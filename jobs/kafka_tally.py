"""What a consumer has done lately, as a line in the log every few seconds."""

from __future__ import annotations

import time

import structlog

from jobs.kafka_client import Inbox

EVERY_S = 10.0
log = structlog.get_logger()


class Tally:
    """Counts messages; tells rate and lag when there is something to tell."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._done = self._refused = 0

    def add(self, done: int, refused: int) -> None:
        """Count messages that are committed, those refused among them."""
        self._done += done
        self._refused += refused

    def tell(self, inbox: Inbox) -> None:
        """Write a line if it is time, then begin anew. `lag` is of the partitions that this program has."""
        passed = time.monotonic() - self._since
        if passed < EVERY_S:
            return
        if self._done:
            rate = round(self._done / passed, 1)
            log.info("consumed", messages=self._done, refused=self._refused, per_s=rate, lag=inbox.lag())
        self._since, self._done, self._refused = time.monotonic(), 0, 0
