"""Decisions: one by its id, and made again from what was recorded with it."""

from __future__ import annotations

from litestar import get, post

from api.lifespan import GivenCaller, GivenServices
from api.parameters import Id
from graph.model import Decision
from jobs.replaying_decisions import DecisionReplay, replay_decision
from ledger import decisions


@get("/decisions/{decision:str}", operation_id="get_decision", summary="One decision")
async def get_decision(services: GivenServices, decision: Id) -> Decision:
    """Return a recorded decision by its id."""
    async with services.ledger.read() as connection:
        return await decisions.get_decision(connection, decision)


@post(
    "/decisions/{decision:str}/replay", operation_id="replay_decision", summary="Make a decision again", status_code=200
)
async def replay_one_decision(services: GivenServices, caller: GivenCaller, decision: Id) -> DecisionReplay:
    """Make a decision again from its recorded payment and facts, under the policy and rule versions that it names.

    `is_same` says whether it comes out as recorded, `differences` where not. `erased`: its personal text was erased,
    so that rules about the purpose cannot be judged as then. 409 `not-replayable` for a decision made before its facts
    were kept. Each replay is an audit event.
    """
    return await replay_decision(services, decision, actor=caller.id)
