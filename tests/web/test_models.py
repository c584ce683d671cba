"""A model is trained from the page, read, promoted and watched for drift; what is refused says why."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, expect

from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.jobs.model_scene import draw
from tests.web.site import Site

FIRST = "isolation_forest-v1"


async def train(page: Page, seed: str) -> None:
    """Ask for a training and wait for its model."""
    await page.keyboard.press("t")
    asked = page.get_by_role("dialog", name="Train a model")
    await asked.get_by_label("Seed").fill(seed)
    await asked.get_by_role("button", name="Train", exact=True).click()


async def ended(site: Site, job: str) -> None:
    """Wait for a job to succeed."""
    found = await site.get(f"/jobs/{job}")
    while found["state"] in ("queued", "running"):
        await asyncio.sleep(0.2)
        found = await site.get(f"/jobs/{job}")
    assert found["state"] == "succeeded", found


async def step(page: Page, name: str, reason: str) -> None:
    """Take a step that wants a reason."""
    await page.get_by_role("button", name=name).first.click()
    asked = page.get_by_role("dialog", name=name)
    await asked.get_by_label("Reason").fill(reason)
    await asked.get_by_role("button", name=name).click()


async def test_a_model_is_trained_from_the_page(
    page: Page, site: Site, open_graph_once: Graph, taxonomy: Taxonomy
) -> None:
    # The form tells the seed that cannot be; the page follows the job to the model that came of it.
    await draw(open_graph_once, taxonomy)
    await site.sign_in(page, "sam")
    await page.goto("/models")
    await expect(page.get_by_text("No model has been trained.")).to_be_visible()
    await train(page, "-1")
    await expect(page.get_by_role("alert").get_by_text("Some fields cannot be accepted")).to_be_visible()
    asked = page.get_by_role("dialog", name="Train a model")
    await asked.get_by_label("Seed").fill("5")
    await asked.get_by_role("button", name="Train", exact=True).click()
    await expect(page.get_by_text(f"The training made {FIRST}.")).to_be_visible(timeout=90_000)
    await expect(page.get_by_role("row", name=FIRST)).to_contain_text("candidate")
    assert (await site.get(f"/models/{FIRST}"))["seed"] == 5


async def test_its_page_tells_what_it_looks_at(page: Page, site: Site) -> None:
    await site.sign_in(page, "ines")
    await page.goto(f"/models/{FIRST}")
    await expect(page.get_by_text("Novelty, not guilt")).to_be_visible()
    learned = (await site.get(f"/models/{FIRST}"))["features"]
    features = page.get_by_role("region", name="Features")
    await expect(features.get_by_role("row")).to_have_count(len(learned) + 1)
    await expect(page.get_by_text("Never measured: only a champion or a shadow")).to_be_visible()
    await expect(page.get_by_role("button", name="Make it champion")).to_have_count(0)


async def test_it_is_promoted_and_measured_by_the_next_run(page: Page, site: Site) -> None:
    await site.sign_in(page, "sam")
    await page.goto(f"/models/{FIRST}")
    await step(page, "Make it champion", "nothing else there is")
    await expect(page.locator(".page-head").get_by_text("● champion")).to_be_visible()
    states = page.get_by_role("region", name="What became of it")
    await expect(states.get_by_text("nothing else there is")).to_be_visible()
    await expect(page.get_by_text("Not measured yet: that is done with the next scoring run.")).to_be_visible()

    await ended(site, (await site.post("/scoring-runs", {}))["job"]["id"])
    await page.reload()
    drift = page.get_by_role("region", name="Drift by feature")
    await expect(drift.get_by_role("row", name="the score itself")).to_contain_text("nothing to see")


async def test_a_promotion_that_is_refused_says_why(page: Page, site: Site) -> None:
    # Somebody else was faster: the state that was seen is not the state any more.
    await site.sign_in(page, "sam")
    await page.goto(f"/models/{FIRST}")
    await expect(page.get_by_role("button", name="Roll back")).to_be_visible()
    await step(page, "Roll back", "worse than none")
    refused = page.get_by_role("dialog").get_by_role("alert")
    await expect(refused).to_contain_text("promoted over")
    await page.keyboard.press("Escape")
    await site.post(f"/models/{FIRST}/promote", {"state": "shadow", "reason": "to be watched"})
    await step(page, "Retire it", "of no use")
    await expect(refused).to_contain_text("shadow")
    await page.keyboard.press("Escape")
    await page.reload()
    await expect(page.locator(".page-head").get_by_text("◐ shadow")).to_be_visible()
    await expect(page.get_by_role("region", name="Features")).to_be_visible()
    await page.keyboard.press("p")
    await expect(page.get_by_role("dialog", name="Make it champion")).to_contain_text("It counts in scores")
    await page.goto("/models?state=retired")
    await expect(page.get_by_text("No model is of that kind and state.")).to_be_visible()
