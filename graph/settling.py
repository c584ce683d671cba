"""Flows and the sums of wallets set right: flows from transactions, wallets from flows and pools.

What is found odd is looked at again under the locks of the wallets concerned, which landing takes before it adds
anything: what was on its way then is no finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from msgspec import Struct

from graph.session import Graph, Row, Unit

FLOWS_EACH = 1_000


class Odd(Struct, frozen=True):
    """A flow (payer > payee), a wallet's sums or its category, not as it should be, and how it stood, in words."""

    kind: Literal["flow", "wallet", "category"]
    subject: str
    found: str


async def odd_wallets(graph: Graph, keys: Sequence[str]) -> list[str]:
    """Return those of the wallets that look odd, by their own sums or by the flows they pay, in order of key."""
    flows = await graph.read("odd_flows", keys=list(keys))
    sums = await graph.read("odd_sums", keys=list(keys))
    return sorted({row["key"] for row in (*flows, *sums)})


async def settle(unit: Unit, keys: Iterable[str]) -> list[Odd]:
    """Set right the flows that these wallets pay, their own sums, and those of payees whose flows were odd.

    Takes their locks; returns what was odd under them. Repeatable.
    """
    payers = sorted(set(keys))
    await lock_wallets(unit, payers)
    odd = {row["key"]: row for row in await unit.run("odd_flows", keys=payers)}
    rows = [row for key in odd for row in _differences(odd[key])]
    payees = {row["target"] for row in rows} - set(payers)
    if payees:
        await lock_wallets(unit, sorted(payees))
    for first in range(0, len(rows), FLOWS_EACH):
        await unit.run("write_flows", rows=rows[first : first + FLOWS_EACH])
    # Held as they are: what their flows add up to has just been set right.
    sums = await unit.run("odd_sums", keys=sorted({*payers, *payees}))
    if sums:
        await unit.run("write_sums", rows=[_sums(row) for row in sums])
    return [_odd_flow(row) for row in rows] + [_odd_sums(row) for row in sums]


async def lock_wallets(unit: Unit, keys: Sequence[str]) -> None:
    """Hold the wallets, given in order of key; those that are not there are made."""
    names = [key.partition(":") for key in keys]
    wallets = [{"key": "".join(name), "network": name[0], "address": name[2]} for name in names]
    await unit.run("lock_wallets", wallets=wallets)


def _differences(odd: Row) -> list[Row]:
    """The flows of one payer to be written; a value of None means that there should be none."""
    expected: dict[str, list[Any]] = {payee: values for payee, *values in odd["expected"]}
    actual: dict[str, list[Any]] = {}
    for payee, *values in odd["actual"]:
        actual[payee] = ["there twice"] if payee in actual else values
    found = []
    for payee in sorted({*expected, *actual}):
        should, stands = expected.get(payee), actual.get(payee)
        if should != stands:
            value, count, first_at, last_at = should or (None, None, None, None)
            row = {"value": value, "count": count, "first_at": first_at, "last_at": last_at, "stands": stands}
            found.append(row | {"source": odd["key"], "target": payee})
    return found


def _sums(row: Row) -> Row:
    names = ("in_value", "in_count", "out_value", "out_count", "first_at", "last_at", "network", "address")
    given: list[Any] = [None if one == "never" else one for one in row["expected"]]
    return dict(zip(names, given, strict=True)) | {"key": row["key"]}


def _odd_flow(row: Row) -> Odd:
    should = None if row["value"] is None else [row["value"], row["count"], row["first_at"], row["last_at"]]
    return Odd("flow", f"{row['source']} > {row['target']}", f"is {_said(row['stands'])}, not {_said(should)}")


def _odd_sums(row: Row) -> Odd:
    return Odd("wallet", row["key"], f"sums are {_said(row['actual'])}, not {_said(row['expected'])}")


def _said(values: Sequence[Any] | None) -> str:
    return "not there" if values is None else " ".join(str(value) for value in values)
