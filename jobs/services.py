"""What every workflow is given: open connections, settings, the taxonomy and the book of rules and policy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

import deadlines
from graph.clock import NOW, Clock
from graph.errors import FieldError, InvalidInput
from graph.kept_transfers import KeptTransfers
from graph.model import Direction
from graph.patience import PATIENCE
from graph.session import Graph, open_graph
from graph.taxonomy import Taxonomy, load_taxonomy
from graph.tracing import ExposureLimits, Tracing
from jobs.book import Book, get_policy, load_book, shipped_book
from jobs.gathering import Gathering
from jobs.queue import Queue
from jobs.shipping import ship_what_is_new
from ledger.book import get_revision
from ledger.session import Ledger
from risk.policy import Policy
from settings import Settings

# A caller of the API waits this long for a retry; a job or an import has nobody waiting.
ANSWER_S, PATIENT_S = 2.0, 30.0
# The bounds of exposures that a job asks for: what is recorded must not be cut.
PATIENT = ExposureLimits(max_flows=50_000_000, timeout_s=60.0)


class Services(Struct):
    """Open doors to the outside, handed on by whoever opened them.

    `planning` has the latest planning of each graph rule's query, by id and version, which returns the seconds it
    took; `posts` brings together what is posted singly at the same time; `transfers` are those read last.
    """

    settings: Settings
    graph: Graph
    ledger: Ledger
    queue: Queue
    taxonomy: Taxonomy
    book: Book
    planning: dict[tuple[str, int], asyncio.Task[float]] = field(default_factory=dict)
    posts: Gathering[Any, Any] = field(default_factory=Gathering)
    transfers: KeptTransfers = field(default_factory=KeptTransfers)

    @property
    def policy(self) -> Policy:
        """The policy of the book as it was last loaded; what must not be late asks `current_book` first."""
        return self.book.policy

    async def current_book(self) -> Book:
        """Return the book in force now, loaded again only if it has changed: one small read as a rule."""
        async with self.ledger.read() as connection:
            revision = await get_revision(connection)
        return await self.book_at(revision)

    async def under(self, policy: str) -> Services:
        """Return the same services with a recorded policy in place of the one in force; raises NotFound."""
        if policy == self.book.policy.id:
            return self
        async with self.ledger.read() as connection:
            return replace(self, book=replace(self.book, policy=await get_policy(connection, policy)))

    async def book_at(self, revision: int) -> Book:
        """Return the book of a revision that was read a moment ago, or of a later one.

        For who reads it with other things, in one go. To be called once that connection is handed back.
        """
        # Lower, too: the ledger may have been restored from a backup.
        if revision == 0 or revision != self.book.revision:
            if revision and not self.book.revision:
                await ship_what_is_new(self.ledger)  # the first look of this program at a ledger with a book
            self.book = await load_book(self.ledger)
        return self.book

    @property
    def limits(self) -> ExposureLimits:
        """The bounds of an exposure that is recorded or scored: as far as a caller could ask for."""
        graph = self.settings.graph
        return ExposureLimits(
            max_flows=graph.most_flows,
            timeout_s=graph.live_timeout_s,
            hub_counterparties=graph.hub_counterparties,
        )

    def limits_of(self, max_flows: int | None) -> ExposureLimits:
        """The bounds of an exposure that somebody waits for; raises InvalidInput above what may be asked for.

        Who asks for more flows than usual (None) gives them more time as well.
        """
        graph = self.settings.graph
        if max_flows is not None and max_flows > graph.most_flows:
            raise InvalidInput(FieldError("max_flows", f"must be at most {graph.most_flows:,} (HEADWATER_MOST_FLOWS)"))
        usual = min(graph.live_max_flows, graph.most_flows)
        asked = usual if max_flows is None else max_flows
        patience = min(PATIENCE, max(1.0, asked / usual))
        deadlines.extend(graph.live_timeout_s * (patience - 1))
        return replace(self.limits, max_flows=asked, timeout_s=graph.live_timeout_s * patience)

    def tracing(
        self,
        direction: Direction,
        hops: int,
        *,
        limits: ExposureLimits | None = None,
        clock: Clock = NOW,
        pool_above: int | None = None,
    ) -> Tracing:
        """One question about where value came from or went to, within `limits` unless others are given."""
        return Tracing(
            graph=self.graph,
            direction=direction,
            hops=hops,
            taxonomy=self.taxonomy,
            limits=limits or self.limits,
            clock=clock,
            pool_above=pool_above,
        )


@asynccontextmanager
async def open_services(settings: Settings, *, retry_s: float = ANSWER_S) -> AsyncIterator[Services]:
    """Open Neo4j, Postgres and Redis and close them in reverse, even on failure. None needs to be up yet.

    `retry_s` bounds how long a deadlock or a lost connection to Neo4j is tried again.
    """
    async with AsyncExitStack() as stack:
        graph = await stack.enter_async_context(open_graph(settings.graph, retry_s=retry_s))
        ledger = await Ledger.open(settings.ledger.postgres_url)
        stack.push_async_callback(ledger.close)
        queue = Queue.open(settings.queue.redis_url)
        stack.push_async_callback(queue.close)
        # A little less than one has: who asked is told what came of it, rather than nothing.
        posts: Gathering[Any, Any] = Gathering(settings.api.deadline_s * 0.9)
        services = Services(settings, graph, ledger, queue, load_taxonomy(), shipped_book(), posts=posts)
        stack.push_async_callback(_stop_planning, services)
        yield services


async def _stop_planning(services: Services) -> None:
    for task in services.planning.values():
        task.cancel()
    await asyncio.gather(*services.planning.values(), return_exceptions=True)
