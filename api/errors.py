"""What can go wrong at the door, beyond what the rooms behind it know."""

from __future__ import annotations

from graph.errors import FieldError, HeadwaterError


class Unauthenticated(HeadwaterError):
    """No key was shown, or one that is not in force."""


class Forbidden(HeadwaterError):
    """The caller is known but may not do this."""


class TooLarge(HeadwaterError):
    """A part of the body is longer than the limit; the message names it."""


class NotScreened(HeadwaterError):
    """The transaction is landed but has no decision; the message says why."""


class NotScored(HeadwaterError):
    """No finished scoring run has seen the wallet."""


class Unready(HeadwaterError):
    """Something the service needs does not answer as it should; `errors` has one entry for each."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = errors
