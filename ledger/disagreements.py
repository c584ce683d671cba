"""Where models and exposure disagree most about a wallet, in the run that finished last."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from graph.model import ModelSignal
from ledger.run_rows import require_rows
from ledger.session import Connection, Row

# Whom to believe: `model` where models rank a wallet higher than its exposure does, `exposure` the other way round.
Higher = Literal["model", "exposure"]
# Where a page ended: run, how far apart, and wallet of its last row.
Position = tuple[str, float, str]

_signals = msgspec.json.Decoder(tuple[ModelSignal, ...])
_ROWS = (
    "SELECT r.id AS run, r.watermark, r.finished_at AS scored_at, w.wallet, w.score, w.category, w.exposure_value,"
    " w.model_value, w.disagreement, w.signals::text"
    " FROM {run} JOIN wallet_scores w ON w.run = r.number WHERE w.disagreement IS NOT NULL"
)
_LATEST = "(SELECT * FROM scoring_runs WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, number DESC LIMIT 1) r"
_SAME = "(SELECT * FROM scoring_runs WHERE id = %(run)s AND finished_at IS NOT NULL) r"


class Disagreement(Struct, frozen=True, kw_only=True):
    """A wallet that models and its exposure rank apart.

    `disagreement` is its rank by `model_value` less that by `exposure_value`, each as a share of all wallets: above 0
    where models hold it riskier. Neither counts what the wallet itself is attributed as, its `category`.
    """

    wallet: str
    run: str
    score: float
    exposure_value: float
    model_value: float
    disagreement: float
    category: str | None
    signals: tuple[ModelSignal, ...]
    watermark: int
    scored_at: datetime


async def list_disagreements(
    connection: Connection,
    *,
    higher: Higher | None = None,
    attributed: bool | None = None,
    after: Position | None = None,
    limit: int = 100,
) -> tuple[list[Disagreement], Position | None]:
    """Return a page, those furthest apart first, and where it ended; None at the end.

    All pages are of one run. `higher` and `attributed` leave out the others.
    """
    where = ""
    where += {None: "", "model": " AND w.disagreement > 0", "exposure": " AND w.disagreement < 0"}[higher]
    where += {None: "", True: " AND w.category IS NOT NULL", False: " AND w.category IS NULL"}[attributed]
    if after is not None:
        where += " AND (abs(w.disagreement) < %(apart)s OR (abs(w.disagreement) = %(apart)s AND w.wallet > %(wallet)s))"
        where += " AND abs(w.disagreement) <= %(apart)s"  # where the index begins
    run, apart, wallet = after or (None, None, None)
    rows = _ROWS.format(run=_SAME if after else _LATEST)
    found = await connection.execute(
        f"{rows}{where} ORDER BY abs(w.disagreement) DESC, w.wallet LIMIT %(n)s",
        {"run": run, "apart": apart, "wallet": wallet, "n": limit + 1},
    )
    items = [_disagreement(row) for row in await found.fetchall()]
    if run is not None:
        await require_rows(connection, run)
    end = items[limit - 1] if len(items) > limit else None
    return items[:limit], (end.run, abs(end.disagreement), end.wallet) if end else None


def _disagreement(row: Row) -> Disagreement:
    return Disagreement(**{**row, "signals": _signals.decode(row["signals"])})
