"""A question about many starts ends in bounded time, and answers each start by as much as that allows."""

from __future__ import annotations

from graph.errors import QueryCut
from graph.patience import FEWER_FLOWS, Patience
from graph.session import Row

STARTS: list[Row] = [{"id": name} for name in "abc"]
FLOWS = 1_000_000


class Database:
    """Answers a question that is not too much for it: of one start, if that is not slow, or of few flows."""

    def __init__(self, *, slow: str = "", together: bool = False) -> None:
        self.slow, self.together, self.asked = slow, together, []

    async def ask(self, starts: list[Row], timeout_s: float, max_flows: int) -> list[Row]:
        names = "".join(start["id"] for start in starts)
        self.asked.append((names, timeout_s, max_flows))
        if max_flows > FEWER_FLOWS and (set(names) & set(self.slow) or (len(names) > 1 and not self.together)):
            raise QueryCut(timeout_s)
        return [start | {"max_flows": max_flows} for start in starts]


async def test_what_is_answered_together_is_asked_once() -> None:
    database = Database(together=True)

    rows = await Patience(2.0, FLOWS).ask(database.ask, STARTS)

    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert database.asked == [("abc", 2.0, FLOWS)]


async def test_a_slow_batch_is_split_and_only_the_slow_start_has_fewer_flows() -> None:
    database = Database(slow="b")

    rows = await Patience(2.0, FLOWS).ask(database.ask, STARTS)

    assert [(row["id"], row["max_flows"]) for row in rows] == [("a", FLOWS), ("b", FEWER_FLOWS), ("c", FLOWS)]
    assert ("b", 20.0, FEWER_FLOWS) in database.asked, "and patiently: the query may not have been planned yet"


async def test_many_starts_have_more_time_together_but_never_more_than_ten_limits() -> None:
    database = Database(together=True)

    for size in (39, 40, 5_000):
        await Patience(2.0, FLOWS).ask(database.ask, [{"id": "x"}] * size)

    assert [timeout_s for _, timeout_s, _ in database.asked] == [2.0, 4.0, 20.0]


async def test_once_the_time_is_over_the_rest_is_asked_with_fewer_flows_at_once() -> None:
    database = Database()

    rows = await Patience(0.0, FLOWS).ask(database.ask, STARTS)

    assert [row["max_flows"] for row in rows] == [FEWER_FLOWS] * 3
    assert len(database.asked) == 4, "all together, then each once"


async def test_no_start_is_no_question() -> None:
    database = Database()

    assert await Patience(2.0, FLOWS).ask(database.ask, []) == []
    assert database.asked == []
