"""The frame round every page: signing in, going places by key, themes, pages that are not there."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from api.web import PAGES
from tests.api.people import PASSWORD
from tests.chaos.processes import ROOT
from tests.web.site import Site


async def test_somebody_signs_in_and_out(page: Page, site: Site) -> None:
    await page.goto("/alerts")
    await page.get_by_label("Name").fill("ines")
    await page.get_by_label("Password").fill("not hers at all")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("nobody may sign in")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Alerts")
    await expect(page.get_by_text("live", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()


async def test_keys_go_to_pages_and_are_listed(page: Page, site: Site) -> None:
    await site.sign_in(page)
    await page.goto("/alerts")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Alerts")
    await page.keyboard.press("g")
    await page.keyboard.press("c")
    await expect(page).to_have_url(f"{site.url}/cases")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("go to Models")
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page).to_have_url(f"{site.url}/search")


async def test_a_theme_is_kept(page: Page, site: Site) -> None:
    await site.sign_in(page)
    await page.goto("/alerts")
    for wanted in ("light", "dark"):
        await page.get_by_role("button", name="Theme").click()
        await expect(page.locator("html")).to_have_attribute("data-theme", wanted)
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_a_page_that_is_not_there_says_so(page: Page, site: Site) -> None:
    await site.sign_in(page)
    await page.goto("/alerts/one/too/many")
    await expect(page.get_by_text("There is no page")).to_be_visible()


async def test_each_page_that_the_script_knows_is_served(site: Site) -> None:
    patterns = re.findall(r'pattern: "(/[^"]*)"', (ROOT / "web/src/routes.tsx").read_text())
    assert {pattern.split("/")[1] for pattern in patterns} == {"", *PAGES}
    for pattern in patterns:
        answer = await site.api.get(re.sub(r"\{\w+\}", "eth:0x12", pattern), params={"status": "open"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
