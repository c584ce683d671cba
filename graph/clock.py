"""The two clocks of a question: when the money moved, and what was known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


class Clock(Struct, frozen=True):
    """`as_of` bounds when money moved, `known_at` what had been recorded; None is no bound.

    False when neither is given: then flows and cached categories answer, else transactions and attributions do.
    """

    as_of: datetime | None = None
    known_at: datetime | None = None

    def __bool__(self) -> bool:
        return self.as_of is not None or self.known_at is not None

    def parameters(self) -> dict[str, Any]:
        """The bounds as queries take them, never null, in UTC.

        `valid_at` is when attributions must be valid: as_of, else known_at, so that known_at alone tells what a live
        answer told then.
        """
        # Cypher tells one instant in two zones apart, so a bound of another zone would miss what happened at it.
        as_of, known_at = (None if at is None else at.astimezone(UTC) for at in (self.as_of, self.known_at))
        return {
            "as_of": as_of or FOREVER,
            "known_at": known_at or FOREVER,
            "valid_at": as_of or known_at or datetime.now(UTC),
        }


NOW = Clock()
