"""One reader of the stream: first what is past, from the ledger, then what comes, from the feed of this process."""

from __future__ import annotations

import asyncio
from time import monotonic

import msgspec
from msgspec import Struct

from api.stream_callers import AnySocket, Asked
from api.stream_closing import BAD_MESSAGE, TOO_SLOW, StreamEnded
from api.stream_feed import RETRY_S, AlertFeed, Page, read_page
from api.stream_messages import StreamAt, StreamOpened
from graph.errors import Unavailable
from ledger.event_feed import get_head
from ledger.session import Ledger

# How often a reader hears how far it has got, at least.
AT_EVERY_S = 15.0


class Reader:
    """Holds a place in the log and, beyond what is on its way, no messages: nobody is kept waiting by it."""

    def __init__(self, socket: AnySocket, ledger: Ledger, feed: AlertFeed, asked: Asked, patience_s: float) -> None:
        self._socket, self._ledger, self._feed, self._asked = socket, ledger, feed, asked
        self._patience_s = patience_s
        self._restored = feed.restored
        self._seq = 0
        self._spoke_at = 0.0
        # When it was last no further behind than the feed keeps; None as long as it has what is past to read.
        self._live_at: float | None = None

    async def run(self) -> None:
        """Send until cancelled; raises StreamEnded, and Unavailable where it cannot begin."""
        await self._begin()
        while True:
            page = await self._next()
            for message in page.messages:
                if self._asked.wants(message.type):
                    await self._send(message.text)
                    await asyncio.sleep(0)  # the next reader's turn
            self._seq = page.upto
            if monotonic() - self._spoke_at >= AT_EVERY_S:
                await self._say(StreamAt(seq=self._seq))

    async def _begin(self) -> None:
        async with self._ledger.read() as connection:
            head = await get_head(connection)
        self._seq = head if self._asked.after is None else self._asked.after
        if self._seq > head:
            raise StreamEnded(BAD_MESSAGE, f"after: the log ends before, at {head}")
        await self._say(StreamOpened(after=self._seq, head=head))

    async def _next(self) -> Page:
        """Return what comes next; nothing, once it is time to say how far it has got."""
        if self._feed.restored != self._restored:
            raise StreamEnded(BAD_MESSAGE, "the log ends before this place now: it was restored from a backup")
        page = self._feed.recent(self._seq)
        if page is None:
            self._require_patience()
            return await self._read()
        self._live_at = monotonic()
        if page.upto == self._seq:
            await self._feed.beyond(self._seq, max(0.0, self._spoke_at + AT_EVERY_S - monotonic()))
            page = self._feed.recent(self._seq)
        return page or Page((), self._seq)

    def _require_patience(self) -> None:
        if self._live_at is not None and monotonic() - self._live_at > self._patience_s:
            raise StreamEnded(TOO_SLOW, f"too far behind for {self._patience_s:g} s; resume from the last seq")

    async def _read(self) -> Page:
        """Read what the feed does not keep; while Postgres is away, nothing."""
        try:
            async with self._ledger.read() as connection:
                page = await read_page(connection, self._seq)
        except Unavailable:
            await asyncio.sleep(RETRY_S)
            return Page((), self._seq)
        if page.upto == self._seq:
            await self._feed.beyond(self._seq, RETRY_S)
        return page

    async def _say(self, message: Struct) -> None:
        await self._send(msgspec.json.encode(message).decode())

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._socket.send_text(text)
        except TimeoutError:
            raise StreamEnded(TOO_SLOW, f"nothing was read for {self._patience_s:g} s") from None
        self._spoke_at = monotonic()
