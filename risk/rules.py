"""Rules are data: a named, versioned condition worth an analyst's look."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct


class Condition(
    Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"not_": "not"}, forbid_unknown_fields=True
):
    """One of: a test (`field`, `op`, `value`), or `all`, `any` (lists), or `not` of other conditions.

    `field` is a dotted name from the registry of fields, `op` from the registry of operators.
    """

    field: str | None = None
    op: str | None = None
    value: Any = None
    all: tuple[Condition, ...] | None = None
    any: tuple[Condition, ...] | None = None
    not_: Condition | None = None


class Transfer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One payment of a fixture. Sides map a wallet's name to its value, decimal text in the reference currency.

    `after_s` are seconds since the fixture begins.
    """

    id: Annotated[str, Meta(min_length=1, max_length=100)]
    after_s: Annotated[int, Meta(ge=0, le=10_000_000)]
    payers: Annotated[dict[str, str], Meta(max_length=50)]
    payees: Annotated[dict[str, str], Meta(min_length=1, max_length=50)]


class Fixture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A small drawn graph, and whether the rule must find its pattern in the payment `ask` of it.

    `categories` are those of its wallets that have one.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    ask: str
    found: bool
    transfers: Annotated[tuple[Transfer, ...], Meta(min_length=1, max_length=200)]
    categories: dict[str, str] = {}


class GraphQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pattern looked for in the graph once the rule's condition holds: read-only Cypher and its parameters.

    `cypher` gets `$rule`, these parameters, and `$payments`, a list of {id, as_of, value, payers, sent, payees,
    received}: wallets most valuable first, at most 10 a side, beside what each sent or received; values are
    micro-units, `as_of` is in microseconds since 1970. A payment may be in the graph already, or not. It returns rows
    of `id`, `wallets`, `transactions`, `value`, `detail` for payments that show the pattern. It may take `timeout_ms`,
    and a tenth of that more for each further payment. `fixtures` say what it must find, and what it must not.
    """

    cypher: Annotated[str, Meta(min_length=1, max_length=20_000)]
    parameters: dict[str, Any] = {}
    timeout_ms: Annotated[int, Meta(ge=10, le=2_000)] = 250
    fixtures: Annotated[tuple[Fixture, ...], Meta(max_length=20)] = ()


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
