"""Requests that carry an Idempotency-Key: who is at work on one, and the answer once there is one."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Literal

from msgspec import Struct

from ledger.canonical import canonical_json
from ledger.session import Connection

# Old rows that one claim clears away; more are made than that only by a claim each.
CLEARED = 100

State = Literal["ours", "running", "answered", "other"]
# What a claim may still change: nothing, once somebody else has taken it up.
_OWNED = "caller = %s AND key = %s AND token = %s AND status IS NULL"


class Claim(Struct, frozen=True, kw_only=True):
    """One request under one key; `caller` and the digest `key` name it, `created_at` is when it first came."""

    caller: str
    key: str
    token: str
    created_at: datetime


class Answer(Struct, frozen=True, kw_only=True):
    """An answer as it was given: `headers` are those that belong to it."""

    status: int
    headers: dict[str, str]
    body: bytes


class Claimed(Struct, frozen=True, kw_only=True):
    """What a claim found.

    `ours`: carry the request out under `claim`; `running`: somebody does, for at most `wait_s` more; `answered`: there
    is an `answer`; `other`: the key stands for another request.
    """

    state: State
    claim: Claim | None = None
    wait_s: float = 0.0
    answer: Answer | None = None


def digest_of(key: str) -> str:
    """Return what is kept of a key, in hex: what callers put into one is their business."""
    return hashlib.sha256(key.encode()).hexdigest()


async def claim_key(
    connection: Connection, caller: str, key: str, fingerprint: str, *, lease_s: float, kept_s: float
) -> Claimed:
    """Claim the request of `caller` under `key`, or say why not; commit before carrying it out.

    A claim that was not finished lapses after `lease_s`, an answer is forgotten after `kept_s`. Under a lapsed claim
    only the same request, by `fingerprint`, is taken up again.
    """
    await _forget(connection, caller, digest_of(key), kept_s)
    named = {"caller": caller, "key": digest_of(key), "fingerprint": fingerprint, "token": secrets.token_hex(16)}
    cursor = await connection.execute(
        "INSERT INTO idempotency AS i (caller, key, fingerprint, token, claimed_until)"
        " VALUES (%(caller)s, %(key)s, %(fingerprint)s, %(token)s,"
        "  clock_timestamp() + make_interval(secs => %(lease_s)s))"
        " ON CONFLICT (caller, key) DO UPDATE SET token = excluded.token, claimed_until = excluded.claimed_until"
        "  WHERE i.status IS NULL AND i.fingerprint = excluded.fingerprint AND i.claimed_until < clock_timestamp()"
        " RETURNING created_at",
        {**named, "lease_s": lease_s},
    )
    if row := await cursor.fetchone():
        claim = Claim(caller=caller, key=named["key"], token=named["token"], created_at=row["created_at"])
        return Claimed(state="ours", claim=claim)
    return await _found(connection, caller, named["key"], fingerprint)


async def _found(connection: Connection, caller: str, key: str, fingerprint: str) -> Claimed:
    """The claim of somebody else, or ours of before; the insert has waited until it could be seen."""
    cursor = await connection.execute(
        "SELECT fingerprint, status, headers, body,"
        " greatest(0, extract(epoch FROM claimed_until - clock_timestamp()))::float8 AS wait_s"
        " FROM idempotency WHERE caller = %s AND key = %s",
        (caller, key),
    )
    row = await cursor.fetchone()
    if row is None:  # released in between: who asks again will have it
        return Claimed(state="running")
    if row["fingerprint"] != fingerprint:
        return Claimed(state="other")
    if row["status"] is None:
        return Claimed(state="running", wait_s=row["wait_s"])
    return Claimed(state="answered", answer=Answer(status=row["status"], headers=row["headers"], body=row["body"]))


async def keep_answer(connection: Connection, claim: Claim, answer: Answer) -> bool:
    """Keep the answer to a claimed request; False if the claim has lapsed and somebody else has it."""
    cursor = await connection.execute(
        f"UPDATE idempotency SET status = %s, headers = %s::json, body = %s WHERE {_OWNED}",
        (answer.status, canonical_json(answer.headers), answer.body, claim.caller, claim.key, claim.token),
    )
    return cursor.rowcount == 1


async def drop_claim(connection: Connection, claim: Claim) -> None:
    """Give up a claim whose request has changed nothing: the key may be used for another."""
    await connection.execute(f"DELETE FROM idempotency WHERE {_OWNED}", (claim.caller, claim.key, claim.token))


async def end_lease(connection: Connection, claim: Claim) -> None:
    """Let the same request be taken up again at once; another one is still refused under the key."""
    await connection.execute(
        f"UPDATE idempotency SET claimed_until = clock_timestamp() WHERE {_OWNED}",
        (claim.caller, claim.key, claim.token),
    )


async def _forget(connection: Connection, caller: str, key: str, kept_s: float) -> None:
    """Clear away this key if it is old, and some others; skipping those that another claim is clearing."""
    await connection.execute(
        "DELETE FROM idempotency WHERE caller = %(caller)s AND key = %(key)s"
        " AND created_at < clock_timestamp() - make_interval(secs => %(kept_s)s)",
        {"caller": caller, "key": key, "kept_s": kept_s},
    )
    await connection.execute(
        "DELETE FROM idempotency WHERE (caller, key) IN (SELECT caller, key FROM idempotency"
        " WHERE created_at < clock_timestamp() - make_interval(secs => %(kept_s)s)"
        " ORDER BY created_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)",
        {"kept_s": kept_s, "most": CLEARED},
    )
