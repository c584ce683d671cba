"""Search finds as somebody types: by address, by name, by id; keys choose and open, and what was opened is kept."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from tests.web.ground import address, hash_of, plant, wallet
from tests.web.site import Site

# As many as the scene has.
WALLETS = 16


@pytest.fixture(scope="module", autouse=True)
async def planted(site: Site) -> None:
    await plant(site)


async def searching(page: Page, site: Site, text: str = "") -> Page:
    await site.sign_in(page)
    await page.goto("/search")
    await expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    await page.keyboard.type(text)
    return page


async def test_a_name_is_found_as_it_is_typed_and_opened_with_enter(page: Page, site: Site) -> None:
    await searching(page, site, "tornado")
    found = page.get_by_role("option")
    await expect(found).to_have_count(1)
    await expect(found).to_contain_text("Tornado.Cash 100 ETH")
    await expect(found).to_contain_text("mixer")
    await expect(page).to_have_url(f"{site.url}/search?q=tornado")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/wallets/{quote(wallet('mixer'), safe='')}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tornado.Cash 100 ETH")


async def test_enter_before_the_answer_opens_it_when_it_comes(page: Page, site: Site) -> None:
    await searching(page, site, address("mule").upper().replace("0X", "0x"))
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/wallets/{quote(wallet('mule'), safe='')}")


async def test_arrows_choose_while_the_hand_types_and_letters_when_it_does_not(page: Page, site: Site) -> None:
    await searching(page, site, "0x")
    found = page.get_by_role("option")
    await expect(found).to_have_count(WALLETS)
    await page.keyboard.press("ArrowDown")
    await expect(found.nth(1)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await expect(found.nth(2)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("k")
    await expect(found.nth(1)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("/")
    await expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    chosen = await found.nth(1).inner_text()
    await page.keyboard.press("Enter")
    await expect(page.locator(".whole-key code")).to_be_visible()
    assert await page.locator(".whole-key code").inner_text() in chosen


@pytest.mark.parametrize("spelling", ["{}", "eth:{}"])
async def test_the_hash_of_a_transaction_goes_to_it(page: Page, site: Site, spelling: str) -> None:
    await searching(page, site, spelling.format(hash_of(3)))
    await expect(page.get_by_role("option")).to_contain_text("8 ETH")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/transactions/{quote(f'eth:{hash_of(3)}', safe='')}")


async def test_ids_of_alerts_and_cases_go_to_them(page: Page, site: Site) -> None:
    alert = (await site.get("/alerts"))["items"][0]["id"]
    case = (await site.post("/cases", {"title": "Phishing of August"}))["id"]
    await searching(page, site, alert)
    await expect(page.get_by_role("option")).to_contain_text("alert")
    await page.get_by_role("combobox").fill(case)
    await expect(page.get_by_role("option")).to_contain_text("Phishing of August")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/cases/{case}")


async def test_what_was_opened_is_kept_and_can_be_forgotten(page: Page, site: Site) -> None:
    await searching(page, site, "binance")
    await page.get_by_role("option").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Binance 14")
    await page.keyboard.press("/")
    recent = page.get_by_role("region", name="Looked for last")
    await recent.get_by_role("button", name="binance").click()
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.goto("/search")
    await recent.get_by_role("button", name="Forget them").click()
    await expect(recent).to_have_count(0)


async def test_a_search_has_an_address_and_nothing_found_says_what_can_be(page: Page, site: Site) -> None:
    await site.sign_in(page)
    await page.goto("/search?q=nobody+of+that+name")
    await expect(page.get_by_role("combobox")).to_have_value("nobody of that name")
    await expect(page.get_by_text("Nothing begins with")).to_be_visible()
    await page.get_by_role("combobox").fill("<b>x</b>")
    await expect(page.get_by_text("Nothing begins with “<b>x</b>”.")).to_be_visible()


async def test_it_fits_a_narrow_screen(page: Page, site: Site) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    await searching(page, site, "0x")
    await expect(page.get_by_role("option")).to_have_count(WALLETS)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
