"""What a rule looks like when it is sent: the rule without its version."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, structs

from risk.rules import Condition, GraphQuery, Rule

# Not what stands beside the ids under /rules. `$` alone would let a line break pass.
Name = Annotated[str, Meta(pattern=r"^(?!(fields|backtest)$)[a-z][a-z0-9_]{0,63}$(?!\n)")]
# Codes that decisions carry for what is not a rule.
RESERVED = r"EXPOSURE_|SANCTIONS_DUSTING$|VELOCITY_|AMOUNT_ANOMALY_|RULE_NOT_JUDGED$|WATCHED_MOVEMENT$"
Code = Annotated[str, Meta(pattern=rf"^(?!{RESERVED})[A-Z][A-Z0-9_]{{0,63}}$(?!\n)")]
Share = Annotated[float, Meta(ge=0, le=1)]


class RuleInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule as sent; without `id` it is given one. `reason` is the code that decisions carry when it fires.

    `score` is what it adds to its signal then, `floor` the least risk score. `when` is its condition, see `GET
    /rules/fields`; with `graph` it fires for the payments that meet it and show the pattern. `typology` names that.
    """

    id: Name | None = None
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    why: Annotated[str, Meta(min_length=1, max_length=2_000)]
    reason: Code
    score: Share
    when: Condition
    floor: Share | None = None
    graph: GraphQuery | None = None
    typology: Name | None = None

    def to_rule(self, name: str, version: int) -> Rule:
        """Return the rule of that id and version."""
        parts = {field: getattr(self, field) for field in self.__struct_fields__ if field != "id"}
        return Rule(id=name, version=version, **parts)


def rule_input(rule: Rule) -> RuleInput:
    """Return what would have to be sent to make this rule; the inverse of `to_rule`."""
    given = structs.asdict(rule)
    del given["version"]
    return RuleInput(**given)
