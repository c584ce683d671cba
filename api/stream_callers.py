"""Who opens a stream: by what the handshake shows, or by a first message, as a page with a key cannot set headers."""

from __future__ import annotations

from asyncio import timeout
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from litestar import WebSocket
from msgspec import Meta, Struct
from msgspec.structs import replace

from api.access import Caller
from api.callers import bearer_of, find_caller, find_caller_of_key, shown_key
from api.cookies import token_of
from api.errors import Unauthenticated
from api.event_views import MOST_OF_A_TYPE
from api.paging import Seq
from api.stream_closing import BAD_MESSAGE, UNAUTHENTICATED, StreamEnded
from api.stream_feed import KIND
from jobs.services import Services
from ledger.standing import digest

FIRST_WITHIN_S = 5.0
MOST_TYPES = 20

AnySocket = WebSocket[Any, Any, Any]
Types = Annotated[
    str,
    Meta(
        max_length=MOST_TYPES * MOST_OF_A_TYPE,
        pattern=r"^alert\.(\*|[a-z_]+)(,alert\.(\*|[a-z_]+))*$",
        description="Types of events about alerts, with commas between them: `alert.opened,alert.changed`",
    ),
]


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events a stream is to send: those after `after`, or from now on; of these types, or of all."""

    after: Seq | None = None
    types: Types | None = None

    def wants(self, kind: str) -> bool:
        """Whether events of a type are sent."""
        return self.types is None or not {kind, KIND}.isdisjoint(self.types.split(","))


class FirstMessage(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller sends who could show no key in the handshake; what it says goes before the query."""

    authorization: Annotated[str, Meta(max_length=200, description="`Bearer hw_…`")]


class Opener(Struct, frozen=True, kw_only=True):
    """Who has opened a stream, and the digest of the key or token by which; None where nobody needs one."""

    caller: Caller
    secret: str | None


async def read_opener(socket: AnySocket) -> tuple[Opener, Asked]:
    """Return who opens an accepted socket and what they ask for; raises StreamEnded, and as `find_caller` does."""
    asked = _asked_in_handshake(socket)
    services: Services = socket.app.state.services
    if services.settings.api.auth == "off":
        return Opener(caller=await find_caller(socket), secret=None), asked
    if secret := shown_key(socket) or token_of(socket):
        return Opener(caller=await find_caller(socket), secret=digest(secret)), asked
    first = await _first_message(socket)
    if not (key := bearer_of(first.authorization)):
        raise Unauthenticated("`authorization` is empty; it is `Bearer hw_…`")
    caller = await find_caller_of_key(socket, key)
    after = asked.after if first.after is None else first.after
    return Opener(caller=caller, secret=digest(key)), replace(asked, after=after, types=first.types or asked.types)


def _asked_in_handshake(socket: AnySocket) -> Asked:
    """What the query asks for, or else the header by which a client goes on after an event."""
    try:
        pairs = parse_qsl(socket.scope["query_string"].decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        raise StreamEnded(BAD_MESSAGE, "the query is not UTF-8") from None
    if len(dict(pairs)) < len(pairs):
        raise StreamEnded(BAD_MESSAGE, "a parameter is given more than once")
    if nulls := [name for name, value in pairs if value.lower() == "null"]:
        raise StreamEnded(BAD_MESSAGE, f"{nulls[0]} is null; leave it out, or send a value")
    last = socket.headers.get("last-event-id")
    given = {"after": last} | dict(pairs) if last is not None else dict(pairs)
    try:
        return msgspec.convert(given, Asked, strict=False)
    except msgspec.ValidationError as error:
        raise StreamEnded(BAD_MESSAGE, str(error)) from None


async def _first_message(socket: AnySocket) -> FirstMessage:
    try:
        async with timeout(FIRST_WITHIN_S):
            message = await socket.receive()
    except TimeoutError:
        raise StreamEnded(UNAUTHENTICATED, "show a key or a session, or send a first message with one") from None
    if message["type"] != "websocket.receive":
        raise StreamEnded(UNAUTHENTICATED, "nothing was shown")
    try:
        return msgspec.json.decode(message.get("text") or message.get("bytes") or b"", type=FirstMessage)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StreamEnded(BAD_MESSAGE, f"the first message is not as documented: {error}") from None
