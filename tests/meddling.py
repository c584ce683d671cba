"""A world that changes while it is looked at: random changes, by seed, before and after each question of the graph."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from typing import Any

from graph.attributions import attributions_about, withdraw_attributions
from graph.model import Transaction
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.builders import key, label, land, transfer

NAMES = "abcdefghijklmn"
LABELS = ("scam", "sanctions", "exchange", "dex")
KINDS = {"land_one": 5, "withdraw": 3, "land_again": 1, "label": 2, "unlabel": 2}


class World:
    """Changes `graph` at random; `meddle` does so now and then, as long as there are changes `left`."""

    def __init__(self, graph: Graph, taxonomy: Taxonomy, seed: int) -> None:
        self.graph, self.taxonomy, self.random, self.seed = graph, taxonomy, Random(seed), seed
        self.standing: list[Transaction] = []
        self.withdrawn: list[Transaction] = []
        self.left = 0
        self.one_at_a_time = asyncio.Lock()

    def __repr__(self) -> str:
        return f"World(seed={self.seed})"

    async def change(self) -> None:
        [kind] = self.random.choices(list(KINDS), list(KINDS.values()))
        await getattr(self, kind)()

    async def meddle(self) -> None:
        async with self.one_at_a_time:
            while self.left and self.random.random() < 0.3:
                self.left -= 1
                await self.change()

    async def land_one(self) -> None:
        self.standing.append(self.drawn())
        await land(self.graph, self.standing[-1])

    async def withdraw(self) -> None:
        if self.standing:
            self.withdrawn.append(self.standing.pop(self.random.randrange(len(self.standing))))
            await withdraw_transaction(self.graph, self.withdrawn[-1].key)

    async def land_again(self) -> None:
        if self.withdrawn:
            self.standing.append(self.withdrawn.pop())
            await land(self.graph, self.standing[-1])

    async def label(self) -> None:
        await label(self.graph, self.taxonomy, **{self.random.choice(NAMES): self.random.choice(LABELS)})

    async def unlabel(self) -> None:
        about = await attributions_about(self.graph, [key(self.random.choice(NAMES))])
        await withdraw_attributions(self.graph, [a.id for a in about if a.withdrawn_at is None], self.taxonomy)

    def drawn(self) -> Transaction:
        """Mostly one pays one; else up to three pay up to three, themselves too."""
        draw = self.random
        sizes = (1, 1) if draw.random() < 0.6 else (draw.randint(1, 3), draw.randint(1, 3))
        inputs, outputs = ([(draw.choice(NAMES), draw.choice((1, 2.5, 7, 0))) for _ in range(n)] for n in sizes)
        inputs[0] = (inputs[0][0], inputs[0][1] + sum(units for _, units in outputs))
        return transfer(inputs, outputs, day=draw.randint(0, 5))


def meddle_with(graph: Graph, meddle: Callable[[], Awaitable[None]]) -> None:
    """Have `meddle` called before and after everything that is asked of `graph` or written to it."""

    def around(ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def asked(name: str, **parameters: Any) -> Any:
            await meddle()
            answer = await ask(name, **parameters)
            await meddle()
            return answer

        return asked

    stream = graph.stream

    async def streamed(name: str, **parameters: Any) -> AsyncIterator[Any]:
        await meddle()
        async for row in stream(name, **parameters):
            yield row
        await meddle()

    for name in ("read", "write", "batched"):
        setattr(graph, name, around(getattr(graph, name)))
    graph.stream = streamed  # type: ignore[method-assign]
