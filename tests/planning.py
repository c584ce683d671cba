"""What plans the database has made of its queries."""

from __future__ import annotations

import re

from graph.session import Outside
from jobs.services import Services


async def forget_plans(services: Services) -> int:
    """Have the database forget its plans; how many it had."""
    async with services.graph.asking(Outside("CALL db.clearQueryCaches()"), {}, timeout_s=10) as (_, rows):
        [told] = [row async for row in rows]
    found = re.search(r"\d+", str(told))
    return int(found[0]) if found else 0
