"""Replay: a decision made again from what was recorded with it, and compared field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from graph.errors import NotFound
from graph.model import Decision
from jobs.book import get_policy, get_rules
from jobs.payments import payment_again
from jobs.services import Services
from ledger import audit
from ledger.decisions import get_decision
from ledger.errors import NotReplayable
from ledger.facts import DecisionFacts, find_facts
from ledger.landed import Landed, find_landed
from ledger.personal import PersonalText, find_text
from ledger.session import Connection
from risk.cascade import Basis
from risk.conditions import CompiledRule
from risk.decision import decide
from risk.facts import DecisionInput, Facts
from risk.policy import Policy

SHOWN = 100
_decoder = msgspec.json.Decoder(Facts)


class Difference(Struct, frozen=True):
    """A field of a decision that comes out otherwise, such as `signals[0].value`; None where it is not there."""

    field: str
    recorded: Any
    recomputed: Any


class DecisionReplay(Struct, frozen=True):
    """A decision as recorded and as made again. `differences` has the first 100, `is_same` that there is none.

    `erased`: its personal text is no more, so that rules about a purpose may come out otherwise.
    """

    decision: Decision
    recomputed: Decision
    is_same: bool
    differences: tuple[Difference, ...]
    erased: bool


class _Kept(Struct, frozen=True):
    """What the ledger has of a decision."""

    decision: Decision
    facts: DecisionFacts
    landed: Landed
    text: PersonalText | None
    policy: Policy
    rules: tuple[CompiledRule, ...]


async def replay_decision(services: Services, decision: str, *, actor: str) -> DecisionReplay:
    """Make a decision again under the policy and the rules that it names, from its recorded payment and facts.

    Times, latency and trace are taken over. Raises NotFound for one that is not known, NotReplayable where something
    it rested on was not kept.
    """
    async with services.ledger.read() as connection:
        kept = await _kept(connection, decision)
    replay = _replay(services, kept)
    fields = [difference.field for difference in replay.differences]
    body = {"is_same": replay.is_same, "differences": fields, "erased": replay.erased}
    async with services.ledger.transaction() as connection:
        await audit.append(connection, audit.EventDraft(actor, "decision.replayed", decision, body))
    return replay


async def _kept(connection: Connection, id_: str) -> _Kept:
    decision = await get_decision(connection, id_)
    facts = await find_facts(connection, id_)
    if facts is None:
        raise NotReplayable(f"decision {id_} was made before the facts behind a decision were kept")
    landed = await find_landed(connection, decision.transaction)
    if landed is None:
        raise NotReplayable(f"the ledger has no landed transaction {decision.transaction}")
    try:
        policy = await get_policy(connection, decision.policy)
    except NotFound as error:
        raise NotReplayable(str(error)) from error
    versions = [(rule, int(version)) for rule, version in decision.rule_versions.items()]
    rules = tuple(await get_rules(connection, versions))
    text = await find_text(connection, decision.transaction)
    return _Kept(decision, facts, landed, text, policy, rules)


def _replay(services: Services, kept: _Kept) -> DecisionReplay:
    payment, text_digest = payment_again(kept.landed.body, kept.text)
    given = DecisionInput(
        payment=payment,
        content=kept.landed.content,
        text_digest=text_digest,
        facts=_decoder.decode(kept.facts.body),
    )
    recomputed = decide(
        given,
        Basis(kept.policy, kept.rules, services.taxonomy.categories),
        trace_id=kept.decision.trace_id,
        latency_ms=kept.decision.latency_ms,
        decided_at=kept.decision.decided_at,
    )
    found = list(differences(_plain(kept.decision), _plain(recomputed)))
    erased = text_digest is not None and kept.text is None
    return DecisionReplay(kept.decision, recomputed, not found, tuple(found[:SHOWN]), erased)


def differences(recorded: Any, recomputed: Any, field: str = "") -> Iterator[Difference]:
    """Yield what differs between two JSON values, as deep as it can be told."""
    if isinstance(recorded, dict) and isinstance(recomputed, dict):
        for name in sorted(recorded.keys() | recomputed.keys()):
            below = f"{field}.{name}" if field else name
            yield from differences(recorded.get(name), recomputed.get(name), below)
    elif isinstance(recorded, list) and isinstance(recomputed, list) and len(recorded) == len(recomputed):
        for place, (one, other) in enumerate(zip(recorded, recomputed, strict=True)):
            yield from differences(one, other, f"{field}[{place}]")
    elif recorded != recomputed:
        yield Difference(field, recorded, recomputed)


def _plain(decision: Decision) -> Any:
    """As on the wire, where the recorded one comes from."""
    return msgspec.json.decode(msgspec.json.encode(decision))
