"""A real Chromium on a real site: whatever a page complains of fails the test that opened it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import neo4j
import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from graph.session import Graph
from ledger.session import Ledger
from tests.conftest import empty_graph, empty_ledger
from tests.servers import Servers
from tests.web.chromium import find_chromium
from tests.web.site import Site, running_site

# As long as a loaded machine may take; what must be quick is measured, not waited for.
expect.set_options(timeout=30_000)
WIDE = {"width": 1440, "height": 900}
VIOLATION = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Root has no sandbox; Chromium of a container has no shared memory to speak of.
        flags = ["--no-sandbox", "--disable-dev-shm-usage"]
        opened = await playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        yield opened
        await opened.close()


@pytest.fixture(scope="module")
async def site(
    servers: Servers, open_graph_once: Graph, cypher: neo4j.Session, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """One site for the tests of a file, empty at the beginning: they tell one story in order."""
    empty_graph(cypher)
    empty_ledger(servers.postgres_admin_url)
    ledger = await Ledger.open(servers.postgres_url)
    folder: Path = tmp_path_factory.mktemp("site")
    async with running_site(servers, ledger, folder) as running:
        yield running
    await ledger.close()


@pytest.fixture
async def context(browser: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    """A browser of its own, without cookies, that may read the clipboard and save files."""
    opened = await browser.new_context(base_url=site.url, viewport=WIDE, accept_downloads=True)  # type: ignore[arg-type]
    await opened.grant_permissions(["clipboard-read", "clipboard-write"])
    await opened.add_init_script(VIOLATION)
    opened.set_default_timeout(30_000)
    yield opened
    await opened.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A page that nobody has signed in on. Errors of scripts and violations of the policy fail the test."""
    opened = await context.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A request that is refused is told by the browser, too: what the page makes of it is the test's to say.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    opened.on("console", note)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert complaints == []
