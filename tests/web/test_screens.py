"""Every page, light and dark, on a screen and on a phone: pictures of it are kept, and everybody can use it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.async_api import Page

from tests.web.screens import FOLDER, SIZES, THEMES, landed, look, patterns, screens
from tests.web.site import Site


@pytest.fixture(scope="module")
async def values(site: Site) -> Mapping[str, str]:
    return await landed(site)


@pytest.mark.parametrize("pattern", patterns())
async def test_a_page_can_be_used_by_everybody(page: Page, site: Site, values: Mapping[str, str], pattern: str) -> None:
    await site.sign_in(page, "ada")
    screen = next(one for one in screens(values) if one.pattern == pattern)
    pictures = [FOLDER / f"{screen.name}-{theme}-{size}.png" for theme in THEMES for size in SIZES]
    for picture in pictures:
        picture.unlink(missing_ok=True)
    wrong = [one for theme in THEMES for size in SIZES for one in await look(page, screen, theme, size)]
    assert wrong == []
    assert all(picture.exists() for picture in pictures)
