"""A person's own question to the graph: told to the audit log, then asked through the read-only door."""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct

from graph.adhoc import as_field, ask_text, check_text
from graph.errors import FieldError, InvalidInput, QueryCut, QueryRefused
from graph.session import Outside
from jobs.services import Services
from ledger import audit


class Asked(Struct, frozen=True, kw_only=True):
    """Rows of JSON values by column; every change of the graph up to `watermark` is in them."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool
    watermark: int
    elapsed_ms: float


async def ask_cypher(
    services: Services, query: str, parameters: dict[str, Any], *, limit: int, timeout_ms: int, actor: str
) -> Asked:
    """Answer a question in at most `limit` rows and `timeout_ms`.

    It is in the audit log before it reaches the database, whether it is answered or not. Raises InvalidInput in the
    words of the database, or of `graph.plans`.
    """
    await _tell(services, query, parameters, actor)
    outside = Outside(query)
    try:
        await check_text(services.graph, outside, parameters)
        watermark, started = await services.graph.watermark(), time.perf_counter()
        answer = await ask_text(services.graph, outside, parameters, timeout_s=timeout_ms / 1000, most_rows=limit)
    except QueryRefused as error:
        raise as_field(error, "query") from None
    except QueryCut:
        message = f"the question took longer than {timeout_ms:,} ms and was stopped; ask for less, or give it more time"
        raise InvalidInput(FieldError("timeout_ms", message)) from None
    return Asked(
        columns=answer.columns,
        rows=answer.rows,
        truncated=answer.truncated,
        watermark=watermark,
        elapsed_ms=round((time.perf_counter() - started) * 1000, 3),
    )


async def _tell(services: Services, query: str, parameters: dict[str, Any], actor: str) -> None:
    body = {"query": query, "parameters": parameters}
    async with services.ledger.transaction() as connection:
        await audit.append(connection, audit.EventDraft(actor, "cypher.asked", "graph", body))
