"""Every page of the workbench with something on it: what is landed, where each page is, and how it is looked at."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from playwright.async_api import Page

from tests.api.conftest import movement
from tests.chaos.processes import ROOT
from tests.web.site import Site

FOLDER = ROOT / "reports" / "screens"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("light", "dark")
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
LISTED = (
    ("phisher", "scam", "Fake_Phishing1772"),
    ("embassy", "sanctions", "Listed Trading Ltd"),
    ("harbour", "exchange", "Harbour Exchange"),
    ("tumbler", "mixer", "Tumbler"),
)
# Who pays whom how much: each a transaction of its own, in this order.
PAYMENTS = (
    ("employer", "hub", 950),
    ("phisher", "mule", 8200),
    ("harbour", "hub", 2600),
    ("mule", "hub", 8100),
    ("phisher", "hub", 1300),
    ("tumbler", "hub", 400),
    ("hub", "harbour", 7900),
    ("hub", "friend", 300),
    ("embassy", "friend", 5000),
    ("clerk", "shop", 12.25),
)
SERIOUS = """
async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations.filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
}
"""
# What a page says while it waits for an answer: see web/src/ui/states.tsx.
ARRIVED = "() => ![...document.querySelectorAll('.state[role=status]')].some((one) => /^Loading/.test(one.textContent))"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
RULE = {
    "id": "large",
    "title": "Large payment",
    "why": "What is taken goes at once.",
    "reason": "RULE_LARGE",
    "score": 0.5,
    "when": {"field": "transaction.value", "op": "gte", "value": "5000"},
}


class Screen(Struct, frozen=True):
    """One page: its pattern in the table of routes, and a path of it that has something to show."""

    pattern: str
    path: str

    @property
    def name(self) -> str:
        """The name of its pictures."""
        return re.sub(r"\W+", "-", self.pattern).strip("-") or "home"


def patterns() -> list[str]:
    """Every page that the script knows, in its order."""
    return re.findall(r'pattern: "(/[^"]*)"', (ROOT / "web" / "src" / "routes.tsx").read_text())


def screens(values: Mapping[str, str]) -> list[Screen]:
    """A path for each pattern; raises KeyError for a page that nothing was landed for."""
    return [Screen(pattern, values[pattern] if "{" in pattern else pattern) for pattern in patterns()]


async def landed(site: Site) -> dict[str, str]:
    """Land the scene; return a path for each pattern that names something."""
    labels = [
        {"wallet": f"acct:{name}", "category": what, "actor": who, "source": "list 7"} for name, what, who in LISTED
    ]
    await site.post("/attributions", labels)
    for number, (sender, receiver, amount) in enumerate(PAYMENTS):
        await site.post(
            "/transactions",
            movement(
                number, sender=sender, receiver=receiver, amount=str(amount), at=f"2026-10-{1 + number:02}T09:30:00Z"
            ),
        )
    found = await _worked(site)
    found |= await _scored(site)
    attribution = (await site.get("/wallets/acct:phisher/attributions"))["items"][0]["id"]
    return found | {
        "/wallets/{key}": "/wallets/acct:hub",
        "/transactions/{key}": "/transactions/acct:p3",
        "/attributions/{id}": f"/attributions/{attribution}",
        "/policies/{id}": f"/policies/{(await site.get('/policies'))['items'][0]['id']}",
        "/models/{id}": "/models/isolation_forest-v1",
        "/audit/{seq}": "/audit/1",
        "/entities/{key}": f"/entities/{await _clustered(site)}",
    }


async def _worked(site: Site) -> dict[str, str]:
    """What people made of it: a case of two alerts with a note, and a rule."""
    alerts = [alert["id"] for alert in (await site.get("/alerts?limit=100"))["items"]]
    case = (await site.post("/cases", {"title": "Mules of the harbour", "alerts": alerts[:2]}))["id"]
    await site.post(f"/cases/{case}/notes", {"text": "The mule sends on all but a tenth within the hour."})
    rule = (await site.post("/rules", RULE))["id"]
    return {
        "/alerts/{id}": f"/alerts/{alerts[0]}",
        "/cases/{id}": f"/cases/{case}",
        "/graph/{case}": f"/graph/{case}",
        "/rules/{id}": f"/rules/{rule}",
    }


async def _scored(site: Site) -> dict[str, str]:
    """Score all wallets twice, something having changed in between: the job and what moved are to be looked at."""
    before = await scored(site)
    await site.post("/attributions", [{"wallet": "acct:clerk", "category": "scam", "source": "list 8"}])
    after = await scored(site)
    return {
        "/jobs/{id}": f"/jobs/{after['job']}",
        "/jobs/runs/{before}/{after}": f"/jobs/runs/{before['id']}/{after['id']}",
    }


async def _clustered(site: Site) -> str:
    """The key of an entity: two wallets that pay together."""
    parties = {
        "inputs": [{"address": name, "amount": "5"} for name in ("a", "b")],
        "outputs": [{"address": "c", "amount": "9"}],
    }
    body = {"network": "ltc", "id": "together", "at": "2026-10-20T09:30:00Z", "asset": "USD"} | parties
    await site.post("/transactions", body)
    job = (await site.post("/clusterings", {}))["id"]
    for _ in range(600):
        if (await site.get(f"/jobs/{job}"))["state"] not in ("queued", "running"):
            break
        await asyncio.sleep(0.1)
    return str((await site.get("/entities"))["items"][0]["key"])


async def scored(site: Site) -> dict[str, Any]:
    """A scoring run that has finished."""
    run: dict[str, Any] = (await site.post("/scoring-runs", {}))["run"]
    for _ in range(600):
        if (state := (await site.get(f"/jobs/{run['job']}"))["state"]) not in ("queued", "running"):
            assert state == "succeeded", state
            return run
        await asyncio.sleep(0.1)
    raise AssertionError("the scoring run did not end")


async def look(page: Page, screen: Screen, theme: str, size: str) -> list[str]:
    """Open a page, keep its picture, and return what is wrong with it."""
    await page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    await page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    await page.goto(screen.path, wait_until="networkidle")
    await page.get_by_role("heading", level=1).first.wait_for()
    await page.wait_for_function(ARRIVED)
    FOLDER.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=FOLDER / f"{screen.name}-{theme}-{size}.png", full_page=True)
    await page.evaluate(AXE.read_text())
    wrong: list[str] = await page.evaluate(SERIOUS)
    if (over := await page.evaluate(OVERFLOW)) > 0:
        wrong.append(f"scrolls sideways by {over} px")
    return [f"{screen.pattern} {theme} {size}: {one}" for one in wrong]
