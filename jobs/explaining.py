"""Why an alert was opened, as a picture: who was party, the ways of the money, and what the wallets on them were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from graph.clock import Clock
from graph.model import Alert, Cause, Decision, Direction
from graph.paths import Path, Paths, find_paths
from graph.subgraph import Subgraph, draw_wallets
from graph.together import together
from graph.transactions import LandedTransaction, TransactionParty, get_transaction
from jobs.services import Services
from ledger import alerts, decisions, rescores

MOST_PARTIES = 5
PATHS_EACH = 10
# Longer than for a single question: several are asked at once, of the transactions themselves.
PATIENCE_S = 10.0
DIRECTIONS: tuple[Direction, Direction] = ("source", "destination")

# A wallet, and the side on which its money is followed.
Start = tuple[str, Direction]


class PartyPath(Struct, frozen=True):
    """A way of the money from an illicit wallet to a party, or on the destination side from it to one."""

    party: str
    direction: Direction
    path: Path


class Explanation(Struct, frozen=True, kw_only=True):
    """What an alert rests on, as it was when it was opened. `decision` and `payment` are of a live one, else None.

    `causes` are the changes behind a retro one. `picture` has parties at distance 0; it is truncated also where
    looking for ways took too long, or where a payment has more parties than are followed.
    """

    alert: Alert
    decision: Decision | None
    causes: tuple[Cause, ...]
    payment: LandedTransaction | None
    paths: tuple[PartyPath, ...]
    picture: Subgraph


async def explain_alert(services: Services, alert: str, *, limit: int) -> Explanation:
    """Return why an alert was opened, drawn with at most `limit` wallets; raises NotFound, and QueryCut."""
    async with services.ledger.read() as connection:
        found = await alerts.get_alert(connection, alert)
        decision = await decisions.find_decision(connection, found.transaction) if found.transaction else None
        causes = (
            () if found.transaction else await rescores.find_causes(connection, found.wallets[0], found.explanation)
        )
    payment = await get_transaction(services.graph, found.transaction) if found.transaction else None
    clock = _clock(found, payment)
    starts = _starts(found, payment)
    paths: list[Paths] = await together(*(_paths(services, start, clock) for start in starts))
    distance = _distance(found, decision, paths)
    kept = dict(sorted(distance.items(), key=lambda item: (item[1], item[0]))[:limit])
    picture = await draw_wallets(services.graph, kept, limit=limit, clock=clock, taxonomy=services.taxonomy)
    followed = {wallet for wallet, _ in starts}
    is_cut = len(kept) < len(distance) or any(p.truncated for p in paths) or followed != set(found.wallets)
    return Explanation(
        alert=found,
        decision=decision,
        causes=causes,
        payment=payment,
        paths=tuple(PartyPath(p.wallet, p.direction, path) for p in paths for path in p.paths),
        picture=replace(picture, truncated=picture.truncated or is_cut),
    )


def _clock(alert: Alert, payment: LandedTransaction | None) -> Clock:
    """What had moved by the payment, and what was known when the alert was opened: by either clock, ours or Neo4j's."""
    if payment is None:
        return Clock(known_at=alert.created_at)
    return Clock(as_of=payment.spans[0].at, known_at=max(alert.created_at, payment.spans[0].recorded_at))


def _starts(alert: Alert, payment: LandedTransaction | None) -> list[Start]:
    if payment is None:
        return [(wallet, side) for wallet in alert.wallets for side in DIRECTIONS]
    payers, payees = _largest(payment.inputs), _largest(payment.outputs)
    return [(wallet, "source") for wallet in payers] + [(wallet, "destination") for wallet in payees]


def _largest(side: Sequence[TransactionParty]) -> list[str]:
    values: dict[str, int] = {}
    for party in side:
        values[party.wallet] = values.get(party.wallet, 0) + party.value
    return sorted(values, key=lambda wallet: (-values[wallet], wallet))[:MOST_PARTIES]


async def _paths(services: Services, start: Start, clock: Clock) -> Paths:
    key, side = start
    return await find_paths(
        services.graph,
        key,
        direction=side,
        hops=services.policy.hops,
        limit=PATHS_EACH,
        taxonomy=services.taxonomy,
        clock=clock,
        limits=replace(services.limits, timeout_s=PATIENCE_S),
    )


def _distance(alert: Alert, decision: Decision | None, paths: Sequence[Paths]) -> Mapping[str, int]:
    """How far from a party each wallet to be drawn is; those of a pattern that a rule found are one away."""
    distance = dict.fromkeys(alert.wallets, 0)
    for wallet in _of_patterns(decision.evidence if decision else ()):
        distance.setdefault(wallet, 1)
    for found in paths:
        for path in found.paths:
            wallets = path.wallets[::-1] if found.direction == "source" else path.wallets
            for hops, met in enumerate(wallets):
                distance[met.key] = min(distance.get(met.key, hops), hops)
    return distance


def _of_patterns(evidence: Sequence[Mapping[str, Any]]) -> list[str]:
    return [wallet for one in evidence if one.get("kind") == "pattern" for wallet in one["wallets"]]
