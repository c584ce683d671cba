"""From a wallet to Neo4j Browser itself: the question is filled in, and Run draws the answer in our colours."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page, expect

from graph.catalog import FOLDER
from tests.api.conftest import movement
from tests.servers import Servers
from tests.web.site import Site

STYLE = FOLDER / "browser" / "headwater.grass"
DROP = """
({ name, text }) => {
    const dragged = new DataTransfer();
    dragged.items.add(new File([text], name));
    for (const type of ["dragenter", "dragover", "drop"]) {
        const at = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
        at.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: dragged }));
    }
}
"""


async def connect(browser: Page, servers: Servers) -> None:
    """Sign in to Neo4j Browser, whatever address it proposes."""
    await browser.get_by_test_id("boltaddress").fill(servers.neo4j_uri.split("://")[1])
    await browser.get_by_test_id("username").fill(servers.neo4j_user)
    await browser.get_by_test_id("password").fill(servers.neo4j_password)
    await browser.get_by_test_id("connect").click()
    await expect(browser.get_by_text("You are connected as user")).to_be_visible()


async def test_a_wallet_opens_browser_and_its_sources_are_drawn(page: Page, site: Site, servers: Servers) -> None:
    await site.post("/transactions", movement(1, sender="payer", receiver="payee", amount="5"))
    await site.sign_in(page)
    await page.goto("/wallets/acct%3Apayee")
    link = page.get_by_role("link", name="Neo4j Browser")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    async with page.context.expect_page() as opened:
        await link.click()
    browser = await opened.value
    editor = browser.locator(".view-lines").first
    await expect(editor).to_contain_text('key: "acct:payee"')
    await connect(browser, servers)
    await browser.evaluate(DROP, {"name": STYLE.name, "text": STYLE.read_text()})
    await browser.get_by_test_id("editor-Run").click()
    await expect(browser.get_by_text("Displaying 2 nodes, 1 relationships.")).to_be_visible()
    circles = browser.locator("svg .node circle.b-outline")
    await expect(circles).to_have_count(2)
    # The grey of our wallets, not the pink that Browser would have taken.
    await expect(circles.first).to_have_attribute("fill", "#868e96")


async def test_what_cypher_might_read_as_an_escape_is_not_filled_in(page: Page, site: Site) -> None:
    await site.post("/transactions", movement(2, sender='a"]-(x)', receiver="p\\u0022q", amount="5"))
    await site.sign_in(page)
    await page.goto("/wallets/acct%3Aa%22%5D-(x)")
    href = await page.get_by_role("link", name="Neo4j Browser").get_attribute("href")
    [question] = parse_qs(urlsplit(str(href)).query)["arg"]
    assert '{key: "acct:a\\"]-(x)"}' in question and "$" not in question
    await page.goto("/wallets/acct%3Ap%5Cu0022q")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.get_by_role("link", name="Open the graph")).to_be_visible()
    await expect(page.get_by_role("link", name="Neo4j Browser")).to_have_count(0)
