"""Signing in and out: the password checked at one cost whoever is named, attempts limited, both ends audited."""

from __future__ import annotations

import hashlib
from datetime import datetime

import structlog
from msgspec import Struct

from graph.errors import InvalidInput
from jobs.limits import Limit, Limits, Taken
from jobs.people import canonical_name
from jobs.services import Services
from ledger import audit, sessions, users
from ledger.passwords import Passwords
from ledger.users import Secret, User

STARTED, REFUSED, ENDED = "session.started", "session.refused", "session.ended"
ANYBODY, UNKNOWN = "anonymous", "unknown"
# By name and address together; by either alone it takes a botnet, or a proxy that all come through, to get there.
PAIR = Limit(10, 900)
ALONE = Limit(100, 900)

_log = structlog.get_logger("headwater.sessions")


class SignedIn(Struct, frozen=True, kw_only=True):
    """A session that has begun; `token` is kept nowhere."""

    user: User
    token: str
    ends_at: datetime


async def count_attempt(limits: Limits, name: str, address: str) -> Taken:
    """Count one attempt at a name, however it is spelt, from an address.

    Return the limit that refuses it, or else the narrowest.
    """
    spelt = _spelt(name)
    taken = await limits.take_for_sure(f"sign-in:pair:{_named(spelt, address)}", PAIR)
    for part in (f"address:{_named(address)}", f"name:{_named(spelt)}"):
        if taken.passed:
            also = await limits.take_for_sure(f"sign-in:{part}", ALONE)
            taken = taken if also.passed else also
    return taken


async def sign_in(
    services: Services, passwords: Passwords, *, name: str, password: str, address: str, earlier: str | None
) -> SignedIn | None:
    """Start a session, in place of the one of the token `earlier`; None, and an audit event, if they may not.

    An unknown name, a wrong password and a disabled person take the same time and get the same answer.
    """
    secret = await _find(services, name)
    kept = secret.password if secret and secret.user.disabled_at is None else None
    if await passwords.matches(kept, password) and secret is not None:
        begun = await _start(services, secret, earlier)
        if begun is not None:
            return begun
    await _refused(services, secret, address)
    return None


async def sign_out(services: Services, token: str) -> None:
    """End a session; nothing happens if it has ended."""
    async with services.ledger.transaction() as connection:
        person = await sessions.end_session(connection, token)
        if person is not None:
            await audit.append(connection, audit.EventDraft(person, ENDED, person, {}))


async def _find(services: Services, name: str) -> Secret | None:
    async with services.ledger.read() as connection:
        return await users.find_secret(connection, name=_spelt(name))


async def _start(services: Services, secret: Secret, earlier: str | None) -> SignedIn | None:
    async with services.ledger.transaction() as connection:
        begun = await sessions.start_session(connection, secret, lasts_s=services.settings.api.session_s)
        if begun is None:
            return None
        if earlier is not None:
            await sessions.end_session(connection, earlier)
        await audit.append(connection, audit.EventDraft(secret.user.id, STARTED, secret.user.id, {}))
    return SignedIn(user=secret.user, token=begun[0], ends_at=begun[1])


async def _refused(services: Services, secret: Secret | None, address: str) -> None:
    """Record a failed attempt; what was typed as a name may be a password, so it is kept nowhere."""
    subject = secret.user.id if secret else UNKNOWN
    _log.warning("sign-in refused", user=subject, address=address)
    async with services.ledger.transaction() as connection:
        await audit.append(connection, audit.EventDraft(ANYBODY, REFUSED, subject, {}))


def _spelt(name: str) -> str:
    """The spelling that a name is known by; that of nobody for what can be no name."""
    try:
        return canonical_name(name)
    except InvalidInput:
        return ""


def _named(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
