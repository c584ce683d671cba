"""Records to fill a ledger with: what a test does not name is plain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg

from graph.model import Alert, Contribution, Decision, ModelSignal, Signal
from ledger.changes import TransactionChange
from ledger.landed import Landed

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
SIGNAL = Signal(name="exposure", value=0.5, weight=1.0, contributions=(Contribution(reason="X", value=0.5),))
MODEL_SIGNAL = ModelSignal(name="classifier", value=0.5, weight=0.4, model="classifier-v1", watermark=7)


def landed(key: str, **fields: Any) -> Landed:
    return Landed(**{"transaction": key, "body": '{"a":1}', "content": "00" * 32, "seq": 1} | fields)


def decision(key: str, **fields: Any) -> Decision:
    plain = {
        "id": f"dec_{key}",
        "transaction": key,
        "risk_score": 0.75,
        "severity": "high",
        "risk_category": "scam",
        "reason_codes": ("EXPOSURE_SCAM_DIRECT",),
        "explanation": "Ünïcode \u0000 and \U0001f600",
        "signals": (SIGNAL,),
        "evidence": ({"attribution": "att_1"},),
        "policy": "default-v1",
        "rule_versions": {},
        "model_versions": {},
        "prompt_version": None,
        "input_hash": "11" * 32,
        "watermark": 7,
        "latency_ms": 1.25,
        "trace_id": "t",
        "decided_at": NOW,
    }
    return Decision(**plain | fields)


def alert(number: int, of: str, **fields: Any) -> Alert:
    plain = {
        "id": f"alr_{number:04}",
        "decision": f"dec_{of}",
        "transaction": of,
        "class_": "live",
        "severity": "high",
        "risk_score": 0.9,
        "priority": 0.9,
        "risk_category": "scam",
        "reason_codes": ("A", "B"),
        "explanation": "Because.",
        "wallets": ("eth:0x1",),
        "group_id": "g",
        "created_at": NOW,
    }
    return Alert(**plain | fields)


def withdrawn(key: str, seq: int, **fields: Any) -> TransactionChange:
    plain = {"seq": seq, "transaction": key, "kind": "withdrawn", "actor": "test", "reason": "reorganised"}
    return TransactionChange(**plain | fields)


def as_owner(admin_url: str, *statements: str, guarded: str = "audit_events") -> None:
    """Do what only an owner who means harm would do: with the guard of one table off, and on again after."""
    with psycopg.connect(admin_url) as connection:
        connection.execute(f"ALTER TABLE {guarded} DISABLE TRIGGER append_only")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"ALTER TABLE {guarded} ENABLE ALWAYS TRIGGER append_only")


def sqlstate_of(url: str, statement: str) -> str | None:
    """Return the SQLSTATE that a statement fails with; None if it does not. Nothing is committed."""
    with psycopg.connect(url) as connection:
        try:
            connection.execute(statement)
        except psycopg.Error as error:
            return error.sqlstate
        connection.rollback()
    return None
