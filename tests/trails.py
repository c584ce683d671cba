"""Every path there is, by trying all: the reference for graph/paths.py, with which it shares no code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import prod

from graph.model import Transaction
from tests.reference import Reference, pool_of, split


@dataclass(frozen=True)
class Step:
    """A pair of one input and one output; positions are -1 in a pool, whose pairs are of wallets."""

    transaction: str
    at: datetime
    sender: str
    receiver: str
    value: int
    output: int = -1
    input: int = -1


def steps_of(transaction: Transaction, direction: str, max_pairs: int) -> Iterator[Step]:
    """The pairs that carry value from one wallet to another."""
    t = transaction
    if len(t.inputs) * len(t.outputs) > max_pairs:
        sides = dict(zip(("source", "destination"), pool_of(t), strict=True))
        for (sender, receiver), value in sides[direction].items():
            if int(value):
                yield Step(t.key, t.at, sender, receiver, int(value))
        return
    outputs = split(t.value, [Fraction(p.amount) for p in t.outputs])
    for j, (output, got) in enumerate(zip(t.outputs, outputs, strict=True)):
        parts = split(got, [Fraction(p.amount) for p in t.inputs]) if t.inputs else []
        for i, (payer, part) in enumerate(zip(t.inputs, parts, strict=True)):
            if part and payer.address != output.address:
                yield Step(t.key, t.at, f"{t.network}:{payer.address}", f"{t.network}:{output.address}", part, j, i)


@dataclass
class Trails:
    """All transactions that count, and what wallets are."""

    transactions: Sequence[Transaction]
    categories: dict[str, str]
    stopping: set[str]
    illicit: set[str]
    max_pairs: int = 20_000

    def best(self, key: str, direction: str, hops: int, *, to: str | None = None) -> list[tuple[Step, ...]]:
        """Every path in money's order, the best first; equals by the transactions, the far wallets, the positions."""
        steps = [step for t in self.transactions for step in steps_of(t, direction, self.max_pairs)]
        found = [path for path in self._from(key, (), steps, direction, hops) if self._ends(path, direction, to)]
        return sorted(found, key=lambda path: self._rank(path, direction))

    def share(self, path: tuple[Step, ...], direction: str) -> float:
        """The part of the asked wallet's money that took this very way."""
        whole = Reference(self.transactions, {}, set(), set(), self.max_pairs)
        wallets = [step.receiver if direction == "source" else step.sender for step in path]
        return float(prod(Fraction(s.value, whole.total(w, direction)) for s, w in zip(path, wallets, strict=True)))

    def _from(
        self, key: str, path: tuple[Step, ...], steps: list[Step], direction: str, hops: int
    ) -> Iterator[tuple[Step, ...]]:
        """Every way on from the wallet that a path has come to, the path itself first."""
        if path:
            yield path
        if len(path) == hops or (path and self.categories.get(key) in self.stopping):
            return
        been = {key, *(w for step in path for w in (step.sender, step.receiver))}
        for step in steps:
            here, there = (step.receiver, step.sender) if direction == "source" else (step.sender, step.receiver)
            if here != key or there in been or step.transaction in {s.transaction for s in path}:
                continue
            if direction == "source" and (not path or step.at <= path[0].at):
                yield from self._from(there, (step, *path), steps, direction, hops)
            if direction == "destination" and (not path or step.at >= path[-1].at):
                yield from self._from(there, (*path, step), steps, direction, hops)

    def _ends(self, path: tuple[Step, ...], direction: str, to: str | None) -> bool:
        end = path[0].sender if direction == "source" else path[-1].receiver
        return end == to if to else self.categories.get(end) in self.illicit

    def _rank(self, path: tuple[Step, ...], direction: str) -> tuple:
        far = [step.sender if direction == "source" else step.receiver for step in path]
        order = [s.transaction for s in path], far, [s.output for s in path], [s.input for s in path]
        return -min(s.value for s in path), len(path), *order
