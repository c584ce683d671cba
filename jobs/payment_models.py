"""The isolation_forest signal of payments: their payers as each payment makes them, before the champion model.

Nothing is read or computed under a policy that gives the signal no part. A model never fails a decision and never holds
it up for long: what cannot be had in time is skipped, and the decision says why.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct

from graph.model import ModelVersion, Signal
from jobs.model_errors import ModelBroken, ModelMismatch
from jobs.model_versions import champions, load
from jobs.payer_movements import Paying, Read, payer_movements
from jobs.services import Services
from risk.policy import Policy
from risk.signals.isolation import NAME, Moved, is_weighed, isolation_signal, skipped_signal

if TYPE_CHECKING:
    from ml.model import Model
    from ml.payers import Payer

# The first payments after a start or a promotion also wait until the model is loaded.
LOADING_S = 2.0
# Each further payment of a batch adds so much of what one payment waits at most.
FURTHER = 0.05
# So many payers are computed at once: few enough that nothing is compiled for them.
AT_ONCE = 50
log = structlog.get_logger()


class Judged(Struct, frozen=True):
    """What the model says of one payment, and its version, None where it said nothing."""

    signal: Signal
    version: str | None = None


async def judge_payments(services: Services, policy: Policy, given: Sequence[Paying]) -> dict[str, Judged]:
    """Return by payment key what the champion says; empty under a policy that gives it no part."""
    if not given or not is_weighed(policy):
        return {}
    version = (await champions(services)).get(NAME)
    if version is None:
        return _skipped(given, "no isolation_forest is champion")
    try:
        async with asyncio.timeout(max(LOADING_S, services.settings.models.payment_model_s)):
            model = await asyncio.to_thread(load, services, version)
    except TimeoutError:
        return _skipped(given, f"{version.id} is still being loaded")
    except (ModelBroken, ModelMismatch) as error:
        return _skipped(given, _warned(version.id, f"{version.id} cannot be used: {error}"))
    return await _in_time(services, version, model, given)


async def _in_time(
    services: Services, version: ModelVersion, model: Model, given: Sequence[Paying]
) -> dict[str, Judged]:
    """Judge as many as there is time for, in their order."""
    from ml.errors import ModelError

    allowed = services.settings.models.payment_model_s * (1 + FURTHER * (len(given) - 1))
    until = time.monotonic() + allowed
    late = _skipped(given, f"{version.id} took longer than {allowed:g} s")
    try:
        async with asyncio.timeout(allowed):
            reads = await payer_movements(services, given)
        judged = await asyncio.to_thread(_judged, model, version, given, reads, until)
    except TimeoutError:
        return late
    except ModelError as error:
        return _skipped(given, _warned(version.id, f"{version.id} cannot be used: {error}"))
    asked = {place for read in reads for place, _ in read.payers}
    nobody = [one for place, one in enumerate(given) if place not in asked]
    return late | judged | _skipped(nobody, "the payment has no payer but for what goes back to it")


def _judged(
    model: Model, version: ModelVersion, given: Sequence[Paying], reads: Sequence[Read], until: float
) -> dict[str, Judged]:
    """The signal of each payment all of whose payers were computed in time: that of the most unusual payer."""
    found: dict[int, Signal] = {}
    late: set[int] = set()
    for read in reads:
        for first in range(0, len(read.payers), AT_ONCE):
            part = read.payers[first : first + AT_ONCE]
            if time.monotonic() > until:
                late |= {place for place, _ in part}
                continue
            for (place, _), signal in zip(part, _signals(model, read, part), strict=True):
                if place not in found or (signal.value or 0.0) > (found[place].value or 0.0):
                    found[place] = signal
    return {given[p].payment.key: Judged(signal, version.id) for p, signal in found.items() if p not in late}


def _signals(model: Model, read: Read, part: Sequence[tuple[int, Payer]]) -> list[Signal]:
    """What the model says of each payer."""
    import numpy as np

    from ml.features.catalog import OWN_NAMES, describe
    from ml.movements import Attributed, FeatureTable, ModelInputs
    from ml.payers import alone, own_values

    payers = [payer for _, payer in part]
    rows = own_values(read.movements, payers)
    wallets = alone([payer.wallet for payer in payers])
    inputs = ModelInputs(wallets, Attributed.none(len(payers)), FeatureTable(OWN_NAMES, rows))
    values = model.scores(inputs)
    moved, _ = model.contributions(inputs, np.arange(len(payers)))
    column = {name: place for place, name in enumerate(OWN_NAMES)}
    says = {name: describe(name) for name in model.features}
    return [
        isolation_signal(
            payer.wallet,
            float(value),
            [Moved(n, float(row[column[n]]), says[n], float(by)) for n, by in zip(model.features, parts, strict=True)],
        )
        for payer, value, row, parts in zip(payers, values, rows, moved, strict=True)
    ]


def _skipped(given: Sequence[Paying], reason: str) -> dict[str, Judged]:
    return {one.payment.key: Judged(skipped_signal(reason)) for one in given}


@lru_cache(64)
def _warned(model: str, reason: str) -> str:
    """The same reason, told in the log once and not with every payment."""
    log.warning("payment_model_not_used", model=model, error=reason)
    return reason
