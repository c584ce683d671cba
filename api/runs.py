"""Scoring runs: asked for, read, listed."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from msgspec import Meta, Struct

from api.bodies import read_body
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from graph.errors import NotFound
from graph.model import Job, ScoringRun
from jobs.replaying import request_replay
from jobs.scoring import request_scoring_run
from ledger.runs import find_run, list_runs

_cursors: Cursors[str] = Cursors("scoring-runs", str)


class RunInput(Struct, frozen=True, forbid_unknown_fields=True):
    """What may be asked of a run."""

    hops: Annotated[int, Meta(ge=1, le=6, description="How many flows to follow")] = 3


class RequestedView(Struct, frozen=True):
    """A scoring run and the job that does it."""

    run: ScoringRun
    job: Job


class RunPage(Struct, frozen=True):
    """A page of scoring runs; `next` is null at the end."""

    items: list[ScoringRun]
    next: str | None


@post(
    "/scoring-runs",
    operation_id="create_scoring_run",
    summary="Have all wallets scored",
    status_code=202,
)
async def create_scoring_run(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[RequestedView]:
    """Queue a scoring run, also at `/run-score`; `Location` is where to follow it. A body is optional.

    The job is recorded before the answer; it is done even if the queue or a worker is lost meanwhile.
    """
    asked = read_body(await request.body(), RunInput, optional=True)
    run, job = await request_scoring_run(
        services, actor=caller.id, hops=asked.hops, run_id=new_resource_id(request, "run")
    )
    return Response(RequestedView(run, job), headers={"Location": f"/api/v1/scoring-runs/{run.id}"})


@post(
    "/scoring-runs/{run:str}/replay",
    operation_id="replay_scoring_run",
    summary="Have a scoring run computed again from history",
    status_code=202,
)
async def replay_scoring_run(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, run: Id
) -> Response[Job]:
    """Queue a replay: every wallet computed again from transactions and attributions as they were known to the run.

    The job's `result` tells whether its digest is `identical`, what was `recomputed`, the first wallets `differing`,
    and whether the run was `disturbed` by changes while it read the graph. 422 for a run that recorded no digest.
    """
    job = await request_replay(services, run, actor=caller.id, job_id=new_resource_id(request, "job"))
    return Response(job, headers={"Location": f"/api/v1/jobs/{job.id}"})


@get("/scoring-runs", operation_id="list_scoring_runs", summary="Scoring runs, newest first")
async def list_scoring_runs(services: GivenServices, limit: Limit = 100, cursor: Cursor = None) -> RunPage:
    """Page through scoring runs; one whose `finished_at` is null is not done, its job tells how far it is."""
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        runs = await list_runs(connection, after=after, limit=limit + 1)
    ended = runs[limit - 1].id if len(runs) > limit else None
    return RunPage(runs[:limit], _cursors.write(ended))


@get("/scoring-runs/{run:str}", operation_id="get_scoring_run", summary="One scoring run")
async def get_scoring_run(services: GivenServices, run: Id) -> ScoringRun:
    """Return a scoring run; its scores are in force from `finished_at` until a later one finishes."""
    async with services.ledger.read() as connection:
        found = await find_run(connection, run)
    if found is None:
        raise NotFound("scoring run", run)
    return found
