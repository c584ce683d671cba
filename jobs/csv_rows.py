"""What one row of cells says of a transaction, as sent; and how times are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from graph.bodies import TransactionInput
from graph.errors import FieldError, InvalidInput

TIME_TEXT = "must be RFC 3339 with a zone, such as 2019-03-01T12:00:00Z, or unix seconds"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = 6

_is_unix = re.compile(r"(-?[0-9]{1,15})(?:\.([0-9]+))?").fullmatch


def transaction_maker(
    places: Mapping[str, int], *, network: str, asset: str
) -> Callable[[Sequence[str]], TransactionInput]:
    """Return the function that reads one row; `places` tells which cell holds which field."""
    id_, at, sender, receiver, amount = (places[f] for f in ("id", "at", "sender", "receiver", "amount"))
    network_at, asset_at = places.get("network"), places.get("asset")
    value_at, purpose_at = places.get("value"), places.get("purpose")

    def make(cells: Sequence[str]) -> TransactionInput:
        return TransactionInput(
            network=network if network_at is None else cells[network_at].strip() or network,
            id=cells[id_].strip(),
            at=parse_time(cells[at].strip(), "at"),
            asset=asset if asset_at is None else cells[asset_at].strip() or asset,
            sender=cells[sender].strip() or None,
            receiver=cells[receiver].strip() or None,
            amount=cells[amount].strip() or None,
            value=None if value_at is None else cells[value_at].strip() or None,
            purpose=None if purpose_at is None else cells[purpose_at] or None,
        )

    return make


def parse_time(text: str, field: str) -> datetime:
    """Return the time that RFC 3339 text or unix seconds stand for; zoneless text gives a zoneless time."""
    if match := _is_unix(text):
        return _unix_time(match[1], match[2] or "", field)
    try:
        return msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise InvalidInput(FieldError(field, TIME_TEXT)) from None


def _unix_time(seconds: str, fraction: str, field: str) -> datetime:
    """Exact to the microsecond; what is finer is cut off."""
    micros = int((fraction + "0" * _MICROSECONDS)[:_MICROSECONDS])
    try:
        return _EPOCH + timedelta(seconds=int(seconds), microseconds=-micros if seconds.startswith("-") else micros)
    except OverflowError:
        message = f"{seconds} lies outside the years 1 to 9999 as unix seconds; are these milliseconds?"
        raise InvalidInput(FieldError(field, message)) from None
