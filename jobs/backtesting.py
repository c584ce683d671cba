"""Backtests: a rule tried on the transactions that have landed, decided or not, as of the time of each."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from graph.errors import FieldError, InvalidInput
from graph.model import Job
from jobs.backtest_bodies import BacktestInput
from jobs.book import read_rule
from jobs.fixtures import check_rule
from jobs.past_facts import Past, past_of
from jobs.runner import Done, Progress
from jobs.services import Services
from jobs.tally import Beside, Judged, Tally, judged
from ledger import audit, jobs
from ledger import rules as ledger
from ledger.ids import new_id
from ledger.past import PastTransaction, count_past, list_past
from ledger.rules import RuleRecord
from ledger.session import Connection
from risk.conditions import CompiledRule, compile_rule
from risk.rules import Rule

NAME = "backtest_rule"
PAGE = 500
UNRECORDED = 0
SETTINGS = ("from", "to", "limit")


async def request_backtest(services: Services, asked: BacktestInput, *, actor: str, job_id: str | None = None) -> Job:
    """Queue a backtest and wake a worker. Raises NotFound, and InvalidInput naming what cannot be.

    `job_id` is an id to queue it under: if there is a job of that id, it is returned, and none is queued.
    """
    if asked.from_ is not None and asked.to is not None and asked.from_ >= asked.to:
        raise InvalidInput(FieldError("to", "must be after `from`"))
    rule, in_force = await _rule(services, asked)
    if in_force is None or in_force.version != rule.version:
        await asyncio.to_thread(compile_rule, rule, services.taxonomy.names)
        await check_rule(services, rule)
    arguments = {
        "rule": msgspec.to_builtins(rule),
        "in_force": msgspec.to_builtins(in_force) if in_force and in_force.version != rule.version else None,
        "from": asked.from_.isoformat() if asked.from_ else None,
        "to": asked.to.isoformat() if asked.to else None,
        "limit": asked.limit,
    }
    async with services.ledger.transaction() as connection:
        if job_id is not None and (known := await jobs.find_job(connection, job_id)):
            return known
        job = await jobs.create_job(connection, NAME, arguments, job=job_id)
        draft = audit.EventDraft(actor, "rule.backtest_requested", rule.id, {"job": job.id, "version": rule.version})
        await audit.append(connection, draft)
    await services.queue.wake(job)
    return job


async def backtest_rule(services: Services, job: Job, progress: Progress) -> Done:
    """Try the rule on page after page of transactions; nothing but the result is written, so it may begin again."""
    rule = msgspec.convert(job.arguments["rule"], Rule)
    compiled = compile_rule(rule)
    beside = _beside(job.arguments.get("in_force"))
    asked = msgspec.convert({name: job.arguments[name] for name in SETTINGS}, BacktestInput)
    async with services.ledger.read(timeout_s=120) as connection:
        total = await count_past(connection, since=asked.from_, until=asked.to)
    tally = Tally(total, beside)
    bound = min(total, asked.limit)
    await progress("replaying", 0, bound)
    after = ""
    while page := await _page(services, asked, after, min(PAGE, asked.limit - tally.considered)):
        await _try(services, compiled, beside, page, tally)
        after = page[-1].transaction
        # More may have landed since they were counted.
        await progress("replaying", tally.considered, max(bound, tally.considered))
    version = None if rule.version == UNRECORDED else rule.version
    told = tally.told(rule.id, version, {name: job.arguments[name] for name in SETTINGS})
    result: dict[str, Any] = msgspec.to_builtins(told)
    said = {name: result[name] for name in ("version", "considered", "fired", "not_judged")} | {"job": job.id}
    return Done(result, (audit.EventDraft("worker", "rule.backtested", rule.id, said),))


async def _rule(services: Services, asked: BacktestInput) -> tuple[Rule, Rule | None]:
    """The rule that is asked about, version 0 if unrecorded, and the version of it that is in force, if any is."""
    if (asked.rule is None) == (asked.rule_id is None):
        raise InvalidInput(FieldError("rule", "send either `rule` or `rule_id`"))
    await services.current_book()
    if asked.rule is None:
        return await _recorded(services, asked.rule_id or "", asked.version)
    if asked.version is not None:
        raise InvalidInput(FieldError("version", "goes with `rule_id`; a rule that is sent has none"))
    rule = asked.rule.to_rule(asked.rule.id or new_id("rul"), UNRECORDED)
    async with services.ledger.read() as connection:
        known = await ledger.find_rule(connection, rule.id)
        return rule, await _in_force(connection, known)


async def _recorded(services: Services, name: str, version: int | None) -> tuple[Rule, Rule | None]:
    async with services.ledger.read() as connection:
        latest = await ledger.find_rule(connection, name)
        if latest is None:
            raise InvalidInput(FieldError("rule_id", "is no rule that is known; GET /rules lists them"))
        found = await ledger.find_versions(connection, [(name, version or latest.version)])
        if not found:
            raise InvalidInput(FieldError("version", f"rule {name} has the versions 1 to {latest.version}"))
        return read_rule(found[0].body), await _in_force(connection, latest)


async def _in_force(connection: Connection, known: RuleRecord | None) -> Rule | None:
    if known is None or known.active_version is None:
        return None
    found = await ledger.find_versions(connection, [(known.rule, known.active_version)])
    return read_rule(found[0].body)


def _beside(given: dict[str, Any] | None) -> Beside | None:
    return Beside(compile_rule(msgspec.convert(given, Rule))) if given else None


async def _page(services: Services, asked: BacktestInput, after: str, limit: int) -> list[PastTransaction]:
    if limit <= 0:
        return []
    async with services.ledger.read(timeout_s=60) as connection:
        return await list_past(connection, since=asked.from_, until=asked.to, after=after, limit=limit)


async def _try(
    services: Services, compiled: CompiledRule, beside: Beside | None, page: list[PastTransaction], tally: Tally
) -> None:
    in_force = await _judged(services, beside.compiled, page) if beside else []
    tally.add(await _judged(services, compiled, page), in_force)


async def _judged(services: Services, compiled: CompiledRule, page: list[PastTransaction]) -> list[Judged]:
    past: list[Past] = await past_of(services, compiled.rule, page)
    return await judged(services, compiled, past)
