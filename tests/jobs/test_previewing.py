"""A preview writes nothing and equals the difference of two full scoring runs, before and after."""

from __future__ import annotations

from typing import Any

import neo4j
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.attribution_lists import attributions_about
from graph.attributions import record_attributions, withdraw_attributions
from graph.errors import InvalidInput
from graph.model import Attribution, Transaction, WalletScore
from graph.taxonomy import Taxonomy
from jobs.previewing import Preview, preview_attributions
from jobs.screening import screen_transactions
from jobs.services import Services
from ledger.scores import list_top
from risk.causes import LEAST, differs
from tests.builders import key, label, land, pay
from tests.conftest import empty_graph
from tests.drawing import LABELS, NAMES, transfers
from tests.jobs.test_rescreening import alerts_of, drain, score
from tests.servers import Servers


def about(name: str, category: str, **more: Any) -> Attribution:
    return Attribution(id="", wallet=key(name), category=category, source="drawn", **more)


async def scores_now(services: Services) -> dict[str, WalletScore]:
    """Every wallet as a scoring run finds it."""
    await score(services)
    async with services.ledger.read() as connection:
        return {found.wallet: found for found in (await list_top(connection, 1000))[0]}


async def compare(services: Services, taxonomy: Taxonomy, record: list[Attribution], withdraw: list[str]) -> Preview:
    """Preview, then do it, and compare with two full runs; returns the preview."""
    before = await scores_now(services)
    preview = await preview_attributions(services, record, withdraw, limit=1000)
    if withdraw:
        await withdraw_attributions(services.graph, withdraw, taxonomy)
    if record:
        await record_attributions(services.graph, record, taxonomy, author="test")
    after = await scores_now(services)
    found = {one.wallet: one for one in preview.wallets}
    moved = {name for name, now in after.items() if name not in before or differs(before[name], now, LEAST)}
    assert preview.wallets_total == len(found)
    assert set(found) - {name for name in after if name not in before} == {name for name in moved if name in before}
    for name, one in found.items():
        old, new = before.get(name), after[name]
        assert (one.score.before, one.score.after) == (old.score if old else 0, new.score)
        assert (one.category_before, one.category_after) == (old.category if old else None, new.category)
        assert one.hop_score.after == pytest.approx(new.hop_score, abs=1e-12)
        assert one.illicit_source_share.after == new.illicit_source_share
        assert one.illicit_destination_share.after == new.illicit_destination_share
        for part in one.categories:
            shares = getattr(new, part.direction)["categories"]
            assert part.after == (shares[part.category][0] if part.category in shares else 0)
    return preview


async def test_a_hand_worked_preview(services: Services, taxonomy: Taxonomy) -> None:
    """thief pays a 30 of 100, a pays b all that b has: labelling thief a scam moves three wallets."""
    await land(services.graph, pay("thief", "a", 30), pay("clean", "a", 70), pay("a", "b", 50, day=1))

    preview = await compare(services, taxonomy, [about("thief", "scam")], [])

    found = {one.wallet: one for one in preview.wallets}
    assert set(found) == {key(n) for n in ("thief", "a", "b", "clean")}, "clean is two hops from thief now"
    assert preview.wallets[0].wallet == key("thief"), "most moved first"
    [share] = found[key("b")].categories
    assert (share.direction, share.category, share.before) == ("source", "scam", 0)
    assert share.after == pytest.approx(0.3)
    assert [(one.wallet, one.severity) for one in preview.alerts] == [(key("thief"), "high")]
    assert (preview.recorded, preview.withdrawn, preview.lost) == (1, 0, [])


