"""Backtests: a rule tried on the transactions that have landed, decided or not, as of the time of each."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from graph.errors import FieldError, InvalidInput, NotFound
from graph.model import Job
from jobs.backtest_bodies import BacktestInput
from jobs.book import read_rule
from jobs.fixtures import check_rule
from jobs.past_facts import Past, past_of
from jobs.runner import Done, Progress
from jobs.services import Services
from jobs.tally import Tally, judged
from ledger import audit, jobs
from ledger import rules as ledger
from ledger.ids import new_id
from ledger.past import PastTransaction, count_past, list_past
from risk.conditions import CompiledRule, compile_rule
from risk.rules import Rule

NAME = "backtest_rule"
PAGE = 500
UNRECORDED = 0


async def request_backtest(services: Services, asked: BacktestInput, *, actor: str, job_id: str | None = None) -> Job:
    """Queue a backtest and wake a worker. Raises NotFound, and InvalidInput naming what cannot be.

    `job_id` is an id to queue it under: if there is a job of that id, it is returned, and none is queued.
    """
    if asked.from_ is not None and asked.to is not None and asked.from_ >= asked.to:
        raise InvalidInput(FieldError("to", "must be after `from`"))
    rule, in_force = await _rule(services, asked)
    if not in_force:
        await asyncio.to_thread(compile_rule, rule, services.taxonomy.names)
        await check_rule(services, rule)
    arguments = {
        "rule": msgspec.to_builtins(rule),
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
    asked = msgspec.convert({k: v for k, v in job.arguments.items() if k != "rule"}, BacktestInput)
    async with services.ledger.read(timeout_s=120) as connection:
        total = await count_past(connection, since=asked.from_, until=asked.to)
    tally = Tally(of_total=total)
    bound = min(total, asked.limit)
    await progress("replaying", 0, bound)
    after = ""
    while page := await _page(services, asked, after, min(PAGE, asked.limit - tally.considered)):
        await _try(services, compiled, page, tally)
        after = page[-1].transaction
        # More may have landed since they were counted.
        await progress("replaying", tally.considered, max(bound, tally.considered))
    version = None if rule.version == UNRECORDED else rule.version
    told = tally.told(rule.id, version, {name: job.arguments[name] for name in ("from", "to", "limit")})
    result: dict[str, Any] = msgspec.to_builtins(told)
    said = {name: result[name] for name in ("version", "considered", "fired", "not_judged")} | {"job": job.id}
    return Done(result, (audit.EventDraft("worker", "rule.backtested", rule.id, said),))


async def _rule(services: Services, asked: BacktestInput) -> tuple[Rule, bool]:
    """The rule that is asked about and whether it is in force, so that it has proved itself; version 0: unrecorded."""
    if (asked.rule is None) == (asked.rule_id is None):
        raise InvalidInput(FieldError("rule", "send either `rule` or `rule_id`"))
    if asked.rule is not None:
        if asked.version is not None:
            raise InvalidInput(FieldError("version", "goes with `rule_id`; a rule that is sent has none"))
        return asked.rule.to_rule(asked.rule.id or new_id("rul"), UNRECORDED), False
    name = asked.rule_id or ""
    await services.current_book()
    async with services.ledger.read() as connection:
        try:
            latest = await ledger.get_rule(connection, name)
        except NotFound:
            raise InvalidInput(FieldError("rule_id", "is no rule that is known; GET /rules lists them")) from None
        wanted = asked.version or latest.version
        found = await ledger.find_versions(connection, [(name, wanted)])
    if not found:
        raise InvalidInput(FieldError("version", f"rule {name} has the versions 1 to {latest.version}"))
    return read_rule(found[0].body), wanted == latest.active_version


async def _page(services: Services, asked: BacktestInput, after: str, limit: int) -> list[PastTransaction]:
    if limit <= 0:
        return []
    async with services.ledger.read(timeout_s=60) as connection:
        return await list_past(connection, since=asked.from_, until=asked.to, after=after, limit=limit)


async def _try(services: Services, compiled: CompiledRule, page: list[PastTransaction], tally: Tally) -> None:
    past: list[Past] = await past_of(services, compiled.rule, page)
    tally.add(await judged(services, compiled, past))
