"""From a wallet and its transaction to Neo4j Browser, which shows the question filled in."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.api.conftest import movement
from tests.web.site import Site


async def test_a_wallet_opens_browser_with_the_question_filled_in(page: Page, site: Site) -> None:
    await site.post("/transactions", movement(1, sender="payer", receiver="payee", amount="5"))
    await site.sign_in(page)
    await page.goto("/wallets/acct%3Apayee")
    link = page.get_by_role("link", name="Neo4j Browser")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    async with page.context.expect_page() as opened:
        await link.click()
    browser = await opened.value
    editor = browser.locator(".view-lines").first
    await expect(editor).to_contain_text(":params", timeout=20_000)
    await expect(editor).to_contain_text("acct:payee")
    assert "/browser/" in browser.url
