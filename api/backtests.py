"""Backtests: what a rule would have done, before it does anything."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post

from api.bodies import read_body
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from graph.model import Job
from jobs.backtest_bodies import BacktestInput
from jobs.backtesting import request_backtest


@post("/rules/backtest", operation_id="backtest_rule", summary="Have a rule tried on history", status_code=202)
async def backtest(request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller) -> Response[Job]:
    """Queue a backtest of a rule, recorded or not, on what has landed; `Location` is the job to follow.

    History that was imported without screening counts too, withdrawn transactions do not. The job's `result` tells how
    many were `considered`, for how many the rule `fired` and their value, the most valuable `examples`, how many of
    them have an alert (`fired_alerted`) or none (`fired_unalerted`), its `precision` by the verdicts on these, how it
    differs from the version `in_force`, and how many could not be judged.
    """
    asked = read_body(await request.body(), BacktestInput)
    job = await request_backtest(services, asked, actor=caller.id, job_id=new_resource_id(request, "job"))
    return Response(job, headers={"Location": f"/api/v1/jobs/{job.id}"})
