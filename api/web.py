"""The web UI: one page for every path it knows, and the files that Vite made of `web/`."""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from msgspec import Struct

DIST = Path(__file__).parent.parent / "web" / "dist"
# The first segment of each path that `web/src/routes.tsx` lists.
PAGES = (
    "alerts",
    "wallets",
    "transactions",
    "graph",
    "search",
    "dashboard",
    "cases",
    "attributions",
    "entities",
    "rules",
    "policies",
    "models",
    "jobs",
    "audit",
)
NOT_BUILT = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Headwater</title>"
    '<link rel="stylesheet" href="/docs/style.css"><h1>The web UI is not built</h1>'
    "<p>Run <code>make setup</code> and start again. The API is there: see <a href=/docs>/docs</a>.</html>"
)
Name = Annotated[str, PathParameter(description="As the page names it")]
# Their names tell what they hold.
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


class Asset(Struct, frozen=True):
    """A file as it goes over the wire; `packed` is None where packing does not pay."""

    media_type: str
    content: bytes
    packed: bytes | None


async def take_any(request: Request[Any, Any, Any]) -> None:
    """Let any query pass: it is for the script of the page, in place of what checks parameters of the API."""


@get(
    ["/", *(path for page in PAGES for path in (f"/{page}", f"/{page}/{{rest:path}}"))],
    operation_id="get_page",
    include_in_schema=False,
    media_type=MediaType.HTML,
    before_request=take_any,
    sync_to_thread=False,
)
def get_page() -> str:
    """Return the one page there is; its script shows what the address asks for."""
    return _page()


@get("/assets/{name:str}", operation_id="get_asset", include_in_schema=False, sync_to_thread=False)
def get_asset(name: Name, request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return a script, a style or a picture of the page."""
    asset = _assets().get(name)
    if asset is None:
        raise NotFoundException
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, media_type=asset.media_type, headers={**FOREVER, "Content-Encoding": "gzip"})
    return Response(asset.content, media_type=asset.media_type, headers=FOREVER)


@cache
def _page() -> str:
    index = DIST / "index.html"
    return index.read_text("utf-8") if index.exists() else NOT_BUILT


@cache
def _assets() -> dict[str, Asset]:
    return {path.name: _asset(path) for path in sorted((DIST / "assets").glob("*"))}


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    packed = gzip.compress(content, mtime=0)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(media_type, content, packed if len(packed) < 0.9 * len(content) else None)
