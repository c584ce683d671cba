"""What is derived in the graph, set right wallet by wallet: flows, sums, and the category that is cached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from graph.recaching import odd_categories, settle_categories
from graph.settling import odd_wallets, settle
from jobs.reconciling_sweep import PAGE, Sweep

BATCH = 20


async def put_sums_right(sweep: Sweep, touched: Collection[str]) -> None:
    """Compare the wallets given, or in a sweep over everything all of them, with what they follow from."""
    services = sweep.services
    async for keys in _pages(sweep, touched):
        odd = await odd_wallets(services.graph, [key for key in keys if key not in sweep.unsettled])
        for first in range(0, len(odd), BATCH):
            part = odd[first : first + BATCH]
            sweep.find_odd(await sweep.unit(lambda unit, part=part: settle(unit, part)))  # type: ignore[misc]
        mislabelled = await odd_categories(services.graph, keys, services.taxonomy)
        for first in range(0, len(mislabelled), BATCH):
            part = mislabelled[first : first + BATCH]
            sweep.find_odd(
                await sweep.unit(lambda unit, part=part: settle_categories(unit, part, services.taxonomy))  # type: ignore[misc]
            )
        await sweep.tell("wallets", len(keys))


async def _pages(sweep: Sweep, touched: Collection[str]) -> AsyncIterator[list[str]]:
    if sweep.since:
        ordered = sorted(touched)
        for first in range(0, len(ordered), PAGE):
            yield ordered[first : first + PAGE]
        return
    after = ""
    while keys := (await sweep.services.graph.read("wallet_keys", after=after, limit=PAGE))[0]["keys"]:
        yield keys
        after = keys[-1]
