"""The queue of alerts: live, filtered by its address, worked by keys, and everything can be taken back."""

from __future__ import annotations

import time

import pytest
from playwright.async_api import Locator, Page, expect

from tests.web.alert_scene import alerts, payment, play
from tests.web.site import Site

COUNT = 4


@pytest.fixture(scope="module", autouse=True)
async def played(site: Site) -> None:
    await play(site)


async def queue(page: Page, site: Site, query: str = "") -> Locator:
    """The rows of the queue, once they are there."""
    await site.sign_in(page)
    await page.goto(f"/alerts{query}")
    rows = page.get_by_role("region", name="Alerts").locator("tbody tr")
    await expect(rows.first).to_be_visible()
    return rows


async def test_the_worst_comes_first_and_says_why(page: Page, site: Site) -> None:
    rows = await queue(page, site)
    first = (await alerts(site, status="open"))[0]

    await expect(rows).to_have_count(COUNT)
    await expect(rows.first).to_contain_text(first["explanation"])
    await expect(rows.first).to_contain_text("high")
    await expect(rows.first).to_contain_text("scam")
    await expect(page.get_by_role("columnheader", name="Value USD")).to_be_visible()


async def test_a_live_alert_appears_within_a_second_where_it_belongs(page: Page, site: Site) -> None:
    rows = await queue(page, site)
    await expect(page.get_by_text("live", exact=True)).to_be_visible()
    await site.post("/transactions", payment(60, "phisher", "newcomer", "77"))
    posted = time.monotonic()
    await expect(rows).to_have_count(COUNT + 1)
    assert time.monotonic() - posted < 1.0
    await expect(page.locator("tr.fresh")).to_contain_text("acct:newcomer")


async def test_keys_move_open_and_go_on_to_the_next(page: Page, site: Site) -> None:
    rows = await queue(page, site)
    order = [one["id"] for one in await alerts(site, status="open")]
    await page.keyboard.press("j")
    await expect(rows.nth(0)).to_be_focused()
    await page.keyboard.press("j")
    await expect(rows.nth(1)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/alerts/{order[1]}")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("of this payment")
    await page.keyboard.press("j")
    await expect(page).to_have_url(f"{site.url}/alerts/{order[2]}")


async def test_a_range_is_acknowledged_and_that_is_taken_back(page: Page, site: Site) -> None:
    rows = await queue(page, site)
    for key in ("j", "x", "j", "j", "Shift+X"):
        await page.keyboard.press(key)
    await expect(page.get_by_role("region", name="With what is selected")).to_contain_text("3 alerts selected")
    await page.keyboard.press("e")
    await expect(page.get_by_text("3 alerts acknowledged.")).to_be_visible()
    await expect(rows).to_have_count(COUNT + 1 - 3)
    assert len(await alerts(site, status="acknowledged")) == 3
    await page.keyboard.press("z")
    await expect(page.get_by_text("Undone.")).to_be_visible()
    await expect(rows).to_have_count(COUNT + 1)
    assert await alerts(site, status="acknowledged") == []


async def test_dismissing_asks_why_and_is_taken_back(page: Page, site: Site) -> None:
    rows = await queue(page, site)
    await page.keyboard.press("j")
    await page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Dismiss 1 alert")
    await dialog.get_by_label("Why").fill("a test payment")
    await dialog.get_by_role("button", name="Dismiss").click()
    await expect(rows).to_have_count(COUNT)
    (dismissed,) = await alerts(site, status="dismissed")
    assert dismissed["verdict"] == "false_positive"
    await page.get_by_role("button", name="Undo").click()
    await expect(rows).to_have_count(COUNT + 1)
    assert await alerts(site, status="dismissed") == []


async def test_what_somebody_else_did_meanwhile_is_not_undone(page: Page, site: Site) -> None:
    await queue(page, site)
    first = (await alerts(site, status="open"))[0]["id"]
    await page.keyboard.press("j")
    await page.keyboard.press("a")
    await expect(page.get_by_text("1 alert assigned.")).to_be_visible()
    change = {"status": "acknowledged", "assignee": "olga"}
    await site.post("/alerts/bulk", {"alerts": [first], "change": change})
    await page.keyboard.press("z")
    await expect(page.locator(".toasts .bad")).to_contain_text("since it was read")
    (kept,) = await alerts(site, status="acknowledged")
    assert (kept["id"], kept["assignee"]) == (first, "olga")
    await site.post("/alerts/bulk", {"alerts": [first], "change": {"status": "open", "assignee": None}})


async def test_filters_are_in_the_address_and_survive_a_reload(page: Page, site: Site) -> None:
    rows = await queue(page, site)
    await page.get_by_role("searchbox", name="Wallet").fill("acct:hub")
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(2)
    await page.get_by_label("Order").select_option("newest")
    await page.reload()
    await expect(rows).to_have_count(2)
    assert "wallet=acct%3Ahub" in page.url and "sort=newest" in page.url
    await page.get_by_label("Severity").select_option("none")
    await expect(page.get_by_text("No alert is as asked.")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(rows).to_have_count(COUNT + 1)


async def test_alerts_of_one_cause_are_counted_and_opened_together(page: Page, site: Site) -> None:
    await site.sign_in(page)
    await page.goto("/alerts?view=groups")
    rows = page.get_by_role("region", name="Causes").locator("tbody tr")
    groups = (await site.get("/alerts/groups?status=open"))["items"]
    await expect(rows).to_have_count(len(groups))
    await rows.first.get_by_role("link").first.click()
    own = page.get_by_role("region", name="Alerts").locator("tbody tr")
    await expect(own).to_have_count(groups[0]["count"])


async def test_the_list_leaves_as_csv(page: Page, site: Site) -> None:
    await queue(page, site)
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Export CSV").click()
    path = await (await started.value).path()
    assert path.read_text().count("\n") == COUNT + 2
