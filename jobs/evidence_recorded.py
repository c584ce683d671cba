"""The numbers that an alert was opened with: of its decision, or of the score whose change opened it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from evidence.shapes import Expected, Paid
from graph.model import Alert, CategoryShare, Decision, Direction, Exposure, Residual, ScoreChange
from graph.money import apportion
from graph.taxonomy import Taxonomy
from jobs.book import get_policy, get_rules
from jobs.evidence_graph import Asked
from jobs.payments import payment_again
from ledger.decisions import find_body, find_decision
from ledger.errors import NotReplayable
from ledger.facts import find_facts
from ledger.landed import find_landed
from ledger.personal import find_text
from ledger.rescores import list_score_changes
from ledger.runs import find_run
from ledger.session import Connection
from risk.facts import Facts
from risk.policy import Policy
from risk.rules import Rule

_SCALE = 1 << 60


class OfDecision(Struct, frozen=True):
    """A decision with all it rested on, `decision_body` and `facts_body` as the texts that the audit log covers."""

    decision: Decision
    decision_body: str
    facts: Facts
    facts_body: str
    paid: Paid
    policy: Policy
    rules: tuple[Rule, ...]

    def asked(self) -> list[Asked]:
        """Return what its exposures were asked for."""
        payment = self.paid.payment
        return [
            Asked(
                exposure=one,
                starts=payment.payers if one.direction == "source" else payment.payees,
                start_stops=True,
                as_of=payment.at,
                valid_at=self.decision.decided_at,
            )
            for one in self.facts.exposures
        ]

    def expected(self) -> Expected:
        """Return its recorded numbers."""
        return Expected("decision", self.facts.exposures)


class OfScore(Struct, frozen=True):
    """The score of a wallet after the change that opened a retro alert."""

    change: ScoreChange
    exposures: tuple[Exposure, ...]

    def asked(self) -> list[Asked]:
        """Return what its exposures were asked for."""
        after = self.change.after
        return [
            Asked(exposure=one, starts={after.wallet: 0}, start_stops=False, as_of=None, valid_at=after.scored_at)
            for one in self.exposures
        ]

    def expected(self) -> Expected:
        """Return its recorded numbers."""
        return Expected("score", self.exposures)


async def of_decision(connection: Connection, transaction: str) -> OfDecision:
    """Return the decision of a transaction with what it rested on; raises NotReplayable where that was not kept."""
    decision = await find_decision(connection, transaction)
    landed = await find_landed(connection, transaction)
    facts = await find_facts(connection, decision.id) if decision else None
    body = await find_body(connection, decision.id) if decision else None
    if decision is None or landed is None or facts is None or body is None:
        raise NotReplayable(f"transaction {transaction} was decided before the facts behind a decision were kept")
    text = await find_text(connection, transaction)
    payment, digest = payment_again(landed.body, text)
    versions = [(rule, int(version)) for rule, version in decision.rule_versions.items()]
    return OfDecision(
        decision=decision,
        decision_body=body,
        facts=msgspec.json.decode(facts.body, type=Facts),
        facts_body=facts.body,
        paid=Paid(
            payment=payment,
            content=landed.content,
            text_digest=digest,
            erased=digest is not None and text is None,
        ),
        policy=await get_policy(connection, decision.policy),
        rules=tuple(one.rule for one in await get_rules(connection, versions)),
    )


async def of_score(connection: Connection, alert: Alert, taxonomy: Taxonomy) -> OfScore:
    """Return the score whose change opened a retro alert; raises NotReplayable where it is not kept any more."""
    before: int | None = None
    while True:
        page, before = await list_score_changes(connection, alert.wallets[0], before=before)
        for change in page:
            if change.words == alert.explanation:
                run = await find_run(connection, change.run)
                hops = run.hops if run else 0
                sides: tuple[Direction, Direction] = ("source", "destination")
                return OfScore(change, tuple(_exposure(change, side, hops, taxonomy) for side in sides))
        if before is None:
            raise NotReplayable(f"the score whose change opened alert {alert.id} is not kept any more")


def _exposure(change: ScoreChange, side: Direction, hops: int, taxonomy: Taxonomy) -> Exposure:
    document: Mapping[str, Any] = change.after.source if side == "source" else change.after.destination
    categories, residuals = document.get("categories", {}), document.get("residuals", {})
    total = int(document.get("total_value", 0))
    shares = [float(one[0]) for one in categories.values()] + [float(one) for one in residuals.values()]
    values = apportion(total, [int(share * _SCALE) for share in shares]) if shares else []
    return Exposure(
        wallet=change.wallet,
        direction=side,
        hops=hops,
        total_value=total,
        watermark=change.after.watermark,
        categories=tuple(
            CategoryShare(
                category=name,
                class_=taxonomy.get(name).class_,
                share=float(told[0]),
                value=value,
                direct_share=float(told[1]),
                shortest_hops=int(told[2]),
            )
            for (name, told), value in zip(categories.items(), values, strict=False)
        ),
        residuals=tuple(
            Residual(reason, float(share), value)
            for (reason, share), value in zip(residuals.items(), values[len(categories) :], strict=True)
        ),
        passed_through=float(document.get("passed_through", 0.0)),
        coverage=document.get("coverage"),
        exact=not residuals.get("limit"),
    )
