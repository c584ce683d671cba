"""Errors on the wire: one table from error class to status, type and title, and RFC 9457 bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    InternalServerException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import Send
from msgspec import Struct

from api.envelope import identity_of
from api.errors import (
    ComeBack,
    Forbidden,
    InProgress,
    NotScored,
    NotScreened,
    PasswordToChange,
    PreconditionFailed,
    PreconditionRequired,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unready,
    UpgradeRequired,
)
from api.parameters import refused_parameters
from graph.errors import (
    AddressError,
    DiskFull,
    FieldError,
    InvalidInput,
    MalformedJson,
    NoAnswer,
    NotFound,
    QueryCut,
    Rebuilding,
    Stopped,
    TransactionConflict,
    Unavailable,
)
from jobs.model_errors import ModelBroken, ModelConflict, ModelMismatch
from jobs.xsd import SchemaRefused
from ledger.errors import (
    BookConflict,
    Busy,
    CaseConflict,
    FourEyes,
    JobConflict,
    LedgerNotReady,
    NameTaken,
    NotAsSigned,
    NotExplained,
    NotRecorded,
    NotReplayable,
    RunRowsRemoved,
    RunUnfinished,
    WebhookConflict,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
# What litestar says of it, by the class of its errors that are our own fault.
HUNG_UP = "client disconnected prematurely"

_log = structlog.get_logger("headwater.api")


class Kind(Struct, frozen=True):
    """What a class of errors is on the wire; `name` is the anchor of its type in /docs."""

    status: int
    name: str
    title: str


TABLE: dict[type[Exception], Kind] = {
    MalformedJson: Kind(400, "malformed-json", "The body is not JSON"),
    HTTPException: Kind(400, "bad-request", "The request cannot be understood"),
    Unauthenticated: Kind(401, "unauthenticated", "A key or a session is needed"),
    Forbidden: Kind(403, "forbidden", "Your role does not allow this"),
    PasswordToChange: Kind(403, "password-to-change", "Your password has to be replaced first"),
    NotFound: Kind(404, "not-found", "Not known"),
    NotScreened: Kind(404, "not-screened", "There is no decision"),
    NotScored: Kind(404, "not-scored", "There is no score"),
    NotFoundException: Kind(404, "unknown-path", "There is nothing at this path"),
    MethodNotAllowedException: Kind(405, "method-not-allowed", "This path does not take this method"),
    TransactionConflict: Kind(409, "transaction-conflict", "Already landed with other content"),
    NotRecorded: Kind(409, "not-recorded", "Its landing was never acknowledged"),
    NotReplayable: Kind(409, "not-replayable", "It cannot be made again"),
    NotAsSigned: Kind(409, "not-as-signed", "The audit log is not what was signed"),
    CaseConflict: Kind(409, "case-conflict", "The case cannot take this as it is"),
    JobConflict: Kind(409, "job-conflict", "The job cannot be given new attempts or be cancelled"),
    RunUnfinished: Kind(409, "run-unfinished", "The scoring run has no scores yet"),
    RunRowsRemoved: Kind(410, "run-rows-removed", "The scores of the run are not kept any more"),
    NotExplained: Kind(409, "not-explained", "The score cannot be explained"),
    ModelConflict: Kind(409, "model-conflict", "The model cannot take this as it is"),
    ModelMismatch: Kind(409, "feature-mismatch", "The model learned other features"),
    ModelBroken: Kind(409, "model-broken", "The files of the model are not what was registered"),
    FourEyes: Kind(409, "four-eyes", "It takes another person"),
    BookConflict: Kind(409, "book-conflict", "There is another rule of that id"),
    WebhookConflict: Kind(409, "webhook-conflict", "The webhook cannot take this as it is"),
    NameTaken: Kind(409, "name-taken", "Somebody has this name"),
    InProgress: Kind(409, "in-progress", "The same request is being carried out"),
    PreconditionFailed: Kind(412, "stale", "Changed since it was read"),
    RequestEntityTooLarge: Kind(413, "too-large", "The body is too large"),
    TooLarge: Kind(413, "too-large", "The body is too large"),
    InvalidInput: Kind(422, "invalid-input", "Some fields cannot be accepted"),
    AddressError: Kind(422, "invalid-input", "Some fields cannot be accepted"),
    UpgradeRequired: Kind(426, "upgrade-required", "This path speaks WebSocket"),
    PreconditionRequired: Kind(428, "precondition-required", "Say which version this is about"),
    TooManyRequests: Kind(429, "too-many-requests", "Too many requests for now"),
    InternalServerException: Kind(500, "internal", "Something went wrong on our side"),
    Exception: Kind(500, "internal", "Something went wrong on our side"),
    Unavailable: Kind(503, "unavailable", "A server we depend on is not available"),
    NoAnswer: Kind(503, "no-answer", "A server we depend on did not answer in time"),
    Rebuilding: Kind(503, "being-rebuilt", "The graph is being rebuilt"),
    Stopped: Kind(503, "stopped", "A server we depend on has stopped its database"),
    DiskFull: Kind(503, "disk-full", "A server we depend on has a full disk"),
    LedgerNotReady: Kind(503, "not-ready", "Not ready"),
    Busy: Kind(503, "busy", "Too much at once"),
    Unready: Kind(503, "not-ready", "Not ready"),
    SchemaRefused: Kind(503, "schema-refused", "The XSD that the operator has set cannot be used"),
    QueryCut: Kind(503, "cut-off", "The question took too long"),
}

_DETAILS: dict[type[Exception], str] = {
    NotFoundException: "see /docs for the paths there are",
    MethodNotAllowedException: "the Allow header lists the methods this path takes",
    RequestEntityTooLarge: "send less at once; nothing was changed",
    SchemaRefused: "the log tells more under this request_id",
    InternalServerException: "the log tells more under this request_id",
    Exception: "the log tells more under this request_id",
}


class Problem(Struct, frozen=True, kw_only=True):
    """Any error, as RFC 9457 has it; `errors` names the fields at fault, `type` is explained at /docs."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...]
    request_id: str


