"""Evidence: everything that an alert or a case rests on, as one zip that can be checked without this server."""

from __future__ import annotations

from litestar import Response, get

from api.lifespan import GivenCaller, GivenServices
from api.parameters import Id
from jobs.evidence import Bundle, export_alert, export_case

MEDIA_TYPE = "application/zip"


@get(
    "/alerts/{alert:str}/evidence",
    operation_id="export_alert_evidence",
    summary="The evidence behind an alert, as one zip",
    media_type=MEDIA_TYPE,
)
async def export_alert_evidence(services: GivenServices, caller: GivenCaller, alert: Id) -> Response[bytes]:
    """Return a bundle with the decision, the money, the sources, the versions, the proofs, and a report to read.

    `headwater verify BUNDLE` checks it without a server. Each export is an audit event with the manifest's digest.
    """
    return _answer(await export_alert(services, alert, actor=caller.id))


@get(
    "/cases/{case:str}/evidence",
    operation_id="export_case_evidence",
    summary="The evidence behind a case, as one zip",
    media_type=MEDIA_TYPE,
)
async def export_case_evidence(services: GivenServices, caller: GivenCaller, case: Id) -> Response[bytes]:
    """Return a bundle with the same for each alert of a case, up to 50, and the case's own report, notes and history.

    `headwater verify BUNDLE` checks it without a server. Each export is an audit event with the manifest's digest.
    """
    return _answer(await export_case(services, case, actor=caller.id))


def _answer(bundle: Bundle) -> Response[bytes]:
    headers = {
        "Content-Disposition": f'attachment; filename="{bundle.name}"',
        "X-Manifest-SHA256": bundle.manifest_sha256,
        "Cache-Control": "no-store",
    }
    return Response(bundle.content, media_type=MEDIA_TYPE, headers=headers)
