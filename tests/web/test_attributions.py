"""Attributions: imported after a look at what they move, recorded, corrected, withdrawn; one story in order."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.web.landed import alerts_of
from tests.web.site import Site

CSV = b"address,category,actor,source\nshop0,scam,Fake shop,report 3\nshop1,villain,,report 3\n,scam,,report 3\n"
FILE: FilePayload = {"name": "list.csv", "mimeType": "text/csv", "buffer": CSV}


@pytest.fixture(scope="module", autouse=True)
async def _landed(site: Site) -> None:
    await alerts_of(site)


async def test_a_file_is_imported_after_a_look_at_what_it_moves(page: Page, site: Site) -> None:
    await site.sign_in(page, "sam")
    await page.goto("/attributions")
    await expect(page.get_by_role("row", name="acct:fake is scam")).to_be_visible()
    await page.keyboard.press("i")
    await page.get_by_label("File", exact=True).set_input_files(files=[FILE])
    await page.get_by_label("Network of rows that name none").fill("acct")
    await page.get_by_role("button", name="Preview").click()
    impact = page.get_by_role("region", name="What would change")
    await expect(impact.get_by_role("row", name="acct:shop0")).to_be_visible()
    await expect(page.get_by_text("2 to be recorded")).to_be_visible()
    await expect(page.get_by_text("villain (1)")).to_be_visible()
    rejected = page.get_by_role("region", name="Rows not taken").last
    await expect(rejected.get_by_role("row", name="line 4")).to_contain_text("address")
    assert len((await site.get("/attributions"))["items"]) == 3

    await page.get_by_role("button", name="Import 2 attributions").click()
    await expect(page.get_by_text("2 recorded")).to_be_visible()
    await expect(page.get_by_role("link", name="Follow the screening")).to_have_attribute(
        "href", re.compile("/jobs/job_")
    )
    assert len((await site.get("/attributions"))["items"]) == 5


async def test_one_bad_row_can_keep_all_out(page: Page, site: Site) -> None:
    await site.sign_in(page, "sam")
    await page.goto("/attributions/import")
    await page.get_by_label("File", exact=True).set_input_files(files=[{**FILE, "buffer": CSV + b"shop2,scam,,new\n"}])
    await page.get_by_label("Network of rows that name none").fill("acct")
    await page.get_by_label("Record nothing if any row is bad").check()
    await page.get_by_role("button", name="Preview").click()
    await page.get_by_role("button", name="Import 1 attribution").click()
    await expect(page.get_by_role("alert")).to_contain_text("line 4")
    assert len((await site.get("/attributions"))["items"]) == 5


async def test_filters_are_in_the_address_and_the_list_is_saved(page: Page, site: Site) -> None:
    await site.sign_in(page)
    await page.goto("/attributions?review=true")
    await expect(page.get_by_role("row", name="acct:shop1 is villain")).to_contain_text("for review")
    await expect(page.get_by_role("button", name="New")).to_have_count(0)
    await page.get_by_role("button", name="Clear filters").click()
    await page.get_by_label("Source").fill("list 7")
    await page.keyboard.press("Enter")
    await page.get_by_label("Category").select_option("scam")
    await expect(page.get_by_role("region", name="Attributions").get_by_role("row")).to_have_count(2)
    await expect(page).to_have_url(re.compile(r"source=list\+7&category=scam"))
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="CSV").click()
    assert len((await (await saved.value).path()).read_text().splitlines()) == 2


async def test_one_is_recorded_and_corrected(page: Page, site: Site) -> None:
    await site.sign_in(page, "sam")
    await page.goto("/attributions")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Attributions")
    await page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="New attribution")
    await dialog.get_by_label("Wallet").fill("acct:clean3")
    await dialog.get_by_label("Category").select_option("mixer")
    await dialog.get_by_label("Source").fill("police report 17")
    await dialog.get_by_label("True since").fill("2018-02-03")
    await dialog.get_by_role("button", name="What would change?").click()
    await expect(dialog.get_by_role("region", name="What would change").first).to_contain_text("mixer")
    await dialog.get_by_role("button", name="Record").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("acct:clean3 is mixer")
    await expect(page.get_by_text("2018-02-03 00:00 UTC to now")).to_be_visible()

    await page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name="Correct the attribution")
    await dialog.get_by_label("Category").select_option("exchange")
    await dialog.get_by_role("button", name="Record").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("acct:clean3 is exchange")
    await page.locator("dt", has_text="instead of").locator("+ dd a").click()
    await expect(page.get_by_text("withdrawn", exact=True).first).to_be_visible()


async def test_one_is_withdrawn_with_a_reason_after_a_look(page: Page, site: Site) -> None:
    await site.sign_in(page, "sam")
    await page.goto("/attributions?wallet=acct:fake")
    await expect(page.get_by_role("row", name="acct:fake is scam")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("acct:fake is scam")
    await page.keyboard.press("w")
    dialog = page.get_by_role("dialog", name="Withdraw")
    await expect(dialog.get_by_role("region", name="What would change")).to_contain_text(
        "would be proposed for closing"
    )
    await dialog.get_by_label("Reason").fill("The report was withdrawn.")
    await dialog.get_by_role("button", name="Withdraw").click()
    await expect(page.get_by_role("region", name="History")).to_contain_text("The report was withdrawn.")
    await expect(page.get_by_role("button", name="Withdraw")).to_have_count(0)
    (found,) = (await site.get("/attributions?wallet=acct:fake"))["items"]
    assert found["withdrawn_at"]


async def test_who_may_not_import_is_told(page: Page, site: Site) -> None:
    await site.sign_in(page)
    await page.goto("/attributions/import")
    await expect(page.get_by_text("your role may not")).to_be_visible()
