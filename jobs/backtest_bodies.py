"""What a backtest is asked for, and what it tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from jobs.rule_bodies import RuleInput

At = Annotated[datetime, Meta(tz=True)]
MOST = 1_000_000


class BacktestInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Either `rule`, one that need not be recorded, or `rule_id`, with a `version` if not the latest.

    It is tried on transactions that moved from `from` to just before `to`, at most `limit` of them.
    """

    rule: RuleInput | None = None
    rule_id: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    from_: At | None = None
    to: At | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST)] = 100_000


class Example(Struct, frozen=True, kw_only=True):
    """A transaction for which the rule would have fired, and what was decided about it, if anything was."""

    transaction: str
    at: datetime
    value: str
    severity: str | None
    alert: str | None
    detail: str


class Backtest(Struct, frozen=True, kw_only=True):
    """What would have fired. Values are decimal strings in the reference currency; `rate` is fired / considered.

    `of_total` transactions stand in the span; `considered` is fewer if the limit was met. `alerted` of them have a
    live alert, `fired_alerted` of these are among what fired: the rest, `fired_unalerted`, it would have been the first
    to point at. `recorded_facts` were judged by what their decision had recorded, the others by what the graph knows
    now of the time before them. `not_judged`: the rule was cut or failed, and `not_judged_why` has the first reason.
    """

    rule: str
    version: int | None
    of_total: int
    considered: int
    value: str
    fired: int
    fired_value: str
    rate: float
    asked: int
    not_judged: int
    not_judged_why: str | None
    recorded_facts: int
    decided: int
    alerted: int
    fired_alerted: int
    fired_unalerted: int
    examples: list[Example]
    settings: dict[str, Any]
