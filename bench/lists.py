"""Every list and the dashboard over a million decisions: each filter, each two of them, and pages deep within."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import combinations
from time import perf_counter
from typing import Any
from urllib.parse import quote, urlencode

from api.alert_groups import list_alert_groups
from api.alerts import list_alerts
from api.audit import list_audit_events
from api.callers import LOCAL
from api.dashboard import get_risk_trend, get_summary
from api.decision_list import list_decisions
from bench.desk_lists import Asked, Query, desk_lists
from bench.figures import Figure, Sizes, Watch, quantile
from bench.ground import BenchError, Ground, serving
from bench.million import load_decisions
from jobs.figures import keep_figures
from jobs.services import Services

NAME, LIMIT_S, WARM_UP = "lists", 0.05, 20
# Where an argument of a handler has another name on the wire.
WIRE = {"class_": "class", "since": "from", "until": "to", "alerted": "with_alert", "in_state": "state"}
WEEK_AGO, MONTH_HALF = (datetime.now(UTC) - timedelta(days=days) for days in (7, 15))

ALERTS: dict[str, tuple[Any, ...]] = {
    "status": ("open", "acknowledged", "resolved", "dismissed"),
    "severity": ("high", "critical"),
    "class_": ("live", "retro"),
    "category": ("scam", "sanctions"),
    "assignee": ("none", "person 2"),
    "group": ("grp_17",),
    "wallet": ("acct:w17",),
    "proposed": (True, False),
    "suppressed": (True, False),
    "since": (WEEK_AGO,),
    "until": (MONTH_HALF,),
    "sort": ("newest",),
}
GROUPS = {name: ALERTS[name] for name in ("status", "severity", "class_", "category", "assignee", "wallet")}
DECISIONS: dict[str, tuple[Any, ...]] = {
    "severity": ("none", "low", "high", "critical"),
    "category": ("scam", "sanctions", "never seen"),
    "policy": ("default-1", "default-2", "other-1"),
    "alerted": (True, False),
    "since": (WEEK_AGO,),
    "until": (MONTH_HALF,),
}


async def measure_lists(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Fill the ledger, take it into the figures of the dashboard, then ask every list both ways."""
    services = ground.services
    ground.report(f"lists: making {sizes.decisions:,} decisions")
    await load_decisions(services, sizes.decisions)
    figures = [await _kept(services)]
    asked = await every_list(services, sizes)
    async with serving(ground) as (host, port):
        for one in asked:
            ground.report(f"lists: {one.name} in {len(one.forms)} forms")
            figures.append(await _measure(services, one, host, port, sizes))
    return figures


async def _kept(services: Services) -> Figure:
    started, events = perf_counter(), 0
    while counted := await keep_figures(services):
        events += counted
    rate = events / (perf_counter() - started)
    return Figure(bench=NAME, name="events taken into the dashboard's figures", ours=rate, unit="per s")


async def every_list(services: Services, sizes: Sizes) -> list[Asked]:
    """What is asked, with cursors to pages half way through."""
    alerts = await _half_way(services, list_alerts, limit=1_000)
    groups = await _half_way(services, list_alert_groups, limit=100)
    decisions = (await list_decisions.fn(services, until=MONTH_HALF, limit=1)).next
    return [
        Asked("GET /alerts", "/alerts", list_alerts, list(every_two(ALERTS))),
        Asked("GET /alerts, half way through", "/alerts", list_alerts, [{"cursor": alerts}]),
        Asked("GET /alerts/groups", "/alerts/groups", list_alert_groups, list(every_two(GROUPS))),
        Asked("GET /alerts/groups, half way through", "/alerts/groups", list_alert_groups, [{"cursor": groups}]),
        Asked("GET /decisions", "/decisions", list_decisions, list(every_two(DECISIONS))),
        Asked("GET /decisions, half way through", "/decisions", list_decisions, [{"cursor": decisions}]),
        Asked("GET /audit", "/audit", list_audit_events, _audit_forms(sizes)),
        *await desk_lists(services),
        Asked("GET /dashboard/summary", "/dashboard/summary", get_summary, [{}]),
        Asked("GET /dashboard/risk-trend", "/dashboard/risk-trend", get_risk_trend, [{}]),
    ]


