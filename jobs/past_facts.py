"""What was to be known about past payments: as their decisions recorded it, else as the graph tells it of then."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from graph.exposure import Payment as Asked
from graph.exposure import payment_exposures
from graph.history import HistoryOf, get_histories
from graph.model import Direction, Exposure, History
from graph.together import together
from jobs.payments import payment_again
from jobs.services import PATIENT, Services
from ledger.past import PastTransaction
from ledger.personal import PersonalText
from risk.conditions import fields_in
from risk.facts import Facts, Payment
from risk.fields import FIELDS
from risk.rules import Rule

# Fields that are told by the history of the parties.
OF_HISTORY = {name for name in FIELDS if name.startswith(("sender.", "receiver."))} | {"transaction.paid_before"}
_decoder = msgspec.json.Decoder(Facts)


class Past(Struct, frozen=True, kw_only=True):
    """A payment with its facts; `is_recorded` if its decision had recorded them."""

    record: PastTransaction
    payment: Payment
    facts: Facts
    is_recorded: bool


async def past_of(services: Services, rule: Rule, page: Sequence[PastTransaction]) -> list[Past]:
    """Return the payments of a page with what the rule may look at, in their order.

    Histories and exposures are asked for only if the rule's condition names them.
    """
    payments = [_payment(one) for one in page]
    unknown = [payment for one, payment in zip(page, payments, strict=True) if one.facts is None]
    found = await _facts(services, rule, unknown)
    return [
        Past(
            record=one,
            payment=payment,
            facts=found[payment.key] if one.facts is None else _decoder.decode(one.facts),
            is_recorded=one.facts is not None,
        )
        for one, payment in zip(page, payments, strict=True)
    ]


def _payment(one: PastTransaction) -> Payment:
    text = PersonalText(one.transaction, one.salt or "", msgspec.json.decode(one.text)) if one.text else None
    return payment_again(one.body, text)[0]


async def _facts(services: Services, rule: Rule, payments: Sequence[Payment]) -> dict[str, Facts]:
    names = fields_in(rule.when) if payments else set()
    exposures = await _exposures(services, payments) if any(name.startswith("exposure.") for name in names) else {}
    histories = await _histories(services, payments) if names & OF_HISTORY else {}
    return {
        one.key: Facts(exposures=exposures.get(one.key, ()), history=histories.get(one.key, History()), seq=0)
        for one in payments
    }


async def _histories(services: Services, payments: Sequence[Payment]) -> dict[str, History]:
    policy = services.policy
    return await get_histories(
        services.graph,
        [HistoryOf(one.key, one.at, one.payers, one.payees) for one in payments],
        window_s=policy.velocity.window_s,
        near_from=round(policy.reporting_threshold * (1.0 - policy.reporting_margin)),
        near_below=policy.reporting_threshold,
    )


async def _exposures(services: Services, payments: Sequence[Payment]) -> dict[str, tuple[Exposure, ...]]:
    asked = [Asked(one.key, one.at, one.payers, one.payees) for one in payments]

    async def side(direction: Direction) -> list[Exposure]:
        return await payment_exposures(services.tracing(direction, services.policy.hops, limits=PATIENT), asked)

    sources, destinations = await together(side("source"), side("destination"))
    return {
        one.key: (source, destination) for one, source, destination in zip(asked, sources, destinations, strict=True)
    }
