"""Rules: drafted, changed by new versions, activated, retired."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import QueryParameter
from msgspec import Meta, Struct
from msgspec.structs import replace

from api.bodies import read_body, read_object, shaped
from api.etags import IfMatch, check_etag, etag_of, require_if_match
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from jobs.rule_bodies import RuleInput
from jobs.rulebook import Seen, activate_rule, change_rule, create_rule, retire_rule
from ledger import rules as ledger
from ledger.rules import RuleRecord, RuleState, RuleVersion

# Litestar keeps the name `state` for itself.
State = Annotated[RuleState | None, QueryParameter(name="state", description="Only rules in this state")]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]

_cursors: Cursors[str] = Cursors("rules", str)
_versions: Cursors[int] = Cursors("rule versions", Version)


class RuleVersionView(Struct, frozen=True, kw_only=True):
    """One version of a rule, as it was sent, and who recorded it.

    `score` is what it adds to its signal when it fires, `floor` the least risk score then; `when` is its condition,
    `graph` the pattern that it looks for besides.
    """

    id: str
    version: int
    title: str
    why: str
    reason: str
    score: float
    floor: float | None
    typology: str | None
    when: dict[str, Any]
    graph: dict[str, Any] | None
    author: str
    recorded_at: datetime


class RuleView(RuleVersionView, frozen=True, kw_only=True):
    """The latest version of a rule. `active_version` is in force, and may be an older one; null unless active."""

    state: RuleState
    active_version: int | None


class RulePage(Struct, frozen=True):
    """A page of rules; `next` is null at the end."""

    items: list[RuleView]
    next: str | None


class RuleVersionPage(Struct, frozen=True):
    """A page of versions; `next` is null at the end."""

    items: list[RuleVersionView]
    next: str | None


class ActivationInput(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version to bring into force; the latest without one."""

    version: Version | None = None


@post("/rules", operation_id="create_rule", summary="Draft a rule")
async def post_rule(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[RuleView]:
    """Record version 1 of a rule, a draft: it takes part in decisions once it is activated.

    The condition is checked against `GET /rules/fields`; what cannot be is named by its place, such as
    `when.all[1].value`. The same rule under the same `id` again is a 200, another one under it a 409.
    """
    given = read_body(await request.body(), RuleInput)
    named = given if given.id else replace(given, id=new_resource_id(request, "rul"))
    record, is_new = await create_rule(services, named, actor=caller.id)
    return _answer(record, 201 if is_new else 200)


@get("/rules", operation_id="list_rules", summary="Rules, in order of id")
async def list_rules(
    services: GivenServices, *, in_state: State = None, limit: Limit = 100, cursor: Cursor = None
) -> RulePage:
    """Page through rules, the latest version of each; `state` is draft, active or retired."""
    after = _cursors.read(cursor)
    await services.current_book()
    async with services.ledger.read() as connection:
        found = await ledger.list_rules(connection, state=in_state, after=after, limit=limit + 1)
    ended = found[limit - 1].rule if len(found) > limit else None
    return RulePage([rule_view(record) for record in found[:limit]], _cursors.write(ended))


@get("/rules/{rule:str}", operation_id="get_rule", summary="One rule")
async def get_rule(services: GivenServices, rule: Id) -> Response[RuleView]:
    """Return a rule as it is now; its `ETag` is what an edit sends as `If-Match`."""
    await services.current_book()
    async with services.ledger.read() as connection:
        return _answer(await ledger.get_rule(connection, rule))


@get("/rules/{rule:str}/versions", operation_id="list_rule_versions", summary="All versions of a rule, newest first")
async def list_rule_versions(
    services: GivenServices, rule: Id, limit: Limit = 100, cursor: Cursor = None
) -> RuleVersionPage:
    """Page through what a rule has been; versions are kept for ever, since decisions name them."""
    before = _versions.read(cursor)
    await services.current_book()
    async with services.ledger.read() as connection:
        found = await ledger.list_versions(connection, rule, before=before, limit=limit + 1)
    ended = found[limit - 1].version if len(found) > limit else None
    return RuleVersionPage([version_view(one) for one in found[:limit]], _versions.write(ended))


@put("/rules/{rule:str}", operation_id="replace_rule", summary="Make a new version of a rule")
async def put_rule(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, rule: Id, if_match: IfMatch = None
) -> Response[RuleView]:
    """Record the next version from a whole rule; the version in force stays so until the new one is activated.

    What is the same as the latest version makes no new one.
    """
    seen = _seen(if_match)
    body = read_body(await request.body(), RuleInput)
    return _answer(await change_rule(services, rule, lambda _: body, seen=seen, actor=caller.id))


@patch("/rules/{rule:str}", operation_id="update_rule", summary="Make a new version that differs in some fields")
async def patch_rule(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, rule: Id, if_match: IfMatch = None
) -> Response[RuleView]:
    """Record the next version with the fields sent in place of those of the latest; null takes an optional one away.

    A field is replaced as a whole, so `when` is sent whole.
    """
    seen = _seen(if_match)
    body = read_object(await request.body())

    def changed(latest: RuleInput) -> RuleInput:
        return shaped({**msgspec.to_builtins(latest), **body}, RuleInput)

    return _answer(await change_rule(services, rule, changed, seen=seen, actor=caller.id))


@post("/rules/{rule:str}/activate", operation_id="activate_rule", summary="Bring a rule into force", status_code=200)
async def post_activation(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, rule: Id
) -> Response[RuleView]:
    """Bring a version into force in place of the one that is: every decision from the next request on names it.

    A body is optional. Already in force is a 200 as well.
    """
    asked = read_body(await request.body(), ActivationInput, optional=True)
    return _answer(await activate_rule(services, rule, asked.version, actor=caller.id))


@delete("/rules/{rule:str}", operation_id="retire_rule", summary="Take a rule out of force")
async def delete_rule(services: GivenServices, caller: GivenCaller, rule: Id) -> None:
    """Retire a rule: it takes no part in decisions any more. Nothing is deleted; activating brings it back."""
    await retire_rule(services, rule, actor=caller.id)


def version_view(version: RuleVersion) -> RuleVersionView:
    """Return a version as it is on the wire."""
    return RuleVersionView(**_fields(version))


def rule_view(record: RuleRecord) -> RuleView:
    """Return a rule as it is on the wire."""
    return RuleView(**_fields(record), state=record.state, active_version=record.active_version)


def _fields(version: RuleVersion) -> dict[str, Any]:
    return {**msgspec.json.decode(version.body), "author": version.author, "recorded_at": version.recorded_at}


def _answer(record: RuleRecord, status: int = 200) -> Response[RuleView]:
    return Response(rule_view(record), status_code=status, headers={"ETag": _etag(record)})


def _etag(record: RuleRecord) -> str:
    return etag_of("rule", record.rule, record.version, record.revision)


def _seen(if_match: str | None) -> Seen:
    """What lets an edit pass only if the editor has seen the latest; raises PreconditionRequired without a word."""
    given = require_if_match(if_match)
    return lambda record: check_etag(given, _etag(record))
