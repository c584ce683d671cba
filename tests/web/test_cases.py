"""Cases: opened, filled, noted, reported, and closed by two people; one story in order."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.web.landed import alerts_of
from tests.web.site import Site

TITLE = "Paid from listed wallets"


@pytest.fixture(scope="module")
async def alerts(site: Site) -> list[str]:
    return await alerts_of(site)


async def open_case(page: Page, site: Site, name: str) -> None:
    """Sign in and go to the case of the story by keys alone."""
    await site.sign_in(page, name)
    await page.goto("/cases")
    await expect(page.get_by_role("row", name=TITLE)).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)


async def test_a_case_is_opened_with_what_belongs_to_it(page: Page, site: Site, alerts: list[str]) -> None:
    await site.sign_in(page)
    await page.goto("/cases")
    await expect(page.get_by_text("There is no case yet")).to_be_visible()
    await page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="New case")
    await dialog.get_by_label("Title").fill(TITLE)
    await dialog.get_by_label("Alerts").fill(f"{alerts[0]} {alerts[1]}")
    await dialog.get_by_label("Wallets").fill("nonsense")
    await dialog.get_by_role("button", name="Open the case").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("wallets[0]")
    await dialog.get_by_label("Wallets").fill("acct:shop1")
    await dialog.get_by_role("button", name="Open the case").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    await expect(page.get_by_text("2 alerts, 1 wallet")).to_be_visible()
    await expect(page.get_by_text("assigned to ines (you)")).to_be_visible()
    await expect(page.get_by_role("region", name="Alerts of the case").get_by_role("row")).to_have_count(3)
    await expect(page.get_by_role("link", name="Evidence")).to_have_attribute("href", re.compile("/evidence$"))
    await expect(page.get_by_role("link", name="Graph").last).to_have_attribute("href", re.compile("/graph/cas_"))


async def test_alerts_and_wallets_are_added_and_taken_out_with_undo(page: Page, site: Site, alerts: list[str]) -> None:
    await open_case(page, site, "ines")
    rows = page.get_by_role("region", name="Alerts of the case").get_by_role("row")
    await page.get_by_label("Add alerts").fill(alerts[2])
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(4)
    await page.get_by_role("button", name=f"Take out alert {alerts[2]}").click()
    await expect(rows).to_have_count(3)
    await page.get_by_role("button", name="Undo").click()
    await expect(rows).to_have_count(4)
    await page.get_by_role("button", name="Take out wallet acct:shop1").click()
    await expect(page.get_by_text("3 alerts, 0 wallets")).to_be_visible()
    await page.get_by_role("button", name="Undo").last.click()
    await expect(page.get_by_text("3 alerts, 1 wallet")).to_be_visible()


async def test_a_title_is_changed_and_a_change_meanwhile_is_told(page: Page, site: Site, alerts: list[str]) -> None:
    await open_case(page, site, "ines")
    await page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name="Change the case")
    (case,) = (await site.get("/cases"))["items"]
    answer = await site.api.patch(f"/api/v1/cases/{case['id']}", json={"assignee": None}, headers={"if-match": "*"})
    assert answer.status_code == 200
    await dialog.get_by_label("Title").fill("Something else")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("Somebody changed the case meanwhile")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("assigned to nobody")).to_be_visible()
    await page.keyboard.press("a")
    await expect(page.get_by_text("assigned to ines (you)")).to_be_visible()
    await page.keyboard.press("z")
    await expect(page.get_by_text("assigned to nobody")).to_be_visible()


async def test_notes_are_kept_in_order_and_erased_ones_say_so(page: Page, site: Site, alerts: list[str]) -> None:
    await open_case(page, site, "ines")
    await page.keyboard.press("n")
    await page.keyboard.type("The shop says these were <b>refunds</b>.")
    await page.keyboard.press("Control+Enter")
    notes = page.get_by_role("region", name="Notes")
    await expect(notes).to_contain_text("The shop says these were <b>refunds</b>.")

    (case,) = (await site.get("/cases"))["items"]
    (note,) = (await site.get(f"/cases/{case['id']}/notes"))["items"]
    assert (await site.api.delete(f"/api/v1/cases/{case['id']}/notes/{note['id']}")).status_code == 204
    await page.reload()
    await expect(notes).to_contain_text("What this note said was erased")
    await expect(page.get_by_role("region", name="History")).to_contain_text("erased a note")


async def test_filters_are_in_the_address_and_survive_a_reload(page: Page, site: Site, alerts: list[str]) -> None:
    await site.sign_in(page)
    await page.goto("/cases")
    await page.get_by_label("Status").select_option("closed")
    await expect(page.get_by_text("No case is like this")).to_be_visible()
    await expect(page).to_have_url(f"{site.url}/cases?status=closed")
    await page.reload()
    await expect(page.get_by_label("Status")).to_have_value("closed")
    await page.get_by_role("button", name="Clear filters").click()
    await page.get_by_label("Assigned to").select_option("none")
    await page.get_by_label("Alert").fill(alerts[0])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("row", name=TITLE)).to_be_visible()
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="CSV").click()
    assert TITLE in (await (await saved.value).path()).read_text()


async def test_a_report_is_read_and_drafted_for_filing(page: Page, site: Site, alerts: list[str]) -> None:
    await open_case(page, site, "ines")
    await page.keyboard.press("r")
    await expect(page).to_have_url(re.compile("view=report"))
    await expect(page.get_by_role("region", name="In words")).to_contain_text(TITLE)
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="Download JSON").click()
    assert '"open_questions"' in (await (await saved.value).path()).read_text()
    draft = page.get_by_role("region", name="goAML draft")
    await draft.get_by_text("What only you know").click()
    await draft.get_by_label("Report code").fill("STR")
    await draft.get_by_role("button", name="Draft").click()
    await expect(draft).to_contain_text("the reporting entity's id with the authority")
    async with page.expect_download() as saved:
        await draft.get_by_role("button", name="Download XML").click()
    assert "<report_code>STR</report_code>" in (await (await saved.value).path()).read_text()


async def test_closing_is_proposed_by_one_and_approved_by_another(page: Page, site: Site, alerts: list[str]) -> None:
    await open_case(page, site, "sam")
    await page.keyboard.press("p")
    dialog = page.get_by_role("dialog", name="Propose to close the case")
    await dialog.get_by_label("Outcome").select_option("no_action")
    await dialog.get_by_label("Reason").fill("All were refunds.")
    await dialog.get_by_role("button", name="Propose").click()
    proposal = page.get_by_role("region", name="Proposal to close the case")
    await expect(proposal).to_contain_text("sam (you) proposes to close it: no action.")
    await expect(proposal).to_contain_text("You proposed it")
    await expect(proposal.get_by_role("button", name="Approve")).to_have_count(0)

    await site.sign_in(page, "ines")
    await page.reload()
    await expect(proposal).to_contain_text("your role may not")

    await site.sign_in(page, "ada")
    await page.reload()
    await proposal.get_by_role("button", name="Reject").click()
    await page.get_by_label("Reason").fill("Look at the second one.")
    await page.get_by_role("button", name="Reject", exact=True).click()
    await expect(page.get_by_text("was rejected by")).to_contain_text("Look at the second one.")


async def test_a_closed_case_says_how_and_is_opened_again(page: Page, site: Site, alerts: list[str]) -> None:
    (case,) = (await site.get("/cases"))["items"]
    body = {"outcome": "reported", "reason": "Filed.", "resolve_alerts": True}
    answer = await site.api.post(f"/api/v1/cases/{case['id']}/closing", json=body, headers={"if-match": "*"})
    assert answer.status_code == 201
    await open_case(page, site, "sam")
    await page.get_by_role("button", name="Approve and close").click()
    closed = page.get_by_role("region", name="How the case was closed")
    await expect(closed).to_contain_text("Closed: reported to an authority.")
    await expect(page.get_by_role("region", name="Alerts of the case")).to_contain_text("confirmed")
    await closed.get_by_role("button", name="Open again").click()
    await page.get_by_label("Reason").fill("New facts.")
    await page.get_by_role("button", name="Open again", exact=True).click()
    await expect(page.get_by_role("button", name="Propose to close")).to_be_visible()
    await expect(page.get_by_role("region", name="History")).to_contain_text("opened it again")
