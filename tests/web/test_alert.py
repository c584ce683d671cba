"""One alert: how bad, why, is it true, what else, what to write down."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.api.people import PASSWORD
from tests.chaos.processes import ROOT
from tests.web.alert_scene import alerts, play
from tests.web.site import Site


@pytest.fixture(scope="module", autouse=True)
async def played(site: Site) -> None:
    await play(site)


async def indirect(site: Site) -> dict[str, Any]:
    """The alert about money that came over the mule."""
    return next(one for one in await alerts(site) if "hops away" in one["explanation"])


async def opened(page: Page, site: Site, name: str = "ines") -> dict[str, Any]:
    alert = await indirect(site)
    await site.sign_in(page, name)
    await page.goto(f"/alerts/{alert['id']}")
    await expect(page.get_by_role("heading", level=1)).to_have_text(alert["explanation"])
    return alert


async def test_the_bar_adds_up_to_all_of_it(page: Page, site: Site) -> None:
    await opened(page, site)
    for title in ("Where the money came from", "Where the money went"):
        parts = page.get_by_role("region", name=title).locator(".bar > span")
        await expect(parts.first).to_be_visible()
        shares = await parts.evaluate_all("parts => parts.map((one) => Number(one.style.flexGrow))")
        assert sum(shares) == pytest.approx(1)


async def test_what_was_not_traced_lists_where_tracing_stopped(page: Page, site: Site) -> None:
    await opened(page, site)
    box = page.get_by_role("region", name="Where the money went")
    await box.get_by_role("button").first.click()
    dialog = page.get_by_role("dialog", name="Where tracing stopped")
    await expect(dialog).to_contain_text("acct:hub")
    await expect(dialog).to_contain_text("had not been spent yet")


async def test_a_line_lists_its_transactions(page: Page, site: Site) -> None:
    await opened(page, site)
    line = page.get_by_role("button", name=re.compile("acct:phisher to acct:mule"))
    await line.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Transactions of this line")
    await expect(dialog.locator("tbody tr")).to_have_count(1)
    await expect(dialog).to_contain_text("acct:t2")
    await expect(dialog).to_contain_text("8.2 USD")
    await expect(dialog).to_contain_text("UTC")


async def test_each_signal_tells_its_share_or_why_it_is_missing(page: Page, site: Site) -> None:
    alert = await opened(page, site)
    decision = await site.get(f"/decisions/{alert['decision']}")
    box = page.get_by_role("region", name="Why this score")
    for signal in decision["signals"]:
        line = box.locator("li.signal").filter(has_text=signal["name"].replace("_", " ")).first
        told = f"skipped: {signal['skipped']}" if signal["value"] is None else f"{signal['value']:.2f}"
        await expect(line).to_contain_text(told)


async def test_a_note_is_written_and_kept(page: Page, site: Site) -> None:
    await opened(page, site)
    await page.keyboard.press("n")
    await page.keyboard.type("Asked the exchange <b>twice</b>.")
    await page.get_by_role("button", name="Add the note").click()
    await expect(page.get_by_role("region", name="Notes").locator("li")).to_contain_text("<b>twice</b>")


async def test_it_is_put_into_a_new_case(page: Page, site: Site) -> None:
    alert = await opened(page, site)
    await page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name="Add to a case")
    await dialog.get_by_label("Title").fill("Mules of the phisher")
    await dialog.get_by_role("button", name="Open the case").click()
    await expect(page).to_have_url(re.compile("/cases/"))
    (case,) = (await site.get(f"/cases?alert={alert['id']}"))["items"]
    assert case["title"] == "Mules of the phisher"


async def test_the_same_is_suppressed_by_a_supervisor_and_that_is_taken_back(page: Page, site: Site) -> None:
    await opened(page, site, "sam")
    await page.get_by_role("button", name="Suppress the same").click()
    dialog = page.get_by_role("dialog", name="Suppress the same")
    await dialog.get_by_label("Why").fill("known to the bank")
    await dialog.get_by_role("button", name="Suppress", exact=True).click()
    await expect(page.get_by_text("will be recorded and closed")).to_be_visible()
    assert len((await site.get("/suppressions?in_force=true"))["items"]) == 1
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Undone.")).to_be_visible()
    assert (await site.get("/suppressions?in_force=true"))["items"] == []


async def test_an_edit_of_what_somebody_else_has_changed_is_refused_and_shows_what_it_is_now(
    page: Page, site: Site
) -> None:
    # Nothing is heard of it, as if the other's edit came in the moment before.
    await page.route_web_socket(re.compile("stream"), lambda _: None)
    alert = await opened(page, site)
    await site.post("/alerts/bulk", {"alerts": [alert["id"]], "change": {"assignee": "olga"}})
    await page.keyboard.press("e")
    await expect(page.locator(".toasts .bad")).to_contain_text("since it was read")
    await expect(page.locator(".told")).to_contain_text("assigned to olga")
    await expect(page.locator(".told")).to_contain_text("open")


async def test_from_signing_in_to_a_resolved_alert_and_evidence_that_holds(page: Page, site: Site) -> None:
    alert = await indirect(site)
    await page.goto(f"/alerts/{alert['id']}")
    await page.get_by_label("Name").fill("ines")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(alert["explanation"])
    await page.keyboard.press("a")
    await expect(page.locator(".told")).to_contain_text("assigned to ines (you)")
    await page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Resolve 1 alert")
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(page.locator(".told")).to_contain_text("resolved")
    await expect(page.get_by_role("region", name="History")).to_contain_text("open → resolved")
    assert (await site.get(f"/alerts/{alert['id']}"))["verdict"] == "confirmed"

    async with page.expect_download() as started:
        await page.keyboard.press("Shift+E")
    bundle = await (await started.value).path()
    checked = await verify(bundle)
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "everything holds"), checked.stderr
    with zipfile.ZipFile(bundle) as zipped:
        assert json.loads(zipped.read("alert.json"))["alert"]["verdict"] == "confirmed"


async def verify(bundle: Path) -> subprocess.CompletedProcess[str]:
    """Run `headwater verify` as somebody who has the file and nothing else: no server, no setting."""
    command = [sys.executable, "-m", "cli.main", "verify", str(bundle)]
    clean = {"PATH": os.environ["PATH"]}
    return await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=120, check=False
    )
