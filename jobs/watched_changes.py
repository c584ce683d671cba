"""Which changes of scores somebody watches for, measured from what was last told, so that a slow drift counts too."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import ScoreChange, WalletScore
from jobs.services import Services
from ledger.watched_wallets import WatchedWallet, scores_when_told, watched
from risk.causes import TOLD, moved
from risk.watching import WATCHED_EXPOSURE, exposure_moved


async def watched_changes(services: Services, changes: Sequence[ScoreChange]) -> frozenset[str]:
    """Return the watched wallets whose score, or a share of it, has moved by more than their list's threshold.

    Since they were put on the list, or since the last alert of that; without a threshold by any change that is told.
    """
    if not changes:
        return frozenset()
    async with services.ledger.read(timeout_s=60) as connection:
        watches = await watched(connection, [change.wallet for change in changes])
        told = await scores_when_told(connection, watches, WATCHED_EXPOSURE) if watches else {}
    by_wallet = {change.wallet: change for change in changes}
    return frozenset(one.wallet for one in watches if _moved(one, by_wallet[one.wallet], told))


def _moved(one: WatchedWallet, change: ScoreChange, told: dict[tuple[str, str], WalletScore | None]) -> bool:
    # Nothing is recorded between what was told and this change: then it starts from where the wallet stood before.
    before = told.get((one.watchlist, one.wallet), change.before)
    if one.threshold is None:
        return moved(before, change.after) > TOLD
    return exposure_moved(before, change.after) > one.threshold
