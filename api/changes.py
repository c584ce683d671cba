"""Why stored scores changed: from what to what, because of which attributions and transactions."""

from __future__ import annotations

from datetime import datetime

from litestar import get
from msgspec import Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import WalletKey, canonical_wallet
from api.scores import SideView
from graph.model import Cause, CauseKind, ScoreChange, WalletScore
from graph.money import format_micro
from graph.wallets import get_wallet
from ledger import rescores as ledger

_cursors: Cursors[int] = Cursors("score changes", Seq)


class CauseView(Struct, frozen=True, kw_only=True):
    """A change of the graph: `id` is an attribution's id or a transaction's key, `wallet` the one it is about.

    `category`, `actor` and `source` are of an attribution, `value` is of a transaction; null for the other kind.
    """

    kind: CauseKind
    id: str
    wallet: str
    seq: int
    category: str | None
    actor: str | None
    source: str | None
    value: str | None

    @classmethod
    def from_cause(cls, cause: Cause) -> CauseView:
        """Return the cause as it is on the wire."""
        return cls(
            kind=cause.kind,
            id=cause.id,
            wallet=cause.wallet,
            seq=cause.seq,
            category=cause.category,
            actor=cause.actor,
            source=cause.source,
            value=None if cause.value is None else format_micro(cause.value),
        )


class ScoreState(Struct, frozen=True, kw_only=True):
    """What a score was made of at one watermark."""

    score: float
    hop_score: float
    hop_counts: tuple[int, int, int]
    illicit_source_share: float
    illicit_destination_share: float
    category: str | None
    source: SideView
    destination: SideView
    watermark: int
    scored_at: datetime

    @classmethod
    def from_score(cls, score: WalletScore) -> ScoreState:
        """Return the state as it is on the wire."""
        return cls(
            score=score.score,
            hop_score=score.hop_score,
            hop_counts=score.hop_counts,
            illicit_source_share=score.illicit_source_share,
            illicit_destination_share=score.illicit_destination_share,
            category=score.category,
            source=SideView.from_document(score.source),
            destination=SideView.from_document(score.destination),
            watermark=score.watermark,
            scored_at=score.scored_at,
        )


class ScoreChangeView(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A change of a stored score. `from` is null for a wallet that had none; `words` say what moved most and why."""

    number: int
    wallet: str
    run: str
    job: str
    from_: ScoreState | None
    to: ScoreState
    causes: tuple[CauseView, ...]
    words: str
    watermark: int
    at: datetime | None

    @classmethod
    def from_change(cls, change: ScoreChange) -> ScoreChangeView:
        """Return the change as it is on the wire."""
        return cls(
            number=change.number,
            wallet=change.wallet,
            run=change.run,
            job=change.job,
            from_=None if change.before is None else ScoreState.from_score(change.before),
            to=ScoreState.from_score(change.after),
            causes=tuple(CauseView.from_cause(cause) for cause in change.causes),
            words=change.words,
            watermark=change.watermark,
            at=change.at,
        )


class ScoreChangePage(Struct, frozen=True):
    """A page of changes; `next` is null at the end."""

    items: list[ScoreChangeView]
    next: str | None


@get("/scores/{key:str}/changes", operation_id="list_score_changes", summary="Why the score of a wallet changed")
async def list_score_changes(
    services: GivenServices, key: WalletKey, limit: Limit = 100, cursor: Cursor = None
) -> ScoreChangePage:
    """Page through what re-screenings changed about the stored score of a wallet, latest first."""
    wallet, before = canonical_wallet(key), _cursors.read(cursor)
    async with services.ledger.read() as connection:
        changes, ended = await ledger.list_score_changes(connection, wallet, before=before, limit=limit)
    if not changes:
        await get_wallet(services.graph, wallet)
    return ScoreChangePage([ScoreChangeView.from_change(change) for change in changes], _cursors.write(ended))
