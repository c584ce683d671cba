"""A supervisor reads a policy beside the one in force, writes its next version, and brings that into force and back."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.web.site import Site


async def test_a_policy_is_laid_beside_another(page: Page, site: Site) -> None:
    await site.sign_in(page, "sam")
    await page.goto("/policies")
    await expect(page.get_by_role("row", name="default-2")).to_contain_text("● in force")
    await page.get_by_role("link", name="classic-1").click()
    values = page.get_by_role("region", name="Values")
    await expect(values.get_by_role("row", name="Weights: rules", exact=True)).to_contain_text("0.35 (35 %)")
    await expect(values.get_by_role("row", name="Weights: rules", exact=True)).to_contain_text("0.2 (20 %)")
    await expect(values.get_by_role("row", name="Floors: direct_severe")).to_contain_text("not there")
    await expect(values.get_by_role("row", name="Velocity and habit: window")).to_contain_text("5 min")
    await page.get_by_label("only what differs").check()
    await expect(page).to_have_url(re.compile("differs=1"))
    await expect(values.get_by_role("row", name="Velocity and habit: window")).to_have_count(0)
    severities = page.get_by_role("region", name="Categories", exact=True)
    await expect(severities.get_by_role("row", name="sanctions")).to_contain_text("1")


async def test_the_next_version_is_written_in_the_form(page: Page, site: Site) -> None:
    # What cannot be is named at its field, and nothing is recorded.
    await site.sign_in(page, "sam")
    await page.goto("/policies")
    await expect(page.get_by_role("row", name="default-2")).to_be_visible()
    await page.keyboard.press("n")
    await expect(page.get_by_text("begun as a copy of default-2")).to_be_visible()
    await page.get_by_label("high from, 0 to 1").fill("0.95")
    await page.get_by_role("button", name="Record the next version of default").click()
    await expect(page.get_by_role("alert").get_by_text("must rise: 0 < low < high < critical").first).to_be_visible()

    await page.get_by_label("high from, 0 to 1").fill("0.6")
    floor = page.get_by_role("group", name="Floor direct_illicit")
    await floor.get_by_label("or value from, USD").fill("250.50")
    await page.get_by_label("Hops, 1 to 6").fill("2")
    await page.get_by_role("button", name="Record the next version of default").click()
    await expect(page).to_have_url(f"{site.url}/policies/default-4")
    made = (await site.get("/policies/default-4"))["policy"]
    assert (made["thresholds"]["high"], made["hops"], made["floors"][1]["min_value"]) == (0.6, 2, "250.5")
    await expect(page.get_by_text("3 values differ from default-2.")).to_be_visible()


async def test_it_comes_into_force_and_back(page: Page, site: Site) -> None:
    await site.sign_in(page, "sam")
    await page.goto("/policies/default-4")
    await expect(page.get_by_role("button", name="Bring into force")).to_be_visible()
    await page.keyboard.press("a")
    await expect(page.locator(".page-head").get_by_text("● in force")).to_be_visible()
    assert (await site.get("/policies/default-4"))["in_force"]
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".page-head").get_by_text("not in force")).to_be_visible()
    assert (await site.get("/policies/default-2"))["in_force"]


async def test_investigators_read_policies_and_write_none(page: Page, site: Site) -> None:
    await site.sign_in(page)
    await page.goto("/policies/default-2")
    await expect(page.get_by_role("row", name="Weights: exposure")).to_be_visible()
    await expect(page.get_by_role("button", name="Bring into force")).to_have_count(0)
    await page.goto("/policies/new-policy")
    await expect(page.get_by_text("Supervisors and admins write policies.")).to_be_visible()
