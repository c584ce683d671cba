"""Attributions: appended and superseded, never edited; what decides now is cached on the wallet.

One unit records or withdraws, decides again for the wallets concerned and marks those that are something else now.
With each unit that changes anything, every wallet's cached category holds for the counter's `refreshed_at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from graph.attribution_drafts import attribution_id, content_digest, draft
from graph.attribution_lists import attributions_about
from graph.errors import NotFound
from graph.model import Attribution
from graph.session import Graph, Row, Unit
from graph.sums import micros
from graph.taxonomy import Taxonomy, deciding_attribution
from graph.whole import refuse_rebuilding

__all__ = [
    "Recorded",
    "Refreshed",
    "Withdrawn",
    "attribution_id",
    "attributions_about",
    "record_attributions",
    "refresh_attributions",
    "withdraw_attributions",
]


class Recorded(Struct, frozen=True):
    """What became of given attributions, after the graph's number `seq` and instant `at`.

    `ids` names each of them in the order given, `changed` the wallets that are of another category now.
    """

    recorded: int
    known: int
    seq: int
    at: datetime
    changed: tuple[str, ...]
    ids: tuple[str, ...]


class Withdrawn(Struct, frozen=True):
    """How many attributions were withdrawn just now, which (`ids`), and how many had been before."""

    withdrawn: int
    known: int
    seq: int
    at: datetime
    changed: tuple[str, ...]
    ids: tuple[str, ...]


class Refreshed(Struct, frozen=True):
    """The wallets of another category because time passed; every cached category holds for `valid_at`."""

    changed: tuple[str, ...]
    seq: int
    at: datetime
    valid_at: datetime


class _Standing(Struct):
    """What stands while a unit holds its locks: attributions and caches by wallet, and the instant to decide for."""

    seq: int
    at: datetime
    now: datetime
    about: dict[str, list[Attribution]]
    cached: dict[str, Row]


async def record_attributions(
    graph: Graph, given: Sequence[Attribution], taxonomy: Taxonomy, *, author: str
) -> Recorded:
    """Append attributions in one unit, those they supersede withdrawn with them; what is in force already is known.

    Ids are given here. Wallets that are not in the graph yet are created. Raises InvalidInput naming `supersedes`
    when it is not about the same wallet or does not stand any more; then nothing was recorded.
    """

    async def work(unit: Unit) -> Recorded:
        there = await _lock(unit, {attribution.wallet for attribution in given})
        drafts = draft(given, there.about, author, there.now)
        seq, at, changed = await _write(unit, there, drafts.new, drafts.ended, taxonomy)
        return Recorded(len(drafts.new), len(given) - len(drafts.new), seq, at, changed, drafts.ids)

    return await graph.unit(work)


async def withdraw_attributions(graph: Graph, ids: Sequence[str], taxonomy: Taxonomy) -> Withdrawn:
    """End the spans of attributions in one unit; repeatable. Raises NotFound for an unknown id, and withdraws none."""

    async def work(unit: Unit) -> Withdrawn:
        found = {
            row["id"]: row["wallet"] for row in await unit.run("attributions_of_ids", ids=list(dict.fromkeys(ids)))
        }
        for id_ in ids:
            if id_ not in found:
                raise NotFound("attribution", id_)
        there = await _lock(unit, set(found.values()))
        standing = {a.id for about in there.about.values() for a in about if a.withdrawn_at is None}
        ended = [id_ for id_ in found if id_ in standing]
        seq, at, changed = await _write(unit, there, [], ended, taxonomy)
        return Withdrawn(len(ended), len(found) - len(ended), seq, at, changed, tuple(ended))

    return await graph.unit(work)


async def refresh_attributions(graph: Graph, taxonomy: Taxonomy) -> Refreshed:
    """Decide again for wallets with an attribution that became valid, or ceased to be, since this was last done.

    Changes nothing where no bound was passed.
    """
    now = datetime.now(UTC)
    if not await graph.read("passed_bounds", now=now):
        row = await graph.settled(now)
        return Refreshed((), row["seq"], row["at"], max(now, row["refreshed_at"] or now))

    async def work(unit: Unit) -> Refreshed:
        there = await _lock(unit, set())
        seq, at, changed = await _write(unit, there, [], [], taxonomy)
        return Refreshed(changed, seq, at, there.now)

    return await graph.unit(work)


async def _lock(unit: Unit, wallets: set[str]) -> _Standing:
    """Lock the wallets, and those whose attributions passed a bound, in order of key; read what is said of them."""
    wall = datetime.now(UTC)
    turn = (await unit.run("lock_attributions", now=wall))[0]
    refuse_rebuilding(turn)
    # Never before an instant that was decided for: a clock that is set back must not undo what has passed.
    now = max(wall, turn["refreshed_at"] or wall)
    passed = [row["wallet"] for row in await unit.run("passed_bounds", now=now)]
    keys = sorted(wallets | set(passed))
    rows = await unit.run("lock_wallets", wallets=[_wallet(key) for key in keys])
    about: dict[str, list[Attribution]] = {key: [] for key in keys}
    for row in await unit.run("attributions_about", wallets=keys):
        about[row["wallet"]].append(Attribution(**row))
    return _Standing(turn["seq"], turn["at"], now, about, {row["key"]: row for row in rows})


async def _write(
    unit: Unit, there: _Standing, new: Sequence[Attribution], ended: Sequence[str], taxonomy: Taxonomy
) -> tuple[int, datetime, tuple[str, ...]]:
    """Write what changes, the counter last; return its number, its instant, and the wallets of another category."""
    rows = _decided(there, new, frozenset(ended), taxonomy)
    size = len(new) + len(ended) or min(1, len(rows))
    if not size:
        return there.seq, there.at, ()
    changed = tuple(row["key"] for row in rows if row["category"] != there.cached[row["key"]]["category"])
    await unit.run("set_categories", rows=rows)
    done = await unit.run(
        "record_attributions", rows=list(map(parameters_of, new)), ended=list(ended), size=size, now=there.now
    )
    return done[0]["last_seq"], done[0]["at"], changed


def _decided(there: _Standing, new: Iterable[Attribution], ended: frozenset[str], taxonomy: Taxonomy) -> list[Row]:
    """The caches that come out otherwise than they stand."""
    standing = {
        key: [a for a in about if a.withdrawn_at is None and a.id not in ended] for key, about in there.about.items()
    }
    for attribution in new:
        standing[attribution.wallet].append(attribution)
    decides = {key: deciding_attribution(about, there.now, taxonomy) for key, about in standing.items()}
    rows = [cache_of(key, attribution, taxonomy) for key, attribution in decides.items()]
    return [row for row in rows if any(row[n] != there.cached[row["key"]][n] for n in _CACHED)]


_CACHED = ("category", "actor", "attribution")


def cache_of(key: str, decides: Attribution | None, taxonomy: Taxonomy) -> Row:
    """What is cached on a wallet of the attribution that decides (None for none), with its category's class."""
    if decides is None:
        return {"key": key, "category": None, "actor": None, "attribution": None, "class": None}
    row = {"key": key, "category": decides.category, "actor": decides.actor, "attribution": decides.id}
    return row | {"class": taxonomy.get(decides.category).class_}


def _wallet(key: str) -> Row:
    network, address = key.split(":", 1)
    return {"key": key, "network": network, "address": address}


_SAID = ("category", "source", "actor", "confidence", "official", "note", "author", "supersedes")


def parameters_of(attribution: Attribution) -> Row:
    """An attribution as it is written; who numbers it adds when it was recorded."""
    properties = {name: getattr(attribution, name) for name in _SAID} | {"content": content_digest(attribution)}
    span = {
        name: None if (at := getattr(attribution, name)) is None else micros(at) for name in ("valid_from", "valid_to")
    }
    return {"id": attribution.id, "wallet": attribution.wallet, "properties": properties} | span
