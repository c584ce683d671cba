"""From transactions to flows: every flow is made again from amounts and values, and compared as an integer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from evidence.shapes import Moved, Side
from graph.money import apportion, scaled, split_pairs

Pairs = dict[tuple[str, str], int]


def pairs_of(moved: Moved) -> Pairs:
    """Return what each payer sent to each payee, by wallet, without pairs of value 0."""
    found: Pairs = defaultdict(int)
    if moved.inputs:
        amounts = [one.amount for one in moved.inputs], [one.amount for one in moved.outputs]
        for i, j, value in split_pairs(moved.value, *amounts):
            if value:
                found[moved.inputs[i].wallet, moved.outputs[j].wallet] += value
    return dict(found)


def wrong_parts(moved: Moved) -> Iterator[str]:
    """Yield each figure of a transaction that does not follow from its value and its amounts."""
    taken = apportion(moved.value, scaled([one.amount for one in moved.outputs]))
    for place, (party, value) in enumerate(zip(moved.outputs, taken, strict=True)):
        if party.value != value:
            yield f"{moved.key} outputs[{place}].value: recorded {party.value}, recomputed {value}"
    if not moved.inputs:
        return
    sent = [0] * len(moved.inputs)
    amounts = [one.amount for one in moved.inputs], [one.amount for one in moved.outputs]
    for i, _, value in split_pairs(moved.value, *amounts):
        sent[i] += value
    for place, (party, value) in enumerate(zip(moved.inputs, sent, strict=True)):
        if party.value != value:
            yield f"{moved.key} inputs[{place}].value: recorded {party.value}, recomputed {value}"


def wrong_flows(side: Side, by_key: dict[str, Moved]) -> Iterator[str]:
    """Yield each flow of a side that is not the sum of its transactions, or is missing beside them."""
    made: dict[tuple[str, str], int] = defaultdict(int)
    pairs = {key: pairs_of(moved) for key, moved in by_key.items()}
    for flow in side.flows:
        made[flow.source, flow.target] = sum(
            pairs.get(key, {}).get((flow.source, flow.target), 0) for key in flow.transactions
        )
        if made[flow.source, flow.target] != flow.value:
            told = f"recorded {flow.value}, recomputed {made[flow.source, flow.target]}"
            yield f"{side.direction} flow {flow.source} -> {flow.target} value: {told}"
        yield from _misplaced(side, flow.transactions, by_key)
    yield from _missing(side, set(made), pairs)


def _misplaced(side: Side, transactions: tuple[str, ...], by_key: dict[str, Moved]) -> Iterator[str]:
    for key in transactions:
        moved = by_key.get(key)
        if moved is None:
            yield f"{side.direction} flows name {key}, which is not among the transactions"
        elif moved.seq > side.watermark or (side.as_of is not None and moved.at > side.as_of):
            yield f"{side.direction} flows name {key}, which had not moved or was not known then"


def _missing(side: Side, told: set[tuple[str, str]], pairs: dict[str, Pairs]) -> Iterator[str]:
    """A wallet is opened with all its flows: those that its own transactions show and nobody told."""
    opened, listed = set(side.opened), {key for flow in side.flows for key in flow.transactions}
    for key in sorted(listed):
        for source, target in pairs.get(key, {}):
            here = target if side.direction == "source" else source
            if here in opened and source != target and (source, target) not in told:
                yield f"{side.direction} flow {source} -> {target} is not told, but {key} moved it"
