"""What is asked for at the same time is done together, and nobody suffers for another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from graph.errors import Unavailable
from jobs.gathering import AT_ONCE, Gathering


class Work:
    """Doubles numbers once it is let; 13 cannot be doubled, and -1 is an outage."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.let = asyncio.Event()

    async def double(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        await self.let.wait()
        if -1 in numbers:
            raise Unavailable("neo4j", "gone")
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]


async def asked(gathering: Gathering[int, int], work: Work, *numbers: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(gathering.ask(number, work.double)) for number in numbers]
    while len(work.batches) < AT_ONCE:  # noqa: ASYNC110  # nothing tells when both have begun
        await asyncio.sleep(0)
    return tasks


async def test_who_comes_first_waits_for_nobody_and_the_rest_goes_together() -> None:
    work = Work()
    tasks = await asked(Gathering(), work, 1, 2, 3, 4, 5)
    begun = [list(batch) for batch in work.batches]

    work.let.set()
    answers = await asyncio.gather(*tasks)

    assert begun == [[number] for number in range(1, AT_ONCE + 1)]
    assert answers == [2, 4, 6, 8, 10]
    assert work.batches[AT_ONCE:] == [[3, 4, 5]]


async def test_what_cannot_be_done_fails_nobody_else() -> None:
    work = Work()
    tasks = await asked(Gathering(), work, 1, 2, 3, 13, 5)

    work.let.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [str(answer) for answer in answers] == ["2", "4", "6", "13", "10"]
    assert isinstance(answers[3], ValueError)


async def test_an_outage_is_everybodys_and_is_not_tried_again() -> None:
    work = Work()
    tasks = await asked(Gathering(), work, 1, 2, 3, -1, 5)

    work.let.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert answers[:2] == [2, 4] and all(isinstance(answer, Unavailable) for answer in answers[2:])
    assert work.batches[AT_ONCE:] == [[3, -1, 5]]


async def test_who_goes_away_takes_nobody_along() -> None:
    work = Work()
    gathering: Gathering[int, int] = Gathering()
    tasks = await asked(gathering, work, 1, 2, 3, 4)

    tasks[0].cancel()
    tasks[2].cancel()
    work.let.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [answers[1], answers[3]] == [4, 8]
    assert all(isinstance(answers[place], asyncio.CancelledError) for place in (0, 2))
    assert await gathering.ask(6, work.double) == 12


@pytest.mark.parametrize("number", [13, -1])
async def test_after_a_failure_the_next_is_done(number: int) -> None:
    work = Work()
    work.let.set()
    gathering: Gathering[int, int] = Gathering()
    with pytest.raises((ValueError, Unavailable)):
        await gathering.ask(number, work.double)

    assert await gathering.ask(4, work.double) == 8
