"""What a plan of the database would do, and why a question from outside may not be asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

MOST_HOPS = 10
MOST_ROWS = 10_000_000
# Harmless ones that tell what there is to ask about.
PROCEDURES = frozenset(
    ("db.labels", "db.relationshipTypes", "db.propertyKeys", "db.schema.nodeTypeProperties", "db.schema.visualization")
)
# Operators that a question may use; any other is refused by name, so that a new one of the server is not let in unseen.
_READING = re.compile(
    r"""(?x)
    (AllNodesScan|NodeByLabelScan|(Subtraction|Union|Intersection)NodeByLabelsScan|DynamicLabelNodeLookup
    |(Multi)?Node(Unique)?Index(Seek(ByRange)?|Scan|ContainsScan|EndsWithScan)
    |Node(ById|ByElementId)Seek|Node(Count|Relationship)?CountFromCountStore|RelationshipCountFromCountStore
    |(Directed|Undirected)(All|Union)?Relationship(s|Type|Types)?(Scan|IndexSeek(ByRange)?|UniqueIndexSeek(ByRange)?
      |IndexScan|IndexContainsScan|IndexEndsWithScan|ByIdSeek|ByElementIdSeek)
    |Dynamic(Directed|Undirected)RelationshipTypeLookup
    |(Let)?(Anti)?(Select)?(Or)?(Semi|AntiSemi)?Apply|(Let)?SelectOr(Anti)?SemiApply|RollUpApply|(Anti)?ConditionalApply
    |Argument|(Optional)?Expand|VarLengthExpand|BFSPruningVarLengthExpand|Repeat|BidirectionalRepeat
    |ShortestPath|StatefulShortestPath|Optional|ProduceResults|Projection|Filter|Anti
    |(Eager|Ordered)?Aggregation|(Ordered)?Distinct|(Partial)?Sort|(Partial)?Top(1WithTies)?|Limit|ExhaustiveLimit|Skip
    |(Ordered)?Union|Unwind|PartitionedUnwind|CartesianProduct|(Node|Value)HashJoin|(Node)?(Left|Right)OuterHashJoin
    |Triadic(Selection|Build|Filter)|Eager|EmptyRow|EmptyResult|CacheProperties|ProcedureCall|AssertSameNode)
    """
).fullmatch
_SCANS = re.compile(
    r"AllNodesScan|\w*NodeByLabels?Scan|\w*IndexScan|\w*Contains?Scan|\w*EndsWithScan|\w*Types?Scan"
    r"|\w*RelationshipsScan|Dynamic\w+Lookup"
).fullmatch
_WORDS = {
    "LoadCSV": "LOAD CSV is not possible here",
    "AdministrationCommand": "administration is not possible here",
    "TransactionForeach": "CALL … IN TRANSACTIONS is not possible here",
    "TransactionApply": "CALL … IN TRANSACTIONS is not possible here",
}
_ranges = re.compile(r"\*(?:(\d+)(?=\]))?(?:\d*\.\.(\d*))?(?=\])").finditer
_repeats = re.compile(r"\{\s*\d*\s*,\s*(\d*)\s*\}").finditer


class Operator(Struct, frozen=True):
    """One step of a plan: its name, what it says of itself, and the rows that the database expects."""

    name: str
    form: str
    details: str
    rows: float


def operators(plan: dict[str, Any]) -> Iterator[Operator]:
    """Every operator of a plan, from the result down."""
    name, _, form = plan["operatorType"].partition("@")[0].partition("(")
    arguments = plan.get("args", {})
    yield Operator(name, form.rstrip(")"), arguments.get("Details", ""), float(arguments.get("EstimatedRows", 0)))
    for child in plan.get("children", []):
        yield from operators(child)


def refusals(kind: str, plan: dict[str, Any], *, must_seek: bool) -> list[str]:
    """Why a question may not be asked, in words; empty if it may. `must_seek`: it may scan nothing, as a rule's."""
    found = [] if kind == "r" else [_WRITES.get(kind, _WRITES["w"])]
    checks: tuple[Callable[[Operator], str | None], ...] = (_unknown, _procedure, _unbounded, _costly)
    for operator in operators(plan):
        found += [said for check in checks if (said := check(operator))]
        if must_seek and _SCANS(operator.name):
            found.append(
                f"reads all of `{operator.details}`; a rule must start from the wallets of a payment by an index,"
                " and `USING INDEX SEEK` sees to it however much the database expects there"
            )
    return list(dict.fromkeys(found))


_WRITES = {
    "w": "only reading is possible here, and this would write",
    "rw": "only reading is possible here, and this would write",
    "s": "only reading of the graph is possible here, not its schema or administration",
}


def _unknown(operator: Operator) -> str | None:
    if _READING(operator.name):
        return None
    return _WORDS.get(operator.name, f"{operator.name} is not possible here")


def _procedure(operator: Operator) -> str | None:
    if operator.name != "ProcedureCall":
        return None
    name = operator.details.partition("(")[0].strip()
    return (
        None if name in PROCEDURES else f"the procedure {name} may not be called; only {', '.join(sorted(PROCEDURES))}"
    )


def _unbounded(operator: Operator) -> str | None:
    """A path whose length has no bound, or one above MOST_HOPS."""
    if operator.name in ("VarLengthExpand", "BFSPruningVarLengthExpand", "ShortestPath"):
        bounds = [exact or most for exact, most in (match.groups() for match in _ranges(operator.details))]
    elif operator.name in ("Repeat", "BidirectionalRepeat", "StatefulShortestPath"):
        bounds = [match[1] for match in _repeats(operator.details)]
    else:
        return None
    if bounds and all(bound and int(bound) <= MOST_HOPS for bound in bounds):
        return None
    return f"a path needs an upper bound of at most {MOST_HOPS} hops, such as {{1,3}}: {operator.details[:100]}"


def _costly(operator: Operator) -> str | None:
    if operator.rows <= MOST_ROWS:
        return None
    return f"{operator.name} is expected to give {operator.rows:,.0f} rows; at most {MOST_ROWS:,} are possible here"
