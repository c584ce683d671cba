"""The canvas of a case: begins with the answer, is widened as asked, every change can be undone, and it is restored."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.web.graph_scene import COUNTERPARTIES, land, payment
from tests.web.site import Site


@pytest.fixture(scope="module")
async def alert(site: Site) -> AsyncIterator[str]:
    yield await land(site)


@pytest.fixture(autouse=True)
async def _signed_in(page: Page, site: Site) -> None:
    await site.sign_in(page)


def canvas(page: Page) -> Locator:
    """What tells how much is drawn."""
    return page.locator("[data-canvas]")


async def drawn(page: Page, nodes: int, flows: int | None = None) -> None:
    """Expect so many nodes, and flows, on a canvas that is drawn and whose keys are there."""
    await expect(page.locator(".drawing canvas").first).to_be_attached()
    await expect(canvas(page)).to_have_attribute("data-nodes", str(nodes))
    if flows is not None:
        await expect(canvas(page)).to_have_attribute("data-flows", str(flows))


def row(page: Page, name: str) -> Locator:
    """A row of the table of nodes."""
    return page.get_by_role("row", name=re.compile(f"^{name} ")).first


async def at(page: Page, name: str) -> tuple[float, float]:
    """Where a node stands on the canvas: the ring of the keyboard goes to what a row chooses."""
    await row(page, name).click()
    ring, stage = await page.locator(".ring").bounding_box(), await canvas(page).bounding_box()
    assert ring is not None and stage is not None
    return ring["x"] + ring["width"] / 2 - stage["x"], ring["y"] + ring["height"] / 2 - stage["y"]


async def test_an_alert_begins_with_its_paths(page: Page, site: Site, alert: str) -> None:
    await page.goto(f"/graph?alert={alert}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Graph of an alert")
    await expect(row(page, "Bridge thief")).to_contain_text("theft")
    await expect(row(page, "acct:mule-one")).to_contain_text("52,000")
    await expect(page.get_by_text("values in USD")).to_be_visible()
    assert int(await canvas(page).get_attribute("data-flows") or 0) >= 2


async def test_a_wallet_is_expanded_as_asked_undone_and_done_again(page: Page, site: Site, alert: str) -> None:
    await page.goto("/graph?wallet=acct:collector")
    await drawn(page, 5, 4)
    await row(page, "acct:friend").click()
    await page.get_by_label("Direction").select_option("source")
    await page.get_by_label("How many").fill("1")
    await page.get_by_role("button", name="Expand").click()
    await drawn(page, 6, 5)
    await expect(page.get_by_text("Payer")).to_have_count(0)
    await expect(page.get_by_label("What is selected")).to_contain_text(
        "1 counterparty brought of 2 as asked for, 2 in all"
    )

    await page.keyboard.press("z")
    await drawn(page, 5, 4)
    await page.keyboard.press("Shift+Z")
    await drawn(page, 6, 5)
    await row(page, "acct:hub").click()
    await page.get_by_label("Direction").select_option("")
    await page.get_by_label("At least").fill("100")
    await page.get_by_label("How many").fill("12")
    await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Expand").click()
    await expect(row(page, "acct:hub")).to_contain_text(f"13 of {COUNTERPARTIES} counterparties")


async def test_things_are_hidden_pinned_noted_and_all_of_it_undone(page: Page, site: Site, alert: str) -> None:
    await page.goto("/graph?wallet=acct:collector")
    await drawn(page, 5)
    await row(page, "acct:friend").click()
    await page.keyboard.press("h")
    await drawn(page, 4, 3)
    await expect(page.get_by_role("button", name="Show 1 hidden")).to_be_visible()
    await row(page, "Kraken").click()
    await page.keyboard.press("p")
    await expect(row(page, "Kraken")).to_contain_text("pinned")
    await page.keyboard.press("n")
    await page.get_by_role("dialog").get_by_role("textbox").fill("Ask them for the customer's papers")
    await page.get_by_role("button", name="Keep").click()
    await expect(row(page, "Kraken")).to_contain_text("Ask them for the customer's papers")
    for _ in range(3):
        await page.keyboard.press("z")
    await drawn(page, 5, 4)
    await expect(row(page, "Kraken")).not_to_contain_text("pinned")
    await expect(page.get_by_role("button", name="Undo Z", exact=True)).to_be_disabled()


async def test_neighbours_that_hang_on_one_wallet_are_folded_and_unfolded(page: Page, site: Site, alert: str) -> None:
    await page.goto("/graph?wallet=acct:collector")
    await drawn(page, 5)
    await row(page, "acct:collector").click()
    await page.keyboard.press("c")
    await drawn(page, 2, 2)
    await row(page, "4 wallets of acct:collector").click()
    await expect(page.get_by_label("What is selected")).to_contain_text("folded")
    await page.keyboard.press("c")
    await drawn(page, 5, 4)


async def test_paths_between_two_selected_wallets_are_brought_in(page: Page, site: Site, alert: str) -> None:
    await page.goto("/graph?wallet=acct:thief")
    await drawn(page, 3)
    await row(page, "acct:mule-one").click()
    await page.get_by_label("Direction").select_option("destination")
    await page.get_by_role("button", name="Expand").click()
    await drawn(page, 4, 3 + 1)
    await row(page, "acct:collector").click()
    await page.get_by_role("button", name="Expand").click()
    await drawn(page, 6)
    await row(page, "acct:mule-two").click()
    await page.keyboard.press("h")
    await drawn(page, 5)
    await row(page, "Bridge thief").click()
    await row(page, "Kraken").click(modifiers=["Shift"])
    await page.keyboard.press("t")
    await expect(page.get_by_text("2 paths over 5 wallets")).to_be_visible()
    await drawn(page, 6)
    await expect(page.get_by_label("What is selected")).to_contain_text("5 nodes selected")


async def test_the_canvas_is_worked_by_mouse_and_by_arrows(page: Page, site: Site, alert: str) -> None:
    await page.goto("/graph?wallet=acct:collector")
    await drawn(page, 5)
    x, y = await at(page, "Kraken")
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("What is selected")).to_contain_text("How to read it")
    await canvas(page).click(position={"x": x, "y": y})
    await expect(page.get_by_label("What is selected")).to_contain_text("Kraken")
    await page.locator(".drawing").focus()
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator(".ring")).to_have_attribute("data-node", "acct:collector")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("What is selected")).to_contain_text("Received")
    stage = await canvas(page).bounding_box()
    assert stage is not None
    await page.keyboard.down("Shift")
    await page.mouse.move(stage["x"] + 8, stage["y"] + 8)
    await page.mouse.down()
    await page.mouse.move(stage["x"] + stage["width"] - 8, stage["y"] + stage["height"] - 8, steps=5)
    await page.mouse.up()
    await page.keyboard.up("Shift")
    await expect(page.get_by_label("What is selected")).to_contain_text("5 nodes selected")


async def test_a_flow_lists_its_transactions_with_their_keys(page: Page, site: Site, alert: str) -> None:
    await page.goto("/graph?wallet=acct:collector")
    await page.get_by_role("tab", name="Flows").click()
    await page.get_by_role("row", name="acct:collector to Kraken").click()
    beside = page.get_by_label("What is selected")
    await expect(beside).to_contain_text("78,000 USD")
    await expect(beside.get_by_role("link", name="acct:g6")).to_be_visible()


async def test_a_canvas_is_searched_and_laid_out(page: Page, site: Site, alert: str) -> None:
    await page.goto("/graph?wallet=acct:hub")
    await drawn(page, 26)
    await page.keyboard.press("/")
    await page.get_by_role("searchbox").fill("payer-38")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("What is selected")).to_contain_text("acct:payer-38")
    await page.keyboard.press("Escape")
    before = await at(page, "acct:payer-38")
    await page.get_by_role("button", name="By force").click()
    await expect(page.get_by_role("button", name="By force")).to_have_attribute("aria-pressed", "true")
    assert await at(page, "acct:payer-38") != before
    await page.keyboard.press("z")
    await expect(page.get_by_role("button", name="By time")).to_have_attribute("aria-pressed", "true")
    assert await at(page, "acct:payer-38") == pytest.approx(before, abs=2)


async def test_a_transaction_is_drawn_with_its_parties(page: Page, site: Site, alert: str) -> None:
    await page.goto("/graph?tx=acct:g6")
    await drawn(page, 3, 3)
    await expect(page.get_by_label("What is selected")).to_contain_text("transaction")
    await page.get_by_role("tab", name="Flows").click()
    await expect(page.get_by_role("row", name="acct:g6 to Kraken")).to_contain_text("movement")


async def test_a_canvas_is_saved_restored_exactly_and_changes_since_are_marked(
    page: Page, site: Site, alert: str
) -> None:
    await page.goto("/graph?wallet=acct:collector")
    await drawn(page, 5)
    await row(page, "Kraken").click()
    await page.keyboard.press("p")
    await row(page, "acct:friend").click()
    await page.keyboard.press("h")
    await page.get_by_role("button", name="Save with a case").click()
    dialog = page.get_by_role("dialog", name="Save with a case")
    await dialog.get_by_label("What it is about").fill("The bridge theft")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page).to_have_url(re.compile(r"/graph/cas_"))
    await drawn(page, 4, 3)
    await expect(row(page, "Kraken")).to_contain_text("pinned")
    await expect(page.get_by_role("button", name="Show 1 hidden")).to_be_visible()
    place = await at(page, "Kraken")
    await expect(page.get_by_role("button", name="Save", exact=False).first).to_be_disabled()

    case = page.url.rpartition("/")[2]
    await site.post("/transactions", payment(50, "collector", "kraken", 1_500, 9))
    await page.reload()
    await drawn(page, 4, 3)
    assert await at(page, "Kraken") == pytest.approx(place, abs=3)
    await expect(page.get_by_text("Since it was saved at")).to_contain_text("1 flow and 2 wallets changed")
    await page.get_by_role("tab", name="Flows").click()
    await expect(page.get_by_role("row", name="acct:collector to Kraken")).to_contain_text("Δ +1,500 USD")
    saved = await site.get(f"/cases/{case}/canvas")
    assert sorted(node["key"] for node in saved["canvas"]["nodes"]) == [
        "acct:collector",
        "acct:friend",
        "acct:kraken",
        "acct:mule-one",
        "acct:mule-two",
    ]


async def test_what_is_shown_leaves_as_picture_table_and_data(
    page: Page, site: Site, alert: str, tmp_path: Path
) -> None:
    await page.goto("/graph?wallet=acct:collector")
    await drawn(page, 5, 4)
    contents: dict[str, bytes] = {}
    for name in ("PNG", "CSV", "JSON"):
        async with page.expect_download() as download:
            await page.get_by_role("button", name=name, exact=True).click()
        path = tmp_path / name
        await (await download.value).save_as(path)
        contents[name] = path.read_bytes()
    assert contents["PNG"][:8] == b"\x89PNG\r\n\x1a\n"
    assert b"acct:collector,acct:collector,acct:kraken,Kraken,79500,USD,2," in contents["CSV"]
    found = json.loads(contents["JSON"])
    assert (found["unit"], len(found["nodes"]), len(found["canvas"]["flows"])) == ("USD", 5, 4)


async def test_the_canvas_takes_the_colours_of_the_theme(page: Page, site: Site, alert: str) -> None:
    await page.emulate_media(color_scheme="light")
    await page.goto("/graph?wallet=acct:collector")
    await drawn(page, 5, 4)
    await page.wait_for_timeout(300)
    light = await canvas(page).screenshot()
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_timeout(300)
    dark = await canvas(page).screenshot()
    await page.emulate_media(color_scheme="light")
    await page.wait_for_timeout(300)
    assert dark != light
    assert await canvas(page).screenshot() != dark


async def test_the_start_finds_wallets_and_cases(page: Page, site: Site, alert: str) -> None:
    await page.goto("/graph")
    await page.get_by_role("searchbox").fill("coll")
    await page.get_by_role("button", name="Find").click()
    await expect(page.get_by_role("link", name="acct:collector")).to_be_visible()
    await expect(page.get_by_role("link", name="The bridge theft")).to_be_visible()
