"""Who serves: candidate, shadow, champion, retired, and back to the champion before; every change an audited event."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from graph.model import ModelKind, ModelState, ModelVersion
from jobs.model_errors import ModelBroken, ModelConflict
from jobs.model_files import ModelFiles
from jobs.model_versions import require_features
from jobs.services import Services
from ledger import audit
from ledger.model_states import lock_models, promoted_over, record_state
from ledger.models import get_model, list_models
from ledger.session import Connection

Promoted = Literal["shadow", "champion", "retired"]
MAX_REASON = 500


async def promote_model(
    services: Services,
    model: str,
    state: Promoted,
    *,
    reason: str,
    actor: str,
    seen: ModelState | None = None,
) -> ModelVersion:
    """Bring a version into a state and return it; done already is done. The champion that it replaces is retired.

    Raises NotFound; ModelConflict where it is not in the state `seen`; ModelBroken and ModelMismatch for one that
    could not serve: then all stays as it was.
    """
    if state != "retired":
        await require_serving(services, model)
    async with services.ledger.transaction() as connection:
        before = await _locked(connection, model)
        if before.state == state:
            return before
        if seen is not None and before.state != seen:
            raise ModelConflict(f"{model} is {before.state}, not {seen}: somebody changed it since it was read")
        drafts = await _change(connection, before, state, reason=reason, actor=actor)
        after = await get_model(connection, model)
        await audit.append(connection, *drafts)
    return after


async def roll_back(services: Services, model: str, *, reason: str, actor: str) -> ModelVersion:
    """Retire a champion, make the one that it was promoted over champion again, and return that one.

    Raises NotFound; ModelConflict where it is no champion, or the first; and as `promote_model`.
    """
    async with services.ledger.read() as connection:
        back = await _before(connection, await get_model(connection, model))
    await require_serving(services, back)
    async with services.ledger.transaction() as connection:
        now = await _locked(connection, model)
        if await _before(connection, now) != back:
            raise ModelConflict(f"{model} was promoted over another champion meanwhile; read it again")
        was = await get_model(connection, back)
        await record_state(connection, model, "retired", previous="champion", actor=actor, reason=reason)
        await record_state(connection, back, "champion", previous=was.state, actor=actor, reason=reason)
        body = _told(was, "champion", reason) | {"replaced": model}
        after = await get_model(connection, back)
        await audit.append(
            connection,
            audit.EventDraft(actor, "model.retired", model, _told(now, "retired", reason)),
            audit.EventDraft(actor, "model.rolled_back", back, body),
        )
    return after


async def find_champion(connection: Connection, kind: ModelKind) -> ModelVersion | None:
    """Return the version of a kind that counts; None if there is none."""
    found = await list_models(connection, kind=kind, states=["champion"], limit=1)
    return found[0] if found else None


async def require_serving(services: Services, model: str) -> None:
    """Raise ModelBroken or ModelMismatch for a version that could not serve, by its files and what it learned."""
    async with services.ledger.read() as connection:
        version = await get_model(connection, model)
    await asyncio.to_thread(require_features, version)
    found = await asyncio.to_thread(ModelFiles.of(services.settings).problems, version.files)
    if found:
        raise ModelBroken(f"{model} cannot serve: {'; '.join(found)}")


async def _locked(connection: Connection, model: str) -> ModelVersion:
    """The version as it is once nobody else changes one of its kind."""
    await lock_models(connection, (await get_model(connection, model)).kind)
    return await get_model(connection, model)


async def _before(connection: Connection, model: ModelVersion) -> str:
    if model.state != "champion":
        raise ModelConflict(f"{model.id} is {model.state}; roll back the champion")
    back = await promoted_over(connection, model.id)
    if back is None:
        raise ModelConflict(f"{model.id} was promoted over no champion: there is none to go back to")
    return back


async def _change(
    connection: Connection, model: ModelVersion, state: Promoted, *, reason: str, actor: str
) -> list[audit.EventDraft]:
    """Append the state, and that of a champion which it replaces; return the events."""
    drafts, replaces = [], None
    champion = await find_champion(connection, model.kind) if state == "champion" else None
    if champion is not None:
        replaces, why = champion.id, f"replaced by {model.id}"
        await record_state(connection, replaces, "retired", previous="champion", actor=actor, reason=why)
        drafts.append(audit.EventDraft(actor, "model.retired", replaces, _told(champion, "retired", why)))
    await record_state(connection, model.id, state, previous=model.state, actor=actor, reason=reason, replaces=replaces)
    action = "model.retired" if state == "retired" else "model.promoted"
    body = _told(model, state, reason) | ({"replaced": replaces} if replaces else {})
    return [*drafts, audit.EventDraft(actor, action, model.id, body)]


def _told(model: ModelVersion, state: ModelState, reason: str) -> dict[str, Any]:
    return {"kind": model.kind, "from": model.state, "to": state, "reason": reason, "metrics": model.metrics}
