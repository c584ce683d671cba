"""The haircut of design §4 over the flows of a bundle, in integers, and whether recorded numbers fit it.

It shares nothing with the queries that recorded the numbers, so that agreement means something.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from evidence.shapes import Side
from graph.model import Attribution, CategoryShare, Exposure, Residual

# A whole in parts, fine enough for six hops of any flows: shares are summed as integers.
WHOLE = 10**30
TOLERANCE = 1e-9


class Part(Struct):
    """What ended at one category or for one reason, in parts of WHOLE."""

    share: int = 0
    direct: int = 0
    hops: int = 99


class Traced(Struct):
    """Where the money of a side ended: categories, residuals, and `cut` for what the bundle does not follow.

    `actors` has the part of each category's actors, `passed` what met a wallet that tracing passes through.
    """

    categories: dict[str, Part] = field(default_factory=lambda: defaultdict(Part))
    residuals: dict[str, Part] = field(default_factory=lambda: defaultdict(Part))
    actors: dict[tuple[str, str | None], int] = field(default_factory=lambda: defaultdict(int))
    attributions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    passed: int = 0
    cut: int = 0
    total: int = 0


# All that stands at a wallet, and the part of it that has met no wallet that tracing passes through.
_Mass = dict[str, tuple[int, int]]


def trace(side: Side, attributions: Mapping[str, Attribution], stopping: frozenset[str]) -> Traced:
    """Push the starts' money level by level until it ends."""
    decides = {met.wallet: attributions.get(met.attribution or "") for met in side.met}
    follow = _shares(side)
    found = Traced(total=sum(start.value for start in side.starts))
    if not side.start_stops:
        found.total = sum(value for _, value in follow.get(side.starts[0].wallet, ()))
    mass: _Mass = {wallet: (part, part) for wallet, part in _begin(side, found.total).items()}
    cut = {one.wallet for one in side.cut}
    # A payment's listed party is hop 1; of a wallet asked about by itself, its counterparty is.
    first = 0 if side.start_stops else 1
    for level in range(side.hops + 1):
        below: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for wallet, (part, clean) in mass.items():
            said = decides.get(wallet) if level >= first else None
            if said is not None and said.category in stopping:
                _stop(found, said, part, level + 1 - first)
                continue
            if said is not None:
                found.passed += clean
                clean = 0  # noqa: PLW2901
            if level == side.hops:
                _end(found.residuals["hop_limit"], part, level + 1 - first)
            elif wallet in cut:
                found.cut += part
            elif not (flows := follow.get(wallet)):
                _end(found.residuals["origin" if side.direction == "source" else "unspent"], part, level + 1 - first)
            else:
                whole = sum(value for _, value in flows)
                for other, value in flows:
                    below[other][0] += part * value // whole
                    below[other][1] += clean * value // whole
        mass = {wallet: (part, clean) for wallet, (part, clean) in below.items()}
    return found


def _stop(found: Traced, said: Attribution, part: int, hops: int) -> None:
    _end(found.categories[said.category], part, hops)
    found.attributions[said.category].add(said.id)
    found.actors[said.category, said.actor] += part