def every_two(values: dict[str, tuple[Any, ...]]) -> Iterator[Query]:
    """No filter, each filter, and each two of different names."""
    single = [(name, value) for name, several in values.items() for value in several]
    yield {}
    yield from ({name: value} for name, value in single)
    yield from ({a[0]: a[1], b[0]: b[1]} for a, b in combinations(single, 2) if a[0] != b[0])


def _audit_forms(sizes: Sizes) -> list[Query]:
    middle = {"after": sizes.decisions // 2}
    return [{}, middle, {"action": "transaction.decided"} | middle, {"subject": "acct:m17"}, {"action": "never"}]


async def _half_way(services: Services, handler: Any, limit: int) -> str | None:
    """The cursor in the middle of a queue, found as a caller would find it; None if it is one page."""
    page = await handler.fn(services, limit=limit)
    cursors: list[str | None] = [page.next]
    while page.next is not None:
        page = await handler.fn(services, limit=limit, cursor=page.next)
        cursors.append(page.next)
    return cursors[len(cursors) // 2]


async def _measure(services: Services, asked: Asked, host: str, port: int, sizes: Sizes) -> Figure:
    forms = asked.forms * max(1, -(-sizes.sample // 3 // len(asked.forms)), sizes.rounds if len(asked.forms) > 1 else 1)
    await _ask_driver(services, asked, asked.forms[:WARM_UP])
    driver = await _ask_driver(services, asked, forms)
    paths = [f"/api/v1{_path(asked, form)}" for form in forms]
    http = await asyncio.to_thread(_ask_http, host, port, paths)
    times: dict[str, list[float]] = {}
    for path, seconds in zip(paths, http, strict=True):
        times.setdefault(path, []).append(seconds)
    worst = max(times, key=lambda path: quantile(times[path], 0.5))
    p95 = quantile(http, 0.95)
    return Figure(
        bench=NAME,
        name=f"{asked.name}, p95 of {len(asked.forms)} forms over HTTP",
        ours=p95 * 1000,
        unit="ms",
        reference=quantile(driver, 0.95) * 1000,
        ratio=p95 / quantile(driver, 0.95),
        target=f"at most {LIMIT_S * 1000:g} ms",
        met=p95 <= LIMIT_S,
        note=f"pages of 100 at {sizes.decisions:,} decisions; reference: p95 of its handler without HTTP; p50"
        f" {quantile(http, 0.5) * 1000:.1f} ms, without HTTP {quantile(driver, 0.5) * 1000:.1f} ms; slowest form"
        f" {worst.removeprefix('/api/v1')}, p50 {quantile(times[worst], 0.5) * 1000:.1f} ms",
    )


async def _ask_driver(services: Services, asked: Asked, forms: list[Query]) -> list[float]:
    """The handler's own work: from its arguments to the page before it is written as JSON."""
    caller = {"caller": LOCAL} if "caller" in inspect.signature(asked.handler.fn).parameters else {}
    watch = Watch()
    for form in forms:
        with watch:
            await asked.handler.fn(services, **caller, **form)
    return watch.times


def _path(asked: Asked, form: Query) -> str:
    """The same form as path and query; what the path names goes there."""
    named = {name: quote(value, safe="") for name, value in form.items() if f"{{{name}}}" in asked.path}
    names = WIRE | asked.wire
    wire = {names.get(name, name): _text(form[name]) for name in form if name not in named and form[name] is not None}
    return f"{asked.path.format(**named)}?{urlencode(wire)}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _ask_http(host: str, port: int, paths: list[str]) -> list[float]:
    connection, watch = HTTPConnection(host, port, timeout=30), Watch()
    for path in paths:
        with watch:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        if response.status != 200:
            raise BenchError(f"GET {path} answered {response.status}: {body[:300]!r}")
    connection.close()
    return watch.times
