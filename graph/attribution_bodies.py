"""The request shape of attributions, and their canonical form, naming every field that cannot be accepted at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from graph.addresses import canonical_address, canonical_network, parse_wallet_key, wallet_key
from graph.bodies import MAX_ERRORS, explained, misshapen
from graph.errors import AddressError, FieldError, InvalidInput
from graph.model import Attribution

MAX_ATTRIBUTIONS = 1_000
MAX_TEXT = {"category": 100, "source": 500, "actor": 200, "note": 2_000, "supersedes": 100}
_NEEDED = {"category": "name what the wallet is", "source": "name who says so"}


def _says(description: str, example: Any) -> Meta:
    return Meta(description=description, examples=[example])


class AttributionInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attribution as sent: about `wallet`, or else `network` and `address`."""

    category: Annotated[
        str, _says("What the wallet is; one that is not in the table is kept for review and decides nothing", "scam")
    ]
    source: Annotated[str, _says("Who says so, up to 500 characters", "police report 17")]
    wallet: Annotated[str | None, _says("network:address", "acct:a")] = None
    network: Annotated[str | None, _says("eth, btc, trx, acct or another network", "acct")] = None
    address: Annotated[str | None, _says("Address on the network; a checksum it carries must match", "a")] = None
    actor: Annotated[str | None, _says("Who is behind the wallet", "Fake exchange")] = None
    confidence: Annotated[float, _says("From 0 to 1", 0.9)] = 1.0
    official: Annotated[bool, _says("A listing by a sanctions authority; only an admin may say so", False)] = False
    valid_from: Annotated[datetime | None, _says("Since when it is true; absent: always", "2019-03-01T12:00:00Z")] = (
        None
    )
    valid_to: Annotated[datetime | None, _says("Until when it is true; absent: always", "2020-03-01T12:00:00Z")] = None
    note: Annotated[str | None, _says("Kept for good: name no person in it", "seen in two complaints")] = None
    supersedes: Annotated[
        str | None, _says("The attribution of this wallet that is withdrawn with it", "att_0123456789abcdef0123456789")
    ] = None


_one = msgspec.json.Decoder(AttributionInput)
_many = msgspec.json.Decoder(list[AttributionInput])


def decode_attributions(body: bytes) -> list[AttributionInput]:
    """Decode one JSON object or a list of at most 1,000.

    Raises MalformedJson for what is not JSON, InvalidInput naming every field that is misshapen, missing or unknown;
    in a list the field begins with its place, such as `[2].category`.
    """
    is_list = body.lstrip()[:1] == b"["
    try:
        given = _many.decode(body) if is_list else [_one.decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise explained(body, look_at_attributions) from None
    if not 1 <= len(given) <= MAX_ATTRIBUTIONS:
        message = f"has {len(given):,} attributions; 1 to {MAX_ATTRIBUTIONS:,} are taken at once"
        raise InvalidInput(FieldError("body", message))
    return given


def look_at_attributions(raw: Any) -> list[FieldError]:
    """Return the errors of shape in an attribution, or in a list of them."""
    if not isinstance(raw, list):
        return misshapen(AttributionInput, raw, "")
    return [error for place, item in enumerate(raw) for error in misshapen(AttributionInput, item, f"[{place}]")]


def canonical_attributions(given: Sequence[AttributionInput], *, in_list: bool) -> list[Attribution]:
    """Return the canonical form of each; raises InvalidInput with every field that cannot be accepted.

    `in_list` says that fields are named by their place, such as `[2].category`.
    """
    errors: list[FieldError] = []
    made = []
    for place, item in enumerate(given):
        found: list[FieldError] = []
        made.append(_canonical(item, found))
        errors += [FieldError(f"[{place}].{e.field}" if in_list else e.field, e.message) for e in found]
    if errors:
        raise InvalidInput(*errors[:MAX_ERRORS])
    return made


def _canonical(given: AttributionInput, errors: list[FieldError]) -> Attribution:
    texts = {name: _text(name, getattr(given, name), errors) for name in MAX_TEXT}
    if not 0 <= given.confidence <= 1:
        errors.append(FieldError("confidence", "must be a number from 0 to 1"))
    since, until = _instant("valid_from", given, errors), _instant("valid_to", given, errors)
    if since and until and until <= since:
        errors.append(FieldError("valid_to", "must be later than valid_from"))
    return Attribution(
        id="",
        wallet=_wallet(given, errors),
        category=texts["category"] or "",
        source=texts["source"] or "",
        actor=texts["actor"],
        # Minus zero is another text than zero, and would be another attribution.
        confidence=abs(given.confidence),
        official=given.official,
        valid_from=since,
        valid_to=until,
        note=texts["note"],
        supersedes=texts["supersedes"],
    )


def _text(name: str, given: str | None, errors: list[FieldError]) -> str | None:
    """A text without blanks around it, None if there is nothing."""
    text = (given or "").strip()
    if not text and name in _NEEDED:
        errors.append(FieldError(name, f"is empty; {_NEEDED[name]}"))
    elif len(text) > MAX_TEXT[name] or "\0" in text:
        errors.append(FieldError(name, f"must be at most {MAX_TEXT[name]:,} characters, none of them NUL"))
    return text or None


def _instant(name: str, given: AttributionInput, errors: list[FieldError]) -> datetime | None:
    at: datetime | None = getattr(given, name)
    if at is None:
        return None
    if at.utcoffset() is None:
        errors.append(FieldError(name, "has no zone; send RFC 3339 with one, such as 2019-03-01T12:00:00Z"))
        return None
    try:
        return at.astimezone(UTC)
    except OverflowError:
        errors.append(FieldError(name, "lies outside the years 1 to 9999 in UTC"))
        return None


def _wallet(given: AttributionInput, errors: list[FieldError]) -> str:
    """The canonical key of either form."""
    if given.wallet is not None:
        for name in ("network", "address"):
            if getattr(given, name) is not None:
                errors.append(FieldError(name, "cannot be sent together with wallet; send one form"))
        return _taken("wallet", lambda: wallet_key(*parse_wallet_key(given.wallet or "")), errors)
    for name in ("network", "address"):
        if getattr(given, name) is None:
            errors.append(FieldError(name, "is missing; wallet, or network and address, are needed"))
    if given.network is None or given.address is None:
        return ""
    network, address = given.network, given.address
    if _taken("network", lambda: canonical_network(network), errors):
        return _taken("address", lambda: wallet_key(network, canonical_address(network, address)), errors)
    return ""


def _taken(name: str, make: Any, errors: list[FieldError]) -> str:
    try:
        return str(make())
    except AddressError as error:
        errors.append(FieldError(name, str(error)))
        return ""
