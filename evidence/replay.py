"""`replay.cypher`: the subgraph and the recorded numbers as one script that asserts each of them in an empty Neo4j.

Plain Cypher, statements that end in `;`, as cypher-shell and Browser's editor take them. A figure that differs ends
the script: it is made part of a date that cannot be read, so that the error says it, since Cypher has no assertions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from evidence.pairs import pairs_of
from evidence.shapes import Expected, Money, Side
from graph.model import Attribution, Exposure

_PLAIN = re.compile(r"[A-Za-z0-9 :._/+@=-]{1,250}")
ROWS = 500
CUT = "'cut'"
# A path's product is rounded by floats; a share is asserted to a billionth, every value as the integer it is.
_ASSERT = "CASE WHEN {holds} THEN 'holds' ELSE toString(date('DIFFERS ' + {told})) END"


def text(value: str) -> str:
    """Return a Cypher string. What is not plainly harmless is named by its SHA-256: data must never become code."""
    return f"'{value}'" if _PLAIN.fullmatch(value) else f"'sha256:{sha256(value.encode()).hexdigest()}'"


def replay(money: Money, expected: Expected, stopping: frozenset[str]) -> str:
    """Return the script."""
    statements = [_empty(), *_indexes(), *_wallets(money), *_transactions(money), *_sums()]
    for number, (side, recorded) in enumerate(zip(money.sides, expected.exposures, strict=True)):
        statements += _side(number, side, recorded, {a.id: a for a in money.attributions}, stopping)
    statements.append("RETURN 'every number holds' AS result")
    head = "// Load into an EMPTY Neo4j 5 or later: cypher-shell --fail-fast -f replay.cypher\n"
    head += "// Values are integers of micro-units.\n"
    return head + "".join(f"{statement};\n" for statement in statements)


def _empty() -> str:
    holds = _ASSERT.format(holds="nodes = 0", told="'this database is not empty: ' + toString(nodes) + ' nodes'")
    return f"MATCH (n) WITH count(n) AS nodes RETURN {holds} AS empty"


def _indexes() -> list[str]:
    return ["CREATE CONSTRAINT evidence_wallet IF NOT EXISTS FOR (w:Wallet) REQUIRE w.key IS UNIQUE"]


def _chunks(rows: Sequence[str]) -> Iterator[str]:
    for first in range(0, len(rows), ROWS):
        yield ",\n  ".join(rows[first : first + ROWS])


def _wallets(money: Money) -> list[str]:
    keys = {party.wallet for one in money.transactions for party in (*one.inputs, *one.outputs)}
    keys |= {met.wallet for side in money.sides for met in side.met}
    rows = [text(key) for key in sorted(keys)]
    return [f"UNWIND [{part}] AS key CREATE (:Wallet {{key: key}})" for part in _chunks(rows)]


def _transactions(money: Money) -> list[str]:
    rows, pairs = list[str](), list[str]()
    for one in money.transactions:
        made = pairs_of(one)
        outputs = ", ".join(str(party.value) for party in one.outputs)
        inputs = ", ".join(str(party.value) for party in one.inputs)
        rows.append(f"{{key: {text(one.key)}, value: {one.value}, inputs: [{inputs}], outputs: [{outputs}]}}")
        pairs += [
            f"{{t: {text(one.key)}, s: {text(source)}, d: {text(target)}, v: {value}}}"
            for (source, target), value in made.items()
        ]
    return [
        *(f"UNWIND [{part}] AS row CREATE (t:Transaction) SET t = row" for part in _chunks(rows)),
        *(
            f"UNWIND [{part}] AS row MATCH (s:Wallet {{key: row.s}}), (d:Wallet {{key: row.d}})\n"
            "CREATE (s)-[:PAIR {transaction: row.t, value: row.v}]->(d)"
            for part in _chunks(pairs)
        ),
    ]


def _sums() -> list[str]:
    outputs = _ASSERT.format(
        holds="outputs = t.value AND (size(t.inputs) = 0 OR inputs = t.value)",
        told="'transaction ' + t.key + ' value ' + toString(t.value) + ', outputs ' + toString(outputs)"
        " + ', inputs ' + toString(inputs)",
    )
    pairs = _ASSERT.format(
        holds="size(t.inputs) = 0 OR moved = t.value",
        told="'transaction ' + t.key + ' value ' + toString(t.value) + ', its pairs ' + toString(moved)",
    )
    return [
        "MATCH (t:Transaction) WITH t, reduce(n = 0, v IN t.outputs | n + v) AS outputs,"
        f" reduce(n = 0, v IN t.inputs | n + v) AS inputs\nWITH {outputs} AS told RETURN count(told) AS transactions",
        "MATCH (:Wallet)-[p:PAIR]->() WITH p.transaction AS key, sum(p.value) AS moved\n"
        f"MATCH (t:Transaction {{key: key}}) WITH {pairs} AS told RETURN count(told) AS paired",
    ]


def _side(
    number: int, side: Side, recorded: Exposure, said: Mapping[str, Attribution], stopping: frozenset[str]
) -> list[str]:
    """Flows asserted against transactions, then the haircut level by level, then every recorded number."""
    if not side.starts:
        return []
    flow = f"FLOW_{number}"
    rows = [
        f"{{s: {text(f.source)}, d: {text(f.target)}, v: {f.value}, t: [{', '.join(map(text, f.transactions))}]}}"
        for f in side.flows
        if f.source != f.target
    ]
    told = (
        "'"
        + side.direction
        + " flow ' + row.s + ' to ' + row.d + ' value ' + toString(row.v) + ', moved ' + toString(moved)"
    )
    held = _ASSERT.format(holds="moved = row.v", told=told)
    load = [
        f"UNWIND [{part}] AS row MATCH (s:Wallet {{key: row.s}}), (d:Wallet {{key: row.d}})\n"
        "CALL (s, d, row) { MATCH (s)-[p:PAIR]->(d) WHERE p.transaction IN row.t RETURN sum(p.value) AS moved }\n"
        f"WITH *, {held} AS told CREATE (s)-[:{flow} {{value: row.v}}]->(d)"
        for part in _chunks(rows)
    ]
    return [*load, *_ends(number, side, said, stopping), *_levels(number, side), *_expected(number, side, recorded)]


def _ends(number: int, side: Side, said: Mapping[str, Attribution], stopping: frozenset[str]) -> list[str]:
    """What each wallet is on this side: a category at which tracing stops, or the edge of the bundle."""
    decided = {met.wallet: said.get(met.attribution or "") for met in side.met}
    categories = {wallet: one.category for wallet, one in decided.items() if one is not None}
    rows = [f"{{w: {text(w)}, c: {text(c)}}}" for w, c in sorted(categories.items()) if c in stopping]
    rows += [f"{{w: {text(one.wallet)}, c: 'cut'}}" for one in side.cut]
    return [
        f"UNWIND [{part}] AS row MATCH (w:Wallet {{key: row.w}}) SET w.end_{number} = row.c" for part in _chunks(rows)
    ]


def _levels(number: int, side: Side) -> list[str]:
    here, there = f"<-[f:FLOW_{number}]-", f"<-[g:FLOW_{number}]-"
    if side.direction == "destination":
        here, there = f"-[f:FLOW_{number}]->", f"-[g:FLOW_{number}]->"
    total = sum(start.value for start in side.starts)
    starts = ", ".join(
        f"{{w: {text(s.wallet)}, m: {f'{s.value}.0 / {total}' if total else '1.0'}}}" for s in side.starts
    )
    stops = f"w.end_{number} IS NULL"
    first = stops if side.start_stops else "true"
    statements = [f"UNWIND [{starts}] AS row MATCH (w:Wallet {{key: row.w}}) SET w.mass_{number}_0 = row.m"]
    for level in range(side.hops):
        mass, below = f"mass_{number}_{level}", f"mass_{number}_{level + 1}"
        statements.append(
            f"MATCH (w:Wallet) WHERE w.{mass} IS NOT NULL AND {first if level == 0 else stops}\n"
            f"CALL (w) {{ MATCH (w){there}() RETURN sum(g.value) AS whole }}\n"
            f"MATCH (w){here}(u:Wallet) WITH u, sum(w.{mass} * f.value / whole) AS mass SET u.{below} = mass"
        )
    return statements


def _expected(number: int, side: Side, recorded: Exposure) -> list[str]:
    """Every recorded category and residual, told once, and each asserted: its share, its value, and their sum."""
    parts = [(one.category, one.share, one.value) for one in recorded.categories]
    parts += [(one.reason, one.share, one.value) for one in recorded.residuals]
    if not parts:
        return []
    rows = ",\n  ".join(f"{{name: {text(name)}, share: {share!r}, value: {value}}}" for name, share, value in parts)
    total, way = recorded.total_value, side.direction
    told = (
        f"'{way} ' + e.name + ' value ' + toString(e.value) + ' share ' + toString(e.share)"
        f" + ', recomputed ' + toString(toInteger(round(share * {total}.0))) + ' share ' + toString(share)"
    )
    slack = f"1e-9 + CASE WHEN share < e.share THEN {_known(CUT)} ELSE {_limit(recorded)!r} END"
    holds = f"abs(share - e.share) <= {slack} AND abs(e.share * {total}.0 - e.value) <= 1.0 + 1e-12 * {total}.0"
    whole = _ASSERT.format(
        holds=f"whole = {total}", told=f"'{way} total_value {total}, parts add up to ' + toString(whole)"
    )
    ends = f"{_ended(number, side)}\nWITH stop, sum(mass) AS mass WITH collect({{stop: stop, mass: mass}}) AS found"
    unknown = _ASSERT.format(
        holds=f"one.mass <= 1e-9 + {_limit(recorded)!r} OR one.stop = {CUT} OR one.stop IN names",
        told=f"'{way} ' + one.stop + ' is not recorded, recomputed share ' + toString(one.mass)",
    )
    return [
        f"UNWIND [{rows}] AS row CREATE (e:Expected_{number}) SET e = row",
        f"{ends}\nMATCH (e:Expected_{number}) WHERE e.name <> 'limit'\nWITH e, found, {_known('e.name')} AS share\n"
        f"WITH {_ASSERT.format(holds=holds, told=told)} AS told RETURN count(told) AS {way}_figures",
        f"{ends}\nMATCH (e:Expected_{number}) WITH found, collect(e.name) AS names UNWIND found AS one\n"
        f"WITH {unknown} AS told RETURN count(told) AS {way}_ends",
        f"MATCH (e:Expected_{number}) WITH sum(e.value) AS whole RETURN {whole} AS {way}_total",
    ]


def _known(name: str) -> str:
    """What was found to end there: 0 where nothing did."""
    return f"reduce(n = 0.0, x IN found | CASE WHEN x.stop = {name} THEN n + x.mass ELSE n END)"


def _limit(recorded: Exposure) -> float:
    return float(sum(one.share for one in recorded.residuals if one.reason == "limit"))


def _ended(number: int, side: Side) -> str:
    """Rows of (stop, mass): where tracing stopped, at whatever level."""
    parts = []
    dry = "origin" if side.direction == "source" else "unspent"
    flow = f"<-[:FLOW_{number}]-()" if side.direction == "source" else f"-[:FLOW_{number}]->()"
    for level in range(side.hops + 1):
        mass = f"w.mass_{number}_{level}"
        stopped = f"w.end_{number}" if side.start_stops or level else "null"
        at_last = f"CASE WHEN {stopped} <> 'cut' THEN {stopped} ELSE 'hop_limit' END" if level == side.hops else stopped
        rest = "'hop_limit'" if level == side.hops else f"CASE WHEN EXISTS {{ (w){flow} }} THEN null ELSE '{dry}' END"
        parts.append(
            f"MATCH (w:Wallet) WHERE {mass} IS NOT NULL RETURN coalesce({at_last}, {rest}) AS stop, {mass} AS mass"
        )
    return "CALL () {\n  " + "\n  UNION ALL\n  ".join(parts) + "\n}"
