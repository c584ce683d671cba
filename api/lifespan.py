"""What lives as long as the API: the services behind it, opened at start and closed in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from math import inf
from typing import Any

from litestar import Litestar, Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec import Struct

import deadlines
from api.access import Caller
from api.callers import Recent
from graph.errors import HeadwaterError
from jobs.limits import Limits
from jobs.reading import ReadLog
from jobs.rehearsing import rehearse_in_turn
from jobs.services import Services, open_services
from ledger.keys import KeyInfo
from ledger.passwords import Passwords
from ledger.sessions import Session
from settings import Settings

# How long one query may take to be planned, and how soon that is tried again.
PLANNED_S, AGAIN_S = 60.0, 2.0
# How long it may go on once the API ends.
CLOSED_S = 5.0

GivenServices = NamedDependency[SkipValidation[Services]]
GivenCaller = NamedDependency[SkipValidation[Caller]]


class Door(Struct):
    """What stands between people and the services: their passwords, sessions, and how often they may try."""

    passwords: Passwords
    sessions: Recent[Session]
    limits: Limits


GivenDoor = NamedDependency[SkipValidation[Door]]


def lifespan(settings: Settings) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return the context in which the application serves; a server that is down is found by the first use."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            services = await stack.enter_async_context(open_services(settings))
            app.state.services = services
            closing = asyncio.Event()
            stack.push_async_callback(_end, asyncio.create_task(_rehearse(services, closing)))
            stack.callback(closing.set)
            await _open_door(app, stack, services)
            yield

    return opened


async def _open_door(app: Litestar, stack: AsyncExitStack, services: Services) -> None:
    """What the guard and the layers round the application find in its state."""
    passwords = Passwords()
    stack.callback(passwords.close)
    limits = Limits.open(services.settings.queue.redis_url)
    stack.push_async_callback(limits.close)
    app.state.read_log = await stack.enter_async_context(ReadLog.open(services.ledger))
    app.state.known_keys, app.state.known_sessions = Recent[KeyInfo](), Recent[Session]()
    app.state.limits = limits
    app.state.door = Door(passwords, app.state.known_sessions, limits)


async def _rehearse(services: Services, closing: asyncio.Event) -> None:
    """Spare callers the planning of their queries: at the start, and when a database that did not answer is back.

    A query that takes longer to plan than a request may last would else be cut each time.
    """
    missed = services.graph.missed
    while not closing.is_set():
        missed.clear()
        try:
            with deadlines.within(inf, wait_s=PLANNED_S):
                await rehearse_in_turn(services, is_over=closing.is_set)
        except HeadwaterError:
            missed.set()
        await _first_of(closing, missed)
        with suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), AGAIN_S)


async def _end(task: asyncio.Task[None]) -> None:
    """Let a task end; a question that a server does not answer any more is given up."""
    if not (await asyncio.wait([task], timeout=CLOSED_S))[0]:
        task.cancel()
        await asyncio.wait([task])


async def _first_of(*events: asyncio.Event) -> None:
    """Wait until one of them is set."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()


async def provide_services(request: Request[Any, Any, Any]) -> Services:
    """Give a handler the services."""
    services: Services = request.app.state.services
    return services


async def provide_door(request: Request[Any, Any, Any]) -> Door:
    """Give a handler what it takes to sign people in and out."""
    door: Door = request.app.state.door
    return door


async def provide_caller(request: Request[Any, Any, Any]) -> Caller:
    """Give a handler whom the guard has let pass."""
    caller: Caller = request.scope["user"]
    return caller
