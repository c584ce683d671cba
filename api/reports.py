"""The report of a case: a structured draft, the same in words, and as goAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, cast

from litestar import Request, Response, get, post
from litestar.params import QueryParameter
from msgspec import Struct

from api.bodies import read_body
from api.lifespan import GivenCaller, GivenServices
from api.parameters import Id
from jobs.case_report import CaseReport
from jobs.filing import draft_filing
from jobs.goaml import GoamlHeader
from jobs.narrative import narrate
from jobs.reporting import draw_up_report
from jobs.xsd import Violation

Format = Annotated[
    Literal["json", "text"], QueryParameter(name="format", description="`json`: structured; `text`: in words")
]


class GoamlView(Struct, frozen=True, kw_only=True):
    """A goAML-shaped draft, `document` being its XML and `sha256` that of its UTF-8 bytes, as the audit log has it.

    `valid` is null where the operator has set no XSD. `missing` is what a filing needs and the request did not give.
    """

    document: str
    sha256: str
    valid: bool | None
    violations: tuple[Violation, ...]
    missing: tuple[str, ...]


@get("/cases/{case:str}/report", operation_id="get_case_report", summary="A draft report about a case")
async def get_case_report(services: GivenServices, case: Id, as_format: Format = "json") -> Response[CaseReport]:
    """Draw up a report from what is recorded: subjects, transactions, grounds with the decisions' own numbers.

    `open_questions` is what the records leave open, `missing` what a filing needs that no transaction says. A person
    has to read and complete it. `format=text` answers the same in words.
    """
    report = await draw_up_report(services, case)
    if as_format == "json":
        return Response(report)
    text = Response(narrate(report), media_type="text/plain")
    return cast("Response[CaseReport]", text)


@post(
    "/cases/{case:str}/report/goaml",
    operation_id="draft_case_goaml",
    summary="Draft a goAML-shaped filing",
    status_code=200,
)
async def draft_case_goaml(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, case: Id
) -> GoamlView:
    """Return the report as XML in the shape of goAML, with what only the reporting entity knows as sent in the body.

    Nothing is made up: what is not sent is left out and named in `missing`. The schema is each authority's; with
    HEADWATER_GOAML_XSD set to a copy of it the draft is validated, and every violation named. Nothing is filed; that
    a draft was made is in the audit log with its digest.
    """
    header = read_body(await request.body(), GoamlHeader)
    xsd = services.settings.api.goaml_xsd
    filing = await draft_filing(services, case, header, xsd=Path(xsd) if xsd else None, actor=caller.id)
    return GoamlView(
        document=filing.document.decode(),
        sha256=filing.sha256,
        valid=filing.valid,
        violations=filing.violations,
        missing=filing.missing,
    )
