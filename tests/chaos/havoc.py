"""Everybody is killed in turn in the middle of a flood, and comes back: what happened when, and how long it took."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.flood import Flood, Send
from tests.chaos.processes import Victim, wait_until_ready

# What a service may take until everything is ready again, once it is back (reliability goal G1).
READY_S, GRAPH_READY_S = 60.0, 120.0


@dataclass
class Timeline:
    """Lines of what happened, in seconds from the start, and how long readiness took after each kill."""

    started: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    kills: int = 0
    late: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        line = f"{time.monotonic() - self.started:7.1f} s  {text}"
        self.lines.append(line)
        print(line, flush=True)


async def under_fire(
    flood: Flood, sends: Sequence[Send], order: Sequence[Victim], url: str, rng: random.Random
) -> Timeline:
    """Pour the sends in portions, one for each kill; each kill comes somewhere in its portion."""
    timeline = Timeline()
    size = -(-len(sends) // len(order))
    for number, victim in enumerate(order):
        portion = sends[number * size : (number + 1) * size]
        at = flood.known.begun + int(len(portion) * rng.uniform(0.2, 0.7))
        pouring = asyncio.create_task(flood.pour(portion))
        while flood.known.begun < at and not pouring.done():  # noqa: ASYNC110  # looked at as it grows
            await asyncio.sleep(0.005)
        await _kill(victim, url, rng, timeline, flood)
        await pouring
    return timeline


def drawn_order(victims: Sequence[Victim], rounds: int, rng: random.Random) -> list[Victim]:
    """Everybody once in each round, in an order of its own."""
    return [victim for _ in range(rounds) for victim in rng.sample(list(victims), len(victims))]


async def _kill(victim: Victim, url: str, rng: random.Random, timeline: Timeline, flood: Flood) -> None:
    timeline.say(f"{victim.name} is killed after {flood.known.begun} sends")
    timeline.kills += 1
    await asyncio.to_thread(victim.kill)
    await asyncio.sleep(rng.uniform(0.1, 1.0))
    await asyncio.to_thread(victim.start)
    took = await asyncio.to_thread(wait_until_ready, url, 300.0)
    timeline.say(f"{victim.name} is back, everything ready {took:.1f} s later")
    timeline.ready_s.append(took)
    if took > (GRAPH_READY_S if victim.name == "neo4j" else READY_S):
        timeline.late.append(f"{victim.name}: {took:.0f} s")
