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


class BesideInForce(Struct, frozen=True, kw_only=True):
    """The version in force tried on the same transactions: for how many it `fired`, and which of the two did alone.

    `lost` are the most valuable of those that the version in force alone fired for.
    """

    version: int
    fired: int
    only_tried: int
    only_in_force: int
    lost: list[Example]


class Backtest(Struct, frozen=True, kw_only=True):
    """What would have fired. Values are decimal strings in the reference currency; `rate` is fired / considered.

    `of_total` transactions stand in the span; `considered` is fewer if the limit was met. `alerted` of them have a
    live alert, `fired_alerted` of these are among what fired: the rest, `fired_unalerted`, it would have been the first
    to point at. `recorded_facts` were judged by what their decision had recorded, the others by what the graph knows
    now of the time before them. `not_judged`: the rule was cut or failed, and `not_judged_why` has the first reason.
    People resolved alerts of what fired as `confirmed` or `false_positives`: `precision` is the share of the first in
    both, null where there is no verdict. `in_force` is null where that is the version tried, or there is none.
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
    confirmed: int
    false_positives: int
    precision: float | None
    in_force: BesideInForce | None
    examples: list[Example]
    settings: dict[str, Any]
