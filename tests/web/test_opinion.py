"""The second opinion of a wallet: methods, what it hangs on, who says so, and a what-if that is kept with a case."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from tests.web.ground import plant, wallet
from tests.web.site import Site

MULE = wallet("mule")


@pytest.fixture(scope="module", autouse=True)
async def planted(site: Site) -> None:
    await plant(site)


async def opened(page: Page, site: Site, key: str = MULE) -> Page:
    await site.sign_in(page, "ines")
    await page.goto(f"/wallets/{quote(key, safe='')}?tab=opinion")
    return page


async def test_methods_stand_side_by_side(page: Page, site: Site) -> None:
    await opened(page, site)

    box = page.get_by_role("region", name="By other methods")
    heads = box.get_by_role("columnheader")
    await expect(heads).to_have_text(["Share of the money", "Haircut", "Haircut in time", "FIFO", "Poison"])
    told = await site.get(f"/wallets/{quote(MULE, safe='')}/methods")
    assert told["sensitive_to_method"]
    await expect(box).to_contain_text("Sensitive to method")
    await page.get_by_role("link", name="Where it went").click()
    await expect(page).to_have_url(f"{site.url}/wallets/{quote(MULE, safe='')}?tab=opinion&side=destination")


async def test_what_it_hangs_on_is_named(page: Page, site: Site) -> None:
    between = wallet("between")
    await opened(page, site, between)
    told = await site.get(f"/wallets/{quote(between, safe='')}/counterfactual")
    assert told["attributions"]

    box = page.get_by_role("region", name="What it hangs on")
    await expect(box).to_contain_text("No smaller set will do")
    await expect(box.get_by_role("listitem")).to_have_count(len(told["attributions"]))
    await expect(box.get_by_role("listitem").first).to_contain_text(told["attributions"][0]["source"])
    await box.get_by_role("button", name="flows").click()
    await expect(box).to_contain_text("→")


async def test_sources_tell_the_score_without_them(page: Page, site: Site) -> None:
    await opened(page, site)
    told = await site.get(f"/wallets/{quote(MULE, safe='')}/sources")
    assert told["sources"]

    rows = page.get_by_role("region", name="Who says so").locator("tbody tr")
    await expect(rows).to_have_count(len(told["sources"]))
    await expect(rows.first).to_contain_text(told["sources"][0]["part"]["source"])


async def test_a_what_if_is_answered_and_kept_with_a_case(page: Page, site: Site) -> None:
    case = (await site.post("/cases", {"title": "Mules"}))["id"]
    await opened(page, site)
    form = page.get_by_role("form", name="What if")
    await form.get_by_label("this wallet").fill("acct:elsewhere")
    await form.get_by_role("button", name="Suppose").click()
    await expect(page.get_by_text("Nowhere in reach")).to_contain_text("acct:elsewhere")
    await form.get_by_label("this wallet").fill(wallet("phisher"))
    await form.get_by_role("button", name="Suppose").click()

    table = page.get_by_role("region", name="As it is and as supposed")
    await expect(table.get_by_role("row", name="scam")).to_contain_text("−")
    keep = page.get_by_role("form", name="Keep with a case")
    await keep.get_by_label("Title").fill("If the phisher were an exchange")
    await keep.get_by_role("button", name="Keep").click()
    await expect(page.get_by_text("Kept with the case.")).to_be_visible()

    await page.goto(f"/cases/{case}")
    box = page.get_by_role("region", name="What-ifs")
    await box.get_by_role("button", name="If the phisher were an exchange", exact=True).click()
    await expect(box.get_by_role("row", name="scam")).to_contain_text("−")
    await box.get_by_role("button", name="Remove If the phisher were an exchange").click()
    await expect(box).to_contain_text("None is kept with this case")
