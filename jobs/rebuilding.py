"""The graph made anew from the ledger: the same numbers, times, spans and sums; can be stopped and gone on with.

Every page is one unit that leaves out what is there already, so that nothing is counted twice. What can be computed
again is not restored: wallets are marked, and the next re-screening or scoring run stores their scores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from msgspec import Struct, field

from graph.errors import HeadwaterError
from graph.reattributing import restore_attributions
from graph.recaching import settle_categories
from graph.restoring import Restored, restore_into_empty
from graph.schema import apply_schema
from graph.session import Graph
from jobs.reconciling_attributions import attribution_of
from jobs.reconciling_kept import Unprovable, changes_by_key, restored_of
from jobs.services import Services
from ledger import audit
from ledger.attribution_pages import page_of_latest_changes
from ledger.changes import TransactionChange
from ledger.reconciling import Kept, count_landed, highest_number, page_of_kept

PAGE = 2_000
REBUILT = "graph.rebuilt"


class NotEmpty(HeadwaterError):
    """The graph holds something that is not known to be part of a rebuild; the message says what to do."""


class Rebuilt(Struct):
    """How far a rebuild is. `refused` names what the ledger contradicts itself about, which is left out, and why."""

    total: int = 0
    transactions: int = 0
    known: int = 0
    attributions: int = 0
    seconds: float = 0.0
    refused: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Transactions a second so far."""
        return self.transactions / self.seconds if self.seconds else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds that it will go on at this rate; None before that is known."""
        return (self.total - self.transactions) / self.rate if self.rate else None


Tell = Callable[[Rebuilt], None]


async def rebuild(services: Services, *, replace: bool, actor: str, tell: Tell, rows: int = PAGE) -> Rebuilt:
    """Fill an empty graph, go on with a rebuild that was stopped, or with `replace` empty the graph first.

    Nothing else may write to the graph meanwhile. `rows` go into one unit. Raises NotEmpty for a graph that is neither.
    """
    await _begin(services.graph, replace)
    await apply_schema(services.graph)
    async with services.ledger.read(timeout_s=600) as connection:
        seq, at = await highest_number(connection)
        report = Rebuilt(total=await count_landed(connection))
    now = datetime.now(UTC)
    await services.graph.write("restore_counter", seq=seq, at=at or now, refreshed_at=now)
    await services.graph.write("keep_currency", currency=services.settings.reference_currency)
    await _transactions(services, report, tell, rows)
    await _attributions(services, report)
    tell(report)
    await services.graph.write("end_rebuild")
    body = {"transactions": report.transactions, "attributions": report.attributions, "refused": len(report.refused)}
    async with services.ledger.transaction() as connection:
        await audit.append(connection, audit.EventDraft(actor, REBUILT, "graph", body | {"watermark": seq}))
    return report


async def _begin(graph: Graph, replace: bool) -> None:
    """Mark the graph as being rebuilt, so that a rebuild that was stopped is told from a graph in use."""
    there = (await graph.read("count_nodes"))[0]
    if any(there.values()) and not replace and not (await graph.read("rebuild_under_way"))[0]["rebuilding"]:
        raise NotEmpty(
            f"the graph holds {there['transactions']:,} transactions and {there['wallets']:,} wallets;"
            " --replace empties it first, and only what the ledger keeps comes back"
        )
    await apply_schema(graph)
    await graph.write("begin_rebuild")
    if replace:
        await graph.batched("empty_graph")


async def _transactions(services: Services, report: Rebuilt, tell: Tell, rows: int) -> None:
    started, after = time.perf_counter(), ""
    while True:
        async with services.ledger.read(timeout_s=60) as connection:
            page = await page_of_kept(connection, after=after, limit=rows)
            changes = await changes_by_key(connection, [kept.landed.transaction for kept in page])
        if not page:
            return
        given = [
            one for kept in page if (one := _restored(services, report, kept, changes.get(kept.landed.transaction, [])))
        ]
        new = await restore_into_empty(services.graph, given) if given else 0
        report.known += len(given) - new
        report.transactions, after = report.transactions + len(page), page[-1].landed.transaction
        report.seconds = time.perf_counter() - started
        tell(report)


def _restored(services: Services, report: Rebuilt, kept: Kept, changes: Sequence[TransactionChange]) -> Restored | None:
    try:
        return restored_of(kept, changes, services.settings.reference_currency)
    except Unprovable as error:
        report.refused.append(f"transaction {kept.landed.transaction}: {error}")
        return None


async def _attributions(services: Services, report: Rebuilt) -> None:
    after = ""
    while True:
        async with services.ledger.read(timeout_s=60) as connection:
            page = await page_of_latest_changes(connection, after=after, limit=PAGE)
        if not page:
            return
        good = [one for change in page if (one := attribution_of(change))]
        bad = {change.attribution for change in page} - {one.id for one in good}
        report.refused += [f"attribution {name}: it is not what its id was made of" for name in sorted(bad)]
        await restore_attributions(services.graph, good)
        wallets = sorted({one.wallet for one in good})
        await services.graph.unit(lambda unit, keys=wallets: settle_categories(unit, keys, services.taxonomy))  # type: ignore[misc]
        report.attributions, after = report.attributions + len(good), page[-1].attribution
