"""API keys, made and revoked, each with its audit event in one transaction."""

from __future__ import annotations

from graph.errors import NotFound
from graph.model import Role
from jobs.services import Services
from ledger import audit, keys
from ledger.keys import KeyInfo

CREATED, REVOKED = "key.created", "key.revoked"


async def create_key(
    services: Services, name: str, role: Role, *, actor: str, person: str | None = None, key: str | None = None
) -> tuple[KeyInfo, str | None]:
    """Create a key for whoever `person` answers for; return it and its plaintext, which is kept nowhere.

    `key` is an id to make it under: if there is one already, it is returned without its plaintext.
    """
    async with services.ledger.transaction() as connection:
        if key is not None and (known := await keys.known_key(connection, key)):
            return known, None
        made, plaintext = await keys.create_key(connection, name, role, created_by=person, key=key)
        info = await keys.known_key(connection, made)
        if info is None:
            raise NotFound("key", made)
        await audit.append(connection, audit.EventDraft(actor, CREATED, made, {"name": name, "role": role}))
    return info, plaintext


async def revoke_key(services: Services, key: str, *, actor: str) -> bool:
    """Revoke a key for good; False if it was before. Raises NotFound for one that is not known."""
    async with services.ledger.transaction() as connection:
        if await keys.known_key(connection, key) is None:
            raise NotFound("key", key)
        revoked = await keys.revoke_key(connection, key)
        if revoked:
            await audit.append(connection, audit.EventDraft(actor, REVOKED, key, {}))
    return revoked
