"""Two scoring runs side by side: which scores moved, which part of them, and why."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import PathParameter, QueryParameter
from msgspec import Meta, Struct

from api.changes import CauseView
from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit
from graph.model import ScorePart, ScoringRun
from jobs.run_diffs import Changed, MovedWallet, RunDiff, diff_runs
from ledger.run_diffs import DiffCounts, Position

Before = Annotated[str, PathParameter(description="The run to compare with, by its id; most often the earlier one.")]
After = Annotated[str, PathParameter(description="The run whose scores are explained, by its id.")]
MinChange = Annotated[
    float, QueryParameter(name="min_change", ge=0, le=1, description="Only scores that moved by this or more")
]
_cursors: Cursors[Position] = Cursors(
    "run diff", tuple[Annotated[float, Meta(ge=0, le=1)], Annotated[str, Meta(max_length=300)]]
)


class MovedWalletView(Struct, frozen=True, kw_only=True):
    """A wallet whose score moved; a score is null where the run does not have the wallet.

    `parts` are what differs of it, those that count most first. `causes` are the changes of the graph in between that
    were recorded as reasons; none where only a model or the policy is another, or for a change too small to be told.
    """

    wallet: str
    before: float | None
    after: float | None
    change: float
    parts: tuple[ScorePart, ...]
    causes: tuple[CauseView, ...]

    @classmethod
    def from_moved(cls, moved: MovedWallet) -> MovedWalletView:
        """Return the wallet as it is on the wire."""
        return cls(
            wallet=moved.wallet,
            before=moved.before,
            after=moved.after,
            change=moved.change,
            parts=moved.parts,
            causes=tuple(map(CauseView.from_cause, moved.causes)),
        )


class RunDiffPage(Struct, frozen=True, kw_only=True):
    """Two runs, what is `changed` about how they were made, how many wallets moved, and a page of those.

    `next` is null at the end.
    """

    before: ScoringRun
    after: ScoringRun
    changed: tuple[Changed, ...]
    counts: DiffCounts
    items: list[MovedWalletView]
    next: str | None

    @classmethod
    def from_diff(cls, diff: RunDiff, ended: Position | None) -> RunDiffPage:
        """Return the page as it is on the wire."""
        return cls(
            before=diff.before,
            after=diff.after,
            changed=diff.changed,
            counts=diff.counts,
            items=[MovedWalletView.from_moved(moved) for moved in diff.items],
            next=_cursors.write(ended),
        )


@get("/scoring-runs/{before:str}/diff/{after:str}", operation_id="diff_scoring_runs", summary="What moved between runs")
async def diff_scoring_runs(
    services: GivenServices,
    *,
    before: Before,
    after: After,
    min_change: MinChange = 0.0,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> RunDiffPage:
    """Page through wallets whose score moved between two runs, those that moved most first, and why each did.

    Compared is what each run found, not what was re-screened after it; a wallet that is in one run only counts as 0 in
    the other. 409 `run-unfinished` for a run without scores; 410 `run-rows-removed` for one whose scores are no longer
    kept.
    """
    diff, ended = await diff_runs(
        services, before, after, min_change=min_change, position=_cursors.read(cursor), limit=limit
    )
    return RunDiffPage.from_diff(diff, ended)
