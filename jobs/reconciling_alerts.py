"""Alerts and their events: an alert that nothing tells of is told, one told of that is not there is opened again."""

from __future__ import annotations

from datetime import datetime

import msgspec

from graph.errors import NotFound
from graph.model import Alert
from jobs.payments import payment_again
from jobs.queueing import opened_alert_event
from jobs.reconciling_sweep import ACTOR, PAGE, Sweep
from ledger import audit
from ledger.alerts import get_alert, record_alerts
from ledger.decisions import get_decision
from ledger.facts import find_facts
from ledger.landed import find_landed
from ledger.personal import find_text
from ledger.reconciling_events import Unmade, Untold, unmade_alerts, untold_alerts
from ledger.session import Connection
from risk.decision import alert_of
from risk.facts import DecisionInput, Facts

_decoder = msgspec.json.Decoder(Facts)


async def put_alerts_right(sweep: Sweep, since: datetime) -> None:
    """Compare alerts and decisions since a time with the audit log, in both directions."""
    async with sweep.services.ledger.read(timeout_s=120) as connection:
        unmade = await unmade_alerts(connection, since, PAGE)
    for missing in unmade:
        await _open_again(sweep, missing)
    async with sweep.services.ledger.read(timeout_s=120) as connection:
        untold = await untold_alerts(connection, since, PAGE)
    for alert in untold:
        await _tell(sweep, alert)


async def _open_again(sweep: Sweep, missing: Unmade) -> None:
    """From its decision and the facts that was made upon, an alert comes out as it was opened."""
    if not sweep.repairing:
        sweep.find("alert", missing.alert, "is told of and is not there")
        return
    async with sweep.services.ledger.transaction() as connection:
        alert = await _alert_again(connection, missing)
        if alert is not None:
            await record_alerts(connection, [alert])
    done = None if alert is None else "opened again from its decision"
    sweep.find("alert", missing.alert, "is told of and is not there", done)


async def _alert_again(connection: Connection, missing: Unmade) -> Alert | None:
    """The alert as its decision opened it; None where that, or what it was made upon, was not kept."""
    try:
        decision = await get_decision(connection, missing.decision or "")
    except NotFound:
        return None
    facts = await find_facts(connection, decision.id)
    landed = await find_landed(connection, decision.transaction)
    if facts is None or landed is None or decision.alert != missing.alert:
        return None
    payment, digest = payment_again(landed.body, await find_text(connection, decision.transaction))
    given = DecisionInput(
        payment=payment, content=landed.content, text_digest=digest, facts=_decoder.decode(facts.body)
    )
    return alert_of(decision, given)


async def _tell(sweep: Sweep, untold: Untold) -> None:
    if not sweep.repairing:
        sweep.find("alert_event", untold.alert, "is an alert that no event tells of")
        return
    async with sweep.services.ledger.transaction() as connection:
        alert = await get_alert(connection, untold.alert)
        event = opened_alert_event(alert)
        await audit.append(connection, audit.EventDraft(ACTOR, event.action, event.subject, event.body))
    sweep.find("alert_event", untold.alert, "is an alert that no event tells of", "told by alert.opened")
