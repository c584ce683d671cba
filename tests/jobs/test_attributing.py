"""Attributions from the graph to the record: ledger rows, one event, a job; and mended by repeating after a crash."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from graph import attributions as graph_attributions
from graph.attribution_lists import attributions_about, get_attribution
from graph.errors import InvalidInput, NotFound
from graph.model import Attribution, Event, Job
from jobs import attributing
from jobs.attributing import commit_attributions, refresh_attributions, withdraw_attributions
from jobs.services import Services
from ledger import audit
from ledger.attributions import AttributionChange, changes_digest, list_attribution_changes, record_attribution_changes
from ledger.errors import LedgerNotReady
from ledger.jobs import list_jobs
from tests.builders import key


def claim(category: str, wallet: str = "w", **given: Any) -> Attribution:
    return Attribution(id="", wallet=key(wallet), category=category, source="drawn", **given)


async def commit(services: Services, *given: Attribution) -> attributing.Committed:
    return await commit_attributions(services, given, actor="somebody", source_name="a file")


async def events(services: Services) -> list[Event]:
    async with services.ledger.read() as connection:
        return (await audit.list_events(connection, after=0, limit=100))[:]


async def rescreens(services: Services) -> list[Job]:
    async with services.ledger.read() as connection:
        return await list_jobs(connection, name="rescreen")


async def changes_of(services: Services, *ids: str) -> list[AttributionChange]:
    async with services.ledger.read() as connection:
        found = [change for name in ids for change in await list_attribution_changes(connection, name)]
    return sorted(found, key=lambda change: change.seq)


async def test_all_of_it_is_recorded_with_one_event_and_one_job(services: Services) -> None:
    done = await commit(services, claim("scam", "a", note="seen"), claim("exchange", "b"))

    changes = await changes_of(services, *done.ids)
    assert [(c.seq, c.attribution, c.kind, c.actor, c.reason) for c in changes] == [
        (1, done.ids[0], "recorded", "somebody", None),
        (2, done.ids[1], "recorded", "somebody", None),
    ]
    kept = await attributions_about(services.graph, [key("a"), key("b")])
    assert [msgspec.json.decode(c.body, type=Attribution) for c in changes] == sorted(kept, key=lambda a: a.seq or 0)
    assert {c.at for c in changes} == {done.at}
    [event] = await events(services)
    assert (event.actor, event.action, event.subject) == ("somebody", "attributions.recorded", "a file")
    assert event.body == {
        "recorded": 2,
        "withdrawn": 0,
        "categories_changed": 2,
        "first_seq": 1,
        "watermark": 2,
        "changes_sha256": changes_digest(changes),
    }
    assert [job.id for job in await rescreens(services)] == [done.job]


async def test_a_repetition_records_nothing_more(services: Services) -> None:
    first = await commit(services, claim("scam"))

    again = await commit(services, claim("scam"))

    assert (again.recorded, again.known, again.ids, again.job) == (0, 1, first.ids, None)
    assert len(await events(services)) == 1


async def test_what_changes_no_category_asks_for_nothing_only_if_it_is_known(services: Services) -> None:
    """What is new asks for a re-screening at most once too often; what is known never does."""
    first = await commit(services, claim("scam"))
    await commit(services, claim("scam"))

    assert [job.id for job in await rescreens(services)] == [first.job]


async def test_a_superseded_one_is_recorded_as_withdrawn_with_its_reason(services: Services) -> None:
    old = await commit(services, claim("odd"))

    new = await commit(services, claim("scam", supersedes=old.ids[0]))

    changes = await changes_of(services, *old.ids, *new.ids)
    assert [(c.seq, c.kind, c.reason) for c in changes] == [
        (1, "recorded", None),
        (2, "recorded", None),
        (3, "withdrawn", f"superseded by {new.ids[0]}"),
    ]
    assert msgspec.json.decode(changes[2].body, type=Attribution) == await get_attribution(services.graph, old.ids[0])
    assert (await events(services))[-1].body["withdrawn"] == 1


async def test_withdrawing_is_recorded_once_with_the_first_reason(services: Services) -> None:
    done = await commit(services, claim("scam"))

    first = await withdraw_attributions(services, done.ids, reason="mistaken", actor="another")
    again = await withdraw_attributions(services, done.ids, reason="other words", actor="third")

    assert (first.withdrawn, first.known, again.withdrawn, again.known) == (1, 0, 0, 1)
    assert first.changed == (key("w"),) and again.job is None
    [_, change] = await changes_of(services, *done.ids)
    assert (change.kind, change.actor, change.reason, change.seq) == ("withdrawn", "another", "mistaken", 2)
    assert [event.action for event in await events(services)] == ["attributions.recorded", "attributions.withdrawn"]
    with pytest.raises(NotFound):
        await withdraw_attributions(services, ["att_nobody"], reason=None, actor="another")


async def test_a_crash_between_graph_and_ledger_is_mended_by_repeating(services: Services) -> None:
    """The graph's step alone is what a crash leaves behind; another caller may be the one to repeat."""
    given = [claim("scam", "a"), claim("odd", "b")]
    await graph_attributions.record_attributions(services.graph, given, services.taxonomy, author="crashed")
    assert await events(services) == []

    mended = await commit(services, *given)

    assert (mended.recorded, mended.known) == (0, 2)
    assert mended.job is not None, "nobody has asked for the re-screening yet"
    changes = await changes_of(services, *mended.ids)
    assert [(c.seq, c.kind, c.actor) for c in changes] == [(1, "recorded", "crashed"), (2, "recorded", "crashed")]
    assert (await events(services))[0].body["changes_sha256"] == changes_digest(changes)


