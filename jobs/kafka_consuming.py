"""Payments from Kafka: screened like a bulk, committed once they are decided, so that a kill repeats and never loses.

A message of a server's outage is neither refused nor committed: the same batch is tried again until it is decided.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import structlog
from msgspec import Struct

from graph.errors import Unavailable
from jobs.kafka_client import Inbox, Incoming, Publisher, open_inbox, open_publisher
from jobs.kafka_dead_letters import put_aside
from jobs.kafka_reading import REFUSALS, MessageRefused, read_message
from jobs.kafka_tally import Tally
from jobs.screening import Screened
from jobs.screening_steps import Posted
from jobs.screening_stream import Outcome, screen_chunks
from jobs.services import Services
from ledger.errors import LedgerNotReady

BATCH = 500
# A burst ends when nothing comes for so long: what was taken is then brought to its end and committed.
LULL_S, WAIT_S = 0.02, 0.5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
# A message that fails so often while everything is there is put aside: it must not hold up its partition for ever.
TRIES = 8
OUTAGES = (Unavailable, LedgerNotReady)
log = structlog.get_logger()


class Read(Struct, frozen=True):
    """A message and what it says, or why it says nothing that we can take."""

    message: Incoming
    given: Posted | Exception


class NotDecided(Exception):
    """Some messages of a batch are not decided yet; `odd` are those that no outage explains."""

    def __init__(self, failed: Sequence[tuple[Incoming, Exception]]) -> None:
        message, error = failed[0]
        super().__init__(f"{message.topic} {message.partition} {message.offset}: {type(error).__name__}: {error}")
        self.odd = [message for message, error in failed if not isinstance(error, OUTAGES)]


class Consumer:
    """Consumes until told to stop; the batch that is under way is finished first."""

    def __init__(self, services: Services, stop: asyncio.Event, *, tries: int = TRIES) -> None:
        self._services, self._stop, self._tries = services, stop, tries
        self._settings = services.settings.kafka
        self._tally = Tally()
        self._failed: dict[tuple[str, int, int], int] = {}
        self._pause = FIRST_PAUSE_S

    async def run(self) -> None:
        """Join the group and consume. Kafka, Neo4j or Postgres away is waited for."""
        while not self._stop.is_set():
            try:
                await self._consume()
            except Unavailable as error:
                log.warning("consuming_postponed", error=str(error))
                await self._rest()
            except Exception:
                log.exception("consuming_failed")
                await self._rest()

    async def _consume(self) -> None:
        settings = self._settings
        async with open_publisher(settings.kafka_url, once_each=False) as letters:
            await letters.make_sure_of(settings.kafka_transactions, settings.kafka_dead_letters)
            async with open_inbox(settings.kafka_url, settings.kafka_transactions, settings.kafka_group) as inbox:
                while not self._stop.is_set():
                    self._tally.tell(inbox)
                    if messages := await inbox.take(BATCH, WAIT_S):
                        await self._burst(inbox, letters, await self._filled(inbox, messages))

    async def _burst(self, inbox: Inbox, letters: Publisher, first: list[Incoming]) -> None:
        """Screen these and whatever follows without a lull; after an outage go back to what is not committed."""
        taken: list[Sequence[Read]] = []
        posted = self._posted(inbox, first, taken)
        try:
            async with aclosing(screen_chunks(self._services, posted)) as screened:
                async for outcomes in screened:
                    await self._settle(inbox, letters, taken.pop(0), outcomes)
        except NotDecided as error:
            log.warning("batch_postponed", error=str(error))
            for message in error.odd:
                at = (*message.place, message.offset)
                self._failed[at] = self._failed.get(at, 0) + 1
            inbox.rewind()
            await self._rest()

    async def _posted(
        self, inbox: Inbox, messages: list[Incoming], taken: list[Sequence[Read]]
    ) -> AsyncGenerator[Sequence[Posted], None]:
        while messages:
            chunk = [Read(message, self._read(message)) for message in messages]
            taken.append(chunk)
            yield [read.given for read in chunk if isinstance(read.given, Posted)]
            self._tally.tell(inbox)
            messages = await self._filled(inbox, [])

    async def _filled(self, inbox: Inbox, messages: list[Incoming]) -> list[Incoming]:
        """Add what comes without a lull, up to a whole batch: many small ones take longer."""
        while len(messages) < BATCH and not self._stop.is_set():
            more = await inbox.take(BATCH - len(messages), LULL_S)
            if not more:
                break
            messages = messages + more
        return messages

    def _read(self, message: Incoming) -> Posted | Exception:
        if self._failed.get((*message.place, message.offset), 0) >= self._tries:
            return MessageRefused(f"failed {self._tries} times; see the log of the consumer")
        try:
            return read_message(self._services, message)
        except REFUSALS as error:
            return error

    async def _settle(
        self, inbox: Inbox, letters: Publisher, chunk: Sequence[Read], outcomes: Sequence[Outcome]
    ) -> None:
        """Put aside what was refused, then commit: all of the chunk, or nothing if a part of it is not decided."""
        told = iter(outcomes)
        ends = [(read.message, _error(next(told)) if isinstance(read.given, Posted) else read.given) for read in chunk]
        refused = [(message, error) for message, error in ends if error is not None]
        if failed := [one for one in refused if not isinstance(one[1], REFUSALS)]:
            raise NotDecided(failed)
        await put_aside(letters, self._settings.kafka_dead_letters, refused)
        await inbox.commit([read.message for read in chunk])
        self._tally.add(len(chunk), len(refused))
        self._pause = FIRST_PAUSE_S
        for message in [read.message for read in chunk] if self._failed else ():
            self._failed.pop((*message.place, message.offset), None)

    async def _rest(self) -> None:
        """Wait before the next attempt, ever longer, but not once told to stop."""
        try:
            async with asyncio.timeout(self._pause * random.uniform(0.5, 1.5)):  # noqa: S311
                await self._stop.wait()
        except TimeoutError:
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)


def _error(outcome: Outcome) -> Exception | None:
    return outcome.error if isinstance(outcome, Screened) else outcome
