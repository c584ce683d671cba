"""The streams that are open in this process: how many there may be, and whether their openers may still read."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
from litestar import Litestar

from api.stream_callers import Opener
from api.stream_closing import TOO_MANY, UNAUTHENTICATED, StreamEnded
from api.stream_feed import AlertFeed
from graph.errors import HeadwaterError
from jobs.services import Services
from ledger.following import Following
from ledger.standing import find_standing

# A key that is revoked, a session that ends, is found within this time and the time of one query.
CHECK_EVERY_S = 2.0
# Of those who have not said yet who they are, so that they take no place of those who have.
MOST_UNKNOWN = 100

_log = structlog.get_logger("headwater.streams")


class Streams:
    """Counts streams and ends those whose key or session is in force no more."""

    def __init__(self, services: Services, following: Following) -> None:
        self._services = services
        self._api = services.settings.api
        self.feed = AlertFeed(services.ledger, following, self._api.stream_behind)
        self._unknown = 0
        self._open: dict[asyncio.Future[StreamEnded], Opener] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, services: Services, following: Following) -> AsyncIterator[Streams]:
        """Follow the log and look after the streams until the end."""
        streams = cls(services, following)
        tasks = [asyncio.create_task(work()) for work in (streams.feed.run, streams._check)]
        try:
            yield streams
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @contextmanager
    def unknown(self) -> Iterator[None]:
        """Count somebody until they have said who they are; raises StreamEnded where too many have not."""
        if self._unknown >= MOST_UNKNOWN:
            raise StreamEnded(TOO_MANY, "too many are about to open a stream")
        self._unknown += 1
        try:
            yield
        finally:
            self._unknown -= 1

    @contextmanager
    def entered(self, opener: Opener) -> Iterator[asyncio.Future[StreamEnded]]:
        """Count a stream until the block ends; yields what is set once it must end. Raises StreamEnded."""
        self._require_room(opener)
        ended: asyncio.Future[StreamEnded] = asyncio.get_running_loop().create_future()
        self._open[ended] = opener
        try:
            with self.feed.reading():
                yield ended
        finally:
            del self._open[ended]

    def _require_room(self, opener: Opener) -> None:
        if len(self._open) >= self._api.streams:
            raise StreamEnded(TOO_MANY, f"at most {self._api.streams:,} streams are open at once")
        most, own = self._api.streams_per_caller, Counter(one.caller.id for one in self._open.values())
        if opener.secret is not None and own[opener.caller.id] >= most:
            raise StreamEnded(TOO_MANY, f"at most {most:,} streams of one caller are open at once")

    async def _check(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            try:
                await self._end_lapsed()
            except HeadwaterError as error:
                # Nothing is read meanwhile, so nothing is shown either.
                _log.warning("streams_not_checked", error=str(error))
            except Exception:  # this task must outlive whatever it is
                _log.exception("streams_not_checked")

    async def _end_lapsed(self) -> None:
        asked = {ended: one.secret for ended, one in self._open.items() if one.secret is not None}
        if not asked:
            return
        async with self._services.ledger.read() as connection:
            standing = await find_standing(connection, sorted(set(asked.values())), idle_s=self._api.session_idle_s)
        for ended, secret in asked.items():
            if secret not in standing and not ended.done():
                ended.set_result(StreamEnded(UNAUTHENTICATED, "the key was revoked, or the session has ended"))


@asynccontextmanager
async def streaming(app: Litestar) -> AsyncIterator[None]:
    """Follow the log for as long as the application serves; opened after its services, closed before them."""
    services: Services = app.state.services
    async with Following.open(services.ledger) as following, Streams.open(services, following) as streams:
        app.state.following, app.state.streams = following, streams
        yield
