"""The workbench in a real Chromium: how much script a page loads, when it is first painted, what expanding takes."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.figures import Figure, Sizes, quantile
from bench.ground import ROOT, BenchError, Ground, serving
from bench.workbench_canvas import CROWDS, land_crowds, moved
from bench.workbench_scene import FIRST, HUB, NEIGHBOURS, land_hub

if TYPE_CHECKING:
    from playwright.async_api import Page

NAME = "workbench"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DIST = ROOT / "web" / "dist"
KIBIBYTE, MOST_KIB, PAINT_S, EXPAND_S, VISITS = 1024, 250, 1.0, 0.5, 20
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
SCRIPTS = "() => performance.getEntriesByType('resource').map((one) => one.name).filter((name) => name.endsWith('.js'))"
# The canvas says how much is on it.
DRAWN = "least => Number(document.querySelector('[data-canvas]')?.getAttribute('data-nodes')) >= least"


async def measure_workbench(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Weigh the scripts, open the page of an alert again and again, and expand a wallet with 500 counterparties.

    Raises BenchError where there is no Chromium, or the workbench is not built.
    """
    program = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if program is None:
        raise BenchError("the workbench is measured in Chromium: install the package chromium")
    if not (DIST / "index.html").exists():
        raise BenchError("the workbench is not built: make setup")
    alert = await land_hub(ground.services)
    await land_crowds(ground.services)
    visits = min(VISITS, sizes.asked)
    async with serving(ground) as (host, port):
        ground.report(f"{NAME}: {visits} visits to the page of an alert")
        async with _page(program, f"http://{host}:{port}") as page:
            figures = [weighed_scripts(), await _first(page, "/alerts"), await _first(page, f"/alerts/{alert}")]
            figures += await painted(page, f"/alerts/{alert}", visits)
            ground.report(f"{NAME}: expanding {NEIGHBOURS} counterparties")
            figures += [await _expanded(page, sizes.rounds)]
            ground.report(f"{NAME}: moving {len(CROWDS) * NEIGHBOURS} wallets")
            figures += [await moved(page)]
    return figures


@asynccontextmanager
async def _page(program: str, url: str) -> AsyncIterator[Page]:
    """A page in a browser of its own; Playwright is a tool of development and imported only here."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise BenchError("the workbench is measured by Playwright: make setup") from None
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield await browser.new_page(base_url=url, viewport={"width": 1440, "height": 900})
        finally:
            await browser.close()


def weighed_scripts() -> Figure:
    """All that a page could load."""
    return _weighed(
        "all scripts, compressed", [path.name for path in DIST.glob("assets/*.js")], "gzip; no page loads all"
    )


async def _first(page: Page, path: str) -> Figure:
    """What the first visit loads, if it is to this page."""
    await page.goto(path, wait_until="networkidle")
    names = [urlsplit(url).path.rsplit("/", 1)[1] for url in await page.evaluate(SCRIPTS)]
    shown = path if path == "/alerts" else "/alerts/{id}"
    return _weighed(f"scripts that {shown} loads first, compressed", names, f"{len(names)} files, gzip")


def _weighed(name: str, scripts: list[str], note: str) -> Figure:
    size = sum(len(gzip.compress((DIST / "assets" / script).read_bytes())) for script in scripts) / KIBIBYTE
    target = f"at most {MOST_KIB} KiB"
    return Figure(bench=NAME, name=name, ours=size, unit="KiB", target=target, met=size <= MOST_KIB, note=note)


async def painted(page: Page, path: str, visits: int) -> list[Figure]:
    """When something of the page is seen first, from the moment it is asked for; the first visit warms up."""
    times = []
    for _ in range(visits + 1):
        await page.goto(path, wait_until="networkidle")
        times.append(float(await page.evaluate(PAINTED)) / 1000)
    if 0.0 in times:
        raise BenchError(f"{path} painted nothing")
    name = "first paint of the page of an alert"
    return [
        _timed(f"{name}, p{100 * part:.0f}", quantile(times[1:], part), PAINT_S, f"{visits} visits, warm server")
        for part in (0.5, 0.95)
    ]


async def _expanded(page: Page, rounds: int) -> Figure:
    """From the press to the canvas that has them: asked, answered, placed and drawn."""
    times = []
    for _ in range(rounds + 1):
        await page.goto(f"/graph?wallet=acct:{FIRST}", wait_until="networkidle")
        await page.get_by_role("row", name=f"acct:{HUB}").first.click()
        await page.get_by_label("How many").fill(str(NEIGHBOURS))
        await page.keyboard.press("Tab")
        button, started = page.get_by_role("button", name="Expand"), perf_counter()
        await button.click()
        await page.wait_for_function(DRAWN, arg=NEIGHBOURS)
        times.append(perf_counter() - started)
    note = f"median of {rounds}, request and drawing, from the press of the button"
    return _timed(f"expanding {NEIGHBOURS} counterparties", quantile(times[1:], 0.5), EXPAND_S, note)


def _timed(name: str, seconds: float, limit_s: float, note: str) -> Figure:
    target = f"at most {limit_s * 1000:g} ms"
    return Figure(
        bench=NAME, name=name, ours=seconds * 1000, unit="ms", target=target, met=seconds <= limit_s, note=note
    )
