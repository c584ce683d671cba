"""Background work is followed, cancelled, tried again and read; two scoring runs are compared from their list."""

from __future__ import annotations

import json

import psycopg
from playwright.async_api import Locator, Page, expect

from tests.api.conftest import movement
from tests.servers import Servers
from tests.web.screens import scored
from tests.web.site import Site

DEAD, STUCK = "job_01hr4m8w4e3v9m7c2k5t6q8z0d", "job_01hr4m8w4e3v9m7c2k5t6q8z0s"
ERROR = "Stalled: no progress for 600 s\n  while walking the audit log"


def put_job(servers: Servers, job: str, **fields: object) -> None:
    """A job as a worker would have left it: of a name that no worker of ours takes up."""
    row = {"id": job, "name": "from_a_later_version", "arguments": "{}", **fields}
    with psycopg.connect(servers.postgres_admin_url) as connection:
        names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        connection.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", tuple(row.values()))


def rows_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Jobs").get_by_role("row")


async def test_a_run_is_asked_for_followed_and_read(page: Page, site: Site) -> None:
    for number in range(3):
        await site.post("/transactions", movement(number, sender="listed", receiver=f"mule{number}", amount="100"))
    await site.sign_in(page, "sam")
    await page.goto("/jobs/runs")
    await expect(page.get_by_text("No wallet has been scored by a run yet.")).to_be_visible()
    await page.keyboard.press("n")
    runs = page.get_by_role("region", name="Scoring runs").get_by_role("row")
    await expect(runs).to_have_count(2)
    await expect(runs.nth(1)).to_contain_text("default-")
    await expect(runs.nth(1)).not_to_contain_text("not finished")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Scoring run")).to_be_visible()
    await expect(page.get_by_text("✓ done")).to_be_visible()
    came = page.get_by_role("region", name="What came of it")
    await expect(came.locator("dt", has_text="wallets")).to_be_visible()


async def test_what_the_list_is_filtered_by_is_in_the_address(page: Page, site: Site) -> None:
    await site.sign_in(page, "ines")
    await page.goto("/jobs")
    await expect(rows_of(page).filter(has_text="Scoring run")).to_be_visible()
    await page.get_by_label("State").select_option("dead")
    await expect(page.get_by_text("No job is like this.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("No job is like this.")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(rows_of(page).filter(has_text="Scoring run")).to_be_visible()
    await page.get_by_label("What", exact=True).select_option("score_graph")
    await expect(rows_of(page)).to_have_count(2)
    assert "name=score_graph" in page.url


async def test_a_job_that_waits_is_seen_and_cancelled(page: Page, site: Site, servers: Servers) -> None:
    put_job(servers, STUCK, state="queued", arguments=json.dumps({"wallet": "acct:listed"}))
    await site.sign_in(page, "sam")
    await page.goto("/jobs")
    under_way = page.get_by_role("region", name="Under way")
    await expect(under_way.get_by_text("from a later version: waiting for a worker")).to_be_visible()
    row = rows_of(page).filter(has_text="from a later version")
    await expect(row.get_by_role("link", name="acct:listed")).to_have_attribute("href", "/wallets/acct%3Alisted")
    await under_way.get_by_role("button", name="Cancel").click()
    # The list is asked again by itself while something is under way.
    await expect(row).to_contain_text("cancelled")
    await expect(under_way).to_have_count(0)


async def test_a_job_that_came_to_nothing_says_why_and_is_tried_again(page: Page, site: Site, servers: Servers) -> None:
    put_job(servers, DEAD, state="dead", attempt=3, error=ERROR)
    await site.sign_in(page, "sam")
    await page.goto(f"/jobs/{DEAD}")
    wrong = page.get_by_role("region", name="What went wrong")
    await expect(wrong.get_by_text("no progress for 600 s")).to_be_visible()
    await expect(page.locator(".page-head").get_by_text("✗ given up")).to_be_visible()
    await page.keyboard.press("r")
    await expect(page.locator(".page-head").get_by_text("waiting")).to_be_visible()
    assert (await site.get(f"/jobs/{DEAD}"))["state"] == "queued"
    await page.get_by_role("link", name="what it tells of this job").click()
    await expect(page.get_by_role("region", name="Events").get_by_text("job.retried")).to_be_visible()


async def test_an_investigator_reads_and_changes_nothing(page: Page, site: Site) -> None:
    await site.sign_in(page, "ines")
    await page.goto(f"/jobs/{STUCK}")
    await expect(page.locator(".page-head").get_by_text("cancelled")).to_be_visible()
    await expect(page.get_by_text("Supervisors and admins may have it tried again.")).to_be_visible()
    await expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    await page.goto("/jobs/runs")
    await expect(page.get_by_role("button", name="Score all wallets")).to_have_count(0)
    await page.goto("/jobs/job_none")
    await expect(page.get_by_role("alert")).to_contain_text("job_none")


async def test_two_runs_are_compared_wallet_by_wallet(page: Page, site: Site) -> None:
    await site.post("/attributions", [{"wallet": "acct:listed", "category": "scam", "source": "list 7"}])
    await scored(site)
    await site.sign_in(page, "ines")
    await page.goto("/jobs/runs")
    runs = page.get_by_role("region", name="Scoring runs").get_by_role("row")
    await expect(runs).to_have_count(3)
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await expect(page.get_by_role("button", name="Compare two")).to_be_disabled()
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await page.keyboard.press("c")
    await expect(page.get_by_text("what is known of the graph")).to_be_visible()
    moved = page.get_by_role("region", name="Wallets whose score moved").get_by_role("row")
    await expect(moved).to_have_count(5)
    listed = page.get_by_role("row", name="acct:listed, 0.00 to 0.75")
    await expect(listed).to_contain_text("attribution recorded")
    await expect(listed).to_contain_text("+0.75")
    await page.get_by_label("Moved by at least").select_option("0.5")
    assert "min_change=0.5" in page.url
    await expect(listed).to_be_visible()
