"""What pages of cases, attributions and the dashboard show: wallets that lists name, and payments from them."""

from __future__ import annotations

from tests.api.conftest import movement
from tests.web.site import Site

LISTED = (("listed", "sanctions"), ("fake", "scam"), ("exchange", "exchange"))


async def alerts_of(site: Site, count: int = 3) -> list[str]:
    """Have payments from wallets that are listed decided; return the alerts they raised."""
    body = [{"wallet": f"acct:{name}", "category": category, "source": "list 7"} for name, category in LISTED]
    await site.post("/attributions", body)
    found = []
    for number in range(count):
        sender = LISTED[number % 2][0]
        payment = movement(number, sender=sender, receiver=f"shop{number}", amount="1250.5")
        found.append((await site.post("/transactions", payment))["decision"]["alert"])
    for number in range(count, count + 4):
        await site.post("/transactions", movement(number, sender=f"clean{number}", receiver="shop0", amount="20"))
    return found
