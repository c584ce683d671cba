"""Models: trained by jobs, kept by version, promoted and rolled back by people."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta

from api.bodies import read_body
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.model_bodies import ModelHistoryView, ModelPage, ModelView, PromoteInput, RollBackInput, TrainInput
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from graph.model import Job, ModelKind, ModelState, ModelVersion
from jobs.promoting import promote_model, roll_back
from jobs.training import request_training
from ledger.model_states import list_states
from ledger.models import get_model, list_models

OfKind = Annotated[ModelKind | None, QueryParameter(name="kind", description="Only models of this kind")]
InState = Annotated[ModelState | None, QueryParameter(name="state", description="Only models in this state")]

_Position = tuple[str, Annotated[int, Meta(ge=1, le=2**31 - 1)]]
_cursors: Cursors[_Position] = Cursors("models", _Position)


@get("/models", operation_id="list_models", summary="Models by kind, newest version first")
async def list_all_models(
    services: GivenServices, *, kind: OfKind = None, in_state: InState = None, limit: Limit = 100, cursor: Cursor = None
) -> ModelPage:
    """Page through model versions. Of each kind at most one is `champion`, whose values count in scores.

    A `shadow` is computed and shown beside it; a `candidate` or a `retired` one is not computed.
    """
    after, states = _cursors.read(cursor), [in_state] if in_state else []
    async with services.ledger.read() as connection:
        found = await list_models(connection, kind=kind, states=states, after=after, limit=limit + 1)
    ended = (found[limit - 1].kind, found[limit - 1].version) if len(found) > limit else None
    return ModelPage([ModelView.from_model(model) for model in found[:limit]], _cursors.write(ended))


@get("/models/{model:str}", operation_id="get_model", summary="One model")
async def get_one_model(services: GivenServices, model: Id) -> ModelHistoryView:
    """Return a model version, such as `classifier-v3`, with every state that it has been in and who decided that."""
    async with services.ledger.read() as connection:
        found = await get_model(connection, model)
        return ModelHistoryView.of(found, await list_states(connection, model))


@post("/models/train", operation_id="train_model", summary="Have a model trained", status_code=202)
async def train_model(request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller) -> Response[Job]:
    """Queue a training on the graph as it is, or was `as_of` a time; the job's `result` names the new `model`.

    It is a `candidate` and changes no score until it is promoted. While a training that was asked the same waits or is
    under way, that one is answered. It fails where there are too few labelled wallets, or of one class only.
    """
    asked = read_body(await request.body(), TrainInput)
    job = await request_training(
        services,
        asked.kind,
        actor=caller.id,
        seed=asked.seed,
        as_of=asked.as_of,
        job_id=new_resource_id(request, "job"),
    )
    return Response(job, headers={"Location": f"/api/v1/jobs/{job.id}"})


@post("/models/{model:str}/promote", operation_id="promote_model", summary="Change who serves", status_code=200)
async def promote_one_model(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, model: Id
) -> ModelHistoryView:
    """Bring a model into a state: `shadow` beside the champion, `champion` in its place, or `retired`.

    Refused with 409, and nothing changed: `feature-mismatch` for one that learned other features than are computed now,
    `model-broken` for one whose files are not those that were registered, `model-conflict` for one that is not in the
    state `from`. Already in the state is a 200 as well.
    """
    asked = read_body(await request.body(), PromoteInput)
    promoted = await promote_model(services, model, asked.state, reason=asked.reason, actor=caller.id, seen=asked.from_)
    return await _answer(services, promoted)


@post(
    "/models/{model:str}/rollback",
    operation_id="roll_back_model",
    summary="Go back to the champion before",
    status_code=200,
)
async def roll_back_model(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, model: Id
) -> ModelHistoryView:
    """Retire a champion and return the model that it was promoted over, champion again.

    409 `model-conflict` where it is no champion, or was promoted over none; else refused as a promotion is.
    """
    asked = read_body(await request.body(), RollBackInput)
    return await _answer(services, await roll_back(services, model, reason=asked.reason, actor=caller.id))


async def _answer(services: GivenServices, model: ModelVersion) -> ModelHistoryView:
    async with services.ledger.read() as connection:
        return ModelHistoryView.of(model, await list_states(connection, model.id))
