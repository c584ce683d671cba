"""The request shape of a transaction, and bodies decoded into it with every misshapen field named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from graph.errors import FieldError, InvalidInput, MalformedJson

MAX_ERRORS = 100


def _says(description: str, example: str) -> Meta:
    return Meta(description=description, examples=[example])


Amount = Annotated[str, _says("Decimal text in the asset's own units; never a JSON number", "1.5")]
Address = Annotated[str, _says("Address on the network; a checksum it carries must match", "acct-1")]


class PartyInput(Struct, frozen=True, forbid_unknown_fields=True):
    """One input or output as sent."""

    address: Address
    amount: Amount


class TransactionInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A transaction as sent: `sender`, `receiver` and `amount`, or else `inputs` and `outputs`."""

    network: Annotated[str, _says("eth, btc, trx, acct or another network", "acct")]
    id: Annotated[str, _says("Identifies the transaction on its network, up to 200 characters", "payment-1")]
    at: Annotated[datetime, _says("When the money moved: RFC 3339 with a zone", "2019-03-01T12:00:00Z")]
    asset: Annotated[str, _says("What was moved", "USD")]
    sender: Address | None = None
    receiver: Address | None = None
    amount: Amount | None = None
    inputs: tuple[PartyInput, ...] | None = None
    outputs: tuple[PartyInput, ...] | None = None
    value: Annotated[
        str | None,
        _says("Worth of all outputs in the reference currency, unless the asset is that currency", "210.40"),
    ] = None
    purpose: Annotated[str | None, _says("Payment text, up to 2,000 characters", "invoice 17")] = None
    context: Annotated[dict[str, Any] | None, Meta(description="Any further facts; at most 16 KiB of JSON")] = None


_DECIMAL_TEXT = 'must be decimal text such as "1.5"; a JSON number is refused because it loses digits'
_TIME_TEXT = "must be an RFC 3339 time with a zone, such as 2019-03-01T12:00:00Z"
_RIGHT = {
    "at": _TIME_TEXT,
    "valid_from": _TIME_TEXT,
    "valid_to": _TIME_TEXT,
    "confidence": "must be a number from 0 to 1",
    "official": "must be true or false",
    "amount": _DECIMAL_TEXT,
    "value": _DECIMAL_TEXT,
    "context": "must be a JSON object",
    "inputs": "must be a list of objects with address and amount",
    "outputs": "must be a list of objects with address and amount",
}
_decoder = msgspec.json.Decoder(TransactionInput)


def decode_transaction(body: bytes) -> TransactionInput:
    """Decode one JSON body.

    Raises MalformedJson for what is not JSON, InvalidInput naming every field that is misshapen, missing or
    unknown.
    """
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise explained(body, lambda raw: misshapen(TransactionInput, raw, "")) from None


def explained(body: bytes, look: Callable[[Any], list[FieldError]]) -> InvalidInput | MalformedJson:
    """Look again at a body that cannot be decoded, slowly, to say everything that is wrong with it.

    `look` finds the errors in what the JSON says.
    """
    try:
        raw = msgspec.json.decode(body)
    except RecursionError:
        return InvalidInput(FieldError("context", "is nested too deeply"))
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        return InvalidInput(FieldError(path.strip("`.") or "body", message.lower()))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return MalformedJson(str(error))
    return InvalidInput(*look(raw)[:MAX_ERRORS])


def misshapen(shape: type[Struct], raw: Any, path: str) -> list[FieldError]:
    """Errors of shape in `raw`, found field by field."""
    if not isinstance(raw, dict):
        return [FieldError(path or "body", "must be a JSON object")]
    prefix = f"{path}." if path else ""
    fields = {field.name: field for field in msgspec.structs.fields(shape)}
    errors = [
        FieldError(prefix + name[:80], f"is not a field; the fields are {', '.join(fields)}")
        for name in raw
        if name not in fields
    ]
    for name, field in fields.items():
        if name not in raw:
            errors += [FieldError(prefix + name, "is missing")] if field.required else []
        elif name in ("inputs", "outputs") and isinstance(raw[name], list):
            for index, party in enumerate(raw[name]):
                errors += misshapen(PartyInput, party, f"{prefix}{name}[{index}]")
        else:
            errors += _mistyped(field.type, raw[name], prefix, name)
    return errors


def _mistyped(wanted: Any, value: Any, prefix: str, name: str) -> list[FieldError]:
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        return [FieldError(prefix + name, _RIGHT.get(name, "must be text"))]
    return []
