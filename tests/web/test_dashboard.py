"""The dashboard: what waits and how it goes, each figure with the list behind it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.web.landed import alerts_of
from tests.web.site import Site


async def test_an_empty_one_tells_nothing_as_zero_that_is_not_known(page: Page, site: Site) -> None:
    await site.sign_in(page, "sam")
    await page.goto("/dashboard")
    await expect(page.get_by_role("link", name="oldest that waits")).to_contain_text("none waits")
    await expect(page.get_by_role("region", name="Time to a decision")).to_contain_text("unknown")
    precision = page.get_by_role("region", name="Verdicts, last 30 days").locator("dt:has-text('precision') + dd")
    await expect(precision).to_contain_text("unknown")


@pytest.fixture(scope="module")
async def alerts(site: Site) -> list[str]:
    return await alerts_of(site)


async def test_every_figure_is_that_of_the_api_and_leads_to_its_list(page: Page, site: Site, alerts: list[str]) -> None:
    body = {"status": "resolved", "verdict": "confirmed", "reason": "seen"}
    answer = await site.api.patch(f"/api/v1/alerts/{alerts[0]}", json=body, headers={"if-match": "*"})
    assert answer.status_code == 200, answer.text
    summary = await site.get("/dashboard/summary")
    await site.sign_in(page, "sam")
    await page.goto("/dashboard")
    queue = page.get_by_role("region", name="Alerts that wait")
    for severity in ("critical", "high", "low"):
        figure = queue.get_by_role("link", name=f"{severity}, waiting")
        await expect(figure.locator("strong")).to_have_text(str(summary["alerts"]["waiting"][severity]))
        await expect(figure).to_have_attribute("href", f"/alerts?severity={severity}")
    await expect(queue.get_by_role("link", name="of nobody").locator("strong")).to_have_text("2")
    await expect(page.get_by_role("region", name="Verdicts, last 30 days")).to_contain_text("100 %")
    await expect(page.get_by_role("region", name="Payments decided").get_by_role("row").nth(1)).to_contain_text(
        "3,831.5"
    )
    await expect(page.get_by_role("link", name="3 alerts opened")).to_be_visible()
    await expect(page.locator(".chart canvas")).to_have_count(2)
    health = page.get_by_role("region", name="Freshness and health")
    await expect(health).to_contain_text("ready")
    await expect(health.get_by_role("link", name="0 failed")).to_have_attribute("href", "/jobs?state=failed")


async def test_a_key_asks_again(page: Page, site: Site, alerts: list[str]) -> None:
    await site.sign_in(page, "sam")
    await page.goto("/dashboard")
    nobody = page.get_by_role("link", name="of nobody").locator("strong")
    await expect(nobody).to_have_text("2")
    user = (await page.request.get(f"{site.url}/api/v1/me")).json
    body = {"assignee": (await user())["id"]}
    answer = await site.api.patch(f"/api/v1/alerts/{alerts[1]}", json=body, headers={"if-match": "*"})
    assert answer.status_code == 200, answer.text
    await page.keyboard.press("r")
    await expect(nobody).to_have_text("1")
    mine = page.get_by_role("link", name="mine")
    await expect(mine.locator("strong")).to_have_text("1")
    await expect(mine).to_have_attribute("href", "/alerts?assignee=me")
