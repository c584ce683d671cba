"""A canvas of some 2,000 wallets, and how many frames a second are drawn while it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING

from bench.figures import Figure
from bench.workbench_scene import NEIGHBOURS, payment
from graph.ingest import land_transactions
from jobs.services import Services

if TYPE_CHECKING:
    from playwright.async_api import Page

CROWDS = tuple(f"crowd-{number}" for number in range(4))
FRAMES, MOVING_S, STEP_MS = 20, 4.0, 15
# Every fifth wallet of a crowd pays one of the next.
EVERY = 5
DRAWN = "least => Number(document.querySelector('[data-canvas]')?.getAttribute('data-nodes')) > least"
COUNT = """
() => {
    window.frames_ = 0;
    const step = () => { window.frames_ += 1; requestAnimationFrame(step); };
    requestAnimationFrame(step);
}
"""


async def land_crowds(services: Services) -> None:
    """Land four hubs that pay each other, each with 500 counterparties, and payments across."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    pairs = [(crowd, CROWDS[place - 1]) for place, crowd in enumerate(CROWDS)]
    for place, crowd in enumerate(CROWDS):
        members = [f"member-{place}-{number}" for number in range(NEIGHBOURS - 2)]
        pairs += [(crowd, one) if number % 2 else (one, crowd) for number, one in enumerate(members)]
        pairs += [
            (one, f"member-{(place + 1) % len(CROWDS)}-{number}")
            for number, one in enumerate(members)
            if number % EVERY == 0
        ]
    currency = services.settings.reference_currency
    first = 10_000  # numbers of their own beside those of the hub
    payments = [payment(first + number, *pair, start, currency) for number, pair in enumerate(pairs)]
    await land_transactions(services.graph, payments)


async def moved(page: Page) -> Figure:
    """Expand the hubs one after the other, drag the canvas to and fro, and count what the browser draws meanwhile."""
    await page.goto(f"/graph?wallet=acct:{CROWDS[0]}", wait_until="networkidle")
    for place, crowd in enumerate(CROWDS):
        await page.get_by_role("row", name=f"acct:{crowd}").first.click()
        await page.get_by_label("How many").fill(str(NEIGHBOURS))
        await page.keyboard.press("Tab")
        await page.get_by_role("button", name="Expand").click()
        await page.wait_for_function(DRAWN, arg=(place + 1) * NEIGHBOURS - 50)
    nodes = int(await page.locator("[data-canvas]").get_attribute("data-nodes") or 0)
    frames = await _dragged(page)
    return Figure(
        bench="workbench",
        name="frames a second while a canvas is dragged",
        ours=frames,
        unit="per s",
        target=f"at least {FRAMES}",
        met=frames >= FRAMES,
        note=f"{nodes:,} wallets, headless: drawn without a graphics card; lines are left out while it moves",
    )


async def _dragged(page: Page) -> float:
    box = await page.locator("[data-canvas]").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 40
    await page.mouse.move(x, y)
    await page.evaluate(COUNT)
    await page.mouse.down()
    started, turn = perf_counter(), 0
    while perf_counter() - started < MOVING_S:
        turn += 1
        await page.mouse.move(x + turn % 40 * 5 - 100, y + turn % 23 * 4 - 46)
        await page.wait_for_timeout(STEP_MS)
    taken = perf_counter() - started
    await page.mouse.up()
    return float(await page.evaluate("() => window.frames_")) / taken
