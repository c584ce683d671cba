"""The request shape of a preview: attributions as they would be posted, and ids as they would be withdrawn."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from graph.attribution_bodies import MAX_ATTRIBUTIONS, AttributionInput, canonical_attributions, look_at_attributions
from graph.bodies import explained
from graph.errors import FieldError, InvalidInput
from graph.model import Attribution


class PreviewInput(Struct, frozen=True, forbid_unknown_fields=True):
    """What would be recorded and what would be withdrawn, at most 1,000 of each; withdrawn first."""

    record: Annotated[list[AttributionInput], Meta(description="As in POST /attributions")] = []
    withdraw: Annotated[list[str], Meta(description="Ids of attributions")] = []


_NAMES = ("record", "withdraw")
_decoder = msgspec.json.Decoder(PreviewInput)


def decode_preview(body: bytes) -> tuple[list[Attribution], list[str]]:
    """Decode and check a body; raises MalformedJson, or InvalidInput naming fields such as `record[2].category`."""
    try:
        given = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise explained(body, _look) from None
    if not 1 <= len(given.record) + len(given.withdraw) <= MAX_ATTRIBUTIONS:
        message = f"names {len(given.record) + len(given.withdraw):,} changes; 1 to {MAX_ATTRIBUTIONS:,} are taken"
        raise InvalidInput(FieldError("body", message))
    try:
        return canonical_attributions(given.record, in_list=True), given.withdraw
    except InvalidInput as error:
        raise _in_record(error) from None


def _in_record(error: InvalidInput) -> InvalidInput:
    return InvalidInput(*(FieldError(f"record{one.field}", one.message) for one in error.errors))


def _look(raw: Any) -> list[FieldError]:
    """Return the errors of shape in a body that is JSON."""
    if not isinstance(raw, dict):
        return [FieldError("body", "must be a JSON object with record and withdraw")]
    errors = [FieldError(name, "is not a field; the fields are record, withdraw") for name in raw if name not in _NAMES]
    record, withdraw = raw.get("record", []), raw.get("withdraw", [])
    if not isinstance(record, list):
        errors.append(FieldError("record", "must be a list of attributions"))
    elif found := look_at_attributions(record):
        errors += _in_record(InvalidInput(*found)).errors
    if not isinstance(withdraw, list) or not all(isinstance(one, str) for one in withdraw):
        errors.append(FieldError("withdraw", "must be a list of ids"))
    return errors
