"""What moved between two scoring runs, and why: read from what both stored and from the changes recorded since."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from graph.model import Cause, ScorePart, ScoringRun
from jobs.services import Services
from ledger import run_diffs as ledger
from ledger.run_diffs import DiffCounts, Moved, Position
from ledger.run_rows import get_run_with_rows
from ledger.scores import find_first_scores
from risk.score_parts import score_parts

Changed = Literal["graph", "policy", "hops", "models", "features"]


class MovedWallet(Struct, frozen=True, kw_only=True):
    """A wallet whose score moved: from what to what, which parts of it, those that count most first, and why.

    A score is None where a run does not have the wallet. `causes` are the changes of the graph that were recorded as
    reasons in between; none where the change is of a model or policy, or too small to be told of.
    """

    wallet: str
    before: float | None
    after: float | None
    change: float
    parts: tuple[ScorePart, ...]
    causes: tuple[Cause, ...]


class RunDiff(Struct, frozen=True, kw_only=True):
    """Two runs, what was changed about how they were made, and a page of the wallets that moved."""

    before: ScoringRun
    after: ScoringRun
    changed: tuple[Changed, ...]
    counts: DiffCounts
    items: tuple[MovedWallet, ...]


async def diff_runs(
    services: Services, before: str, after: str, *, min_change: float, position: Position | None, limit: int
) -> tuple[RunDiff, Position | None]:
    """Compare what two runs found at first, whatever was re-screened since; also returns where the page ended.

    Raises NotFound, RunUnfinished or RunRowsRemoved.
    """
    async with services.ledger.read() as connection:
        for run in (before, after):
            await get_run_with_rows(connection, run)
        counts = await ledger.count_moved(connection, before, after)
        moved, ended = await ledger.list_moved(
            connection, before, after, min_change=min_change, position=position, limit=limit
        )
        keys = [one.wallet for one in moved]
        old = await find_first_scores(connection, before, keys)
        new = await find_first_scores(connection, after, keys)
        # Once more, after the rows were read: they may have been on their way out.
        first, last = [await get_run_with_rows(connection, run) for run in (before, after)]
        causes = await ledger.causes_between(connection, first, last, keys)
    categories = services.taxonomy.categories
    items = tuple(
        _moved(one, score_parts(old.get(one.wallet), new.get(one.wallet), categories), causes.get(one.wallet, ()))
        for one in moved
    )
    diff = RunDiff(before=first, after=last, changed=changed_between(first, last), counts=counts, items=items)
    return diff, ended


def changed_between(before: ScoringRun, after: ScoringRun) -> tuple[Changed, ...]:
    """What differs in how two runs were made."""
    of: dict[Changed, tuple[object, object]] = {
        "graph": (before.watermark, after.watermark),
        "policy": (before.policy, after.policy),
        "hops": (before.hops, after.hops),
        "models": (before.models, after.models),
        "features": (before.feature_digest, after.feature_digest),
    }
    return tuple(name for name, (was, now) in of.items() if was != now)


def _moved(one: Moved, parts: tuple[ScorePart, ...], causes: tuple[Cause, ...]) -> MovedWallet:
    return MovedWallet(
        wallet=one.wallet, before=one.before, after=one.after, change=one.change, parts=parts, causes=causes
    )
