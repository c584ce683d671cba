"""Examples of audit events and of a check of the log; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping

from api.audit import ActionPage, ActionView, EventPage
from api.decision_examples import DECISION, SOON, TRANSACTION_KEY
from graph.model import Event, Job

EVENT = Event(
    seq=42,
    at=SOON,
    actor="key_01hr4m8w4e3v9m7c2k5t6q8z0e",
    action="transaction.decided",
    subject=TRANSACTION_KEY,
    body={"decision": DECISION.id, "severity": "critical"},
    previous_hash="0" * 64,
    hash="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
)

ANSWERS: Mapping[str, object] = {
    "list_audit_events": EventPage([EVENT], None),
    "list_audit_actions": ActionPage([ActionView("alert.opened"), ActionView("transaction.decided")], None),
    "verify_audit_log": Job(
        id="job_01hr4m8w4e3v9m7c2k5t6q8z0v",
        name="verify_log",
        state="queued",
        arguments={},
        attempt=0,
        created_at=SOON,
    ),
}
