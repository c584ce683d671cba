"""What landing leaves in the graph: exact sums, each transaction once, numbers without gaps."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import defaultdict
from datetime import timedelta

import neo4j
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.content import content_hashes
from graph.errors import InvalidInput
from graph.exposure import Tracing, get_exposure
from graph.ingest import land_transactions
from graph.model import Party, Transaction
from graph.session import Graph
from graph.sums import payment_sides
from graph.taxonomy import Taxonomy
from graph.transactions import get_transaction, list_transactions
from graph.wallets import get_wallet, list_wallet_transactions
from tests.builders import START, key, land, pay, transfer
from tests.conftest import empty_graph
from tests.reference import pairs_of

NAMES = "abcde"
QUARTER = 2**61  # micro-units: four of these are the first number that 64 bits do not hold


def flows(cypher: neo4j.Session) -> dict[tuple[str, str], tuple[int, int]]:
    """(payer, payee) -> (value, count), names without their network."""
    rows = cypher.run("MATCH (u)-[f:FLOW]->(v) RETURN u.address AS u, v.address AS v, f.value AS value, f.count AS n")
    return {(row["u"], row["v"]): (row["value"], row["n"]) for row in rows}


def sums(cypher: neo4j.Session) -> dict[str, tuple[int, int, int, int]]:
    """Wallet -> (in_value, out_value, in_count, out_count)."""
    rows = cypher.run("MATCH (w:Wallet) RETURN w.address AS w, [w.in_value, w.out_value, w.in_count, w.out_count] AS s")
    return {row["w"]: tuple(row["s"]) for row in rows}


async def test_a_fee_is_not_traced(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, transfer({"a": 10}, {"b": 9.5}))

    assert flows(cypher) == {("a", "b"): (9_500_000, 1)}
    assert sums(cypher) == {"a": (0, 9_500_000, 0, 1), "b": (9_500_000, 0, 1, 0)}


async def test_value_is_split_in_proportion_by_largest_remainder(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, transfer({"a": 10, "b": 20}, {"c": 10, "d": 20}))

    assert {pair: value for pair, (value, _) in flows(cypher).items()} == {
        ("a", "c"): 3_333_333,
        ("b", "c"): 6_666_667,
        ("a", "d"): 6_666_667,
        ("b", "d"): 13_333_333,
    }
    assert sums(cypher)["a"][1] + sums(cypher)["b"][1] == 30_000_000


async def test_a_tie_goes_to_the_earlier_input(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, transfer([("b", 1), ("a", 1)], [("c", 0.000001)]))

    assert flows(cypher) == {("b", "c"): (1, 1)}


async def test_a_tie_goes_to_the_earlier_output(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, replace(transfer([("a", 2)], [("c", 1), ("b", 1)]), value=3))

    assert flows(cypher) == {("a", "c"): (2, 1), ("a", "b"): (1, 1)}


async def test_a_wallet_named_twice_among_inputs_is_one_flow_of_one_transaction(
    graph: Graph, cypher: neo4j.Session
) -> None:
    await land(graph, transfer([("a", 1), ("a", 2), ("b", 3)], [("c", 6)], id="t"))

    assert flows(cypher) == {("a", "c"): (3_000_000, 1), ("b", "c"): (3_000_000, 1)}
    landed = await get_transaction(graph, key("t"))
    assert [(p.wallet, p.value) for p in landed.inputs] == [
        (key("a"), 1_000_000),
        (key("a"), 2_000_000),
        (key("b"), 3_000_000),
    ]


async def test_change_to_oneself_is_a_flow_that_counts_nowhere(
    graph: Graph, cypher: neo4j.Session, taxonomy: Taxonomy
) -> None:
    await land(graph, transfer({"a": 10}, {"b": 3, "a": 7}))

    wallet = await get_wallet(graph, key("a"))
    exposure = await get_exposure(Tracing(graph=graph, direction="destination", hops=2, taxonomy=taxonomy), key("a"))
    assert flows(cypher) == {("a", "b"): (3_000_000, 1), ("a", "a"): (7_000_000, 1)}
    assert sums(cypher)["a"] == (0, 3_000_000, 0, 1)
    assert (wallet.in_degree, wallet.out_degree) == (0, 1)
    assert exposure.total_value == 3_000_000
    assert [(r.reason, r.share) for r in exposure.residuals] == [("unspent", 1.0)]


async def test_a_zero_is_no_flow_but_is_kept_and_listed(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, pay("a", "b", 0, id="zero"))

    wallet = await get_wallet(graph, key("b"))
    listed, _ = await list_wallet_transactions(graph, key("b"), limit=10)
    assert flows(cypher) == {}
    assert (wallet.in_value, wallet.in_count, wallet.in_degree, wallet.first_at) == (0, 0, 0, START)
    assert [item.key for item in listed] == [key("zero")]


async def test_a_pair_that_rounds_to_zero_is_no_flow(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, transfer({"whale": 1000, "ant": 0.000001}, {"b": 1}))

    assert flows(cypher) == {("whale", "b"): (1_000_000, 1)}
    assert sums(cypher)["ant"] == (0, 0, 0, 0)


async def test_a_coinbase_has_payees_and_no_flow(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, transfer({}, {"miner": 6.25}, id="coinbase"))

    landed = await get_transaction(graph, key("coinbase"))
    assert (landed.inputs, landed.value) == ((), 6_250_000)
    assert [(p.wallet, p.value) for p in landed.outputs] == [(key("miner"), 6_250_000)]
    assert (flows(cypher), sums(cypher)) == ({}, {"miner": (0, 0, 0, 0)})


async def test_amounts_of_wei_are_kept_to_the_last_digit(graph: Graph) -> None:
    wei = "123456789012.123456789012345678"
    given = Transaction(
        network="acct",
        id="wei",
        at=START,
        asset="ETH",
        amount=wei,
        value=7,
        inputs=(Party("a", wei),),
        outputs=(Party("b", wei),),
    )

    await land(graph, given)

    landed = await get_transaction(graph, key("wei"))
    assert (landed.amount, landed.inputs[0].amount, landed.outputs[0].amount) == (wei, wei, wei)
    assert (landed.value, landed.outputs[0].value) == (7, 7)


async def test_sums_are_exact_up_to_64_bits_and_refused_beyond(graph: Graph, cypher: neo4j.Session) -> None:
    big = [replace(pay("a", "b", 1, id=f"big{i}"), value=QUARTER - (i == 3)) for i in range(4)]
    await land(graph, *big)

    with pytest.raises(InvalidInput, match="value"):
        await land(graph, pay("x", "y", 1, id="small"), pay("a", "b", 0.000001, id="straw"))

    assert flows(cypher) == {("a", "b"): (2**63 - 1, 4)}
    assert await graph.watermark() == 4
    assert [t.id for t in (await list_transactions(graph, limit=9))[0]] == ["big3", "big2", "big1", "big0"]


async def test_a_batch_that_alone_is_too_large_is_refused(graph: Graph) -> None:
    big = [replace(pay("a", name, 1), value=9 * 10**18) for name in "bc"]

    with pytest.raises(InvalidInput, match="64 bits"):
        await land(graph, *big)

    assert await graph.watermark() == 0


async def test_a_sum_too_large_is_refused_however_often_the_query_has_run(graph: Graph) -> None:
    await land(graph, replace(pay("a", "b", 1), value=2**63 - 1), replace(pay("s", "s", 1), value=2**63 - 1))

    for n in range(40):  # a compiled query once answered this with silence instead of an error
        with pytest.raises(InvalidInput, match="64 bits"):
            await asyncio.wait_for(land(graph, pay("as"[n % 2], "cs"[n % 2], 1)), 30)

    assert await graph.watermark() == 2


async def test_posting_again_changes_nothing(graph: Graph, cypher: neo4j.Session) -> None:
    payment = transfer({"a": 10, "b": 20}, {"c": 30})
    [first] = await land(graph, payment)
    before = flows(cypher), sums(cypher), await graph.watermark()

    [again] = await land(graph, payment)

    assert (first.status, again.status) == ("landed", "known")
    assert (again.seq, again.content) == (first.seq, first.content)
    assert (flows(cypher), sums(cypher), await graph.watermark()) == before


@pytest.mark.parametrize(
    "change",
    [
        {"at": START + timedelta(microseconds=1)},
        {"asset": "EUR"},
        {"inputs": (Party("x", "10"),)},
        {"outputs": (Party("b", "9.9"),)},
        {"value_sent": 10_000_000},
        {"purpose": "rent"},
        {"context": {"channel": "app"}},
        {"context": {"customer_reference": "Jane"}},
    ],
    ids="+".join,
)
async def test_other_content_under_a_known_key_is_a_conflict_and_changes_nothing(
    graph: Graph, cypher: neo4j.Session, change: dict
) -> None:
    payment = pay("a", "b", 10)
    [first] = await land(graph, payment)
    before = flows(cypher), sums(cypher)

    [other] = await land(graph, replace(payment, **change))

    assert (other.status, other.seq) == ("conflict", first.seq)
    assert (flows(cypher), sums(cypher), await graph.watermark()) == (*before, 1)


async def test_a_key_twice_in_one_batch_lands_once(graph: Graph, cypher: neo4j.Session) -> None:
    payment = pay("a", "b", 10)

    landings = await land(graph, payment, payment, replace(payment, asset="EUR"), pay("a", "b", 1))

    assert [(x.status, x.seq) for x in landings] == [("landed", 1), ("known", 1), ("conflict", 1), ("landed", 2)]
    assert flows(cypher) == {("a", "b"): (11_000_000, 2)}


async def test_a_price_found_later_is_not_content(graph: Graph) -> None:
    payment = pay("a", "b", 10)
    await land(graph, payment)

    [again] = await land(graph, replace(payment, value=11_000_000))

    assert again.status == "known"


async def test_times_are_the_first_and_the_last_whatever_order_they_come_in(
    graph: Graph, cypher: neo4j.Session
) -> None:
    for days in ([5], [9, 7], [1], [3]):
        await land(graph, *(pay("a", "b", 1, day=day) for day in days))

    wallet = await get_wallet(graph, key("a"))
    flow = cypher.run("MATCH ()-[f:FLOW]->() RETURN f.first_at AS first, f.last_at AS last").single(strict=True)
    assert (wallet.first_at, wallet.last_at) == (START + timedelta(days=1), START + timedelta(days=9))
    assert (flow["first"].to_native(), flow["last"].to_native()) == (wallet.first_at, wallet.last_at)


async def test_a_time_before_1970_keeps_its_microseconds(graph: Graph) -> None:
    before = START.replace(year=1969, month=7, microsecond=123_457)

    await land(graph, replace(pay("a", "b", 1, id="old"), at=before))

    assert (await get_transaction(graph, key("old"))).at == before


async def test_seq_has_no_gap_and_commit_order_is_seq_order(graph: Graph, cypher: neo4j.Session) -> None:
    rng = random.Random(5)
    too_big = replace(pay("a", "b", 1, id="huge"), value=2**63 - 1)
    batches = [[_some(rng, NAMES, f"{n}.{i}") for i in range(12)] for n in range(16)]
    for batch in batches:
        batch.append(replace(rng.choice(rng.choice(batches)), asset="EUR"))  # known by another batch, or the first
    await land(graph, pay("a", "b", 1, id="known"))
    rolled_back = [[pay("c", "d", 1), too_big] for _ in range(4)]
    gaps: list[set[int]] = []
    done = asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            watermark = (await graph.settled())["seq"]
            there = {t.seq for t in (await list_transactions(graph, limit=1000))[0]}
            gaps.append(set(range(1, watermark + 1)) - there)

    watching = asyncio.create_task(watch())
    outcomes = await asyncio.gather(
        *(land_transactions(graph, batch) for batch in [*batches, *rolled_back]), return_exceptions=True
    )
    done.set()
    await watching

    failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert [type(error) for error in failed] == [InvalidInput] * 4
    assert gaps and not any(gaps)
    landings = [x for outcome in outcomes if not isinstance(outcome, BaseException) for x in outcome]
    landed = sorted(x.seq for x in landings if x.status == "landed")
    assert landed == list(range(2, 2 + len(landed))) and len(landed) == await graph.watermark() - 1
    assert sum(x.status == "conflict" for x in landings) >= len(batches) - len(batches) // 2
    for outcome in outcomes:
        if not isinstance(outcome, BaseException):
            own = [x.seq for x in outcome if x.status == "landed"]
            assert own == list(range(own[0], own[0] + len(own))), "a batch is numbered in its own order"
    nodes = cypher.run("MATCH (t:Transaction) RETURN count(*) AS n, count(t.seq) AS numbered").single(strict=True)
    assert nodes["n"] == nodes["numbered"] == await graph.watermark()


def _some(rng: random.Random, names: str, name: str) -> Transaction:
    return pay(rng.choice(names), rng.choice(names), rng.randint(0, 3), id=name)


async def test_personal_text_leaves_a_salted_digest_only(graph: Graph, cypher: neo4j.Session) -> None:
    texts = [replace(pay("a", "b", 1, id=f"text{i}"), purpose="rent", context={"x": 1}) for i in range(2)]

    one, two = await land(graph, *texts)

    assert one.text_salt and two.text_salt and one.text_salt != two.text_salt
    assert one.text_digest == hashlib.sha256(one.text_salt.encode() + b'{"purpose":"rent"}').hexdigest()
    assert one.content == content_hashes(replace(texts[0], purpose=None))[0], (
        "the content digest says nothing of the text"
    )
    stored = cypher.run("MATCH (t:Transaction {id: 'text0'}) RETURN properties(t) AS p").single(strict=True)["p"]
    assert (stored["text_salt"], stored["text_digest"]) == (one.text_salt, one.text_digest)
    assert "rent" not in str(stored)
    [again] = await land(graph, texts[0])
    assert (again.status, again.text_digest) == ("known", one.text_digest)


async def test_erased_text_no_longer_distinguishes(graph: Graph, cypher: neo4j.Session) -> None:
    payment = replace(pay("a", "b", 1), purpose="rent")
    await land(graph, payment)
    cypher.run("MATCH (t:Transaction) REMOVE t.text_salt").consume()

    [same, other] = await land(graph, payment, replace(payment, outputs=(Party("c", "1"),)))

    assert (same.status, other.status) == ("known", "conflict")


async def test_values_of_pairs_are_kept_where_a_transaction_has_several(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, transfer({"a": 10, "b": 20}, {"c": 10, "d": 20}, id="many"), pay("a", "b", 1, id="one"))

    rows = cypher.run("MATCH (t:Transaction) RETURN t.id AS id, t.splits AS splits, t.inputs AS inputs")
    found = {row["id"]: (row["splits"], row["inputs"]) for row in rows}
    assert found == {"many": ([3_333_333, 6_666_667, 6_666_667, 13_333_333], 2), "one": (None, None)}


def test_sides_of_a_payment_are_what_lands() -> None:
    payers, payees = payment_sides(transfer([("a", 1), ("a", 2), ("b", 3)], [("c", 5), ("c", 0.5)]))

    assert payers == {key("a"): 2_750_000, key("b"): 2_750_000}
    assert payees == {key("c"): 5_500_000}


parties = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from([0, 0.000001, 0.000003, 1, 2.5, 7])), min_size=1, max_size=4
)


@st.composite
def transfers(draw: st.DrawFn) -> Transaction:
    """Many to many or a coinbase, with zeros, repeated wallets, self-payments and fees."""
    outputs = draw(parties)
    inputs = draw(st.one_of(parties, st.just([])))
    if inputs:
        inputs = [(inputs[0][0], inputs[0][1] + sum(units for _, units in outputs)), *inputs[1:]]
    return transfer(inputs, outputs, day=draw(st.integers(-3, 3)))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Transaction], list[list[Transaction]]]:
    """Transactions, and the same ones with duplicates in some order and batches."""
    distinct = draw(st.lists(transfers(), min_size=1, max_size=9))
    repeated = distinct + draw(st.lists(st.sampled_from(distinct), max_size=4))
    order = draw(st.permutations(repeated))
    size = draw(st.integers(1, len(order)))
    return distinct, [order[i : i + size] for i in range(0, len(order), size)]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=histories(), concurrent=st.booleans())
async def test_sums_are_those_of_the_definition_in_any_order(
    drawn: tuple[list[Transaction], list[list[Transaction]]],
    concurrent: bool,
    open_graph_once: Graph,
    cypher: neo4j.Session,
) -> None:
    empty_graph(cypher)
    distinct, batches = drawn
    if concurrent:
        await asyncio.gather(*(land_transactions(open_graph_once, batch) for batch in batches))
    else:
        for batch in batches:
            await land_transactions(open_graph_once, batch)

    value: dict[tuple[str, str], int] = defaultdict(int)
    count: dict[tuple[str, str], int] = defaultdict(int)
    for transaction in distinct:
        for (source, target), part in pairs_of(transaction).items():
            pair = source.removeprefix("acct:"), target.removeprefix("acct:")
            value[pair] += part
            count[pair] += 1
    assert flows(cypher) == {pair: (value[pair], count[pair]) for pair in value}
    touched = {party.address for t in distinct for party in (*t.inputs, *t.outputs)}
    assert sums(cypher) == {name: _sums_of(name, value, count) for name in touched}
    assert await open_graph_once.watermark() == len(distinct)


def _sums_of(name: str, value: dict, count: dict) -> tuple[int, ...]:
    """in_value, out_value, in_count, out_count of one wallet, what it paid itself left out."""
    into = [pair for pair in value if pair[1] == name != pair[0]]
    out = [pair for pair in value if pair[0] == name != pair[1]]
    return tuple(sum(table[pair] for pair in side) for table in (value, count) for side in (into, out))
