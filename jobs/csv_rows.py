"""What one row of cells says: a transaction as sent, or an attribution."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from graph.addresses import AddressError, canonical_address, canonical_network, wallet_key
from graph.bodies import TransactionInput
from graph.errors import FieldError, InvalidInput
from graph.model import Attribution
from graph.taxonomy import load_taxonomy

MAX_TEXT = {"actor": 200, "source": 500, "note": 2_000}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_TEXT = "must be RFC 3339 with a zone, such as 2019-03-01T12:00:00Z, or unix seconds"
_MICROSECONDS = 6

_is_unix = re.compile(r"(-?[0-9]{1,15})(?:\.([0-9]+))?").fullmatch
_is_date = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


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


def attribution_maker(places: Mapping[str, int], *, network: str) -> Callable[[Sequence[str]], Attribution]:
    """Return the function that reads one row into an Attribution with an empty id."""

    def make(cells: Sequence[str]) -> Attribution:
        row = {field: cells[place].strip() for field, place in places.items()}
        errors: list[FieldError] = []
        made = _attribution(row, row.get("network") or network, errors)
        if errors:
            raise InvalidInput(*errors)
        return made

    return make


def _attribution(row: Mapping[str, str], network: str, errors: list[FieldError]) -> Attribution:
    if row["category"] not in load_taxonomy().names:
        known = ", ".join(load_taxonomy().names)
        errors.append(FieldError("category", f"{row['category'][:64]!r} is not a category; the categories are {known}"))
    if not row["source"]:
        errors.append(FieldError("source", "is empty; name who says so"))
    for field, longest in MAX_TEXT.items():
        if len(text := row.get(field, "")) > longest or "\0" in text:
            errors.append(FieldError(field, f"must be at most {longest:,} characters, none of them NUL"))
    since, until = _bound(row, "valid_from", errors), _bound(row, "valid_to", errors)
    if since and until and until <= since:
        errors.append(FieldError("valid_to", "must be later than valid_from"))
    return Attribution(
        id="",
        wallet=_wallet(network, row["address"], errors),
        category=row["category"],
        source=row["source"],
        actor=row["actor"] or None,
        confidence=_confidence(row.get("confidence", ""), errors),
        valid_from=since,
        valid_to=until,
        note=row.get("note") or None,
    )


def _wallet(network: str, address: str, errors: list[FieldError]) -> str:
    try:
        canonical_network(network)
    except AddressError as error:
        errors.append(FieldError("network", str(error)))
        return ""
    try:
        return wallet_key(network, canonical_address(network, address))
    except AddressError as error:
        errors.append(FieldError("address", str(error)))
        return ""


def _confidence(text: str, errors: list[FieldError]) -> float:
    """A number from 0 to 1; empty is 1."""
    if re.fullmatch(r"|0(\.[0-9]+)?|1(\.0+)?", text):
        return float(text or 1)
    errors.append(FieldError("confidence", "must be a decimal from 0 to 1"))
    return 0.0


def _bound(row: Mapping[str, str], field: str, errors: list[FieldError]) -> datetime | None:
    """One end of the time an attribution is valid; a bare date is its midnight in UTC, empty is always."""
    text = row.get(field, "")
    if not text:
        return None
    try:
        at = parse_time(text + "T00:00:00Z" if _is_date(text) else text, field)
        if at.utcoffset() is not None:
            return at.astimezone(UTC)
    except (InvalidInput, OverflowError):
        pass
    errors.append(FieldError(field, _TIME_TEXT + ", or a date"))
    return None


def parse_time(text: str, field: str) -> datetime:
    """Return the time that RFC 3339 text or unix seconds stand for; zoneless text gives a zoneless time."""
    if match := _is_unix(text):
        return _unix_time(match[1], match[2] or "", field)
    try:
        return msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise InvalidInput(FieldError(field, _TIME_TEXT)) from None


def _unix_time(seconds: str, fraction: str, field: str) -> datetime:
    """Exact to the microsecond; what is finer is cut off."""
    micros = int((fraction + "0" * _MICROSECONDS)[:_MICROSECONDS])
    try:
        return _EPOCH + timedelta(seconds=int(seconds), microseconds=-micros if seconds.startswith("-") else micros)
    except OverflowError:
        message = f"{seconds} lies outside the years 1 to 9999 as unix seconds; are these milliseconds?"
        raise InvalidInput(FieldError(field, message)) from None
