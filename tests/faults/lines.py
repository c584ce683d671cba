"""The servers of these tests behind lines that can be frozen, slowed and cut."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from tests.faults.proxy import Line
from tests.servers import Servers

URLS = {"neo4j": "neo4j_uri", "postgres": "postgres_url", "redis": "redis_url"}


@asynccontextmanager
async def behind_lines(servers: Servers) -> AsyncIterator[tuple[Servers, dict[str, Line]]]:
    """The same servers, reached over a line each; lines by the name of their server."""
    lines: dict[str, Line] = {}
    changed: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        for name, field in URLS.items():
            url = urlsplit(getattr(servers, field))
            lines[name] = await stack.enter_async_context(Line.to(str(url.hostname), int(url.port or 0)))
            login = f"{url.netloc.rpartition('@')[0]}@" if "@" in url.netloc else ""
            changed[field] = urlunsplit(url._replace(netloc=f"{login}127.0.0.1:{lines[name].port}"))
        yield replace(servers, **changed), lines


def port_of(servers: Servers, name: str) -> int:
    """The port that one of the servers listens on."""
    return int(urlsplit(getattr(servers, URLS[name])).port or 0)
