"""The graph's counter: an older state of the graph must not give numbers again that the ledger has something under."""

from __future__ import annotations

from jobs.reconciling_sweep import Sweep
from ledger.reconciling import highest_number


async def put_counter_right(sweep: Sweep) -> None:
    """Set the counter forward to what the ledger has seen; nothing that lands afterwards collides."""
    services = sweep.services
    # The ledger first: what it has seen, the graph had reached by then.
    async with services.ledger.read(timeout_s=60) as connection:
        seq, at = await highest_number(connection)
    watermark = await services.graph.watermark()
    if at is None or watermark >= seq:
        return
    if sweep.repairing:
        await services.graph.write("restore_counter", seq=seq, at=at, refreshed_at=None)
    sweep.find("counter", "graph", f"its numbers end at {watermark}, the ledger has seen {seq}", "set forward")
