"""Money of a phisher on its way through mules to an exchange, payment by payment, each screened as it comes."""

from __future__ import annotations

from typing import Any

from tests.web.site import Site

LISTED = (
    ("phisher", "scam", "Fake_Phishing1772"),
    ("exchange", "exchange", "Harbour Exchange"),
    ("bank", "payment_processor", "Town Bank"),
)
# Who pays whom how much; each is a day after the one before.
PAYMENTS = (
    ("employer", "clerk", "40"),
    ("clerk", "shop", "12.25"),
    ("phisher", "mule", "8.2"),
    ("exchange", "hub", "6.1"),
    ("mule", "hub", "8.1"),
    ("phisher", "hub", "4.3"),
    ("clerk", "hub", "9.5"),
    ("hub", "exchange", "7.9"),
    ("hub", "friend", "3"),
    ("phisher", "mule", "1.5"),
)


def payment(number: int, sender: str, receiver: str, amount: str) -> dict[str, Any]:
    """A payment on the day of that number."""
    at = f"2026-{1 + number // 28:02}-{1 + number % 28:02}T09:30:00Z"
    body = {"network": "acct", "id": f"t{number}", "at": at, "asset": "USD", "amount": amount}
    return body | {"sender": sender, "receiver": receiver}


async def play(site: Site) -> None:
    """List who is known, and let the payments come."""
    listed = [
        {"wallet": f"acct:{name}", "category": category, "actor": actor, "source": "police report 17"}
        for name, category, actor in LISTED
    ]
    await site.post("/attributions", listed)
    for number, (sender, receiver, amount) in enumerate(PAYMENTS):
        await site.post("/transactions", payment(number, sender, receiver, amount))


async def alerts(site: Site, **filters: str) -> list[dict[str, Any]]:
    """The queue as it is now."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    found: list[dict[str, Any]] = (await site.get(f"/alerts?limit=100&{query}"))["items"]
    return found
