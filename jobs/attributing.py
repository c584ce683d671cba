"""From attributions to the record: the graph first, then ledger, audit event and the job that re-screens, as one.

Repeating mends a crash in between: what the graph knows and the ledger does not is recorded then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from graph import attributions as graph_attributions
from graph.attribution_lists import attributions_of_ids
from graph.model import Attribution, Job
from jobs.rescreening_requests import queue_rescreening
from jobs.services import Services
from ledger import audit
from ledger.attributions import (
    AttributionChange,
    changes_digest,
    missing_changes,
    record_attribution_changes,
    recorded_change,
    withdrawn_change,
)
from ledger.session import Connection

MAX_BATCH = 1_000
RECORDED, WITHDRAWN, REFRESHED = "attributions.recorded", "attributions.withdrawn", "attributions.refreshed"

T = TypeVar("T")


class Committed(Struct, frozen=True):
    """What became of given attributions, `ids` naming each in order; `seq` and `at` are those of the graph after it.

    `changed` are the wallets of another category now, `job` the one that re-screens what follows from them, None
    if nothing does.
    """

    recorded: int
    known: int
    seq: int
    at: datetime
    changed: tuple[str, ...]
    ids: tuple[str, ...]
    job: str | None


class Ended(Struct, frozen=True):
    """How many attributions were withdrawn just now, and how many had been before; the rest as in Committed."""

    withdrawn: int
    known: int
    seq: int
    at: datetime
    changed: tuple[str, ...]
    job: str | None


class _Cause(Struct, frozen=True):
    """Who changed attributions, and how the audit log calls it."""

    action: str
    subject: str
    actor: str


async def commit_attributions(
    services: Services, given: Sequence[Attribution], *, actor: str, source_name: str
) -> Committed:
    """Record attributions, at most 1,000 in one unit, and have those re-screened whose answer can change.

    `source_name` is what the audit log names: a file, or the request. Raises InvalidInput as `record_attributions`.
    """
    parts = [await _commit(services, part, actor, source_name) for part in _batches(given)]
    return Committed(
        sum(part.recorded for part in parts),
        sum(part.known for part in parts),
        parts[-1].seq,
        parts[-1].at,
        tuple(dict.fromkeys(key for part in parts for key in part.changed)),
        tuple(name for part in parts for name in part.ids),
        next((part.job for part in reversed(parts) if part.job), None),
    )


async def withdraw_attributions(
    services: Services, ids: Sequence[str], *, reason: str | None, actor: str, source_name: str | None = None
) -> Ended:
    """Withdraw attributions, at most 1,000 in one unit; repeatable. Raises NotFound for an unknown id.

    The first withdrawal stands, with its reason. `source_name` is as in `commit_attributions`; the id if None.
    """
    unique = list(dict.fromkeys(ids))
    parts = [await _withdraw(services, part, reason, actor, source_name) for part in _batches(unique)]
    return Ended(
        sum(part.withdrawn for part in parts),
        sum(part.known for part in parts),
        parts[-1].seq,
        parts[-1].at,
        tuple(dict.fromkeys(key for part in parts for key in part.changed)),
        next((part.job for part in reversed(parts) if part.job), None),
    )


async def refresh_attributions(services: Services) -> graph_attributions.Refreshed:
    """Apply every bound of validity that was passed, record it, and have what follows from it re-screened."""
    done = await graph_attributions.refresh_attributions(services.graph, services.taxonomy)
    if done.changed:
        body = {"categories_changed": len(done.changed), "watermark": done.seq}
        async with services.ledger.transaction() as connection:
            job = await queue_rescreening(connection)
            await audit.append(connection, audit.EventDraft("worker", REFRESHED, min(done.changed), body))
        await services.queue.wake(job)
    return done


async def record_lost(services: Services, changes: Sequence[AttributionChange], *, actor: str) -> None:
    """Record changes that the graph has and the ledger lacks, as repeating what made them would."""
    if changes:
        await _record(services, changes, _Cause(RECORDED, changes[0].attribution, actor), ())


def _batches(given: Sequence[T]) -> Iterator[Sequence[T]]:
    """Slices of a unit's size; one, empty, of nothing."""
    for first in range(0, len(given) or 1, MAX_BATCH):
        yield given[first : first + MAX_BATCH]


async def _commit(services: Services, given: Sequence[Attribution], actor: str, source_name: str) -> Committed:
    done = await graph_attributions.record_attributions(services.graph, given, services.taxonomy, author=actor)
    reasons: dict[str, str | None] = {
        old.supersedes: f"superseded by {name}"
        for old, name in zip(given, done.ids, strict=True)
        if old.supersedes is not None
    }
    changes = await _missing(services, [*done.ids, *reasons], reasons, actor)
    job = await _record(services, changes, _Cause(RECORDED, source_name, actor), done.changed)
    return Committed(done.recorded, done.known, done.seq, done.at, done.changed, done.ids, job.id if job else None)


async def _withdraw(
    services: Services, ids: Sequence[str], reason: str | None, actor: str, source_name: str | None
) -> Ended:
    done = await graph_attributions.withdraw_attributions(services.graph, ids, services.taxonomy)
    changes = await _missing(services, ids, dict.fromkeys(ids, reason), actor)
    cause = _Cause(WITHDRAWN, source_name or next(iter(ids), ""), actor)
    job = await _record(services, changes, cause, done.changed)
    return Ended(done.withdrawn, done.known, done.seq, done.at, done.changed, job.id if job else None)


async def _missing(
    services: Services, ids: Sequence[str], reasons: Mapping[str, str | None], actor: str
) -> list[AttributionChange]:
    """What the ledger lacks: that `ids` were recorded, and that those in `reasons` were withdrawn and why."""
    async with services.ledger.read() as connection:
        new = await missing_changes(connection, ids, "recorded")
        old = await missing_changes(connection, list(reasons), "withdrawn")
    found = {a.id: a for a in await attributions_of_ids(services.graph, sorted(new | old))}
    return [recorded_change(found[name]) for name in new] + [
        withdrawn_change(found[name], actor=actor, reason=reasons[name]) for name in old
    ]


async def _record(
    services: Services, changes: Sequence[AttributionChange], cause: _Cause, changed: Sequence[str]
) -> Job | None:
    """Record the changes with one event, and the job to re-screen; nothing where the ledger knows all of it."""
    if not changes and not changed:
        return None
    async with services.ledger.transaction(timeout_s=60) as connection:
        new = await record_attribution_changes(connection, changes)
        # What an interrupted call left in the graph may have changed categories too: better asked once too often.
        job = await queue_rescreening(connection) if changed or new else None
        await _append(connection, new, cause, changed)
    if job is not None:
        await services.queue.wake(job)
    return job


async def _append(
    connection: Connection, new: Sequence[AttributionChange], cause: _Cause, changed: Sequence[str]
) -> None:
    if not new:
        return
    body = {
        "recorded": sum(change.kind == "recorded" for change in new),
        "withdrawn": sum(change.kind == "withdrawn" for change in new),
        "categories_changed": len(changed),
        "first_seq": new[0].seq,
        "watermark": new[-1].seq,
        "changes_sha256": changes_digest(new),
    }
    await audit.append(connection, audit.EventDraft(cause.actor, cause.action, cause.subject, body))
