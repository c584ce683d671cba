"""A wallet's page tells how bad, why and what else, and lets work be done; a transaction's tells what was decided."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from tests.web.ground import hash_of, payment, plant, scored, wallet
from tests.web.site import Site

MULE = wallet("mule")


def path(name: str, query: str = "") -> str:
    return f"/wallets/{quote(wallet(name), safe='')}{query}"


@pytest.fixture(scope="module", autouse=True)
async def planted(site: Site) -> None:
    await plant(site)
    await scored(site)


async def opened(page: Page, site: Site, to: str, name: str = "ines") -> Page:
    await site.sign_in(page, name)
    await page.goto(to)
    return page


async def screened_again(site: Site) -> None:
    """Wait until the score has changed: attributing a wallet has those it reaches scored again."""
    for _ in range(600):
        if (await site.get(f"/scores/{quote(MULE, safe='')}/changes"))["items"]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the score has not changed")


async def test_the_head_tells_who_how_bad_and_how_much(page: Page, site: Site) -> None:
    await opened(page, site, path("phisher"))

    await expect(page.get_by_role("heading", level=1)).to_have_text("Fake_Phishing1772")
    head = page.locator(".page-head")
    await expect(head).to_contain_text("scam")
    await expect(head.locator(".severity")).to_be_visible()
    await expect(head).to_contain_text("scored")
    await expect(page.locator(".figures")).to_contain_text("34,000")
    await expect(page.get_by_text(wallet("phisher"), exact=True)).to_be_visible()
    await page.get_by_role("button", name=f"Copy {wallet('phisher')}").click()
    assert await page.evaluate("navigator.clipboard.readText()") == wallet("phisher")


async def test_both_sides_add_up_to_all_of_it(page: Page, site: Site) -> None:
    await opened(page, site, path("mule"))

    source = page.get_by_role("region", name="Where the money came from")
    await expect(source).to_contain_text("80,000 USD received")
    await expect(source.get_by_role("row", name="scam")).to_contain_text("Fake_Phishing1772")
    for side in ("source", "destination"):
        answer = await site.get(f"/wallets/{quote(MULE, safe='')}/exposure?direction={side}")
        parts = answer["categories"] + answer["residuals"]
        assert sum(part["share"] for part in parts) == pytest.approx(1, abs=1e-9)
        box = page.get_by_role("region", name="Where the money " + ("came from" if side == "source" else "went"))
        await expect(box.locator(".legend li")).to_have_count(len(parts))


async def test_a_click_on_what_is_not_traced_lists_where_it_stopped(page: Page, site: Site) -> None:
    await opened(page, site, path("mule"))
    went = page.get_by_role("region", name="Where the money went")
    await went.get_by_role("button", name="unspent").click()

    rows = went.get_by_role("region", name="Stops, unspent").locator("tbody tr")
    await expect(rows).to_have_count(7)
    await expect(page).to_have_url(f"{site.url}{path('mule')}?stops=destination%3Aunspent")
    await page.reload()
    await expect(rows).to_have_count(7)
    await went.get_by_role("button", name="Close").click()
    await expect(rows).to_have_count(0)


async def test_hops_and_times_live_in_the_address(page: Page, site: Site) -> None:
    await opened(page, site, path("mule"))
    await page.get_by_role("link", name="1 hop", exact=True).click()
    source = page.get_by_role("region", name="Where the money came from")
    await expect(source).to_contain_text("source, 1 hop")
    await expect(source).to_contain_text("further away")

    await page.get_by_text("Another time").click()
    await page.get_by_label("Money that had moved by (UTC)").fill("2026-08-05T00:00")
    await page.get_by_role("button", name="Show", exact=True).click()
    await expect(page).to_have_url(f"{site.url}{path('mule')}?hops=1&as_of=2026-08-05T00%3A00%3A00Z")
    await expect(source).to_contain_text("16,000 USD received")
    await expect(page.get_by_text("with the money that had moved by")).to_be_visible()
    await page.get_by_role("link", name="Back to now").click()
    await expect(source).to_contain_text("80,000 USD received")


async def test_what_moved_over_time_is_drawn_and_told_as_a_table(page: Page, site: Site) -> None:
    await opened(page, site, path("mule", "?per=month"))
    await expect(page.get_by_role("img", name="Value in and out per month")).to_be_visible()
    await page.get_by_text("The same as a table").click()
    await expect(page.get_by_role("row", name="2026-08-01")).to_contain_text("80,000")
    await page.get_by_role("link", name="count", exact=True).click()
    await expect(page.get_by_role("img", name="Movements in and out per month")).to_be_visible()


async def test_transactions_are_worked_by_keys_and_saved(page: Page, site: Site) -> None:
    await opened(page, site, path("mule"))
    await expect(page.get_by_text("80,000 USD received")).to_be_visible()
    await page.keyboard.press("2")
    rows = page.get_by_role("region", name="Transactions").locator("tbody tr")
    await expect(rows).to_have_count(31)
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="Save as CSV").click()
    assert len((await (await saved.value).path()).read_text().splitlines()) == 32
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Transaction")


async def test_counterparties_tell_who_they_are(page: Page, site: Site) -> None:
    await opened(page, site, path("mule", "?tab=counterparties"))
    table = page.get_by_role("region", name="Counterparties")
    await expect(table.locator("tbody tr")).to_have_count(14)
    await expect(table.locator("tbody tr").first).to_contain_text("Binance 14")
    await expect(table.locator("tbody tr").first).to_contain_text("37.5 %")
    await page.get_by_role("link", name="were paid by it").click()
    await expect(table.locator("tbody tr").first).to_contain_text("Kraken 4")
    await page.get_by_role("button", name="Movements").click()
    await expect(table.locator("tbody tr").first).to_contain_text("4")


async def test_paths_are_lines_of_hops_in_time(page: Page, site: Site) -> None:
    await opened(page, site, path("mule", "?tab=paths"))
    paths = page.locator(".path")
    await expect(paths).to_have_count(2)
    await expect(paths.first).to_contain_text("16,000 USD")
    await expect(paths.first.locator(".stop")).to_have_text(["Fake_Phishing1772scam", "this wallet"])
    await expect(paths.nth(1).locator(".stop")).to_have_count(3)
    await expect(paths.nth(1).locator(".move").first).to_contain_text("4.5 ETH")
    await page.get_by_role("link", name="where it went").click()
    await expect(paths).to_have_count(1)
    await expect(paths.first.locator(".stop").last).to_contain_text("Tornado.Cash 100 ETH")
    await page.get_by_label("or one wallet").fill(wallet("friend"))
    await page.get_by_role("button", name="Find").click()
    await expect(paths.first.locator(".move")).to_contain_text("1.25 ETH")


async def test_a_score_tells_its_parts_and_what_moved_it(page: Page, site: Site) -> None:
    await opened(page, site, path("mule", "?tab=score"))
    made = page.get_by_role("region", name="What it is made of")
    await expect(made).to_contain_text("nearest 1 hop")
    await expect(page.get_by_role("region", name="What models say")).to_contain_text("No model took part")
    changes = page.get_by_role("region", name="Changes of the score").locator("tbody tr")
    await expect(page.get_by_text("it is what it was when it was scored first")).to_be_visible()

    await site.post("/attributions", {"wallet": wallet("friend"), "category": "sanctions", "source": "OFAC"})
    await screened_again(site)
    await page.reload()
    await expect(changes).to_have_count(1)
    await expect(changes.first).to_contain_text("sanctions")
    await expect(changes.first.get_by_role("link", name="attribution recorded")).to_be_visible()
    await expect(page.get_by_role("img", name="Score over time")).to_be_visible()


async def test_a_supervisor_withdraws_an_attribution_with_a_reason(page: Page, site: Site) -> None:
    await opened(page, site, path("kraken", "?tab=attributions"), "sam")
    rows = page.get_by_role("region", name="Attributions").locator("tbody tr")
    await expect(rows).to_contain_text("in force, decides")
    await page.get_by_role("button", name="Withdraw …").click()
    dialog = page.get_by_role("dialog", name="Withdraw this attribution?")
    await expect(dialog.get_by_role("button", name="Withdraw")).to_be_disabled()
    await dialog.get_by_label("Why").fill("the source was wrong")
    await dialog.get_by_role("button", name="Withdraw").click()
    await expect(dialog).to_have_count(0)
    await expect(rows.first).to_contain_text("withdrawn")


async def test_an_investigator_cannot_withdraw(page: Page, site: Site) -> None:
    await opened(page, site, path("phisher", "?tab=attributions"))
    await expect(page.get_by_text("in force, decides")).to_be_visible()
    await expect(page.get_by_role("button", name="Withdraw …")).to_have_count(0)


async def test_a_wallet_is_watched_and_watched_no_more(page: Page, site: Site) -> None:
    await opened(page, site, path("mule"))
    box = page.get_by_role("region", name="Watchlists")
    await box.get_by_label("Name of the list").fill("Phishing of August")
    await box.get_by_role("button", name="Watch").click()
    await expect(box.get_by_role("listitem")).to_contain_text("Phishing of August")
    await box.get_by_role("button", name="Take off").click()
    await expect(box.get_by_text("Nobody watches this wallet.")).to_be_visible()
    await page.keyboard.press("z")
    await expect(box.get_by_role("listitem")).to_contain_text("Phishing of August")
    assert (await site.get(f"/wallets/{quote(MULE, safe='')}/watchlists"))["items"][0]["name"] == "Phishing of August"


async def test_alerts_and_cases_of_a_wallet_are_listed(page: Page, site: Site) -> None:
    await site.post("/cases", {"title": "The mule", "wallets": [MULE]})
    await opened(page, site, path("mule"))
    await expect(page.get_by_role("link", name="The mule")).to_be_visible()
    alerts = page.get_by_role("region", name="Alerts")
    await expect(alerts.get_by_role("listitem").first).to_contain_text("%")


async def test_an_unknown_wallet_says_so(page: Page, site: Site) -> None:
    await opened(page, site, path("nobody"))
    await expect(page.get_by_text("The graph does not know this wallet.")).to_be_visible()


async def test_a_transaction_tells_its_parties_decision_and_text(page: Page, site: Site) -> None:
    await opened(page, site, f"/transactions/{quote(f'eth:{hash_of(5)}', safe='')}")
    await expect(page.get_by_role("region", name="Personal text")).to_contain_text("for the car")
    await expect(page.locator(".figures")).to_contain_text("8,000 USD")
    await expect(page.get_by_role("region", name="Signals")).to_contain_text("exposure")
    await expect(page.get_by_role("region", name="Made with")).to_contain_text("default")
    await expect(page.get_by_role("button", name="Make it again")).to_have_count(0)


async def test_a_supervisor_has_a_decision_made_again(page: Page, site: Site) -> None:
    await opened(page, site, f"/transactions/{quote(f'eth:{hash_of(3)}', safe='')}", "sam")
    await expect(page.get_by_role("region", name="Decision", exact=True).locator(".severity")).to_be_visible()
    await page.get_by_role("button", name="Make it again").click()
    await expect(page.get_by_text("It comes out the same.")).to_be_visible()


async def test_a_transaction_that_was_withdrawn_and_landed_again_tells_both(page: Page, site: Site) -> None:
    key = quote(f"eth:{hash_of(10)}", safe="")
    assert (await site.api.delete(f"/api/v1/transactions/{key}", params={"reason": "reorganised"})).status_code == 204
    await opened(page, site, f"/transactions/{key}")
    await expect(page.locator(".notice")).to_contain_text("reorganised")
    await site.post("/transactions", payment(10, "mule", "friend", 1.25, day=33))
    await page.reload()
    history = page.get_by_role("region", name="What became of it").get_by_role("listitem")
    await expect(history).to_have_count(2)
    await expect(history.first).to_contain_text("reorganised")
    await expect(history.last).to_contain_text("It counts.")


@pytest.mark.parametrize("tab", ["overview", "transactions", "counterparties", "paths", "score", "attributions"])
async def test_no_tab_scrolls_sideways_on_a_narrow_screen(page: Page, site: Site, tab: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    await opened(page, site, path("mule", f"?tab={tab}"))
    await expect(page.locator(".tabs")).to_be_visible()
    await expect(page.get_by_text("Loading")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
