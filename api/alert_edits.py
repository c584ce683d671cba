"""Working on alerts: one at a time under its ETag, or many alike."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, patch, post
from msgspec import Struct

from api.alert_bodies import AlertEdit, BulkEdit
from api.alerts import AlertView, alert_etag, alert_response
from api.bodies import read_body
from api.envelope import identity_of
from api.etags import IfMatch, check_etag, require_if_match
from api.lifespan import GivenCaller, GivenServices
from api.parameters import Id
from api.problems import Problem, problem_of
from graph.errors import FieldError, InvalidInput
from graph.model import Alert
from jobs.alert_states import Edit
from jobs.working import Worked, edit_alert, edit_many


class EditedView(Struct, frozen=True, kw_only=True):
    """What became of one alert: as PATCH alone would have answered, `alert` with its `etag`, or the `problem`."""

    id: str
    status: int
    alert: AlertView | None
    etag: str | None
    problem: Problem | None


class EditedAlerts(Struct, frozen=True):
    """One result for each alert, in the order asked."""

    items: list[EditedView]


@patch("/alerts/{alert:str}", operation_id="edit_alert", summary="Work on an alert")
async def edit_one_alert(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    alert: Id,
    if_match: IfMatch = None,
) -> Response[AlertView]:
    """Acknowledge, assign, resolve or dismiss an alert, or open it again; what is absent stays.

    open goes to acknowledged, resolved or dismissed, acknowledged to these or back, a closed one to open. `reason` is
    required for dismissed. Closing gives a `verdict`: confirmed for resolved, false_positive for dismissed unless
    another is sent; opening takes it back. The `assignee` is any name of 1 to 200 characters, kept for good; `me` is
    the caller, null nobody. An edit that changes nothing answers with the alert as it is.
    """
    given = require_if_match(if_match)
    body = await request.body()

    def asked(found: Alert) -> Edit:
        check_etag(given, alert_etag(found))
        return read_body(body, AlertEdit).edit(caller.id)

    return alert_response(await edit_alert(services, alert, asked, actor=caller.id))


@post("/alerts/bulk", operation_id="edit_alerts", summary="Work on many alerts at once", status_code=200)
async def edit_many_alerts(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> EditedAlerts:
    """Make the same change of at most 1,000 alerts in one transaction; one that cannot be changed holds up no other.

    With `etags`, an alert that is named there and has another ETag by now is left as it is (412). One that is not
    named there is changed whatever became of it.
    """
    given = read_body(await request.body(), BulkEdit)
    _require_sound(given)
    edit, etags = given.change.edit(caller.id), given.etags

    def asked(found: Alert) -> Edit:
        check_etag(etags.get(found.id, "*"), alert_etag(found))
        return edit

    worked = await edit_many(services, dict.fromkeys(given.alerts, asked), actor=caller.id)
    request_id = identity_of(request.scope).request_id
    return EditedAlerts([_edited(alert, worked[alert], request_id) for alert in given.alerts])


def _require_sound(given: BulkEdit) -> None:
    """Refuse alerts named twice, and ETags of others."""
    named: set[str] = set()
    errors = []
    for place, alert in enumerate(given.alerts):
        if alert in named:
            errors.append(FieldError(f"alerts[{place}]", "is named before; name each alert once"))
        named.add(alert)
    errors += [FieldError("etags", f"has {alert}, which alerts does not name") for alert in given.etags.keys() - named]
    if errors:
        raise InvalidInput(*errors[:100])


def _edited(alert: str, worked: Worked, request_id: str) -> EditedView:
    if worked.alert is not None:
        view, etag = AlertView.from_alert(worked.alert), alert_etag(worked.alert)
        return EditedView(id=alert, status=200, alert=view, etag=etag, problem=None)
    problem = problem_of(worked.error or InvalidInput(), request_id)
    return EditedView(id=alert, status=problem.status, alert=None, etag=None, problem=problem)