def _begin(side: Side, total: int) -> dict[str, int]:
    if not side.start_stops:
        return {side.starts[0].wallet: WHOLE} if total else {}
    # A party without value counts only where no party has any.
    weights = {start.wallet: start.value for start in side.starts if start.value} or {s.wallet: 1 for s in side.starts}
    whole = sum(weights.values())
    return {wallet: WHOLE * weight // whole for wallet, weight in weights.items()}


def _shares(side: Side) -> dict[str, list[tuple[str, int]]]:
    follow: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for flow in side.flows:
        if flow.source != flow.target:
            here, there = (flow.target, flow.source) if side.direction == "source" else (flow.source, flow.target)
            follow[here].append((there, flow.value))
    return follow


def _end(part: Part, mass: int, hops: int) -> None:
    part.share += mass
    part.direct += mass if hops == 1 else 0
    part.hops = min(part.hops, hops)


class Misfit(Struct, frozen=True):
    """A recorded figure that is not what the flows come to."""

    figure: str
    recorded: object
    recomputed: object

    def __str__(self) -> str:
        return f"{self.figure}: recorded {self.recorded}, recomputed {self.recomputed}"


def misfits(recorded: Exposure, side: Side, traced: Traced) -> Iterator[Misfit]:
    """Yield each recorded figure that the side does not come to: to 1e-9, or within what is cut."""
    name = recorded.direction
    if not side.starts:
        yield from _coinbase(recorded)
        return
    if recorded.total_value != traced.total and not (traced.cut and not side.start_stops):
        yield Misfit(f"{name}.total_value", recorded.total_value, traced.total)
    told = {one.category: one for one in recorded.categories}
    for category in sorted(told.keys() | traced.categories.keys()):
        yield from _category(name, category, told.get(category), traced, _slack(recorded, traced))
    ended = {one.reason: one.share for one in recorded.residuals if one.reason != "limit"}
    for reason in sorted(ended.keys() | traced.residuals.keys()):
        share = traced.residuals[reason].share / WHOLE if reason in traced.residuals else 0.0
        if not _fits(ended.get(reason, 0.0), share, _slack(recorded, traced)):
            yield Misfit(f"{name}.{reason}.share", ended.get(reason, 0.0), share)
    passed, slack = traced.passed / WHOLE, sum(_slack(recorded, traced))
    if abs(recorded.passed_through - passed) > slack:
        yield Misfit(f"{name}.passed_through", recorded.passed_through, passed)
    yield from _values(recorded)


def _slack(recorded: Exposure, traced: Traced) -> tuple[float, float]:
    """By how much a recorded share may be above, and below, what is recomputed."""
    limit = sum(one.share for one in recorded.residuals if one.reason == "limit")
    return traced.cut / WHOLE + TOLERANCE, limit + TOLERANCE


def _fits(recorded: float, recomputed: float, slack: tuple[float, float]) -> bool:
    return recomputed - slack[1] <= recorded <= recomputed + slack[0]


def _category(
    name: str, category: str, told: CategoryShare | None, traced: Traced, slack: tuple[float, float]
) -> Iterator[Misfit]:
    part = traced.categories[category] if category in traced.categories else Part()
    recorded = told.share if told else 0.0
    if not _fits(recorded, part.share / WHOLE, slack):
        yield Misfit(f"{name}.{category}.share", recorded, part.share / WHOLE)
        return
    if told is None or slack[0] > TOLERANCE or slack[1] > TOLERANCE:
        return
    if abs(told.direct_share - part.direct / WHOLE) > TOLERANCE:
        yield Misfit(f"{name}.{category}.direct_share", told.direct_share, part.direct / WHOLE)
    if told.shortest_hops != part.hops:
        yield Misfit(f"{name}.{category}.shortest_hops", told.shortest_hops, part.hops)
    for actor in told.actors:
        share = traced.actors[category, actor.actor] / WHOLE
        if abs(actor.share - share) > TOLERANCE:
            yield Misfit(f"{name}.{category}.actors[{actor.actor}].share", actor.share, share)
    known = traced.attributions[category]
    named = {one for actor in told.actors for one in actor.attributions}
    if told.actors and named != known:
        yield Misfit(f"{name}.{category}.attributions", sorted(named), sorted(known))


def _values(recorded: Exposure) -> Iterator[Misfit]:
    """Values add up to the total, and each is its share of it, to the micro-unit that rounding leaves open."""
    parts: list[CategoryShare | Residual] = [*recorded.categories, *recorded.residuals]
    if not parts:
        return
    name = recorded.direction
    if (whole := sum(one.value for one in parts)) != recorded.total_value:
        yield Misfit(f"{name}: sum of values", whole, recorded.total_value)
    if abs(sum(one.share for one in parts) - 1.0) > TOLERANCE:
        yield Misfit(f"{name}: sum of shares", sum(one.share for one in parts), 1.0)
    for one in parts:
        expected = round(one.share * recorded.total_value)
        if abs(one.value - expected) > 1 + recorded.total_value * TOLERANCE / 1000:
            what = one.category if isinstance(one, CategoryShare) else one.reason
            yield Misfit(f"{name}.{what}.value", one.value, expected)


def _coinbase(recorded: Exposure) -> Iterator[Misfit]:
    shares = {one.reason: one.share for one in recorded.residuals}
    if recorded.categories or shares != {"origin": 1.0}:
        yield Misfit(f"{recorded.direction}.origin.share", shares.get("origin", 0.0), 1.0)
