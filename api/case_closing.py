"""Closing a case by two people, and opening it again."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, post

from api.bodies import read_body
from api.case_bodies import ClosingInput, ReasonInput
from api.cases import CaseView, edited_response, still_read
from api.etags import IfMatch
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.parameters import Id
from jobs import case_closing


@post("/cases/{case:str}/closing", operation_id="propose_case_closing", summary="Propose to close a case")
async def propose_case_closing(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    case: Id,
    if_match: IfMatch = None,
) -> Response[CaseView]:
    """Propose an outcome. The case stays as it is, with notes only, until another person approves or rejects it.

    409 `case-conflict` if the case is not open.
    """
    still = still_read(if_match)
    asked = read_body(await request.body(), ClosingInput)
    saved = await case_closing.propose_closing(
        services,
        case,
        new_resource_id(request, "clo"),
        outcome=asked.outcome,
        reason=asked.reason.strip(),
        resolve_alerts=asked.resolve_alerts,
        still=still,
        actor=caller.id,
        person=caller.answerable,
    )
    return edited_response(saved, 201)


@delete(
    "/cases/{case:str}/closing",
    operation_id="withdraw_case_closing",
    summary="Withdraw one's own proposal to close a case",
    status_code=204,
)
async def withdraw_case_closing(
    services: GivenServices, caller: GivenCaller, case: Id, if_match: IfMatch = None
) -> None:
    """Take back what one has proposed; the case is open again. 409 `four-eyes` if somebody else proposed it."""
    still = still_read(if_match)
    await case_closing.decide_closing(
        services, case, "withdrawn", reason=None, still=still, actor=caller.id, person=caller.answerable
    )


@post(
    "/cases/{case:str}/closing/approve",
    operation_id="approve_case_closing",
    summary="Approve that a case is closed",
    status_code=200,
)
async def approve_case_closing(
    services: GivenServices, caller: GivenCaller, case: Id, if_match: IfMatch = None
) -> Response[CaseView]:
    """Close a case as another person has proposed, the one that `If-Match` names.

    409 `four-eyes` for the person who proposed it. An API key counts as the person who made it, so nobody is a second
    person by showing another key of theirs; a key made on the command line, or with such a key, belongs to nobody and
    counts as one of its own.
    """
    still = still_read(if_match)
    return edited_response(
        await case_closing.decide_closing(
            services, case, "approved", reason=None, still=still, actor=caller.id, person=caller.answerable
        )
    )


@post(
    "/cases/{case:str}/closing/reject",
    operation_id="reject_case_closing",
    summary="Reject that a case is closed",
    status_code=200,
)
async def reject_case_closing(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    case: Id,
    if_match: IfMatch = None,
) -> Response[CaseView]:
    """Reject what another person has proposed, with a reason; the case is open again. 409 `four-eyes` as above."""
    still = still_read(if_match)
    reason = read_body(await request.body(), ReasonInput).reason.strip()
    return edited_response(
        await case_closing.decide_closing(
            services, case, "rejected", reason=reason, still=still, actor=caller.id, person=caller.answerable
        )
    )


@post(
    "/cases/{case:str}/reopening",
    operation_id="reopen_case",
    summary="Open a closed case again",
    status_code=200,
)
async def reopen_case(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    case: Id,
    if_match: IfMatch = None,
) -> Response[CaseView]:
    """Open a closed case again, with a reason; how it was closed stays in its history, its alerts stay as they are."""
    still = still_read(if_match)
    reason = read_body(await request.body(), ReasonInput).reason.strip()
    return edited_response(await case_closing.reopen_case(services, case, reason=reason, still=still, actor=caller.id))
