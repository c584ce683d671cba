"""What a rule may compare a field with: read once, by the kind of the field, into what the field itself has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from graph.model import MICRO

Parse = Callable[[Any], Any]
MAX_LIST = 1_000
MAX_TEXT = 1_000
MAX_UNITS = 9_000_000_000_000
MAX_NUMBER = 10**18
_MONEY = 'must be an amount in the reference currency, such as "9999.50" or 10000'
# Under 28, to which Decimal rounds.
_MONEY_DIGITS = 21


class BadOperand(ValueError):
    """What a rule compares with cannot be; the message continues "value …"."""


def money(given: Any) -> int:
    """Read units of the reference currency, a decimal string or a number, as micro-units."""
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        raise BadOperand(_MONEY)
    try:
        exact = Decimal(str(given)[:_MONEY_DIGITS])
    except (ArithmeticError, ValueError):
        raise BadOperand(_MONEY) from None
    if len(str(given)) > _MONEY_DIGITS or not exact.is_finite() or not 0 <= exact <= MAX_UNITS:
        raise BadOperand(f"must be an amount from 0 to {MAX_UNITS:,}")
    whole, rest = divmod(exact * MICRO, 1)
    if rest:
        raise BadOperand("must have at most 6 places")
    return int(whole)


def number(given: Any) -> int | float:
    """Read a number up to 10^18 either way; it is compared as it is."""
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not -MAX_NUMBER <= given <= MAX_NUMBER:
        raise BadOperand("must be a number")
    return given


def share(given: Any) -> float:
    """Read a part of a whole, from 0 to 1."""
    read = number(given)
    if not 0 <= read <= 1:
        raise BadOperand("must be a share from 0 to 1, such as 0.25")
    return float(read)


def text(given: Any) -> str:
    """Read a text of at most 1,000 characters."""
    if not isinstance(given, str) or not 0 < len(given) <= MAX_TEXT:
        raise BadOperand(f"must be a text of 1 to {MAX_TEXT:,} characters")
    return given


def flag(given: Any) -> bool:
    """Read true or false."""
    if not isinstance(given, bool):
        raise BadOperand("must be true or false")
    return given


def time(given: Any) -> datetime:
    """Read an RFC 3339 time with a zone."""
    try:
        read = datetime.fromisoformat(given).astimezone(UTC) if isinstance(given, str) else None
    except (ValueError, OverflowError):
        read = None
    if read is None or datetime.fromisoformat(given).tzinfo is None:
        raise BadOperand("must be an RFC 3339 time with a zone, such as 2019-03-01T12:00:00Z")
    return read


PARSES: dict[str, Parse] = {
    "money": money,
    "number": number,
    "share": share,
    "text": text,
    "flag": flag,
    "time": time,
}


def kind_of(given: Any) -> str:
    """The kind of an operand, or of the first of a list, where the field does not tell: text, number or flag."""
    first = given[0] if isinstance(given, (list, tuple)) and given else given
    if isinstance(first, bool):
        return "flag"
    return "text" if isinstance(first, str) else "number"


def operands(given: Any, parse: Parse) -> list[Any]:
    """Read a list of 1 to 1,000 operands."""
    if not isinstance(given, (list, tuple)) or not 0 < len(given) <= MAX_LIST:
        raise BadOperand(f"must be a list of 1 to {MAX_LIST:,} values")
    return [_at(index, one, parse) for index, one in enumerate(given)]


def _at(index: int, given: Any, parse: Parse) -> Any:
    try:
        return parse(given)
    except BadOperand as error:
        raise BadOperand(f"[{index}] {error}") from None


def pair(given: Any, parse: Parse) -> tuple[Any, Any]:
    """Read [low, high], low first."""
    read = operands(given, parse)
    if len(read) != 2 or read[0] > read[1]:
        raise BadOperand("must be [low, high], with low at most high")
    return read[0], read[1]
