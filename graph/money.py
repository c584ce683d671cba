"""Exact money: decimal text in an asset's own units, integers of micro-units, and splits that add up.

No float ever carries money. Text is plain decimal (`plain_decimal` makes it so): digits, perhaps a point and
more digits, no trailing zeros behind the point, `0` for zero.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from graph.errors import FieldError, InvalidInput
from graph.model import MICRO
from graph.model import format_micro as format_micro  # noqa: PLC0414  # money is looked for here

MAX_DIGITS = 200
MAX_MICRO = 9_000_000_000_000_000_000
_PLACES = 6

_parse = re.compile(r"([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,6}))?").fullmatch
_is_negative = re.compile(r"\s*-").match


def plain_decimal(text: str, field: str) -> str:
    """Return the one plain form of a decimal, which may come with an exponent.

    Raises InvalidInput naming `field` for a sign, anything but digits, or more than 200 digits written out.
    """
    match = _parse(text)
    if match is None:
        raise _refused(text, field)
    whole, fraction, exponent = match.groups()
    if exponent is not None:
        whole, fraction = _shift(whole, fraction or "", int(exponent), field)
    whole, fraction = whole.lstrip("0"), (fraction or "").rstrip("0")
    if len(whole) + len(fraction) > MAX_DIGITS:
        raise _too_long(field)
    return f"{whole or '0'}.{fraction}" if fraction else whole or "0"


def _shift(whole: str, fraction: str, exponent: int, field: str) -> tuple[str, str]:
    """Move the point by `exponent` places; bounded before any text is made."""
    digits = (whole + fraction).strip("0")
    if not digits:
        return "0", ""
    if abs(exponent) > 2 * MAX_DIGITS + len(whole) + len(fraction):
        raise _too_long(field)
    point = len(whole) + exponent
    padded = "0" * max(0, -point) + whole + fraction + "0" * max(0, point - len(whole) - len(fraction))
    point = max(0, point)
    return padded[:point], padded[point:]


def _refused(text: str, field: str) -> InvalidInput:
    if _is_negative(text):
        return InvalidInput(FieldError(field, "must not be negative"))
    return InvalidInput(FieldError(field, 'must be a plain decimal in text, such as "1.5" or "2e18"'))


def _too_long(field: str) -> InvalidInput:
    return InvalidInput(FieldError(field, f"has more than {MAX_DIGITS} digits written out"))


def micro(text: str, field: str = "value") -> int:
    """Return a plain decimal in micro-units, truncated toward zero; raises InvalidInput above 9e12 units."""
    whole, _, fraction = text.partition(".")
    result = int(whole) * MICRO + int((fraction + "000000")[:_PLACES])
    if result > MAX_MICRO:
        raise InvalidInput(FieldError(field, f"must be at most {format_micro(MAX_MICRO)}"))
    return result


def scaled(amounts: Sequence[str]) -> list[int]:
    """Return plain decimals as integers on one common scale, so that they can be compared and added."""
    fractions = [amount.partition(".")[2] for amount in amounts]
    places = max(map(len, fractions), default=0)
    return [
        int(amount.replace(".", "") + "0" * (places - len(fraction)))
        for amount, fraction in zip(amounts, fractions, strict=True)
    ]


def total_amount(amounts: Sequence[str]) -> str:
    """Return the exact sum of plain decimals as a plain decimal."""
    if len(amounts) == 1:
        return amounts[0]
    places = max((len(amount.partition(".")[2]) for amount in amounts), default=0)
    digits = str(sum(scaled(amounts))).rjust(places + 1, "0")
    point = len(digits) - places
    fraction = digits[point:].rstrip("0")
    return f"{digits[:point]}.{fraction}" if fraction else digits[:point]


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` by `weights` into integers that add up to it, by largest remainder.

    Equal remainders go to the earlier index. Weights that are all zero count as equal. Raises ValueError for
    a negative number, or a positive total without weights.
    """
    if total < 0 or any(weight < 0 for weight in weights) or (total and not weights):
        raise ValueError("only a total of 0 or more over weights of 0 or more can be apportioned")
    if len(weights) == 1:
        return [total]
    if not (whole := sum(weights)):
        weights, whole = [1] * len(weights), len(weights)
    parts, remainders = [], []
    for weight in weights:
        part, remainder = divmod(total * weight, whole)
        parts.append(part)
        remainders.append(remainder)
    if left := total - sum(parts):
        for index in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)[:left]:
            parts[index] += 1
    return parts


def split_pairs(value: int, inputs: Sequence[str], outputs: Sequence[str]) -> list[tuple[int, int, int]]:
    """Split the value of all outputs over pairs: (input index, output index, value), without pairs of 0.

    First over the outputs by amount, then each output's value over the inputs by amount, so that pairs add up
    to their output exactly. A fee (inputs beyond outputs) takes no part. Without inputs there is no pair.
    """
    if not inputs or not value:
        return []
    if len(inputs) == len(outputs) == 1:
        return [(0, 0, value)]
    weights = scaled(inputs)
    return [
        (giver, taker, part)
        for taker, whole in enumerate(apportion(value, scaled(outputs)))
        for giver, part in enumerate(apportion(whole, weights))
        if part
    ]
