"""`Idempotency-Key`: a write that is sent again under its key is done once, and answered again as it was answered.

As in draft-ietf-httpapi-idempotency-key-header. The claim on a key is a row in Postgres with a lease; ids of what is
made follow from caller and key, so that who takes up a request after a crash finds what was made before it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.access import operation_of
from api.errors import InProgress
from api.parameters import read_parameters
from graph.errors import FieldError, HeadwaterError, InvalidInput
from jobs.services import Services
from ledger.idempotency import Answer, Claim, Claimed, claim_key, drop_claim, end_lease, keep_answer
from ledger.ids import derived_id, new_id

HEADER = "Idempotency-Key"
METHODS = frozenset(("POST", "PATCH"))
# Longer than any request may take. A claim that outlives its process is taken up after that, not before.
LEASE_S = 60.0
RETRY_S = 2
# Headers that belong to an answer, beside its type.
KEPT = ("etag", "location", "content-disposition")

_WRITES_NOTHING = "writes nothing"
_ASKS = "makes nothing but the audit event that it was asked"
_BY_CONTENT = "what is sent names itself: sending it again changes nothing"

# operation_id -> why the header is of no use there, and so accepted and ignored. Every other POST and PATCH honours it.
NATURAL: Mapping[str, str] = {
    "create_transaction": "`network` and `id` name the transaction",
    "create_transactions": "`network` and `id` name each transaction",
    "create_attributions": _BY_CONTENT,
    "import_attributions": _BY_CONTENT,
    "preview_attributions": _WRITES_NOTHING,
    "preview_attributions_import": _WRITES_NOTHING,
    "preview_transaction": _WRITES_NOTHING,
    "draw_wallets": _WRITES_NOTHING,
    "replay_decision": _ASKS,
    "draft_case_goaml": _ASKS,
    "ask_cypher": _ASKS,
    "create_session": "each sign-in is a session of its own, and its cookie is kept nowhere",
}

# operation_id -> the field of its answer that is not kept with it, and so null in an answer given again: what is shown
# once, and what can be erased.
SECRETS: Mapping[str, str] = {
    "create_key": "key",
    "create_webhook": "secret",
    "create_webhook_secret": "secret",
    "create_user": "password",
    "reset_user_password": "password",
    "create_alert_note": "text",
    "create_case_note": "text",
}

KEY = "[!-~]([ -~]{0,253}[!-~])?"
_is_key = re.compile(KEY).fullmatch
_log = structlog.get_logger("headwater.idempotency")


def honours_key(operation: str | None, method: str) -> bool:
    """Whether an operation does once what is sent twice under one Idempotency-Key."""
    return operation is not None and method in METHODS and operation not in NATURAL


def new_resource_id(request: Request[Any, Any, Any], prefix: str, ordinal: int = 0) -> str:
    """Return the id of something that a request makes; `ordinal` tells several of one kind apart.

    Under an Idempotency-Key it is the same each time the request is carried out: who inserts under it must take what
    is there already for its own.
    """
    claim: Claim | None = request.scope["state"].get("claim")
    if claim is None:
        return new_id(prefix)
    return derived_id(prefix, claim.created_at, claim.caller, claim.key, str(ordinal))


async def prepare(request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """Before a handler: check parameters, then claim the request's key; return the answer if it had one already.

    Raises InvalidInput for a key that cannot be one or stands for another request, InProgress.
    """
    await read_parameters(request)
    if not honours_key(operation_of(request.route_handler), request.method) or (key := _key(request)) is None:
        return None
    claimed = await _claim(request, key)
    if claimed.state == "other":
        raise InvalidInput(FieldError(HEADER, "stands for another request; send a new key with a new request"))
    if claimed.state == "running":
        raise InProgress("the same request is being carried out; ask again for its answer", RETRY_S)
    if claimed.answer is not None:
        return _again(claimed.answer)
    request.scope["state"]["claim"] = claimed.claim
    return None


def _key(request: Request[Any, Any, Any]) -> str | None:
    given = request.headers.getall(HEADER, [])
    if not given:
        return None
    # A structured-field string, as the draft has it, or the same without its quotes.
    key = given[0][1:-1] if len(given[0]) > 1 and given[0][0] == given[0][-1] == '"' else given[0]
    if len(given) > 1 or not _is_key(key):
        raise InvalidInput(FieldError(HEADER, "must be one key of 1 to 255 printable ASCII characters"))
    return key


async def _claim(request: Request[Any, Any, Any], key: str) -> Claimed:
    services: Services = request.app.state.services
    target = (request.method, request.scope["path"], request.scope["query_string"].decode("latin-1"))
    fingerprint = hashlib.sha256("\0".join(target).encode() + b"\0" + await request.body()).hexdigest()
    kept_s = services.settings.api.idempotency_kept_s
    async with services.ledger.transaction() as connection:
        return await claim_key(connection, request.scope["user"].id, key, fingerprint, lease_s=LEASE_S, kept_s=kept_s)


def _again(answer: Answer) -> Response[bytes]:
    headers = {**answer.headers, "Idempotent-Replayed": "true"}
    return Response(
        answer.body, status_code=answer.status, media_type=headers.pop("content-type", None), headers=headers
    )


class Answers:
    """A layer round the application: keeps the answer to a claimed request before it is given."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != ScopeType.HTTP or scope["method"] not in METHODS:
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def kept(message: Message) -> None:
            claim: Claim | None = scope["state"].get("claim")
            if claim is None:
                await send(message)
                return
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                await _settle(scope, claim, held)
                for each in held:
                    await send(each)

        await self._app(scope, receive, kept)


async def _settle(scope: Any, claim: Claim, messages: list[Message]) -> None:
    """Keep a good answer; give the key back after a refusal; after a failure have the request taken up again."""
    app: Litestar = scope["litestar_app"]
    services: Services = app.state.services
    answer = _answer(operation_of(scope["route_handler"]) or "", messages)
    try:
        async with services.ledger.transaction() as connection:
            if answer.status < 400:
                await keep_answer(connection, claim, answer)
            elif answer.status < 500:
                await drop_claim(connection, claim)
            else:
                await end_lease(connection, claim)
    except HeadwaterError as error:
        # The answer is true all the same; asked for again, it is found out again once the lease has lapsed.
        _log.warning("an answer could not be kept", error=str(error))


def _answer(operation: str, messages: list[Message]) -> Answer:
    start: Any = messages[0]
    body = b"".join(message.get("body", b"") for message in messages[1:])  # type: ignore[misc]
    given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
    headers = {name: given[name] for name in ("content-type", *KEPT) if name in given}
    if operation in SECRETS and start["status"] < 400:
        body = msgspec.json.encode({**msgspec.json.decode(body), SECRETS[operation]: None})
    return Answer(status=start["status"], headers=headers, body=body)
