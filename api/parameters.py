"""Parameters of path and query: decoded once, unknown ones refused, keys in their canonical form."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import unquote

from litestar import Request
from litestar.exceptions import ValidationException
from litestar.params import PathParameter, QueryParameter

from api.wording import fitting
from graph.addresses import canonical_network, parse_wallet_key, wallet_key
from graph.clock import Clock
from graph.errors import AddressError, FieldError, InvalidInput

_NO_ZONE = "has no zone; send RFC 3339 with one, such as 2019-03-01T12:00:00Z (a + is sent as %2B)"
_TIME = "must be an RFC 3339 time with a zone, such as 2019-03-01T12:00:00Z (a + is sent as %2B)"
_missing = re.compile(r"Missing required \w+ parameter '([^']+)'").match

WalletKey = Annotated[
    str,
    PathParameter(
        description="`network:address`; `/` and the like percent-encoded. Any spelling of the address will do;"
        " a checksum it carries must match."
    ),
]
TransactionKey = Annotated[
    str, PathParameter(description="`network:id`; the id may hold colons, `/` must be percent-encoded.")
]
Id = Annotated[str, PathParameter(description="Its id, as a list or the answer that made it told.")]
Hops = Annotated[int, QueryParameter(ge=1, le=6, description="How many flows to follow")]
AsOf = Annotated[
    datetime | None,
    QueryParameter(description="Only money that had moved by then, and what was true then: RFC 3339 with a zone"),
]
KnownAt = Annotated[
    datetime | None, QueryParameter(description="Only what had been recorded by then: RFC 3339 with a zone")
]


async def read_parameters(request: Request[Any, Any, Any]) -> None:
    """Decode path parameters, which the envelope keeps escaped, and refuse what no operation can take."""
    # A new dict: the router keeps its own and gives it to every request of the path.
    decoded = {name: unquote(value) for name, value in request.scope["path_params"].items()}
    request.scope["path_params"] = decoded
    errors = _query_errors(request)
    given = [*decoded.items(), *request.query_params.items()]
    errors += [FieldError(name, "has a NUL character") for name, value in given if "\0" in value]
    if errors:
        raise InvalidInput(*errors)


def _query_errors(request: Request[Any, Any, Any]) -> list[FieldError]:
    """What would make the decoder answer another question than the one asked, without a word."""
    known, given = _query_names(request), list(request.query_params.items())
    errors = [FieldError(name, _unknown(list(known))) for name in request.query_params if name not in known]
    names = [name for name, _ in given]
    errors += [FieldError(name, "is given more than once") for name in known if names.count(name) > 1]
    types = request.route_handler.parsed_fn_signature.parameters
    for name, value in given:
        if value.lower() == "null" and name in known and str not in _parts(types[known[name]].annotation):
            errors.append(FieldError(name, "is null; leave it out, or send a value"))
    return errors


def refused_parameters(request: Request[Any, Any, Any], error: ValidationException) -> InvalidInput:
    """Return what Litestar found wrong with parameters, under the names they have on the wire."""
    if missing := _missing(error.detail):
        return InvalidInput(FieldError(missing[1], "is missing"))
    arguments = {argument: name for name, argument in _query_names(request).items()}
    types = request.route_handler.parsed_fn_signature.parameters
    found = error.extra if isinstance(error.extra, list) else []
    named = [(str(e.get("key", "body")), str(e["message"])) for e in found]
    return InvalidInput(
        *(
            FieldError(arguments.get(key, key), _right(message.lower(), types[key].raw if key in types else None))
            for key, message in named
        )
    )


def _right(message: str, type_: Any) -> str:
    """What would be right, where the decoder says only what is wrong."""
    if "rfc3339" in message:
        return _TIME
    return f"must be one of {', '.join(_choices(type_))}" if "enum value" in message else fitting(message)


def _choices(type_: Any) -> list[str]:
    """The words that a parameter may be."""
    if get_origin(type_) is Literal:
        return [str(word) for word in get_args(type_)]
    return [word for part in get_args(type_) for word in _choices(part)]


def _parts(type_: Any) -> tuple[Any, ...]:
    """The members of a union; the type itself if it is none."""
    return get_args(type_) or (type_,)


def _query_names(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Return the arguments of the handler that come from the query, by their names on the wire."""
    arguments = request.route_handler.parsed_fn_signature.parameters.items()
    given = [(argument, field.kwarg_definition) for argument, field in arguments]
    return {query.name or argument: argument for argument, query in given if isinstance(query, QueryParameter)}


def _unknown(known: list[str]) -> str:
    return f"is not a parameter here; {'the parameters are ' + ', '.join(known) if known else 'there are none'}"


def read_clock(as_of: datetime | None, known_at: datetime | None) -> Clock:
    """Return the two clocks of a question in UTC; raises InvalidInput naming each that no clock can show."""
    errors: list[FieldError] = []
    clock = Clock(as_of=_in_utc("as_of", as_of, errors), known_at=_in_utc("known_at", known_at, errors))
    if errors:
        raise InvalidInput(*errors)
    return clock


def read_span(since: datetime | None, until: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Return the bounds `from` and `to` of a list in UTC; raises InvalidInput naming each that is no point in time."""
    errors: list[FieldError] = []
    span = _in_utc("from", since, errors), _in_utc("to", until, errors)
    if errors:
        raise InvalidInput(*errors)
    return span


def _in_utc(name: str, at: datetime | None, errors: list[FieldError]) -> datetime | None:
    if at is None:
        return None
    if at.utcoffset() is None:
        errors.append(FieldError(name, _NO_ZONE))
        return None
    try:
        return at.astimezone(UTC)
    except OverflowError:
        errors.append(FieldError(name, "lies outside the years 1 to 9999 in UTC"))
        return None


def canonical_wallet(key: str, name: str = "key") -> str:
    """Return the canonical form of a wallet key; raises InvalidInput naming the parameter, `key` as a rule."""
    try:
        return wallet_key(*parse_wallet_key(key))
    except AddressError as error:
        raise InvalidInput(FieldError(name, str(error))) from None


def canonical_transaction_key(key: str) -> str:
    """Return the canonical form of a transaction key; raises InvalidInput naming `key`."""
    network, colon, name = key.partition(":")
    try:
        canonical_network(network)
    except AddressError as error:
        raise InvalidInput(FieldError("key", f"is network:id; the network {error}")) from None
    if not colon or not name:
        raise InvalidInput(FieldError("key", "must be network:id, such as eth:0x…"))
    return f"{network}:{name.lower() if name[:2] in ('0x', '0X') else name}"
