"""A supervisor drafts a rule, tries it on what has landed, brings it into force, and sees what an edit would change."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.web.site import Site

RULE = {
    "id": "seen_before",
    "title": "Seen before",
    "why": "It is here so that there is one.",
    "reason": "RULE_SEEN_BEFORE",
    "score": 0.2,
    "when": {"not": {"field": "context.channel", "op": "in", "value": ["branch", "card"]}},
}


async def land(site: Site) -> None:
    """Ten payments of 100 to 1,000, one a day."""
    for number in range(1, 11):
        paid = {"network": "acct", "id": f"p{number}", "at": f"2026-10-{number:02}T12:00:00Z", "asset": "USD"}
        await site.post("/transactions", {**paid, "amount": f"{number}00", "sender": f"s{number}", "receiver": "shop"})


def of_test(page: Page, path: str) -> Locator:
    return page.get_by_role("group", name=f"Test {path}", exact=True)


async def figures(page: Page) -> dict[str, str]:
    told = page.get_by_label("What the backtest told")
    names = await told.locator("dt").all_inner_texts()
    return dict(zip(names, await told.locator("dd").all_inner_texts(), strict=True))


async def json_of(page: Page) -> Any:
    return await page.evaluate("JSON.parse(document.querySelector('textarea.json').value)")


async def test_a_rule_is_drafted_in_the_form(page: Page, site: Site) -> None:
    await land(site)
    await site.sign_in(page, "sam")
    await page.goto("/rules")
    await expect(page.get_by_role("row", name="Structuring under the reporting threshold")).to_contain_text("in force")
    await page.keyboard.press("n")
    await expect(page).to_have_url(f"{site.url}/rules/new-rule")
    await page.get_by_label("Id").fill("large_to_shop")
    await page.get_by_label("Title").fill("Large to a shop")
    await page.get_by_label("Why it is worth a look").fill("Shops are seldom paid so much.")
    await page.get_by_label("Reason code").fill("large")
    amount = of_test(page, "when.all[0]")
    await amount.get_by_label("Value").fill("700")
    await page.get_by_role("button", name="Add a test").click()
    shop = of_test(page, "when.all[1]")
    await shop.get_by_label("Field").fill("receiver.wallet")
    await shop.get_by_label("Operator").select_option("eq")
    await shop.get_by_label("Value").fill("acct:shop")

    await page.get_by_role("button", name="Record the draft").click()
    await expect(page.locator(".field", has_text="Reason code").locator(".wrong")).to_be_visible()
    await page.get_by_label("Reason code").fill("RULE_LARGE_TO_SHOP")
    await page.get_by_role("button", name="Record the draft").click()
    await expect(page).to_have_url(f"{site.url}/rules/large_to_shop")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Large to a shop")
    await expect(page.get_by_text("draft, not in force")).to_be_visible()
    recorded = await site.get("/rules/large_to_shop")
    assert recorded["when"]["all"] == [
        {"field": "transaction.value", "op": "gte", "value": "700"},
        {"field": "receiver.wallet", "op": "eq", "value": "acct:shop"},
    ]


async def test_it_is_tried_before_it_is_in_force(page: Page, site: Site) -> None:
    await site.sign_in(page, "sam")
    await page.goto("/rules/large_to_shop")
    await page.get_by_role("button", name="Try version 1").click()
    await expect(page.get_by_text("Fires for 4 transactions of 10 (40 %)")).to_be_visible()
    assert (await figures(page))["newly alerted"] == "4"
    await expect(page.get_by_role("link", name="acct:p10")).to_have_attribute("href", "/transactions/acct%3Ap10")
    await page.reload()
    await expect(page.get_by_text("Fires for 4 transactions of 10 (40 %)")).to_be_visible()

    await page.get_by_role("button", name="Bring version 1 into force").click()
    await expect(page.get_by_text("in force", exact=True).or_(page.get_by_text("● in force")).first).to_be_visible()
    assert (await site.get("/rules/large_to_shop"))["active_version"] == 1


async def test_an_edit_tells_what_would_come_and_go(page: Page, site: Site) -> None:
    # What is edited and not recorded yet is tried beside the version in force.
    await site.sign_in(page, "sam")
    await page.goto("/rules/large_to_shop")
    amount = of_test(page, "when.all[0]")
    await amount.get_by_label("Operator").select_option("between")
    await amount.get_by_label("From", exact=True).fill("500")
    await amount.get_by_label("To", exact=True).fill("800")
    assert (await json_of(page))["when"]["all"][0]["value"] == ["500", "800"]
    await page.get_by_role("button", name="Try it as changed above").click()
    await expect(page.get_by_text("Version 1, which is in force, fires for 4 of the same")).to_be_visible()
    assert (await figures(page))["no longer fired"] == "2"

    await page.get_by_role("button", name="Record version 2").click()
    await expect(page.get_by_text("a draft of version 2")).to_be_visible()
    told = page.get_by_role("region", name="Difference")
    await expect(told.locator(".gone")).to_contain_text("transaction.value gte 700")
    await expect(told.locator(".new")).to_contain_text('transaction.value between ["500","800"]')
    await page.keyboard.press("a")
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    await expect(page.locator(".page-head")).to_contain_text("in force")
    await expect(page.get_by_text("a draft of version 2")).to_be_hidden()
    await page.keyboard.press("z")
    await expect(page.get_by_text("a draft of version 2")).to_be_visible()
    assert (await site.get("/rules/large_to_shop"))["active_version"] == 1


async def test_form_and_text_are_the_same_rule(page: Page, site: Site) -> None:
    await site.post("/rules", RULE)
    await site.sign_in(page, "sam")
    await page.goto("/rules/seen_before")
    await expect(of_test(page, "when.not").get_by_label("Values")).to_have_value("branch\ncard")
    text = page.get_by_label("The rule as JSON")
    written = (await text.input_value()).replace("Seen before", "Seen twice").replace('"branch"', '"post"')
    await text.fill(written[:-1])
    await expect(page.get_by_text("This is not JSON")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("Record version"))).to_be_disabled()
    await text.fill(written)
    await expect(page.get_by_label("Title")).to_have_value("Seen twice")
    await expect(of_test(page, "when.not").get_by_label("Values")).to_have_value("post\ncard")
    await page.get_by_label("Score, 0 to 1").fill("1.5")
    await page.get_by_role("button", name="Record version 2").click()
    await expect(page.locator(".field", has_text="Score, 0 to 1").locator(".wrong")).to_be_visible()
    await page.get_by_label("Score, 0 to 1").fill("0.25")
    await page.get_by_role("button", name="Record version 2").click()
    await expect(page.get_by_text("Version 2 is recorded.")).to_be_visible()
    assert (await site.get("/rules/seen_before"))["score"] == 0.25


async def test_an_edit_of_what_somebody_changed_meanwhile_is_refused(page: Page, site: Site) -> None:
    await site.sign_in(page, "ada")
    await page.goto("/rules/seen_before")
    await page.get_by_label("Title").fill("Mine")
    changed = RULE | {"title": "Theirs"}
    answer = await site.api.put("/api/v1/rules/seen_before", json=changed, headers={"If-Match": "*"})
    assert answer.status_code == 200
    await page.get_by_role("button", name="Record version 3").click()
    await expect(page.get_by_text("Somebody changed the rule meanwhile")).to_be_visible()
    await expect(page.get_by_label("Title")).to_have_value("Mine")
    await page.get_by_role("button", name="read it again").click()
    await expect(page.get_by_label("Title")).to_have_value("Theirs")


async def test_filters_stand_in_the_address_and_others_read_only(page: Page, site: Site) -> None:
    await site.sign_in(page, "ines")
    await page.goto("/rules?kind=graph&state=active")
    await expect(page.get_by_role("row", name="Peel chain")).to_be_visible()
    await expect(page.get_by_role("row", name="Seen")).to_have_count(0)
    await page.get_by_label("Words").fill("peel")
    await expect(page).to_have_url(re.compile("q=peel"))
    await expect(page.get_by_role("row")).to_have_count(2)
    await page.keyboard.press("Tab")
    await page.get_by_role("link", name="Peel chain").click()
    await expect(page.get_by_text("must find: four steps, each peeling some off")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("Record|Bring|Take out"))).to_have_count(0)
