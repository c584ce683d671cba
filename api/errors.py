"""What can go wrong at the door, beyond what the rooms behind it know."""

from __future__ import annotations

import math

from graph.errors import FieldError, HeadwaterError


class Unauthenticated(HeadwaterError):
    """No key was shown, or one that is not in force."""


class Forbidden(HeadwaterError):
    """The caller is known but may not do this."""


class PreconditionRequired(HeadwaterError):
    """An edit does not say which version it is of."""


class PreconditionFailed(HeadwaterError):
    """An edit is of a version that is not the latest any more."""


class TooLarge(HeadwaterError):
    """A part of the body is longer than the limit; the message names it."""


class UpgradeRequired(HeadwaterError):
    """What is at this path is told over a WebSocket only."""


class NotScreened(HeadwaterError):
    """The transaction is landed but has no decision; the message says why."""


class NotScored(HeadwaterError):
    """No finished scoring run has seen the wallet."""


class Unready(HeadwaterError):
    """Something the service needs does not answer as it should; `errors` has one entry for each."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = errors


class PasswordToChange(Forbidden):
    """A person has signed in with a password that somebody else has seen, and may only replace it."""


class ComeBack(HeadwaterError):
    """The same again is worth trying after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = max(1, math.ceil(retry_after_s))


class TooManyRequests(ComeBack):
    """A caller has done something as often as it may for now."""


class InProgress(ComeBack):
    """The same request, under the same Idempotency-Key, is being carried out."""
