"""What a model is taught: which wallets were found illicit or licit, by attributions and by people's verdicts.

A wallet is what the latest of these says: the attribution of confidence 0.5 or more that decides for it, illicit for
an illicit category and licit for a service; and the verdict on an alert about it, illicit if it was confirmed, licit if
it was a false positive. A verdict on a payment is about its parties, and counts where nothing else is said of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from graph.clock import Clock
from graph.columns import read_deciding
from graph.model import Attribution
from graph.taxonomy import LEAST_CONFIDENCE, Taxonomy
from jobs.services import Services
from ledger.verdicts import Label, list_labels

if TYPE_CHECKING:
    from ml.movements import Labels

PAGE = 5_000
ILLICIT = {"confirmed": True, "false_positive": False}
# Whether a wallet is illicit, and since when that is known.
Said = tuple[bool, datetime]


async def read_labels(services: Services, keys: Sequence[str], clock: Clock) -> Labels:
    """Return what is known of the wallets given, in their order; with a clock, what was valid at its time."""
    from ml.movements import Labels

    attributions = await read_deciding(services.graph, services.taxonomy, clock)
    said = labels_of(attributions.values(), await _verdicts(services), services.taxonomy)
    places = {key: place for place, key in enumerate(keys)}
    known = sorted((places[key], illicit, since) for key, (illicit, since) in said.items() if key in places)
    return Labels(
        places=np.asarray([place for place, _, _ in known], dtype=np.int64),
        illicit=np.asarray([illicit for _, illicit, _ in known], dtype=np.bool_),
        times=np.asarray([_microseconds(since) for _, _, since in known], dtype=np.int64),
    )


def labels_of(attributions: Iterable[Attribution], verdicts: Iterable[Label], taxonomy: Taxonomy) -> Mapping[str, Said]:
    """Return what each wallet was found to be: of attributions, one each, and verdicts, oldest first."""
    said = dict(_attributed(attributions, taxonomy))
    of_payments: dict[str, Said] = {}
    for verdict in verdicts:
        if verdict.verdict not in ILLICIT:
            continue
        illicit = ILLICIT[verdict.verdict]
        for wallet in verdict.wallets:
            if verdict.transaction is not None:
                of_payments[wallet] = illicit, verdict.at
            elif wallet not in said or said[wallet][1] <= verdict.at:
                said[wallet] = illicit, verdict.at
    return of_payments | said


def _attributed(attributions: Iterable[Attribution], taxonomy: Taxonomy) -> Iterable[tuple[str, Said]]:
    """What attributions say; one that is believed less, or of a neutral category, says nothing."""
    for one in attributions:
        class_ = taxonomy.get(one.category).class_
        if one.recorded_at is not None and one.confidence >= LEAST_CONFIDENCE and class_ != "neutral":
            yield one.wallet, (class_ == "illicit", one.recorded_at)


async def _verdicts(services: Services) -> list[Label]:
    """The verdicts in force, oldest first."""
    found: list[Label] = []
    after: int | None = 0
    while after is not None:
        async with services.ledger.read(timeout_s=30) as connection:
            page, after = await list_labels(connection, after=after, limit=PAGE)
        found += page
    return found


def _microseconds(at: datetime) -> int:
    since = at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