def problem_of(error: Exception, request_id: str) -> Problem:
    """Translate an error; nothing of an unexpected one is told but where to look."""
    kind = TABLE[_listed(error)]
    return Problem(
        type=f"/docs#{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=_detail(error),
        errors=_field_errors(error),
        request_id=request_id,
    )


def to_response(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer any error raised while a request was handled."""
    if isinstance(error, ValidationException):
        error = refused_parameters(request, error)
    problem = problem_of(error, identity_of(request.scope).request_id)
    log_error(error, problem.status)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    headers |= retry_headers(problem.status)
    if isinstance(error, ComeBack):
        headers["Retry-After"] = str(error.retry_after_s)
    return Response(msgspec.json.encode(problem), status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


async def send_problem(send: Send, problem: Problem, headers: Mapping[str, str], *more: tuple[bytes, bytes]) -> None:
    """Answer with a problem from a layer round the application; `more` are headers in their raw form."""
    named = {"Content-Type": MEDIA_TYPE, **headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": [*raw, *more]})
    await send({"type": "http.response.body", "body": msgspec.json.encode(problem), "more_body": False})


def retry_headers(status: int) -> dict[str, str]:
    """Return the headers that tell how to do better: with a key, or later."""
    if status == 401:
        return {"WWW-Authenticate": 'Bearer realm="headwater"'}
    if status == 426:
        return {"Upgrade": "websocket", "Connection": "Upgrade"}
    return {"Retry-After": str(RETRY_AFTER_S)} if status in {429, 503} else {}


def log_error(error: Exception, status: int) -> None:
    """Log what an operator must see; the request_id is bound by the envelope."""
    if isinstance(error, InternalServerException) and error.detail == HUNG_UP:
        _log.info("the client hung up before it had sent its body")
    elif status == 503:
        _log.warning("unavailable", error=str(error))
    elif status >= 500:
        _log.error("unexpected error", exc_info=error)


def _listed(error: Exception) -> type[Exception]:
    """Return the nearest class of an error that the table knows."""
    return next(cls for cls in type(error).__mro__ if cls in TABLE)


def _detail(error: Exception) -> str:
    if isinstance(error, NoAnswer):
        return f"{error.service} did not answer in time; nothing was acknowledged, try again"
    if isinstance(error, Rebuilding):
        return "the graph is being rebuilt from the ledger; nothing was acknowledged, try again once it is whole"
    if isinstance(error, Stopped):
        return f"{error.service} has stopped its database, as with a full disk: its log says why; then start it again"
    if isinstance(error, DiskFull):
        return f"the disk of {error.service} is full; nothing was acknowledged, try again once there is room"
    if isinstance(error, Unavailable):
        # What a driver says may name hosts and users: that is for the log.
        return f"{error.service} is not available; nothing was acknowledged, try again"
    said = error.detail if isinstance(error, HTTPException) else str(error)
    return _DETAILS.get(_listed(error), said)


def _field_errors(error: Exception) -> tuple[FieldError, ...]:
    if isinstance(error, InvalidInput):
        return tuple(error.errors)
    return tuple(error.errors) if isinstance(error, Unready) else ()
