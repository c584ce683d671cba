"""Rules are data: a named, versioned condition worth an analyst's look."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

RuleState = Literal["draft", "active", "retired"]


class Condition(Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"not_": "not"}):
    """One of: a test (`field`, `op`, `value`), or `all`, `any` (lists), or `not` of other conditions.

    `field` is a dotted name from the registry of fields, `op` from the registry of operators.
    """

    field: str | None = None
    op: str | None = None
    value: Any = None
    all: tuple[Condition, ...] | None = None
    any: tuple[Condition, ...] | None = None
    not_: Condition | None = None


class GraphQuery(Struct, frozen=True, kw_only=True):
    """A pattern looked for in the graph once the rule's condition holds: read-only Cypher and its parameters.

    `cypher` gets `$payments`, a list of {id, as_of, value, payers, payees} (value in micro-units), and `$rule`, these
    parameters. It returns rows of `id`, `wallets`, `transactions`, `value`, `detail` for payments that show the
    pattern. It may take `timeout_ms`.
    """

    cypher: str
    parameters: dict[str, Any] = {}
    timeout_ms: Annotated[int, Meta(ge=10, le=2_000)] = 250


class Rule(Struct, frozen=True, kw_only=True):
    """One version of a rule. `score` is what it adds to the signal when it fires, `floor` the least risk score then.

    `reason` is its reason code. With `graph` it fires when the query finds its pattern; `when` then says for which
    payments the query is worth asking. `typology` names the pattern of money laundering it looks for.
    """

    id: str
    version: int
    title: str
    why: str
    reason: str
    score: Annotated[float, Meta(ge=0, le=1)]
    when: Condition
    floor: Annotated[float, Meta(ge=0, le=1)] | None = None
    graph: GraphQuery | None = None
    typology: str | None = None
