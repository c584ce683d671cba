"""What alerts rest on, as signatures: parties, reasons, attributions, ways of the money, rule versions."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct, to_builtins

from graph.attribution_lists import attributions_about
from graph.exposure import get_exposures
from graph.model import Alert, AlertClass, Decision, Direction, Exposure
from graph.routes import RoutesOf, find_routes
from graph.together import together
from jobs.services import Services
from ledger.canonical import canonical_json

# Of a payment with more the others count as parties only.
MOST_ENDS = 20
DIRECTIONS: tuple[Direction, Direction] = ("source", "destination")

# The ids of the illicit attributions behind an alert, by side.
Named = dict[Direction, tuple[str, ...]]


class Signature(Struct, frozen=True, kw_only=True):
    """What must stay for two alerts to be about the same.

    `wallets` are the parties. `attributions` are the illicit ones behind it by side; `routes` the wallets on the
    shortest ways of the money from and to their wallets. `rule_versions` are those of rules that fired.
    """

    class_: AlertClass
    wallets: tuple[str, ...]
    reason_codes: tuple[str, ...]
    attributions: Mapping[Direction, tuple[str, ...]]
    routes: Mapping[Direction, tuple[str, ...]]
    rule_versions: Mapping[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 of all of it, in hex."""
        return _digest(to_builtins(self))


def key_of(alert: Alert) -> str:
    """What can be told from the alert alone, as a digest: two of one signature have the same."""
    return _digest([alert.class_, sorted(alert.wallets), sorted(alert.reason_codes)])


async def signatures_of(
    services: Services, alerts: Sequence[Alert], decisions: Mapping[str, Decision]
) -> dict[str, Signature]:
    """Return what alerts rest on, by id, with the ways of the money as they are now.

    `decisions`, by transaction, are those of the live ones; one of another transaction is left out. Raises QueryCut
    where the ways take too long to find.
    """
    live = {a.id: decisions[a.transaction] for a in alerts if a.transaction in decisions and a.transaction}
    retro = [alert for alert in alerts if alert.transaction is None]
    named = {alert: _evidence(decision) for alert, decision in live.items()} | await _behind(services, retro)
    had = [alert for alert in alerts if alert.id in named]
    routes = dict(zip(DIRECTIONS, await together(*(_routes(services, had, named, d) for d in DIRECTIONS)), strict=True))
    return {
        alert.id: Signature(
            class_=alert.class_,
            wallets=tuple(sorted(alert.wallets)),
            reason_codes=tuple(sorted(alert.reason_codes)),
            attributions=named[alert.id],
            routes={side: routes[side][alert.id] for side in DIRECTIONS},
            rule_versions=_fired(services, alert, live[alert.id]) if alert.id in live else {},
        )
        for alert in had
    }


async def _routes(
    services: Services, alerts: Sequence[Alert], named: Mapping[str, Named], side: Direction
) -> dict[str, tuple[str, ...]]:
    """The ways to every party: what a payer has from somewhere, the payee has through this payment."""
    asked = [RoutesOf(a.id, tuple(sorted(a.wallets)[:MOST_ENDS]), named[a.id][side]) for a in alerts]
    return await find_routes(services.graph, asked, direction=side)


def _evidence(decision: Decision) -> Named:
    """The illicit attributions that a decision rests on."""
    named: dict[Direction, set[str]] = {side: set() for side in DIRECTIONS}
    for exposure in decision.evidence:
        for part in exposure.get("categories", ()) if exposure.get("direction") in named else ():
            if part["class"] == "illicit":
                named[exposure["direction"]].update(*(actor["attributions"] for actor in part["actors"]))
    return {side: tuple(sorted(names)) for side, names in named.items()}


def _fired(services: Services, alert: Alert, decision: Decision) -> dict[str, str]:
    """The versions of rules whose reason codes the alert has; those that the book does not have any more too."""
    reasons = {one.rule.id: one.rule.reason for one in services.book.rules}
    return {
        rule: version
        for rule, version in decision.rule_versions.items()
        if rule not in reasons or reasons[rule] in alert.reason_codes
    }


async def _behind(services: Services, alerts: Sequence[Alert]) -> dict[str, Named]:
    """The illicit attributions that the wallets of retro alerts are tied to now, and their own."""
    if not alerts:
        return {}
    wallets, hops = sorted({wallet for alert in alerts for wallet in alert.wallets}), services.policy.hops
    sides: list[list[Exposure]] = await together(
        *(get_exposures(services.tracing(side, hops), wallets) for side in DIRECTIONS)
    )
    named: dict[tuple[str, Direction], set[str]] = defaultdict(set)
    for one in await attributions_about(services.graph, wallets):
        if one.withdrawn_at is None and one.category in services.taxonomy.illicit:
            named[one.wallet, "source"].add(one.id)
            named[one.wallet, "destination"].add(one.id)
    for side, found in zip(DIRECTIONS, sides, strict=True):
        for exposure in found:
            parts = [part for part in exposure.categories if part.class_ == "illicit"]
            named[exposure.wallet, side].update(*(actor.attributions for part in parts for actor in part.actors))
    return {
        alert.id: {side: tuple(sorted(set().union(*(named[w, side] for w in alert.wallets)))) for side in DIRECTIONS}
        for alert in alerts
    }


def _digest(value: object) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
