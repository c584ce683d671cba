"""`/docs`: the OpenAPI document as a page that needs no script and no network, and as JSON."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.enums import OpenAPIMediaType
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.router import Router

from api.openapi import complete
from api.problems import TABLE

STYLE = """\
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --ink: light-dark(#0a6ebd, #7cc0f5); }
a { color: var(--ink); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); text-transform: capitalize; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; } summary b { color: var(--ink); display: inline-block; min-width: 4.6rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; } summary code { font-size: 15px; }
pre { background: var(--soft); padding: .7rem; overflow: auto; max-height: 26rem; border-radius: .3rem; }
table { border-collapse: collapse; }
td, th { text-align: left; padding: .15rem 1rem .15rem 0; vertical-align: top; }
"""
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path fill="#0a6ebd" d="M8 1c3 4 5 6 5 9a5 5 0 0 1-10 0c0-3 2-5 5-9z"/></svg>'
)


class DocsPage(OpenAPIRenderPlugin):
    """Renders the document as one static HTML page."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page."""
        return render_page(complete(openapi_schema)).encode()

    def receive_router(self, router: Router) -> None:
        """Take away Litestar's own 404 page: an unknown path is a problem like everywhere."""
        router.routes = [route for route in router.routes if not route.path.endswith("{path:str}")]


class DocsJson(JsonRenderPlugin):
    """Renders the completed document as JSON."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document."""
        return msgspec.json.encode(complete(openapi_schema))


@get(
    ["/openapi.json", "/api/v1/openapi.json"],
    operation_id="get_openapi",
    include_in_schema=False,
    media_type=OpenAPIMediaType.OPENAPI_JSON,
)
async def get_openapi(request: Request[Any, Any, Any]) -> bytes:
    """Return the OpenAPI document."""
    return DocsJson().render(request, request.app.openapi_schema.to_schema())


@get("/api/v1/docs", operation_id="get_docs", include_in_schema=False, media_type=MediaType.HTML)
async def get_docs(request: Request[Any, Any, Any]) -> bytes:
    """Return the page that is also at /docs."""
    return DocsPage().render(request, request.app.openapi_schema.to_schema())


@get("/docs/style.css", operation_id="get_docs_style", include_in_schema=False)
async def get_docs_style() -> Response[bytes]:
    """Return the style of the page."""
    return Response(STYLE.encode(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@get("/docs/icon.svg", operation_id="get_docs_icon", include_in_schema=False)
async def get_docs_icon() -> Response[bytes]:
    """Return the icon of the page, which browsers ask for."""
    return Response(ICON.encode(), media_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"})


def render_page(document: dict[str, Any]) -> str:
    """Return the document as HTML."""
    groups: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(document, path, method, operation))
    info = document["info"]
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(parts)}" for tag, parts in groups.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Headwater API</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs/style.css">'
        '<link rel="icon" href="/docs/icon.svg">'
        f"<h1>{escape(info['title'])} API <small>{escape(info['version'])}</small></h1>"
        f"{_prose(info['description'])}<p>For machines: <a href='/openapi.json'>openapi.json</a>.</p>"
        f"{body}{_problems()}</html>"
    )


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> str:
    parts = [_prose(operation["description"]), _parameters(operation.get("parameters", []))]
    if sent := operation.get("requestBody"):
        parts.append(_example("Send", sent))
    for status, response in operation["responses"].items():
        if "$ref" not in response:
            parts.append(_example(f"{status} {response['description']}", response))
    errors = (status for status, response in operation["responses"].items() if "$ref" in response)
    parts.append(f"<p>Errors: {escape(', '.join(errors))}; see <a href='#problems'>problems</a>.</p>")
    title = f"<b>{method.upper()}</b> <code>{escape(path)}</code> {escape(operation['summary'])}"
    name = escape(operation["operationId"])
    return f'<details id="{name}"><summary>{title}</summary>{"".join(parts)}</details>'


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code><td>{p['in']}{', required' if p.get('required') else ''}"
        f"<td>{_inline(p.get('description') or '')} {_bounds(p.get('schema', {}))}"
        for p in parameters
    )
    return f"<table>{rows}</table>" if rows else ""


def _bounds(schema: dict[str, Any]) -> str:
    words = [word for word in schema.get("enum", ()) if word is not None]
    found = [f"one of {', '.join(words)}"] if words else []
    names = {"minimum": "at least", "maximum": "at most", "default": "default"}
    found += [f"{text} {_plain(schema[name])}" for name, text in names.items() if schema.get(name) not in (None, "")]
    return escape(f"({'; '.join(found)})") if found else ""


def _plain(value: object) -> str:
    """A bound as people write it: the document has every number as a float."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.0f}" if isinstance(value, float) and value < 2**53 else str(value)


def _example(title: str, holder: dict[str, Any]) -> str:
    return "".join(
        f"<p>{escape(title)}: <code>{escape(media)}</code><pre>{_pretty(content['example'])}</pre>"
        for media, content in holder.get("content", {}).items()
    )


def _pretty(value: object) -> str:
    return escape(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _prose(text: str) -> str:
    return "".join(f"<p>{_inline(part)}</p>" for part in text.split("\n\n"))


def _inline(text: str) -> str:
    """Text with what stands in backticks set as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _problems() -> str:
    rows = "".join(
        f'<tr id="{kind.name}"><td>{kind.status}<td><code>{kind.name}</code><td>{escape(kind.title)}'
        for kind in dict.fromkeys(TABLE.values())
    )
    return f'<h2 id="problems">Problems</h2><table><tr><th>status<th>type<th>title{rows}</table>'
