"""What every workflow is given: open connections, settings, the taxonomy and the policy in force."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct

from graph.exposure import ExposureLimits
from graph.session import Graph, open_graph
from graph.taxonomy import Taxonomy, load_taxonomy
from jobs.queue import Queue
from ledger.session import Ledger
from risk.policy import DEFAULT_POLICY, Policy
from settings import Settings

# A caller of the API waits this long for a retry; a job or an import has nobody waiting.
ANSWER_S, PATIENT_S = 2.0, 30.0


class Services(Struct):
    """Open doors to the outside, handed on by whoever opened them."""

    settings: Settings
    graph: Graph
    ledger: Ledger
    queue: Queue
    taxonomy: Taxonomy
    policy: Policy

    @property
    def limits(self) -> ExposureLimits:
        """The bounds of one live exposure."""
        graph = self.settings.graph
        return ExposureLimits(
            max_flows=graph.live_max_flows,
            timeout_s=graph.live_timeout_s,
            hub_counterparties=graph.hub_counterparties,
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
        yield Services(settings, graph, ledger, queue, load_taxonomy(), DEFAULT_POLICY)
