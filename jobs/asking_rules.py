"""Asking one graph rule about the payments of a batch, so that nothing that goes wrong with it fails a payment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import structlog
from msgspec.structs import replace

import deadlines
from graph.errors import QueryCut, Unavailable
from jobs.patterns import allowed_s, ask_patterns
from jobs.services import Services
from risk.facts import Finding, Payment
from risk.rules import Rule

# How long a query may take to be planned, and how much of that a payment waits for.
PLANNING_MS, WAIT_S = 60_000, 5.0
# What a batch of which one part failed may take once more, over what it took.
APART, APART_S = 1.0, 0.5
# By key of payment what a graph rule found, or why it could not be asked; neither where it found nothing.
Told = dict[str, Finding | str]
log = structlog.get_logger("headwater.screening")


async def ask_rule(services: Services, rule: Rule, payments: Sequence[Payment]) -> Told:
    """What a rule found, by key of payment; the reason for those about which it could not be asked."""
    begun = time.monotonic()
    try:
        return dict(await _ask_patiently(services, rule, payments))
    except Unavailable:
        raise
    except Exception as error:
        if len(payments) == 1:
            return _failed(rule, payments, error)
        spent = time.monotonic() - begun
        return await _ask_apart(services, rule, payments, time.monotonic() + APART * spent + APART_S)


async def _ask_apart(services: Services, rule: Rule, payments: Sequence[Payment], until: float) -> Told:
    """Ask about each half by itself, and so on until that time is over: one payment must not spoil it for the rest."""
    told: Told = {}
    for part in (payments[: len(payments) // 2], payments[len(payments) // 2 :]):
        try:
            told |= await ask_patterns(services, rule, part)
        except Unavailable:
            raise
        except Exception as error:
            again = len(part) > 1 and time.monotonic() < until
            told |= await _ask_apart(services, rule, part, until) if again else _failed(rule, part, error)
    return told


def _failed(rule: Rule, payments: Sequence[Payment], error: Exception) -> Told:
    """Whatever is wrong with one rule, its query or its parameters: each payment has a decision that says so."""
    log.warning("graph_rule_failed", rule=rule.id, version=rule.version, payments=len(payments), error=str(error))
    return dict.fromkeys((payment.key for payment in payments), str(error) or type(error).__name__)


async def _ask_patiently(services: Services, rule: Rule, payments: Sequence[Payment]) -> dict[str, Finding]:
    """Ask within the rule's time; once more if the database had to plan the query first, which takes far longer."""
    try:
        return await ask_patterns(services, rule, payments)
    except QueryCut:
        if not await _was_planned(services, rule, payments[0]):
            raise
    return await ask_patterns(services, rule, payments)


async def _was_planned(services: Services, rule: Rule, payment: Payment) -> bool:
    """Have a query planned unless the database has its plan; tell whether that took long and is done.

    A question that is cut while it is planned leaves no plan, so each after it would be cut as well. Planning goes on
    after WAIT_S, beside the payments, of which those that come meanwhile are not judged by the rule.
    """
    key = rule.id, rule.version
    task = services.planning.get(key)
    if task is None or task.done():
        with deadlines.within(None):
            task = services.planning[key] = asyncio.create_task(_plan(services, rule, payment))
    await asyncio.wait([task], timeout=deadlines.part(WAIT_S))
    if not task.done() or task.cancelled() or task.exception() is not None or rule.graph is None:
        return False
    return task.result() > allowed_s(services, rule.graph) / 2


async def _plan(services: Services, rule: Rule, payment: Payment) -> float:
    """Ask about a payment of nobody to nobody, which is found nowhere at once; return the seconds it took."""
    begun = time.monotonic()
    if rule.graph is not None:
        patient = replace(rule, graph=replace(rule.graph, timeout_ms=PLANNING_MS))
        await ask_patterns(services, patient, [replace(payment, payers={}, payees={})])
    return time.monotonic() - begun