async def test_nothing_is_written(
    services: Services, taxonomy: Taxonomy, cypher: neo4j.Session, servers: Servers
) -> None:
    await label(services.graph, taxonomy, x="scam")
    await land(services.graph, pay("thief", "a", 30), pay("x", "a", 7))
    await score(services)

    def state() -> tuple[Any, ...]:
        marks = cypher.run(
            "MATCH (w:Wallet) RETURN w.key AS key, w.category AS c, w.stale AS s, labels(w) AS l ORDER BY key"
        )
        counter = cypher.run("MATCH (c:Counter) RETURN c.seq AS seq, c.at AS at").data()
        nodes = cypher.run("MATCH (n) RETURN count(n) AS n").data()
        with psycopg.connect(servers.postgres_admin_url) as connection:
            tables = [row[0] for row in connection.execute("SELECT relname FROM pg_stat_user_tables ORDER BY 1")]
            counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]
        return marks.data(), counter, nodes, counts

    before = state()
    [listed] = [a.id for a in await attributions_about(services.graph, [key("x")])]
    preview = await preview_attributions(services, [about("thief", "scam"), about("new", "scam")], [listed], limit=10)

    assert state() == before
    assert (preview.recorded, preview.withdrawn, preview.wallets_total) == (2, 1, 4)


async def test_it_says_which_alerts_would_open_and_which_would_lose_their_basis(
    services: Services, taxonomy: Taxonomy
) -> None:
    await label(services.graph, taxonomy, thief="ransomware", other="scam")
    await land(services.graph, pay("clean", "a", 1))
    await score(services)
    paid = [pay("thief", "z", 99), pay("other", "y", 9)]
    await screen_transactions(services, paid, actor="test", trace_id="t")
    await label(services.graph, taxonomy, clean="ransomware")
    await drain(services)
    ids = [a.id for n in ("thief", "clean") for a in await attributions_about(services.graph, [key(n)])]

    preview = await preview_attributions(services, [about("y", "sanctions")], ids, limit=10)
    await withdraw_attributions(services.graph, ids, taxonomy)
    await record_attributions(services.graph, [about("y", "sanctions")], taxonomy, author="test")
    opened = {alert.id for alert in await alerts_of(services, class_="retro")}
    await drain(services)

    proposed = await alerts_of(services, proposed=True)
    assert sorted(one.alert for one in preview.lost) == sorted(alert.id for alert in proposed) and len(proposed) == 3
    new = [alert for alert in await alerts_of(services, class_="retro") if alert.id not in opened]
    assert {one.wallet for one in preview.alerts} == {alert.wallets[0] for alert in new} == {key("y"), key("other")}


async def test_what_cannot_be_done_is_named(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, a="scam")

    with pytest.raises(InvalidInput) as unknown:
        await preview_attributions(services, [], ["att_none"], limit=10)
    with pytest.raises(InvalidInput) as foreign:
        await preview_attributions(services, [about("b", "scam", supersedes="att_none")], [], limit=10)

    assert [error.field for error in unknown.value.errors] == ["withdraw[0]"]
    assert [error.field for error in foreign.value.errors] == ["record[0].supersedes"]


async def test_what_is_there_already_moves_nothing(services: Services, taxonomy: Taxonomy) -> None:
    await land(services.graph, pay("thief", "a", 1))
    await record_attributions(services.graph, [about("thief", "scam")], taxonomy, author="test")

    preview = await preview_attributions(services, [about("thief", "scam"), about("a", "odd")], [], limit=10)

    assert (preview.recorded, preview.wallets_total) == (1, 0), "an unknown category decides nothing"


claims = st.builds(
    about,
    st.sampled_from([*NAMES, "new"]),
    st.sampled_from([*LABELS, "not_in_the_table"]),
    confidence=st.sampled_from([0.3, 0.9]),
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    money=st.lists(transfers(), min_size=1, max_size=8),
    there=st.lists(claims, max_size=4),
    record=st.lists(claims, min_size=1, max_size=3),
    withdrawn=st.integers(0, 2),
)
async def test_any_preview_is_the_difference_of_two_runs(  # noqa: PLR0917
    services: Services,
    taxonomy: Taxonomy,
    cypher: neo4j.Session,
    money: list[Transaction],
    there: list[Attribution],
    record: list[Attribution],
    withdrawn: int,
) -> None:
    empty_graph(cypher)
    await land(services.graph, *money)
    known = await record_attributions(services.graph, there, taxonomy, author="test") if there else None

    ids = list(dict.fromkeys(known.ids))[:withdrawn] if known else []
    await compare(services, taxonomy, record, ids)
