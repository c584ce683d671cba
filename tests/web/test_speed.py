"""What `headwater bench workbench` measures, on a site that runs: that it finds its alert and sees it painted."""

from __future__ import annotations

from playwright.async_api import Page

from bench.workbench import painted, weighed_scripts
from bench.workbench_scene import NEIGHBOURS, land_hub
from jobs.services import open_services
from tests.servers import Servers
from tests.web.site import Site


async def test_the_page_of_an_alert_is_seen_to_be_painted(page: Page, site: Site, servers: Servers) -> None:
    async with open_services(servers.settings()) as services:
        alert = await land_hub(services)
        assert await services.graph.watermark() == NEIGHBOURS + 2
    await site.sign_in(page)
    median, worst = await painted(page, f"/alerts/{alert}", 2)
    assert 0 < median.ours <= worst.ours
    assert (median.unit, median.target) == ("ms", "at most 1000 ms")


def test_scripts_are_weighed_as_they_are_sent() -> None:
    assert weighed_scripts().unit == "KiB"
    assert weighed_scripts().ours > 1
