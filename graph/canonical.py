"""From a transaction as sent to its canonical form, naming every field that cannot be accepted at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from graph.addresses import canonical_address, canonical_network
from graph.bodies import MAX_ERRORS, PartyInput, TransactionInput, decode_transaction
from graph.errors import AddressError, FieldError, InvalidInput
from graph.model import Party, Transaction
from graph.money import format_micro, micro, plain_decimal, scaled, total_amount

__all__ = [
    "PartyInput",
    "TransactionInput",
    "canonical_transaction",
    "decode_transaction",
]

# Of one side; what body a request may have bounds both together.
MAX_PARTIES = 10_000
MAX_PURPOSE = 2_000
MAX_CONTEXT_BYTES = 16_384
MAX_CONTEXT_DEPTH = 16

SHORT_FORM = ("sender", "receiver", "amount")

_NO_FACTS: dict[str, Any] = {}

T = TypeVar("T")
Parties = tuple[Party, ...]
_is_word = re.compile(r"\S{1,200}").fullmatch
_is_asset = re.compile(r"[A-Za-z0-9._:-]{1,32}").fullmatch


def canonical_transaction(
    given: TransactionInput, *, reference_currency: str, now: datetime, max_future_s: int
) -> Transaction:
    """Return the canonical form of `given`; raises InvalidInput with every field that cannot be accepted.

    `now` is aware; a time more than `max_future_s` after it is refused.
    """
    found = _Errors()
    network = found.take(None, "network", canonical_network, given.network)
    key_part = found.take("", "id", _canonical_id, given.id)
    at = found.take(now, "at", _instant, given.at, now, max_future_s)
    asset = found.take("", "asset", _asset, given.asset)
    before = len(found)
    inputs, outputs = _parties(given, network, found)
    amount = total_amount([party.amount for party in outputs]) if len(found) == before else None
    unknown: tuple[int, int | None] = (0, None)
    value, value_sent = found.take(unknown, "value", _value, given, amount, reference_currency)
    purpose = found.take(None, "purpose", _purpose, given.purpose)
    context = found.take(_NO_FACTS, "context", _context, given.context)
    if found or network is None or amount is None:
        raise InvalidInput(*found[:MAX_ERRORS])
    return Transaction(
        network=network,
        id=key_part,
        at=at,
        asset=asset,
        amount=amount,
        value=value,
        inputs=inputs,
        outputs=outputs,
        value_sent=value_sent,
        purpose=purpose,
        context=context,
    )


class _Errors(list[FieldError]):
    """What is wrong so far."""

    def add(self, field: str, message: str) -> None:
        """Note one field that cannot be accepted."""
        self.append(FieldError(field, message))

    def take(self, instead: T, field: str, make: Callable[..., T], *given: Any) -> T:
        """Return what `make` makes of `given`; on an error note it and return `instead`."""
        try:
            return make(*given)
        except AddressError as error:
            self.add(field, str(error))
        except InvalidInput as error:
            self.extend(error.errors)
        return instead


def _parties(given: TransactionInput, network: str | None, found: _Errors) -> tuple[Parties, Parties]:
    """Inputs and outputs of either form; of no use if an error was found."""
    if given.inputs is None and given.outputs is None:
        return _short_form(given, network, found)
    for name in SHORT_FORM:
        if getattr(given, name) is not None:
            found.add(name, "cannot be sent together with inputs and outputs; send one form")
    inputs, outputs = given.inputs or (), given.outputs or ()
    before = len(found)
    if not outputs:
        found.add("outputs", "at least one output is needed")
    for name, parties in (("inputs", inputs), ("outputs", outputs)):
        if len(parties) > MAX_PARTIES:
            found.add(name, f"has {len(parties):,} parties; at most {MAX_PARTIES:,} on a side are taken")
    if len(found) > before:
        return (), ()
    return _long_form(inputs, outputs, network, found)


def _short_form(given: TransactionInput, network: str | None, found: _Errors) -> tuple[Parties, Parties]:
    sender, receiver, amount = given.sender, given.receiver, given.amount
    if sender is None or receiver is None or amount is None:
        for name in SHORT_FORM:
            if getattr(given, name) is None:
                found.add(name, "is missing; sender, receiver and amount (or inputs and outputs) are needed")
    plain = "0" if amount is None else found.take("0", "amount", plain_decimal, amount, "amount")
    giver = Party(_address("sender", sender, network, found), plain)
    return (giver,), (Party(_address("receiver", receiver, network, found), plain),)


def _long_form(
    inputs: Sequence[PartyInput], outputs: Sequence[PartyInput], network: str | None, found: _Errors
) -> tuple[Parties, Parties]:
    before = len(found)
    giving = tuple(_party(f"inputs[{i}]", party, network, found) for i, party in enumerate(inputs))
    taking = tuple(_party(f"outputs[{i}]", party, network, found) for i, party in enumerate(outputs))
    if giving and len(found) == before:
        amounts = scaled([party.amount for party in (*giving, *taking)])
        if sum(amounts[: len(giving)]) < sum(amounts[len(giving) :]):
            found.add("inputs", "add up to less than the outputs; only a fee may make them differ")
    return giving, taking


def _party(path: str, party: PartyInput, network: str | None, found: _Errors) -> Party:
    amount_path = path + ".amount"
    amount = found.take("0", amount_path, plain_decimal, party.amount, amount_path)
    return Party(_address(path + ".address", party.address, network, found), amount)


def _address(path: str, text: str | None, network: str | None, found: _Errors) -> str:
    """The canonical address; nothing can be said of one that is missing or whose network is unknown."""
    if text is None or network is None:
        return ""
    return found.take("", path, canonical_address, network, text)


def _canonical_id(text: str) -> str:
    """A leading `0x…` is lower-cased up to the first colon; what follows it is kept."""
    if text[:2] in ("0x", "0X"):
        head, colon, rest = text.partition(":")
        text = head.lower() + colon + rest
    if not _is_word(text) or not text.isprintable():
        raise _invalid("id", "must be 1 to 200 printable characters without spaces")
    return text


def _instant(at: datetime, now: datetime, max_future_s: int) -> datetime:
    if at.utcoffset() is None:
        raise _invalid("at", "has no zone; send RFC 3339 with one, such as 2019-03-01T12:00:00Z")
    try:
        utc = at.astimezone(UTC)
    except OverflowError:
        raise _invalid("at", "lies outside the years 1 to 9999 in UTC") from None
    if utc > now + timedelta(seconds=max_future_s):
        raise _invalid("at", f"lies more than {max_future_s:,} seconds in the future")
    return utc


def _asset(text: str) -> str:
    if not _is_asset(text):
        raise _invalid("asset", "must be 1 to 32 letters, digits, dots, underscores, colons or hyphens")
    return text


def _value(given: TransactionInput, amount: str | None, reference: str) -> tuple[int, int | None]:
    """The value counted, and the value sent if one was; without `amount` its own value cannot be told."""
    sent = None if given.value is None else micro(plain_decimal(given.value, "value"), "value")
    if given.asset != reference:
        if sent is None:
            raise _invalid("value", f"is needed in {reference}: the asset is not the reference currency")
        return sent, sent
    if amount is None:
        return 0, sent
    own = micro(amount, "amount" if given.outputs is None else "outputs")
    if sent not in (None, own):
        raise _invalid("value", f"must be {format_micro(own)}, the amount itself in {reference}, or be left out")
    return own, sent


def _purpose(text: str | None) -> str | None:
    """Payment text as sent; empty text is none."""
    if text and (len(text) > MAX_PURPOSE or "\0" in text):
        raise _invalid("purpose", f"must be at most {MAX_PURPOSE:,} characters, none of them NUL")
    return text or None


def _context(facts: dict[str, Any] | None) -> dict[str, Any]:
    if not facts:
        return {}
    _check_depth(facts, 1)
    size = len(msgspec.json.encode(facts))
    if size > MAX_CONTEXT_BYTES:
        raise _invalid("context", f"has {size:,} bytes as JSON; at most {MAX_CONTEXT_BYTES:,} are taken")
    return facts


def _check_depth(fact: Any, depth: int) -> None:
    """Refuse what is nested too deeply, and NUL characters, which the ledger cannot keep."""
    if depth > MAX_CONTEXT_DEPTH:
        raise _invalid("context", f"is nested deeper than {MAX_CONTEXT_DEPTH} levels")
    if isinstance(fact, str) and "\0" in fact:
        raise _invalid("context", "has a NUL character in a text")
    if isinstance(fact, dict):
        for name, inner in fact.items():
            _check_depth(name, depth)
            _check_depth(inner, depth + 1)
    elif isinstance(fact, list):
        for inner in fact:
            _check_depth(inner, depth + 1)


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(FieldError(field, message))
