"""What the texts of one row say of a wallet: an attribution in canonical form, or every field at fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from graph.attribution_bodies import AttributionInput, canonical_attributions
from graph.errors import FieldError, InvalidInput
from graph.model import Attribution
from jobs.csv_rows import TIME_TEXT, parse_time

_is_share = re.compile(r"0(\.[0-9]+)?|1(\.0+)?").fullmatch
_is_date = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


def attribution_maker(places: Mapping[str, int], *, network: str) -> Callable[[Sequence[str]], Attribution]:
    """Return the function that reads one row of cells; `places` tells which cell holds which field."""

    def make(cells: Sequence[str]) -> Attribution:
        texts = {field: cells[place].strip() for field, place in places.items()}
        return make_attribution({**texts, "network": texts.get("network") or network})

    return make


def make_attribution(texts: Mapping[str, str], *, official: bool = False) -> Attribution:
    """Return the attribution that texts by field stand for, with an empty id; empty texts are as missing ones.

    A category that is not in the table is kept, for review. Raises InvalidInput with every field at fault.
    """
    errors: list[FieldError] = []
    given = AttributionInput(
        category=texts.get("category", ""),
        source=texts.get("source", ""),
        network=texts.get("network", ""),
        address=texts.get("address", ""),
        actor=texts.get("actor"),
        confidence=_confidence(texts.get("confidence", ""), errors),
        official=official,
        valid_from=_bound(texts, "valid_from", errors),
        valid_to=_bound(texts, "valid_to", errors),
        note=texts.get("note"),
    )
    try:
        [made] = canonical_attributions([given], in_list=False)
    except InvalidInput as error:
        raise InvalidInput(*error.errors, *errors) from None
    if errors:
        raise InvalidInput(*errors)
    return made


def _confidence(text: str, errors: list[FieldError]) -> float:
    """A number from 0 to 1; empty is 1."""
    if not text or _is_share(text):
        return float(text or 1)
    errors.append(FieldError("confidence", "must be a decimal from 0 to 1"))
    return 0.0


def _bound(texts: Mapping[str, str], field: str, errors: list[FieldError]) -> datetime | None:
    try:
        return parse_bound(texts.get(field, ""), field)
    except InvalidInput as error:
        errors += error.errors
        return None


def parse_bound(text: str, field: str) -> datetime | None:
    """Return one end of the time an attribution is valid; a bare date is its midnight in UTC, None (empty) is always.

    Raises InvalidInput naming `field`.
    """
    if not text:
        return None
    try:
        at = parse_time(text + "T00:00:00Z" if _is_date(text) else text, field)
        if at.utcoffset() is not None:
            return at.astimezone(UTC)
    except (InvalidInput, OverflowError):
        pass
    raise InvalidInput(FieldError(field, TIME_TEXT + ", or a date"))
