"""One sweep of the reconciler: how it is made, and what it has found."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from msgspec import Struct, field

from graph.session import Unit
from graph.settling import Odd
from graph.transactions import transaction_keys
from jobs.services import Services

Kind = Literal[
    "undecided",
    "unrecorded_change",
    "missing_transaction",
    "changed_transaction",
    "salt",
    "flow",
    "wallet",
    "counter",
    "category",
    "attribution",
    "unrecorded_attribution",
    "alert",
    "alert_event",
    "outbox",
    "record",
]
ACTOR = "reconciler"
PAGE = 1_000
T = TypeVar("T")


class Finding(Struct, frozen=True):
    """Something that does not agree: what was found, and what was done about it, both in words.

    `done` is None for what was left as it is: it cannot be proven, or nothing was to be repaired.
    """

    kind: Kind
    subject: str
    found: str
    done: str | None = None


class Sweep(Struct):
    """A sweep over what landed beyond the graph's number `since` (0 for everything).

    With `repairing` False nothing is changed. What is younger than `grace_s` is on its way, and no finding; an event
    that has waited for its relay for `late_s` is one. `unsettled` are wallets whose sums follow from transactions that
    were left as they are.
    """

    services: Services
    since: int = 0
    repairing: bool = True
    grace_s: float = 60.0
    late_s: float = 60.0
    say: Callable[[str], Awaitable[None]] | None = None
    looked: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    unsettled: set[str] = field(default_factory=set)

    def find(self, kind: Kind, subject: str, found: str, done: str | None = None) -> None:
        """Note a finding; `done` stands only where the sweep repairs."""
        self.findings.append(Finding(kind, subject, found, done if self.repairing else None))

    def find_odd(self, sums: Sequence[Odd]) -> None:
        """Note what was derived otherwise."""
        for one in sums:
            self.find(one.kind, one.subject, one.found, "computed again")

    @property
    def settled_before(self) -> datetime:
        """What happened later may still be on its way to the ledger."""
        return datetime.now(UTC) - timedelta(seconds=self.grace_s)

    @property
    def repaired(self) -> int:
        """How many findings something was done about."""
        return sum(finding.done is not None for finding in self.findings)

    async def tell(self, noun: str, count: int) -> None:
        """Count what was looked at, and say how far it has come."""
        self.looked[noun] += count
        if self.say is not None:
            await self.say(f"{self.looked[noun]:,} {noun} compared, {len(self.findings):,} findings")

    async def unit(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Run `work` on the graph in one unit; where nothing is to be repaired, it is rolled back."""
        if self.repairing:
            return await self.services.graph.unit(work)
        async with self.services.graph.rehearsal(timeout_s=60) as unit:
            return await work(unit)

    async def keys_in_graph(self) -> AsyncIterator[list[str]]:
        """Yield the keys of landed transactions, page by page."""
        graph = self.services.graph
        if self.since == 0:
            async for keys in transaction_keys(graph, PAGE):
                yield keys
            return
        row = {"last": self.since}
        while (row := (await graph.read("recent_transactions", after=row["last"], limit=PAGE))[0])["keys"]:
            yield row["keys"]
