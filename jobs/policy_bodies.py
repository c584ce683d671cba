"""What a policy looks like on the wire: money as decimal strings, a name in place of the id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta, Struct

from graph.errors import FieldError, InvalidInput
from graph.model import ModelKind, Severity, format_micro
from graph.money import micro, plain_decimal
from graph.taxonomy import Taxonomy
from risk.policy import AnomalyLimits, Count, Floor, Policy, Rarity, Share, VelocityLimits

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]
# A decimal string in the reference currency.
Units = Annotated[str, Meta(max_length=40)]
MOST_FLOORS = 50
MOST_MICRO = 4 * 10**18
OWN_SIGNALS = ("exposure", "rules", "graph_rules", "velocity", "anomaly")
# Those of models count once there is such a model; until then they give their weight to the rest.
SIGNALS = (*OWN_SIGNALS, "isolation_forest", "gnn", "text", "llm")
_MONEY = ("dusting_value", "reporting_threshold")


class FloorInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A least score where exposure to the categories is above `min_share`, or worth `min_value` at least.

    No categories: every illicit one that no floor names. `direct` is for exposure at one hop, else beyond it.
    """

    name: Name
    categories: tuple[str, ...]
    direct: bool
    score: Share
    min_share: Share = 0.0
    min_value: Units | None = None
    spares_dusting: bool = False


class VelocityInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a payer may send within a sliding window of seconds: payments, and their value."""

    window_s: Annotated[int, Meta(ge=1, le=86_400)] = 300
    max_count: Count = 10
    max_value: Units = "50000"


class PolicyInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy as sent; it becomes the next version under its name. See `GET /policies/default-2` for one in full.

    `weights` go to signals; one that cannot be had gives its weight to the rest. `thresholds` are from which risk score
    a decision is low, high and critical. `alone`: the risk score is at least so much of a signal's value. Payments are
    reported from `reporting_threshold`; those up to `reporting_margin` of it below are near it. `wallet_weights`: what
    models add to the scores of wallets, `GET /policies/default-3` has some. `illicit_share`: how frequent illicit
    wallets are taken to be among all; models learn from labels, where they are more frequent.
    """

    name: Name
    weights: dict[str, Share]
    thresholds: dict[Severity, Share]
    hops: Annotated[int, Meta(ge=1, le=6)] = 3
    floors: Annotated[tuple[FloorInput, ...], Meta(max_length=MOST_FLOORS)] = ()
    alone: dict[str, Share] = {}
    replaced_by: str | None = None
    wallet_weights: dict[str, Share] = {}
    illicit_share: Rarity = 0.02
    velocity: VelocityInput = VelocityInput()
    anomaly: AnomalyLimits = AnomalyLimits()
    reporting_threshold: Units = "10000"
    reporting_margin: Share = 0.1
    dusting_value: Units = "0.01"
    dusting_score: Share = 0.4
    hop_weights: tuple[Share, Share, Share] = (1.0, 0.5, 0.25)


def policy_of(given: PolicyInput, version: int, taxonomy: Taxonomy) -> Policy:
    """Return the policy that was sent; raises InvalidInput naming every field that cannot be."""
    if errors := list(_errors(given, taxonomy)):
        raise InvalidInput(*errors)
    parts = {field: getattr(given, field) for field in given.__struct_fields__ if field != "name"}
    parts |= {field: _micro(getattr(given, field), field) for field in _MONEY}
    parts["floors"] = tuple(_floor(floor, index) for index, floor in enumerate(given.floors))
    parts["velocity"] = VelocityLimits(
        window_s=given.velocity.window_s,
        max_count=given.velocity.max_count,
        max_value=_micro(given.velocity.max_value, "velocity.max_value"),
    )
    return Policy(id=f"{given.name}-{version}", **parts)


def policy_input(policy: Policy) -> PolicyInput:
    """Return what would have to be sent to make this policy; the inverse of `policy_of`."""
    plain: dict[str, Any] = msgspec.to_builtins(policy)
    name = plain.pop("id").rpartition("-")[0]
    for field in _MONEY:
        plain[field] = format_micro(plain[field])
    plain["velocity"]["max_value"] = format_micro(plain["velocity"]["max_value"])
    for floor in plain["floors"]:
        floor["min_value"] = None if floor["min_value"] is None else format_micro(floor["min_value"])
    return msgspec.convert(plain | {"name": name}, PolicyInput)


def _floor(given: FloorInput, index: int) -> Floor:
    parts = {field: getattr(given, field) for field in given.__struct_fields__}
    if given.min_value is not None:
        parts["min_value"] = _micro(given.min_value, f"floors[{index}].min_value")
    return Floor(**parts)


def _micro(text: str, field: str) -> int:
    read = micro(plain_decimal(text, field), field)
    if read > MOST_MICRO:
        raise InvalidInput(FieldError(field, f"must be at most {format_micro(MOST_MICRO)}"))
    return read


def _errors(given: PolicyInput, taxonomy: Taxonomy) -> Iterator[FieldError]:
    yield from _unknown_signals("weights", given.weights)
    yield from _unknown_signals("alone", given.alone)
    if given.replaced_by is not None:
        yield from _unknown_signals("replaced_by", {given.replaced_by: 1.0})
    yield from _unknown_signals("wallet_weights", given.wallet_weights, get_args(ModelKind))
    if not any(given.weights.get(name, 0.0) > 0 for name in OWN_SIGNALS):
        yield FieldError("weights", f"must have one above 0 of {', '.join(OWN_SIGNALS)}")
    yield from _disorder(given.thresholds)
    for index, floor in enumerate(given.floors):
        for category in floor.categories:
            if category not in taxonomy.illicit:
                known = ", ".join(sorted(taxonomy.illicit))
                yield FieldError(f"floors[{index}].categories", f"{category} is no illicit category; they are {known}")
    names = [floor.name for floor in given.floors]
    if len(set(names)) < len(names):
        yield FieldError("floors", "two floors have the same name")


def _unknown_signals(field: str, given: Mapping[str, float], known: Sequence[str] = SIGNALS) -> Iterator[FieldError]:
    for name in given:
        if name not in known:
            yield FieldError(field, f"{name[:80]} is no signal; they are {', '.join(known)}")


def _disorder(thresholds: Mapping[Severity, float]) -> Iterator[FieldError]:
    wanted = [severity for severity in get_args(Severity) if severity != "none"]
    if set(thresholds) != set(wanted):
        yield FieldError("thresholds", f"must have {', '.join(wanted)} and no other")
    elif not 0 < thresholds["low"] < thresholds["high"] < thresholds["critical"]:
        yield FieldError("thresholds", "must rise: 0 < low < high < critical")
