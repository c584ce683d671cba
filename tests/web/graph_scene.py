"""Money that is worth drawing: a theft laundered over two hops into an exchange, and a hub with many counterparties."""

from __future__ import annotations

from typing import Any

from tests.web.site import Site

LABELS = [
    {"wallet": "acct:thief", "category": "theft", "source": "police", "actor": "Bridge thief"},
    {"wallet": "acct:kraken", "category": "exchange", "source": "tags", "actor": "Kraken"},
    {"wallet": "acct:wash", "category": "mixer", "source": "tags", "actor": "Wash"},
]
COUNTERPARTIES = 40


def payment(number: int, sender: str, receiver: str, amount: float, day: int = 1) -> dict[str, Any]:
    """A body of POST /transactions."""
    return {
        "network": "acct",
        "id": f"g{number}",
        "at": f"2024-03-{day:02}T{9 + number % 12:02}:00:00Z",
        "asset": "USD",
        "amount": str(amount),
        "sender": sender,
        "receiver": receiver,
    }


async def land(site: Site) -> str:
    """Land the scene; return the alert of the mule's payment."""
    await site.post("/attributions", LABELS)
    ways = [
        payment(1, "thief", "mule-one", 52_000, 1),
        payment(2, "thief", "mule-two", 31_000.5, 2),
        payment(3, "wash", "mule-two", 900, 2),
        payment(4, "mule-one", "collector", 51_000, 3),
        payment(5, "mule-two", "collector", 30_000, 4),
        payment(6, "collector", "kraken", 78_000, 6),
        payment(7, "collector", "friend", 12, 7),
    ]
    hub = [payment(100 + n, f"payer-{n:02}", "hub", 10 * n + 5, 1 + n % 20) for n in range(COUNTERPARTIES - 1)]
    screened = [await site.post("/transactions", one) for one in [*ways, *hub, payment(99, "hub", "friend", 40, 28)]]
    return str(screened[3]["decision"]["alert"])
