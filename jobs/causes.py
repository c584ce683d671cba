"""Which changes of the graph explain the change of a score: those about the marked wallets that reached it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from graph.attribution_lists import attributions_about
from graph.marks import Mark
from graph.model import Attribution, Cause, CauseKind
from graph.movements import Movement, transactions_since
from jobs.services import Services

MOST_CHANGES = 5_000


class Causes(Struct, frozen=True):
    """What has changed since a watermark, by the marked wallet it is about.

    `attributions` are all of the wallets whose category changed, `movements` what moved the money of the others.
    """

    of: Mapping[str, Sequence[Cause]]
    attributions: Sequence[Attribution]
    movements: Sequence[Movement]

    def explain(self, seeds: Sequence[str], categories: Sequence[str]) -> tuple[Cause, ...]:
        """The changes behind a wallet that was reached from `seeds`, each once.

        Changes of attributions come before money, those to `categories` first; money comes by its value.
        """
        found = [cause for seed in seeds for cause in self.of.get(seed, ())]
        first: dict[str, Cause] = {}
        for cause in sorted(found, key=lambda one: _order(one, categories)):
            first.setdefault(cause.id, cause)
        return tuple(first.values())


async def causes_since(services: Services, marks: Sequence[Mark], after: int, since: datetime) -> Causes:
    """Find what changed after the watermark `after`; an attribution may also have begun or ended since `since`."""
    labelled = [mark.key for mark in marks if mark.stale_category or mark.stale_illicit]
    moved = [mark.key for mark in marks if mark.stale_in or mark.stale_out or mark.stale_near]
    about: Sequence[Attribution] = await attributions_about(services.graph, labelled) if labelled else ()
    movements = await transactions_since(services.graph, moved, after, MOST_CHANGES)
    superseded = frozenset(one.supersedes for one in about if one.supersedes)
    now, of = datetime.now(UTC), defaultdict(list)
    for one in about:
        if kind := _kind(one, superseded, after, since, now):
            of[one.wallet].append(cause_of(one, kind))
    for movement in movements:
        of[movement.wallet].append(_of_movement(movement))
    return Causes(of, about, movements)


def _kind(one: Attribution, superseded: frozenset[str], after: int, since: datetime, now: datetime) -> CauseKind | None:
    """How an attribution has changed; None if it has not."""
    if one.withdrawn_seq is not None:
        if one.withdrawn_seq <= after:
            return None
        return "attribution_superseded" if one.id in superseded else "attribution_withdrawn"
    if (one.seq or 0) > after:
        return "attribution_recorded"
    if one.valid_to is not None and since < one.valid_to <= now:
        return "attribution_ended"
    return "attribution_began" if one.valid_from is not None and since < one.valid_from <= now else None


def _order(cause: Cause, categories: Sequence[str]) -> tuple[bool, bool, int, str]:
    return cause.category is None, cause.category not in categories, -(cause.value or 0), cause.id


def cause_of(one: Attribution, kind: CauseKind) -> Cause:
    """A change of an attribution as a cause."""
    return Cause(
        kind=kind,
        id=one.id,
        wallet=one.wallet,
        seq=(one.seq if one.withdrawn_seq is None else one.withdrawn_seq) or 0,
        category=one.category,
        actor=one.actor,
        source=one.source,
    )


_MOVED: dict[str, CauseKind] = {
    "landed": "transaction_landed",
    "relanded": "transaction_relanded",
    "withdrawn": "transaction_withdrawn",
}


def _of_movement(movement: Movement) -> Cause:
    return Cause(
        kind=_MOVED[movement.kind],
        id=movement.id,
        wallet=movement.wallet,
        seq=movement.seq,
        value=movement.value,
    )
