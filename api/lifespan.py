"""What lives as long as the API: the services behind it, opened at start and closed in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from litestar import Litestar, Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from api.access import Caller, KeyCache
from graph.errors import HeadwaterError
from graph.rehearsal import rehearse
from jobs.services import Services, open_services
from settings import Settings

GivenServices = NamedDependency[SkipValidation[Services]]
GivenCaller = NamedDependency[SkipValidation[Caller]]


def lifespan(settings: Settings) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return the context in which the application serves; a server that is down is found by the first use."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            services = await stack.enter_async_context(open_services(settings))
            app.state.services = services
            # Awaited, not cancelled, at the end: a cancelled question would leave its connection open.
            stack.push_async_callback(asyncio.wait, [asyncio.create_task(_rehearse(services))])
            app.state.key_cache = KeyCache()
            yield

    return opened


async def _rehearse(services: Services) -> None:
    """Spare the first callers the planning of their queries; a database that is down yet is no matter."""
    with suppress(HeadwaterError):
        await rehearse(services.graph)


async def provide_services(request: Request[Any, Any, Any]) -> Services:
    """Give a handler the services."""
    services: Services = request.app.state.services
    return services


async def provide_caller(request: Request[Any, Any, Any]) -> Caller:
    """Give a handler whom the guard has let pass."""
    caller: Caller = request.scope["user"]
    return caller
