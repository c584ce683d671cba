"""People who sign in: made, given a new password, disabled; each with its audit event in one transaction."""

from __future__ import annotations

import unicodedata

from graph.errors import FieldError, InvalidInput, NotFound
from graph.model import Role
from jobs.keyring import REVOKED
from jobs.services import Services
from ledger import audit, keys, sessions, users
from ledger.ids import new_id
from ledger.passwords import LONGEST, SHORTEST, Passwords, new_password
from ledger.users import User

CREATED, DISABLED = "user.created", "user.disabled"
RESET, CHANGED = "user.password_reset", "user.password_changed"
MAX_NAME = 100


def canonical_name(name: str) -> str:
    """Return the one spelling of a name to sign in with, so that no two look alike; raises InvalidInput."""
    spelt = unicodedata.normalize("NFKC", name).strip().casefold()
    if not 1 <= len(spelt) <= MAX_NAME or not spelt.isprintable():
        raise InvalidInput(FieldError("name", f"must be 1 to {MAX_NAME} printable characters"))
    return spelt


async def create_person(
    services: Services,
    passwords: Passwords,
    name: str,
    role: Role,
    *,
    actor: str,
    user: str | None = None,
    must_change: bool = True,
) -> tuple[User, str | None]:
    """Create a person; return it and a first password, to be replaced at the first sign-in if `must_change`.

    `user` is an id to make it under: if there is one already, it is returned without a password. Raises NameTaken, and
    InvalidInput naming `name`.
    """
    name = canonical_name(name)
    first = new_password()
    kept = await passwords.hash(first)
    async with services.ledger.transaction() as connection:
        made, new = await users.create_user(
            connection,
            user or new_id("usr"),
            name=name,
            role=role,
            password=kept,
            created_by=actor,
            must_change=must_change,
        )
        if new:
            await audit.append(connection, audit.EventDraft(actor, CREATED, made.id, {"name": name, "role": role}))
    return made, first if new else None


async def reset_password(services: Services, passwords: Passwords, user: str, *, actor: str) -> str:
    """Give somebody a new first password and end all their sessions; raises NotFound unless they may sign in."""
    first = new_password()
    kept = await passwords.hash(first)
    async with services.ledger.transaction() as connection:
        if not await users.set_password(connection, user, kept, must_change=True):
            raise NotFound("user that may sign in", user)
        await sessions.end_sessions(connection, user)
        await audit.append(connection, audit.EventDraft(actor, RESET, user, {}))
    return first


async def change_password(
    services: Services, passwords: Passwords, user: User, *, current: str, new: str, token: str
) -> None:
    """Take a person's own new password and end all their sessions but the one of `token`.

    Raises InvalidInput naming `current` or `new`: `current` also if it was reset, or they were disabled, meanwhile.
    """
    if (wrong := unfit(new, user.name) or ("is the one you have" if new == current else None)) is not None:
        raise InvalidInput(FieldError("new", wrong))
    async with services.ledger.read() as connection:
        secret = await users.find_secret(connection, name=user.name)
    if secret is None or not await passwords.matches(secret.password, current):
        raise InvalidInput(FieldError("current", "is not your password"))
    kept = await passwords.hash(new)
    async with services.ledger.transaction() as connection:
        # Not over one that was reset meanwhile, by whoever wants the holder of the old one out.
        if not await users.set_password(connection, user.id, kept, must_change=False, replaced=secret.password):
            raise InvalidInput(FieldError("current", "is not your password any more"))
        await sessions.end_sessions(connection, user.id, but=token)
        await audit.append(connection, audit.EventDraft(user.id, CHANGED, user.id, {}))


async def disable_person(services: Services, user: str, *, actor: str) -> bool:
    """Disable a person for good, with their sessions and keys; False if that was done before. Raises NotFound."""
    async with services.ledger.transaction() as connection:
        await users.get_user(connection, user)
        disabled = await users.disable_user(connection, user)
        if disabled:
            await sessions.end_sessions(connection, user)
            ended = [audit.EventDraft(actor, REVOKED, key, {}) for key in await keys.revoke_keys_of(connection, user)]
            await audit.append(connection, audit.EventDraft(actor, DISABLED, user, {}), *ended)
    return disabled


def unfit(password: str, name: str) -> str | None:
    """Say what is wrong with a password; None if nothing is."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"must have {SHORTEST} to {LONGEST} characters"
    if name.casefold() in password.casefold() or len(set(password)) < SHORTEST // 2:
        return "is too easily guessed: it holds the name, or too few different characters"
    return None
