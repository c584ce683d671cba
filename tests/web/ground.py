"""A small case to look at: a phisher, what he took and where it went, and what sources say of it."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.web.site import Site

START = datetime(2026, 8, 3, 9, 30, tzinfo=UTC)
PRICE = 2_000


def address(name: str) -> str:
    """The same address for the same name, in lower case, which carries no checksum."""
    return "0x" + hashlib.sha256(name.encode()).hexdigest()[:40]


def wallet(name: str) -> str:
    return f"eth:{address(name)}"


def hash_of(number: int) -> str:
    return "0x" + hashlib.sha256(f"transaction {number}".encode()).hexdigest()


def payment(number: int, sender: str, receiver: str, ether: float, *, day: float, **more: Any) -> dict[str, Any]:
    """A body of POST /transactions, at a price that makes values easy to check."""
    return {
        "network": "eth",
        "id": hash_of(number),
        "at": (START + timedelta(days=day)).isoformat().replace("+00:00", "Z"),
        "asset": "ETH",
        "amount": f"{ether:g}",
        "value": f"{ether * PRICE:g}",
        "sender": address(sender),
        "receiver": address(receiver),
    } | more


LABELS = [
    {"wallet": wallet("phisher"), "category": "scam", "actor": "Fake_Phishing1772", "source": "Etherscan"},
    {"wallet": wallet("binance"), "category": "exchange", "actor": "Binance 14", "source": "Etherscan"},
    {"wallet": wallet("kraken"), "category": "exchange", "actor": "Kraken 4", "source": "Etherscan"},
    {"wallet": wallet("mixer"), "category": "mixer", "actor": "Tornado.Cash 100 ETH", "source": "GraphSense"},
]


async def plant(site: Site) -> None:
    """Land it: "mule" takes 12 ETH of the phisher's in two ways, 15 of an exchange's, and sends most of it on."""
    await site.post("/attributions", LABELS)
    rows = [
        payment(1, "victim one", "phisher", 9, day=0),
        payment(2, "victim two", "phisher", 8, day=0.4),
        payment(3, "phisher", "mule", 8, day=1),
        payment(4, "phisher", "between", 4.5, day=1.2),
        payment(5, "between", "mule", 4, day=2.1, purpose="for the car"),
        payment(6, "binance", "mule", 15, day=4),
        payment(7, "friend", "mule", 13, day=12),
        payment(8, "mule", "mixer", 10, day=14),
        payment(9, "mule", "kraken", 12.5, day=20),
        payment(10, "mule", "friend", 1.25, day=33),
        *(payment(20 + i, "mule", f"shop {i % 7}", 0.01 * (i + 1), day=3 + i * 1.7) for i in range(24)),
    ]
    for row in rows:
        await site.post("/transactions", row)


async def scored(site: Site) -> None:
    """Have all wallets scored, and wait for it."""
    run = (await site.post("/scoring-runs", {}))["run"]["id"]
    for _ in range(600):
        if (await site.get(f"/scoring-runs/{run}"))["finished_at"]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the run did not succeed")
