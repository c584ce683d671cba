"""The read-only door for Cypher that is not in the catalog: looked at before it is asked, and bounded while it runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import msgspec
from msgspec import Struct

from graph.errors import FieldError, InvalidInput, QueryCut, QueryRefused
from graph.plans import refusals
from graph.session import Graph, Outside, undisturbed
from graph.wire_values import wire_value

LONGEST_TEXT = 20_000
MOST_BYTES = 4_000_000
# How much longer than its limit the server may take to notice it.
GRACE_S = 1.0
PLAN_S = 10.0
_position = re.compile(r"\(line (\d+), column (\d+) \(offset: (\d+)\)\)\n\"(?:EXPLAIN\n)?")
_EXPLAIN = len("EXPLAIN\n")


class Answer(Struct, frozen=True):
    """Rows of JSON values, by column; `truncated` if there were more rows or bytes than were asked for."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool


async def check_text(graph: Graph, outside: Outside, parameters: Mapping[str, Any], *, must_seek: bool = False) -> None:
    """Have the text planned and raise QueryRefused unless it only reads, within bounds. See `graph.plans`."""
    if not outside.text.strip() or len(outside.text) > LONGEST_TEXT:
        raise QueryRefused(f"must be Cypher of 1 to {LONGEST_TEXT:,} characters")
    try:
        async with asyncio.timeout(PLAN_S):
            planned = await graph.explain(outside, dict(parameters))
    except TimeoutError:
        raise QueryRefused(f"took more than {PLAN_S:g} s to plan") from None
    except QueryRefused as error:
        raise QueryRefused(_as_sent(str(error))) from None
    if not planned.plan:
        raise QueryRefused("must be one statement that reads")
    if found := refusals(planned.kind, planned.plan, must_seek=must_seek):
        raise QueryRefused("; ".join(found[:5]))


async def ask_text(
    graph: Graph,
    outside: Outside,
    parameters: Mapping[str, Any],
    *,
    timeout_s: float,
    most_rows: int,
    grace_s: float = GRACE_S,
) -> Answer:
    """Ask what `check_text` has let pass. Raises QueryRefused, or QueryCut once `timeout_s` is over."""
    try:
        async with asyncio.timeout(timeout_s + grace_s):
            return await undisturbed(lambda: _read(graph, outside, dict(parameters), timeout_s, most_rows))
    except TimeoutError:
        raise QueryCut(f"the question took longer than {timeout_s:g} s and was stopped") from None
    except RecursionError:
        raise QueryRefused("its answer is nested too deeply") from None


async def _read(graph: Graph, outside: Outside, parameters: dict[str, Any], timeout_s: float, most: int) -> Answer:
    rows: list[list[Any]] = []
    size = 0
    async with graph.asking(outside, parameters, timeout_s=timeout_s) as (columns, records), aclosing(records) as given:
        async for record in given:
            row = [wire_value(value) for value in record]
            size += len(msgspec.json.encode(row))
            if len(rows) == most or size > MOST_BYTES:
                return Answer(columns, rows, True)
            rows.append(row)
    return Answer(columns, rows, False)


def as_field(error: QueryRefused, field: str) -> InvalidInput:
    """The refusal as an error of the field that the text came in."""
    return InvalidInput(FieldError(field, str(error)))


def _as_sent(message: str) -> str:
    """The words of the database with lines and offsets as in the text that was sent."""

    def shifted(match: re.Match[str]) -> str:
        line, column, offset = (int(part) for part in match.groups())
        return f'(line {line - 1}, column {column} (offset: {offset - _EXPLAIN}))\n"'

    return _position.sub(shifted, message)
