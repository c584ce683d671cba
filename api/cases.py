"""Cases: opened, listed, read and edited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.params import QueryParameter
from msgspec import Struct
from msgspec.structs import asdict

from api.access import Caller
from api.bodies import read_body
from api.case_bodies import CaseEdit, CaseInput
from api.etags import IfMatch, check_etag, etag_of, require_if_match
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id, canonical_wallet
from graph.bodies import MAX_ERRORS
from graph.errors import FieldError, InvalidInput
from jobs import casework
from jobs.casework import CaseFile
from ledger import cases as ledger
from ledger.case_closings import Closing
from ledger.cases import Asked, Case, CaseOutcome, CaseStatus

Status = Annotated[CaseStatus | None, QueryParameter(description="Only cases with this status")]
Assigned = Annotated[
    str | None,
    QueryParameter(max_length=200, description="Only cases of this assignee; `me`: the caller's; empty: nobody's"),
]
WithAlert = Annotated[str | None, QueryParameter(max_length=100, description="Only the case that this alert is in")]
WithWallet = Annotated[
    str | None, QueryParameter(max_length=300, description="Only cases with this wallet, `network:address`")
]

_cursors: Cursors[str] = Cursors("cases", str)


class CaseView(Struct, frozen=True, kw_only=True):
    """A case. `closing` means that somebody has proposed to close it and somebody else has to decide.

    `outcome` and `closed_at` are null until it is closed.
    """

    id: str
    title: str
    status: CaseStatus
    outcome: CaseOutcome | None
    assignee: str | None
    created_by: str
    created_at: datetime
    changed_at: datetime
    closed_at: datetime | None

    @classmethod
    def from_case(cls, case: Case) -> CaseView:
        """Return the case as it is on the wire."""
        return cls(**{name: getattr(case, name) for name in CaseView.__struct_fields__})


class CaseDetail(CaseView, frozen=True, kw_only=True):
    """A case with its alerts and wallets; `closing` is the proposal that waits for a second person."""

    alerts: tuple[str, ...]
    wallets: tuple[str, ...]
    closing: Closing | None

    @classmethod
    def from_file(cls, file: CaseFile) -> CaseDetail:
        """Return the case as it is on the wire."""
        view = CaseView.from_case(file.case)
        return cls(**asdict(view), alerts=file.alerts, wallets=file.wallets, closing=file.closing)


class CasePage(Struct, frozen=True):
    """A page of cases; `next` is null at the end."""

    items: list[CaseView]
    next: str | None


@post("/cases", operation_id="create_case", summary="Open a case")
async def create_case(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[CaseDetail]:
    """Open a case with alerts and wallets, at most 1,000 of each; `Location` is where it is.

    An alert is in one case at most: 409 `case-conflict` names the other one. A wallet may be in many, and need not be
    known to the graph.
    """
    asked = read_body(await request.body(), CaseInput)
    file = await casework.open_case(
        services,
        new_resource_id(request, "cas"),
        title=asked.title.strip(),
        assignee=assignee_of(asked.assignee, caller),
        alerts=asked.alerts,
        wallets=canonical_wallets(asked.wallets),
        actor=caller.id,
    )
    return case_response(file, status_code=201, location=True)


@get("/cases", operation_id="list_cases", summary="Cases, newest first")
async def list_cases(
    services: GivenServices,
    caller: GivenCaller,
    *,
    status: Status = None,
    assignee: Assigned = None,
    alert: WithAlert = None,
    wallet: WithWallet = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> CasePage:
    """Page through cases. An alert's own case is the one that `alert` finds."""
    asked = Asked(
        status=status,
        assignee=assignee_of(assignee, caller),
        alert=alert,
        wallet=None if wallet is None else canonical_wallet(wallet, "wallet"),
    )
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        cases, ended = await ledger.list_cases(connection, asked, after=after, limit=limit)
    return CasePage([CaseView.from_case(case) for case in cases], _cursors.write(ended))


@get("/cases/{case:str}", operation_id="get_case", summary="One case")
async def get_case(services: GivenServices, case: Id) -> Response[CaseDetail]:
    """Return a case with its alerts and wallets; the `ETag` is what an edit has to send as `If-Match`."""
    async with services.ledger.read() as connection:
        return case_response(await casework.read_file(connection, case))


@patch("/cases/{case:str}", operation_id="edit_case", summary="Change title or assignee of a case")
async def edit_case(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    case: Id,
    if_match: IfMatch = None,
) -> Response[CaseView]:
    """Change what is sent; null takes the assignee away. A closed case is opened again first: 409."""
    still = still_read(if_match)
    asked = read_body(await request.body(), CaseEdit)
    assignee = assignee_of(asked.assignee, caller) if isinstance(asked.assignee, str) else asked.assignee
    title = asked.title.strip() if isinstance(asked.title, str) else asked.title
    saved = await casework.edit_case(services, case, title=title, assignee=assignee, still=still, actor=caller.id)
    return edited_response(saved)


def still_read(if_match: str | None) -> Callable[[Case], None]:
    """Return what refuses a case that is not the version named by If-Match; raises PreconditionRequired without."""
    given = require_if_match(if_match)
    return lambda case: check_etag(given, case_etag(case))


def case_etag(case: Case) -> str:
    """Return the ETag of a case: of its id and version."""
    return etag_of(case.id, case.version)


def case_response(file: CaseFile, *, status_code: int = 200, location: bool = False) -> Response[CaseDetail]:
    """Answer with a case, its ETag, and where it is if it is new."""
    headers = {"ETag": case_etag(file.case)}
    if location:
        headers["Location"] = f"/api/v1/cases/{file.case.id}"
    return Response(CaseDetail.from_file(file), status_code=status_code, headers=headers)


def edited_response(case: Case, status_code: int = 200) -> Response[CaseView]:
    """Answer with a case as an edit left it, and its new ETag."""
    return Response(CaseView.from_case(case), status_code=status_code, headers={"ETag": case_etag(case)})


def assignee_of(given: str | None, caller: Caller) -> str | None:
    """Return who is meant; `me` is the caller."""
    return caller.id if given == "me" else given


def canonical_wallets(given: list[str]) -> list[str]:
    """Return the canonical keys; raises InvalidInput naming the place of each that cannot be accepted."""
    keys: list[str] = []
    errors: list[FieldError] = []
    for place, key in enumerate(given):
        try:
            keys.append(canonical_wallet(key, f"wallets[{place}]"))
        except InvalidInput as error:
            errors += error.errors
    if errors:
        raise InvalidInput(*errors[:MAX_ERRORS])
    return keys
