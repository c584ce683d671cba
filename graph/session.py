"""The only door to Neo4j: named queries from `cypher/`, managed transactions, facts instead of driver errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Any, LiteralString, TypeVar

from msgspec import Struct
from neo4j import AsyncDriver, AsyncGraphDatabase, AsyncManagedTransaction, AsyncTransaction, Query, Record
from neo4j.exceptions import ClientError, DriverError, IncompleteCommit, Neo4jError
from neo4j.time import DateTime

import deadlines
from graph.catalog import load_catalog
from graph.clock import FOREVER
from graph.errors import DiskFull, NoAnswer, Outdated, QueryCut, QueryRefused, Stopped, Unavailable
from settings import GraphSettings

Row = dict[str, Any]
T = TypeVar("T")
FETCHED = 100
TRIES = 10
FIRST_RETRY_S = 0.02
LIVELY_S = 60.0
# What it says once it could not write what it had committed to; why that is stands in its log only.
STOPPED = tuple(f"Neo.DatabaseError.Transaction.Transaction{what}Failed" for what in ("Start", "Commit"))


class Outside(Struct, frozen=True):
    """Cypher that is not in the catalog: a person's question or a rule's. `graph.adhoc` looks at its plan first."""

    text: str


class Planned(Struct, frozen=True):
    """What the database would do: `kind` is r for reads only, `plan` its tree of operators."""

    kind: str
    plan: dict[str, Any]


class _Many(list[Any]):
    """A long parameter that is not written out: the driver does so for its debug log, kept or not."""

    def __repr__(self) -> str:
        return f"[{len(self)} items]"


class Unit:
    """One open transaction; all its queries are committed together or not at all."""

    def __init__(self, transaction: AsyncTransaction | AsyncManagedTransaction) -> None:
        self._transaction = transaction

    async def run(self, name: str, **parameters: Any) -> list[Row]:
        """Run the named query and return its rows."""
        result = await self._transaction.run(_text(name), _unwritten(parameters))
        return [_row(record) async for record in result]

    async def ask(self, outside: Outside, parameters: Row) -> list[Row]:
        """Run Cypher whose plan was found to be harmless; raises QueryRefused for what the database finds wrong."""
        with _blaming_the_text():
            result = await self._transaction.run(_outside(outside), parameters)
            return [_row(record) async for record in result]


class Graph:
    """A pool of connections to one Neo4j. Open with `open_graph`; raises Unavailable when it cannot be reached."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver
        # Set when it did not answer: it may have been started anew, and have no query planned.
        self.missed = asyncio.Event()

    async def read(self, name: str, *, timeout_s: float | None = None, **parameters: Any) -> list[Row]:
        """Run one read query in its own transaction; QueryCut when it takes longer than `timeout_s`."""

        async def work(transaction: AsyncManagedTransaction) -> list[Row]:
            return await Unit(transaction).run(name, **parameters)

        async def ask() -> list[Row]:
            # How the driver takes a transaction's time limit.
            work.timeout = _shorter(timeout_s)  # type: ignore[attr-defined]
            async with self._in_time(), self._driver.session(default_access_mode="READ") as session:
                return await session.execute_read(work)

        return await undisturbed(ask)

    async def write(self, name: str, **parameters: Any) -> list[Row]:
        """Run one write query in its own transaction; it may run twice, so it must be repeatable."""
        return await self.unit(lambda unit: unit.run(name, **parameters))

    async def unit(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Run `work` in one write transaction, again after a deadlock or a commit of unknown outcome.

        `work` must be repeatable: after IncompleteCommit it may already have been applied.
        """

        async def managed(transaction: AsyncManagedTransaction) -> T:
            return await work(Unit(transaction))

        managed.timeout = _shorter(None)  # type: ignore[attr-defined]  # nothing is locked for who has gone
        async with self._in_time(), self._driver.session() as session:
            try:
                return await session.execute_write(managed)
            except IncompleteCommit:
                return await session.execute_write(managed)

    @asynccontextmanager
    async def rehearsal(self, *, timeout_s: float | None = None) -> AsyncIterator[Unit]:
        """A write transaction that is always rolled back; QueryCut when it takes longer than `timeout_s`."""
        async with self._in_time(), self._driver.session() as session:
            transaction = await session.begin_transaction(timeout=_shorter(timeout_s))
            try:
                yield Unit(transaction)
            finally:
                await transaction.close()

    async def batched(self, name: str, **parameters: Any) -> list[Row]:
        """Run a query that commits inside (CALL ... IN TRANSACTIONS), outside any transaction of ours."""
        async with self._in_time(), self._driver.session() as session:
            result = await session.run(Query(_text(name)), parameters)
            return [_row(record) async for record in result]

    async def stream(self, name: str, **parameters: Any) -> AsyncIterator[Row]:
        """Yield the rows of a read query as they arrive, in bounded memory."""
        async with self._in_time(), self._driver.session(default_access_mode="READ", fetch_size=50) as session:
            result = await session.run(Query(_text(name)), parameters)
            async for record in result:
                yield _row(record)

    async def explain(self, outside: Outside, parameters: Row) -> Planned:
        """Have text from outside planned, not run; raises QueryRefused, with positions counted as in `_planning`."""
        async with self._in_time(), self._driver.session(default_access_mode="READ") as session:
            with _blaming_the_text():
                summary = await (await session.run(_planning(outside), parameters)).consume()
        return Planned(summary.query_type or "", summary.plan or {})

    @asynccontextmanager
    async def asking(
        self, outside: Outside, parameters: Row, *, timeout_s: float
    ) -> AsyncIterator[tuple[list[str], AsyncGenerator[list[Any], None]]]:
        """Run text from outside in a transaction that the server lets read only; yields columns and rows as they come.

        Values are the driver's own. Raises QueryRefused, or QueryCut after `timeout_s`.
        """
        async with self._in_time(), self._driver.session(default_access_mode="READ", fetch_size=FETCHED) as session:
            transaction = await session.begin_transaction(timeout=_shorter(timeout_s))
            try:
                with _blaming_the_text():
                    result = await transaction.run(_outside(outside), parameters)
                    yield list(result.keys()), (list(record.values()) async for record in result)
            finally:
                # What is left of the result is dropped by the server, however much it would be.
                await transaction.close()

    async def watermark(self) -> int:
        """Return the highest seq of the graph now; its last unit may not be found yet by who looks for it."""
        return int(_prepared(await self.read("watermark"))["seq"])

    async def settled(self, now: datetime = FOREVER) -> Row:
        """Return the counter (`seq`, `at`, `refreshed_at`) once everything up to that seq can be found.

        `at` is `now` where nothing was numbered yet. Waits for the unit that is being numbered.
        """
        return _prepared(await self.write("settled_counter", now=now))

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """Ask within the deadline of whoever asked, and turn driver errors into ours; raises NoAnswer once it is over.

        What is cut off is closed by the driver, the transaction with it; if that was in its commit, the outcome is not
        known.
        """
        started = monotonic()
        try:
            async with asyncio.timeout(_left()), _facts():
                with deadlines.waiting_for("neo4j"):
                    yield
        except TimeoutError as error:
            self.missed.set()
            self._drop_idle(monotonic() - started)
            raise NoAnswer("neo4j") from error
        except Unavailable as error:
            if not isinstance(error, Outdated):
                self.missed.set()
            raise

    def _drop_idle(self, seconds: float) -> None:
        """Close what has not been used for so long: after a line was cut nobody should find each of them dead anew."""
        pool = self._driver._pool
        for connections in list(pool.connections.values()):
            for connection in list(connections):
                if not connection.in_use and connection.is_idle_for(seconds):
                    connection.kill()  # not in order: that waits for the server


@asynccontextmanager
async def open_graph(settings: GraphSettings, *, retry_s: float = 2.0) -> AsyncIterator[Graph]:
    """Open the driver and close it on the way out; `retry_s` bounds retries of transient failures."""
    # The first retry is not put off for the driver's usual second: a payment waits for it.
    driver = AsyncGraphDatabase.driver(
        settings.neo4j_uri,
        auth=(settings.neo4j_user, settings.neo4j_password),
        max_transaction_retry_time=retry_s,
        initial_retry_delay=FIRST_RETRY_S,
        connection_timeout=3.0,
        connection_acquisition_timeout=4.0,
        # An idle connection is tried before it is used: its other end may have gone without a word.
        liveness_check_timeout=LIVELY_S,
        notifications_min_severity="OFF",
        telemetry_disabled=True,
        user_agent="headwater",
    )
    async with driver:
        yield Graph(driver)


async def undisturbed(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until no write comes in between, ten times at most; then raises Outdated.

    Neo4j gives up a read that meets records as a commit changes them (neo4j#13971); the driver would ask again, but not
    once its time for that is over, and a long question uses it up by itself.
    """
    for _ in range(TRIES - 1):
        with suppress(Outdated):
            return await ask()
    return await ask()


@asynccontextmanager
async def _facts() -> AsyncIterator[None]:
    """Turn driver errors into ours; what is a fault of our own queries passes through."""
    try:
        yield
    except Neo4jError as error:
        code = error.code or ""
        if "TransactionTimedOut" in code:
            raise QueryCut("the database stopped a question at its time limit") from error
        if code == "Neo.TransientError.Transaction.Outdated":
            raise Outdated("neo4j", code) from error
        if _is_disk_full(error):
            raise DiskFull("neo4j", error.message or code) from error
        if code in STOPPED:
            raise Stopped("neo4j", code) from error
        if code.startswith("Neo.ClientError.Statement") or code.startswith("Neo.ClientError.Schema"):
            raise
        raise Unavailable("neo4j", code or "unknown error") from error
    except (DriverError, OSError) as error:
        raise Unavailable("neo4j", str(error)) from error


def _prepared(rows: list[Row]) -> Row:
    """The one row of the counter, which the schema brings."""
    if not rows:
        raise Unavailable("neo4j", "its schema is not prepared; run `headwater up`")
    return rows[0]


def _left() -> float | None:
    """What asyncio is told of the deadline; raises NoAnswer where nothing is left of it."""
    left = deadlines.left()
    if left is not None and left <= 0:
        raise NoAnswer("neo4j")
    return left


def _shorter(timeout_s: float | None) -> float | None:
    """The time limit that the server is told: no longer than whoever asked will wait."""
    left = _left()
    return left if timeout_s is None or (left is not None and left < timeout_s) else timeout_s


def _is_disk_full(error: Neo4jError) -> bool:
    said = f"{error.code} {error.message}".lower()
    return "no space left" in said or "disk quota" in said or "file too large" in said


@contextmanager
def _blaming_the_text() -> Iterator[None]:
    """Turn what the database finds wrong with text from outside into QueryRefused, in its words."""
    try:
        yield
    except ClientError as error:
        code = error.code or ""
        if code.startswith(("Neo.ClientError.Transaction", "Neo.ClientError.Security")):
            raise
        raise QueryRefused(error.message or code) from error
    except Neo4jError as error:
        if "OutOfMemory" in (error.code or ""):
            raise QueryRefused("it needs more memory than one question may have") from error
        if error.code == "Neo.DatabaseError.Statement.ExecutionFailed":
            raise QueryRefused("the database fails within it, as where a text grows beyond what it can hold") from error
        raise
    except (OverflowError, TypeError, ValueError) as error:
        raise QueryRefused(f"a parameter cannot be sent: {error}") from error


def _row(record: Record) -> Row:
    """A record as a dict; its own times become aware UTC datetimes (times inside lists and maps do not occur)."""
    return {
        key: value.to_native().astimezone(UTC) if isinstance(value, DateTime) else value
        for key, value in zip(record.keys(), record, strict=True)
    }


def _unwritten(parameters: Row) -> Row:
    return {name: _Many(value) if isinstance(value, list) else value for name, value in parameters.items()}


def _text(name: str) -> LiteralString:
    # The catalog holds constants of this repository: no text is ever assembled, and a test checks that.
    return load_catalog()[name].text


def _outside(outside: Outside) -> LiteralString:
    """Text that is run with what the server and `graph.adhoc` allow, never put together with ours."""
    return outside.text


def _planning(outside: Outside) -> LiteralString:
    """The same, to be planned only; on a line of its own, so that columns stay and lines are one more."""
    return "EXPLAIN\n" + outside.text
