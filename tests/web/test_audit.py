"""An auditor searches the log, has it verified, and sees it proven in the browser itself; meddling shows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from jobs.checkpointing import make_checkpoint
from ledger.signing import new_key
from tests.jobs.signing import as_owner_behind_guards, public_of, signing_services
from tests.servers import Servers
from tests.web.site import Site


@pytest.fixture(scope="module")
async def keys(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """Where the key that signs is kept for all tests of the file."""
    yield tmp_path_factory.mktemp("keys")


async def sign(servers: Servers, folder: Path) -> int:
    """Have a checkpoint signed over all events so far; its size."""
    async with signing_services(servers, folder) as services:
        made = await make_checkpoint(services)
    assert made is not None
    return made.size


async def note(site: Site, count: int) -> None:
    """Some events: watchlists are made."""
    for n in range(count):
        await site.post("/watchlists", {"name": f"list {count} {n}"})


async def verified(page: Page) -> None:
    """Have the worker verify the log and wait until it has done."""
    box = page.get_by_role("region", name="Verified by a worker")
    await expect(box.get_by_role("button", name="Verify now")).to_be_enabled()
    await page.keyboard.press("v")
    await expect(box.get_by_text("walked, compared with")).to_be_visible()


async def test_the_log_is_searched_by_what_the_address_says(page: Page, site: Site) -> None:
    await note(site, 5)
    await site.sign_in(page, "olga")
    await page.goto("/audit")
    events = page.get_by_role("region", name="Events")
    total = len((await site.get("/audit"))["items"])
    await expect(events.get_by_role("row")).to_have_count(total + 1)
    await expect(events.get_by_role("row").nth(1)).to_contain_text(str(total))
    await page.get_by_label("Action").select_option("watchlist.created")
    await expect(events.get_by_role("row")).to_have_count(6)
    await page.reload()
    await expect(events.get_by_role("row")).to_have_count(6)
    assert "action=watchlist.created" in page.url
    await page.get_by_label("From, UTC").fill("2031-01-01")
    await expect(page.get_by_text("No event is like this.")).to_be_visible()
    await page.get_by_label("From, UTC").fill("2020-01-01")
    await expect(events.get_by_role("row")).to_have_count(6)


async def test_what_is_found_leaves_as_csv(page: Page, site: Site) -> None:
    await site.sign_in(page, "olga")
    await page.goto("/audit?action=watchlist.created")
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="CSV").click()
    path = await (await saved.value).path()
    lines = path.read_text().splitlines()
    assert len(lines) == 6 and all("watchlist.created" in line for line in lines[1:])


async def test_without_a_checkpoint_nothing_is_claimed(page: Page, site: Site) -> None:
    await site.sign_in(page, "olga")
    await page.goto("/audit")
    here = page.get_by_role("region", name="Checked by this browser")
    await expect(here.get_by_text("? unknown")).to_be_visible()
    await page.goto("/audit/2")
    await expect(page.get_by_text("No checkpoint covers this event yet")).to_be_visible()


async def test_an_event_is_proven_in_the_browser(page: Page, site: Site, servers: Servers, keys: Path) -> None:
    size = await sign(servers, keys)
    await site.sign_in(page, "olga")
    await page.goto("/audit?action=watchlist.created")
    await expect(page.get_by_role("region", name="Events").get_by_role("row")).to_have_count(6)
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    proof = page.get_by_role("region", name="Proof that it is in the log")
    await expect(proof.get_by_text("✓ holds")).to_have_count(4)
    await expect(proof.get_by_text(f"to the root over {size} events")).to_be_visible()
    way = page.get_by_role("region", name="The way to the root").get_by_role("row")
    assert await way.count() > 2
    await expect(way.last).to_contain_text(f"events 1 to {size}")
    seq = int(page.url.rsplit("/", 1)[1])
    await page.keyboard.press("k")
    await expect(page.get_by_role("heading", name=f"Audit event {seq - 1}")).to_be_visible()


async def test_the_saved_proof_is_the_one_that_the_command_checks(page: Page, site: Site) -> None:
    await site.sign_in(page, "olga")
    await page.goto("/audit/3")
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="Save the proof").click()
    path = await (await saved.value).path()
    assert json.loads(path.read_text()) == await site.get("/audit/3/proof")


async def test_a_browser_sees_that_the_log_only_grew(page: Page, site: Site, servers: Servers, keys: Path) -> None:
    await site.sign_in(page, "olga")
    await page.goto("/audit")
    here = page.get_by_role("region", name="Checked by this browser")
    await expect(here.get_by_text("this browser trusts it from now on")).to_be_visible()
    await note(site, 300)
    before = (await site.get("/audit/checkpoints"))["items"][0]["size"]
    size = await sign(servers, keys)
    await page.reload()
    await expect(here.get_by_text("✓ holds")).to_have_count(2)
    await expect(
        here.get_by_text(f"{size - before} events were added, none of those before was changed")
    ).to_be_visible()


async def test_a_key_that_the_browser_did_not_meet_first_is_not_trusted(
    page: Page, site: Site, servers: Servers, keys: Path
) -> None:
    await site.sign_in(page, "olga")
    await page.goto("/audit")
    here = page.get_by_role("region", name="Checked by this browser")
    await expect(here.get_by_text("✓ holds")).to_have_count(1)
    async with signing_services(servers, keys) as services:
        own = public_of(services).verifier((await site.get("/audit/keys"))["items"][0]["origin"])
    name = own.split("+")[0]
    await page.evaluate(
        "line => { const kept = JSON.parse(localStorage['headwater.audit']);"
        " localStorage['headwater.audit'] = JSON.stringify({...kept, key: line}); }",
        new_key().public.verifier(name),
    )
    await page.reload()
    await expect(here.get_by_text("✗ does not hold")).to_have_count(1)
    await page.goto("/audit/3")
    await expect(page.get_by_text("by none of the keys that this browser trusts")).to_be_visible()


async def test_a_worker_verifies_the_log_and_names_what_was_edited(page: Page, site: Site, servers: Servers) -> None:
    await site.sign_in(page, "olga")
    await page.goto("/audit")
    box = page.get_by_role("region", name="Verified by a worker")
    await expect(box.get_by_text("Nobody has asked for it yet.")).to_be_visible()
    await verified(page)
    await expect(box.get_by_text("✓ holds")).to_be_visible()
    as_owner_behind_guards(servers, "UPDATE audit_events SET subject = 'wl_other' WHERE seq = 7")
    await page.reload()
    await verified(page)
    await expect(box.get_by_text("✗ does not hold")).to_be_visible()
    await expect(box.get_by_text("audit event 7: row 7 was changed")).to_be_visible()
    await page.goto("/audit/7")
    await expect(page.get_by_text("not what checkpoint")).to_be_visible()


async def test_an_investigator_is_told_who_may(page: Page, site: Site) -> None:
    await site.sign_in(page, "ines")
    await page.goto("/audit")
    await expect(page.get_by_text("Supervisors, admins and auditors search the log.")).to_be_visible()
    await expect(page.get_by_role("button", name="Verify now")).to_have_count(0)
