"""Examples of rules and policies, made of the same Structs as the answers; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from api.policies import PolicyPage, PolicyView
from api.rule_fields import LanguageView
from api.rules import ActivationInput, RulePage, RuleVersionPage, RuleVersionView, RuleView
from graph.model import Job
from jobs.backtest_bodies import Backtest, BacktestInput
from jobs.policy_bodies import FloorInput, PolicyInput
from jobs.rule_bodies import RuleInput
from jobs.rule_language import FieldEntry, OperatorEntry

AT = datetime(2019, 3, 1, 12, tzinfo=UTC)
AUTHOR = "key_01hr4m8w4e3v9m7c2k5t6q8z0e"

_WHEN: dict[str, Any] = {
    "all": [
        {"field": "transaction.value", "op": "gte", "value": "1000"},
        {"not": {"field": "context.channel", "op": "in", "value": ["branch", "card"]}},
    ]
}
RULE_INPUT = msgspec.convert(
    {
        "id": "large_online",
        "title": "Large payment online",
        "why": "Taken-over accounts are emptied online, not at a counter.",
        "reason": "RULE_LARGE_ONLINE",
        "score": 0.3,
        "when": _WHEN,
    },
    RuleInput,
)
VERSION = RuleVersionView(
    id="large_online",
    version=1,
    title=RULE_INPUT.title,
    why=RULE_INPUT.why,
    reason=RULE_INPUT.reason,
    score=RULE_INPUT.score,
    floor=None,
    typology=None,
    when=_WHEN,
    graph=None,
    author=AUTHOR,
    recorded_at=AT,
)
RULE = RuleView(**msgspec.structs.asdict(VERSION), state="active", active_version=1)
LANGUAGE = LanguageView(
    [FieldEntry("transaction.value", "money", "its value")],
    [OperatorEntry("gte", ["money", "number", "share", "time"], "is at least the value")],
    {"depth": 8, "tests": 100},
)
POLICY_INPUT = PolicyInput(
    name="strict",
    weights={"exposure": 0.6, "rules": 0.2, "velocity": 0.1, "anomaly": 0.1},
    thresholds={"low": 0.3, "high": 0.6, "critical": 0.9},
    floors=(FloorInput(name="direct_severe", categories=("sanctions",), direct=True, score=0.9, min_value="0.5"),),
    alone={"exposure": 1.0},
)
POLICY = PolicyView(id="strict-1", version=1, in_force=True, policy=POLICY_INPUT, author=AUTHOR, recorded_at=AT)

BACKTEST_JOB = Job(
    id="job_01hr4m8w4e3v9m7c2k5t6q8z0g",
    name="backtest_rule",
    state="queued",
    arguments={"rule": {"id": "large_online", "version": 1}, "from": None, "to": None, "limit": 10_000},
    attempt=0,
    created_at=AT,
)

ANSWERS: Mapping[str, object] = {
    "create_rule": RULE,
    "list_rules": RulePage([RULE], "WyJydWxlcyIsImxhcmdlX29ubGluZSJd"),
    "get_rule": RULE,
    "list_rule_versions": RuleVersionPage([VERSION], None),
    "replace_rule": RULE,
    "update_rule": RULE,
    "activate_rule": RULE,
    "retire_rule": None,
    "list_rule_fields": LANGUAGE,
    "backtest_rule": BACKTEST_JOB,
    "create_policy": POLICY,
    "list_policies": PolicyPage([POLICY], None),
    "get_policy": POLICY,
    "activate_policy": POLICY,
}
BODIES: Mapping[str, object] = {
    "create_rule": RULE_INPUT,
    "replace_rule": RULE_INPUT,
    "update_rule": {"score": 0.4},
    "activate_rule": ActivationInput(1),
    "backtest_rule": BacktestInput(rule_id="large_online", from_=AT, limit=10_000),
    "create_policy": POLICY_INPUT,
}
PARAMETERS: Mapping[str, object] = {"rule": RULE.id, "policy": POLICY.id}

_RULE, _OBJECT = {"$ref": "#/components/schemas/RuleInput"}, {"type": "object"}
# operation_id -> media type, schema, and whether there must be a body
SCHEMAS: Mapping[str, tuple[str, dict[str, Any], bool]] = {
    "create_rule": ("application/json", _RULE, True),
    "replace_rule": ("application/json", _RULE, True),
    "update_rule": ("application/json", _OBJECT, True),
    "activate_rule": ("application/json", {"$ref": "#/components/schemas/ActivationInput"}, False),
    "backtest_rule": ("application/json", {"$ref": "#/components/schemas/BacktestInput"}, True),
    "create_policy": ("application/json", {"$ref": "#/components/schemas/PolicyInput"}, True),
}
SHAPES = (RuleInput, BacktestInput, Backtest, ActivationInput, PolicyInput)
