"""What the pages of the workbench are measured on: a wallet with 500 counterparties, and an alert about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench.ground import BenchError
from graph.attributions import record_attributions
from graph.ingest import land_transactions
from graph.model import MICRO, Attribution, Party, Transaction, format_micro
from jobs.screening import screen_transactions
from jobs.services import Services

HUB, FIRST, NEIGHBOURS = "hub", "first", 500


async def land_hub(services: Services) -> str:
    """Land the hub's payments, and screen one out of a sanctioned wallet; return the id of the alert it raised."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    currency = services.settings.reference_currency
    others = [FIRST, *(f"counterparty-{number}" for number in range(1, NEIGHBOURS))]
    history = [
        payment(number, *((other, HUB) if number % 2 else (HUB, other)), start, currency)
        for number, other in enumerate(others)
    ]
    await land_transactions(services.graph, history)
    listed = Attribution(id="", wallet=f"acct:{FIRST}", category="sanctions", source="bench", official=True)
    await record_attributions(services.graph, [listed], services.taxonomy, author="bench")
    [screened] = await screen_transactions(
        services, [payment(NEIGHBOURS, FIRST, HUB, start, currency)], actor="bench", trace_id="bench"
    )
    if screened.decision is None or screened.decision.alert is None:
        raise BenchError("a payment out of a sanctioned wallet raised no alert")
    return screened.decision.alert


def payment(number: int, sender: str, receiver: str, start: datetime, currency: str) -> Transaction:
    """A payment that many seconds after the start, of 1,000 and that many."""
    amount = format_micro((1_000 + number) * MICRO)
    return Transaction(
        network="acct",
        id=f"w{number}",
        at=start + timedelta(seconds=number),
        asset=currency,
        amount=amount,
        value=(1_000 + number) * MICRO,
        inputs=(Party(sender, amount),),
        outputs=(Party(receiver, amount),),
    )
