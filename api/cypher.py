"""Questions of one's own to the graph, in Cypher that only reads."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, post
from msgspec import Meta, Struct

from api.bodies import read_body
from api.lifespan import GivenCaller, GivenServices
from graph.errors import FieldError, InvalidInput
from jobs.asking import Asked, ask_cypher

MOST_PARAMETERS = 1_000
DEEPEST = 20


class CypherInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement that reads, with its `parameters`: at most `limit` rows, in at most `timeout_ms`."""

    query: Annotated[
        str, Meta(min_length=1, max_length=20_000, description="One statement; `CYPHER 25` before it for that version")
    ]
    parameters: Annotated[
        dict[str, Any], Meta(max_length=MOST_PARAMETERS, description="Values for `$name`, as JSON")
    ] = {}
    limit: Annotated[int, Meta(ge=1, le=10_000, description="Most rows")] = 100
    timeout_ms: Annotated[int, Meta(ge=1, le=30_000, description="Milliseconds it may take")] = 2_000


@post("/cypher", operation_id="ask_cypher", summary="Ask the graph in Cypher", status_code=200)
async def post_cypher(request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller) -> Asked:
    """Answer a question that only reads. The question and its parameters are put on the audit log before it is asked.

    It is planned first and refused, in words, if it writes, loads files, administers, calls a procedure that is not
    harmless, follows a path of no upper bound, or is expected to touch more than 10,000,000 rows. What the database
    finds wrong with it is told with its position. `truncated` says that there was more than `limit` rows or 4 MB.

    In the answer integers beyond 2^53 - 1, infinities and NaN are text, times and durations ISO 8601, nodes
    `{labels, properties}`, relationships `{type, properties, start, end}` by key of their ends, paths
    `{nodes, relationships}`. Every change up to `watermark` is in it.
    """
    given = read_body(await request.body(), CypherInput)
    if _depth(given.parameters) > DEEPEST:
        raise InvalidInput(FieldError("parameters", f"are nested more than {DEEPEST} deep"))
    return await ask_cypher(
        services, given.query, given.parameters, limit=given.limit, timeout_ms=given.timeout_ms, actor=caller.id
    )


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(one) for one in inner), default=0)
