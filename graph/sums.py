"""What a batch of transactions adds to wallets, flows and pools, gathered so that each is written once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from graph.model import Party, Transaction
from graph.money import apportion, scaled, split_pairs
from graph.nets import Nets, counted, take
from graph.pools import PoolPart, pool_sides

# A transaction of more pairs than this is a pool. The form follows from the number of pairs alone, so that landing,
# batch and rebuild agree; graphs that were landed under another number do not.
MAX_PAIRS = 20_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Input, output, and the value between them.
_Pair = tuple[int, int, int]


def micros(at: datetime) -> int:
    """Microseconds since 1970: the driver packs an integer far faster than a datetime."""
    return (at - EPOCH) // _MICROSECOND


def at_micros(micros: int) -> datetime:
    """The time that `micros` made a number of."""
    return EPOCH + micros * _MICROSECOND


def payment_sides(transaction: Transaction) -> tuple[dict[str, int], dict[str, int]]:
    """Value by wallet key of the payers and of the payees, as the landed transaction has them."""
    sent, taken, _ = _moved(transaction)
    payers, payees = _keys(transaction, transaction.inputs), _keys(transaction, transaction.outputs)
    return _by_wallet(payers, sent), _by_wallet(payees, taken)


class Sums:
    """What `land_transactions` is given: rows by transaction, wallets and flows summed over the batch."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.wallets: dict[str, dict[str, Any]] = {}
        self.flows: dict[tuple[str, str], dict[str, Any]] = {}

    def add(self, transaction: Transaction, properties: dict[str, Any]) -> None:
        """Take in one transaction; `properties` are those the caller adds to its node."""
        at = micros(transaction.at)
        inputs, outputs = _keys(transaction, transaction.inputs), _keys(transaction, transaction.outputs)
        for parties, keys in ((transaction.inputs, inputs), (transaction.outputs, outputs)):
            for party, key in zip(parties, keys, strict=True):
                self._touch(key, transaction.network, party.address, at)
        sent, taken, pairs = _moved(transaction)
        if pairs is None:
            more: dict[str, Any] = {}
            pool, nets = self._pool(transaction, (inputs, sent), (outputs, taken))
        else:
            nets = self._flows(pairs, inputs, outputs, at)
            more, pool = _splits(pairs, len(inputs), len(outputs)), None
        if not inputs:
            nets[1].update(_by_wallet(outputs, taken))
        self.rows.append(
            {
                "key": transaction.key,
                "at": at,
                "properties": _properties(transaction) | more | properties,
                "inputs": _parts(inputs, transaction.inputs, sent, counted(*nets)),
                "outputs": _parts(outputs, transaction.outputs, taken, counted(*reversed(nets))),
                "pool": pool,
            }
        )

    def placed(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Wallets in order of key; flows and `rows` tell theirs by its place there, so that each is looked up once."""
        places = {key: place for place, key in enumerate(sorted(self.wallets))}
        for row in rows:
            for part in (*row["inputs"], *row["outputs"]):
                part["at"] = places[part["wallet"]]
        flows = [
            flow | {"source": places[source], "target": places[target]} for (source, target), flow in self.flows.items()
        ]
        return {"wallets": [self.wallets[key] for key in places], "flows": flows, "rows": rows}

    def largest(self) -> int:
        """The largest sum that the batch alone makes; the graph keeps 64 bits."""
        sums = [max(wallet["in_value"], wallet["out_value"]) for wallet in self.wallets.values()]
        return max([*sums, *(flow["value"] for flow in self.flows.values())], default=0)

    def _flows(self, pairs: list[_Pair], inputs: list[str], outputs: list[str], at: int) -> Nets:
        """Add every pair to its flow; returns the nets of both sides."""
        between: dict[tuple[str, str], int] = {}
        for i, j, value in pairs:
            between[inputs[i], outputs[j]] = between.get((inputs[i], outputs[j]), 0) + value
        nets: Nets = ({}, {})
        for (source, target), value in between.items():
            self._move(source, target, value, at)
            if source != target:
                nets[0][source] = nets[0].get(source, 0) + value
                nets[1][target] = nets[1].get(target, 0) + value
        return nets

    def _pool(
        self, transaction: Transaction, given: tuple[list[str], list[int]], taken: tuple[list[str], list[int]]
    ) -> tuple[dict[str, Any] | None, Nets]:
        """Add a pool to the wallets' sums; returns its sides as the query takes them, and their nets."""
        sides = pool_sides(_by_wallet(*given), _by_wallet(*taken), transaction.value)
        for way, parts in zip(("out", "in"), sides, strict=True):
            for part in parts:
                wallet = self.wallets[part.wallet]
                wallet[f"{way}_value"] += part.net
                wallet[f"{way}_count"] += part.others
        paid, taken_in = ({part.wallet: part.net for part in side} for side in sides)
        return {"inputs": _rows(sides[0]), "outputs": _rows(sides[1])}, (paid, taken_in)

    def _touch(self, key: str, network: str, address: str, at: int) -> None:
        wallet = self.wallets.get(key)
        if wallet is None:
            zero = {"in_value": 0, "out_value": 0, "in_count": 0, "out_count": 0, "first_at": at, "last_at": at}
            self.wallets[key] = {"key": key, "network": network, "address": address} | zero
        else:
            wallet["first_at"], wallet["last_at"] = min(wallet["first_at"], at), max(wallet["last_at"], at)

    def _move(self, source: str, target: str, value: int, at: int) -> None:
        """Add to the flow, and to the wallets' sums unless a wallet pays itself."""
        flow = self.flows.get((source, target))
        if flow is None:
            flow = {"source": source, "target": target, "value": 0, "count": 0, "first_at": at, "last_at": at}
            self.flows[source, target] = flow
        flow["value"] += value
        flow["count"] += 1
        flow["first_at"], flow["last_at"] = min(flow["first_at"], at), max(flow["last_at"], at)
        if source != target:
            self.wallets[source]["out_value"] += value
            self.wallets[source]["out_count"] += 1
            self.wallets[target]["in_value"] += value
            self.wallets[target]["in_count"] += 1


def _keys(transaction: Transaction, parties: tuple[Party, ...]) -> list[str]:
    return [f"{transaction.network}:{party.address}" for party in parties]


def _moved(transaction: Transaction) -> tuple[list[int], list[int], list[_Pair] | None]:
    """What each input sent and each output took, and the pairs that make it up; None for a pool."""
    taken = _shared(transaction.value, transaction.outputs)
    if len(transaction.inputs) * len(transaction.outputs) > MAX_PAIRS:
        return _shared(transaction.value, transaction.inputs), taken, None
    pairs = split_pairs(transaction.value, *_amounts(transaction))
    sent = [0] * len(transaction.inputs)
    for i, _, value in pairs:
        sent[i] += value
    return sent, taken, pairs


def _parts(
    keys: list[str], parties: tuple[Party, ...], values: list[int], moved: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    return [
        {"wallet": key, "amount": party.amount, "value": value, "position": position} | take(moved, key)
        for position, (key, party, value) in enumerate(zip(keys, parties, values, strict=True))
    ]


def _amounts(transaction: Transaction) -> tuple[list[str], list[str]]:
    return [p.amount for p in transaction.inputs], [p.amount for p in transaction.outputs]


def _shared(value: int, parties: tuple[Party, ...]) -> list[int]:
    return [value] if len(parties) == 1 else apportion(value, scaled([party.amount for party in parties]))


def _by_wallet(keys: list[str], values: list[int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, value in zip(keys, values, strict=True):
        found[key] = found.get(key, 0) + value
    return found


def _rows(parts: list[PoolPart]) -> list[dict[str, Any]]:
    # Who brings no value takes no part, as with pairs.
    return [part.row() for part in parts if part.value]


def _properties(transaction: Transaction) -> dict[str, Any]:
    return {
        "network": transaction.network,
        "id": transaction.id,
        "asset": transaction.asset,
        "amount": transaction.amount,
        "value": transaction.value,
    }


def _splits(pairs: list[_Pair], inputs: int, outputs: int) -> dict[str, Any]:
    """With several parties the value of every pair, output by output."""
    if inputs * outputs <= 1:
        return {}
    splits = [0] * (inputs * outputs)
    for i, j, value in pairs:
        splits[j * inputs + i] = value
    return {"splits": splits, "inputs": inputs}
