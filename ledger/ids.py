"""Identifiers that sort by the time they were made."""

from __future__ import annotations

import hashlib
import secrets
import time
from datetime import UTC, datetime, timedelta

# Crockford's alphabet in ascending order of its characters, so that text order is number order.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
RANDOM_BITS = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id(prefix: str) -> str:
    """Return `prefix_` and 26 characters: 48 bits of milliseconds, then 80 random bits."""
    return _id(prefix, time.time_ns() // 1_000_000, secrets.randbits(RANDOM_BITS))


def derived_id(prefix: str, at: datetime, *seed: str) -> str:
    """Return the one id of that form that follows from a time and a seed: the same again for the same."""
    text = "\0".join((prefix, *seed)).encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[: RANDOM_BITS // 8], "big")
    return _id(prefix, (at - _EPOCH) // timedelta(milliseconds=1), number)


def _id(prefix: str, milliseconds: int, low: int) -> str:
    number = milliseconds << RANDOM_BITS | low
    digits = (ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))
    return f"{prefix}_{''.join(digits)}"