async def test_a_crash_after_superseding_and_after_withdrawing_is_mended_too(services: Services) -> None:
    old = await commit(services, claim("odd"))
    better = claim("scam", supersedes=old.ids[0])
    graph, taxonomy = services.graph, services.taxonomy
    await graph_attributions.record_attributions(graph, [better], taxonomy, author="crashed")

    new = await commit(services, better)
    await graph_attributions.withdraw_attributions(graph, new.ids, taxonomy)
    ended = await withdraw_attributions(services, new.ids, reason="mistaken", actor="somebody")

    kinds = [(c.seq, c.kind) for c in await changes_of(services, *old.ids, *new.ids)]
    assert kinds == [(1, "recorded"), (2, "recorded"), (3, "withdrawn"), (4, "withdrawn")]
    assert (ended.withdrawn, ended.known) == (0, 1) and ended.job is not None


async def test_recorded_first_and_withdrawn_before_the_ledger_knew_the_record_tells_both(services: Services) -> None:
    done = await graph_attributions.record_attributions(
        services.graph, [claim("scam")], services.taxonomy, author="crashed"
    )
    await withdraw_attributions(services, done.ids, reason=None, actor="somebody")

    again = await commit(services, claim("scam"))

    assert again.ids == (done.ids[0] + "-2",)
    assert [c.kind for c in await changes_of(services, *done.ids)] == ["recorded", "withdrawn"]


async def test_big_files_go_in_units_of_a_thousand(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attributing, "MAX_BATCH", 3)

    done = await commit(services, *(claim("scam", f"w{i}") for i in range(7)))

    assert (done.recorded, done.seq, len(done.ids), len(done.changed)) == (7, 7, 7, 7)
    assert [event.body["recorded"] for event in await events(services)] == [3, 3, 1]
    assert len(await rescreens(services)) == 1


async def test_nothing_given_changes_nothing(services: Services) -> None:
    done = await commit(services)
    ended = await withdraw_attributions(services, [], reason=None, actor="somebody")

    assert (done.recorded, done.known, done.job, ended.withdrawn, ended.job) == (0, 0, None, 0, None)
    assert await events(services) == []


async def test_what_is_refused_leaves_no_trace(services: Services) -> None:
    with pytest.raises(InvalidInput):
        await commit(services, claim("scam"), claim("dex", supersedes="att_nobody"))

    assert await events(services) == []
    assert await services.graph.watermark() == 0


async def test_a_ledger_of_another_graph_is_refused(services: Services) -> None:
    """Number 1 of this graph stands in the ledger for something else."""
    foreign = AttributionChange(
        seq=1, attribution="att_x", kind="recorded", body="{}", actor="x", at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    async with services.ledger.transaction() as connection:
        await record_attribution_changes(connection, [foreign])

    with pytest.raises(LedgerNotReady, match="seq 1"):
        await commit(services, claim("scam"))


async def test_the_digest_tells_any_edit_of_a_row(services: Services) -> None:
    done = await commit(services, claim("scam", "a"), claim("dex", "b"))
    [first, second] = await changes_of(services, *done.ids)

    assert changes_digest([second, first]) == changes_digest([first, second])
    for field, value in {"body": "{}", "actor": "x", "reason": "x", "seq": 9, "kind": "withdrawn"}.items():
        edited = msgspec.structs.replace(first, **{field: value})
        assert changes_digest([edited, second]) != changes_digest([first, second]), field


async def test_a_passed_bound_is_recorded_and_re_screened(services: Services) -> None:
    soon = datetime.now(UTC)
    await commit(services, claim("dex", confidence=0.1))
    future = claim("scam", valid_from=datetime.fromtimestamp(soon.timestamp() + 0.8, UTC))
    await commit(services, future)
    assert (await refresh_attributions(services)).changed == ()
    before = len(await events(services))
    while datetime.now(UTC) <= future.valid_from:  # type: ignore[operator]
        pass

    done = await refresh_attributions(services)
    again = await refresh_attributions(services)

    assert (done.changed, again.changed) == ((key("w"),), ())
    [event] = (await events(services))[before:]
    assert (event.actor, event.action) == ("worker", "attributions.refreshed")
    assert event.body == {"categories_changed": 1, "watermark": 3}
