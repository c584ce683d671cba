"""The latest events about alerts, read and encoded once for all streams of this process."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import attrgetter

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import asdict

from api.alerts import AlertView
from graph.errors import Unavailable
from graph.model import Alert, Event
from jobs.envelopes import Envelope, envelope
from ledger.alerts import find_alerts
from ledger.event_feed import get_head, look
from ledger.following import Following
from ledger.session import Connection, Ledger

KIND = "alert.*"
PAGE, RETRY_S, QUIET_S = 100, 0.5, 5.0
MOST_BYTES = 16 << 20

_encoder = msgspec.json.Encoder(order="deterministic")
_log = structlog.get_logger("headwater.streams")


class AlertEvent(Envelope, frozen=True, kw_only=True):
    """An event about an alert, as delivered, with the alert as it is when it is sent."""

    alert: AlertView | None


class Message(Struct, frozen=True):
    """One event, encoded as a text of `size` bytes."""

    seq: int
    type: str
    text: str
    size: int


class Page(Struct, frozen=True):
    """Messages in order; no other event about alerts stands before `upto`."""

    messages: Sequence[Message]
    upto: int


async def read_page(connection: Connection, after: int) -> Page:
    """Return the first events about alerts after `after`: one look-up of events, one of their alerts."""
    found = await look(connection, after, limit=PAGE, kind=KIND)
    alerts = await find_alerts(connection, sorted({event.subject for event in found.events}))
    return Page([_message(event, alerts.get(event.subject)) for event in found.events], found.upto)


class AlertFeed:
    """Follows the log while anybody reads; keeps the last events about alerts, as many as a reader may be behind.

    `restored` counts how often the log was found to end earlier than it did, as after a restore from a backup.
    """

    def __init__(self, ledger: Ledger, following: Following, most: int) -> None:
        self._ledger, self._following, self._most = ledger, following, most
        self._grown, self._wanted = asyncio.Condition(), asyncio.Event()
        self._readers = 0
        self._kept: list[Message] = []
        self._bytes = 0
        # What is kept is all there is between these two; the second is None before the first look.
        self._begins = 0
        self._upto: int | None = None
        self.restored = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Have the log followed until the block ends."""
        self._readers += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._readers -= 1
            if not self._readers:
                self._wanted.clear()

    def recent(self, after: int) -> Page | None:
        """Return what is known after `after`; None if some of it is not kept, or nothing is known yet."""
        if self._upto is None or after < self._begins:
            return None
        first = bisect_right(self._kept, after, key=attrgetter("seq"))
        return Page(self._kept[first:], max(after, self._upto))

    async def beyond(self, seq: int, timeout_s: float) -> None:
        """Wait until more than `seq` is known, for `timeout_s` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._grown:
                restored = self.restored
                await self._grown.wait_for(lambda: (self._upto or 0) > seq or self.restored > restored)

    async def run(self) -> None:
        """Follow the log until the process is about to end.

        While Postgres is away nothing is added, and afterwards nothing is left out.
        """
        while not self._following.released:
            if not self._readers:
                self._forget()
                await self._wanted.wait()
            try:
                await self._step()
            except Unavailable as error:
                _log.warning("alerts_not_followed", error=str(error))
                await asyncio.sleep(RETRY_S)
            except Exception:  # this task must outlive whatever it is
                _log.exception("alerts_not_followed")
                await asyncio.sleep(RETRY_S)

    async def _step(self) -> None:
        if self._upto is None or self._following.head < self._upto:
            await self._find_head()
        if self._upto is None or await self._following.beyond(self._upto, QUIET_S) <= self._upto:
            return
        async with self._ledger.read() as connection:
            page = await read_page(connection, self._upto)
        await self._keep(page)

    async def _find_head(self) -> None:
        """Begin at the head; and anew there once it is lower than it was, as after a restore from a backup."""
        async with self._ledger.read() as connection:
            head = await get_head(connection)
        if self._upto is None or head < self._upto:
            self.restored += self._upto is not None
            self._forget()
            self._begins = self._upto = head
            await self._tell()

    async def _keep(self, page: Page) -> None:
        self._kept += page.messages
        self._bytes += sum(one.size for one in page.messages)
        while len(self._kept) > self._most or self._bytes > MOST_BYTES:
            dropped = self._kept.pop(0)
            self._begins, self._bytes = dropped.seq, self._bytes - dropped.size
        self._upto = page.upto
        await self._tell()

    async def _tell(self) -> None:
        async with self._grown:
            self._grown.notify_all()

    def _forget(self) -> None:
        self._kept, self._bytes, self._begins, self._upto = [], 0, 0, None


def _message(event: Event, alert: Alert | None) -> Message:
    view = None if alert is None else AlertView.from_alert(alert)
    encoded = _encoder.encode(AlertEvent(**asdict(envelope(event)), alert=view))
    return Message(event.seq, event.action, encoded.decode(), len(encoded))
