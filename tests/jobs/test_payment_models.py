"""The isolation forest within decisions: what it says, that it agrees everywhere, and never stands in the way."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from graph.model import Decision, Signal, Transaction
from jobs.model_files import ModelFiles
from jobs.model_inputs import read_inputs
from jobs.policybook import activate_policy
from jobs.preview_payment import preview_payment
from jobs.replaying_decisions import replay_decision
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.withdrawing import withdraw_transaction
from ml.isolation import load_isolation
from ml.payers import Payer, are_enough, own_values
from tests.builders import land, pay, transfer
from tests.champions import crown_isolation
from tests.servers import Servers

TOWN = 100
USUAL = pay("u3", "u4", 10, id="usual", day=20)
# Someone who always paid a few neighbours small sums pays very much, to very many, at once.
ODD = transfer({"u5": 900_000}, {f"far{n}": 9_000 for n in range(100)}, id="odd", day=20.001)


async def drawn(services: Services) -> None:
    """A town in which everybody pays a few neighbours each day."""
    random = np.random.default_rng(11)
    town = [
        pay(f"u{n}", f"u{(n + int(step)) % TOWN}", float(amount), day=day + n / TOWN)
        for day in range(5)
        for n, step, amount in zip(range(TOWN), random.integers(1, 4, TOWN), random.integers(5, 20, TOWN), strict=True)
    ]
    await land(services.graph, *town)


@pytest.fixture
async def crowned(services: Services) -> Services:
    """The town, its champion, and the policy that it replaces the other signals under."""
    await drawn(services)
    await crown_isolation(services)
    await activate_policy(services, "classic-1", actor="test")
    return services


async def post(services: Services, *given: Transaction) -> list[Decision]:
    screened = await screen_transactions(services, given, actor="test", trace_id="trace")
    return [one.decision for one in screened if one.decision is not None]


async def preview(services: Services, given: Transaction) -> Decision:
    previewed = await preview_payment(services, given, actor="test", trace_id="trace")
    assert previewed.decision is not None
    return previewed.decision


def empty(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def isolation(decision: Decision) -> Signal:
    [found] = [signal for signal in decision.signals if signal.name == "isolation_forest"]
    return found


async def test_the_champion_makes_the_score_and_says_what_moved_it(crowned: Services) -> None:
    usual, odd = await post(crowned, USUAL, ODD)
    said = isolation(odd)

    assert said.value is not None and said.value == odd.risk_score > 0.3 > usual.risk_score
    assert odd.model_versions == usual.model_versions == {"isolation_forest": "isolation_forest-v1"}
    assert odd.reason_codes[0] == said.contributions[0].reason and odd.reason_codes[0].startswith("UNUSUAL_")
    assert odd.risk_category == "unusual_wallet" and odd.explanation.startswith("acct:u5 is unusual: ")
    shares = [one.share or 0.0 for one in said.contributions]
    assert shares == sorted(shares, reverse=True) and sum(shares) <= 1.0 + 1e-12
    assert sum(one.value for one in said.contributions) <= said.value + 1e-12


async def test_what_a_preview_says_is_what_the_post_says(crowned: Services) -> None:
    many = transfer({"u1": 40, "u2": 60}, {"u7": 55, "u8": 45, "u1": 5}, id="many", day=21)
    for given in (USUAL, ODD, many, pay("nobody yet", "u1", 3, id="new", day=21), pay("u9", "u8", 1, id="late", day=3)):
        before = await preview(crowned, given)
        [after] = await post(crowned, given)

        assert isolation(before) == isolation(after)
        assert isolation(after).value is not None


async def test_a_payment_within_a_batch_is_judged_as_one_alone(crowned: Services) -> None:
    batch = [pay("u6", f"x{n}", 100 + n, id=f"b{n}", day=22 + n / 100) for n in range(5)]
    together = await post(crowned, *batch, USUAL, ODD)
    for one in (*batch, USUAL, ODD):
        await withdraw_transaction(crowned, one.key, actor="test", reason=None)

    # In this order, so that each finds before it what it found in the batch.
    alone = [await preview(crowned, replace(one, id=f"{one.id} alone")) for one in (batch[0], USUAL, ODD)]

    assert [isolation(one) for one in alone] == [isolation(together[0]), *(isolation(one) for one in together[-2:])]
    assert isolation(together[4]) != isolation(together[0])


async def test_the_payer_of_a_payment_is_as_a_batch_has_it_once_it_has_landed(crowned: Services) -> None:
    version = await crown_isolation(crowned, seed=2)
    model = load_isolation(ModelFiles.of(crowned.settings).read(version.files))
    for given in (USUAL, ODD, pay("new", "u1", 7, day=30)):
        [decision] = await post(crowned, given)
        inputs, _ = await read_inputs(crowned)
        [payer] = [party.address for party in given.inputs]
        place = inputs.movements.keys.index(f"acct:{payer}")

        assert isolation(decision).value == pytest.approx(float(model.scores(inputs)[place]), abs=1e-12)
        assert decision.model_versions["isolation_forest"] == "isolation_forest-v2"


async def test_a_decision_replays_without_its_model(crowned: Services, models_dir: Path) -> None:
    [decision] = await post(crowned, ODD)
    empty(models_dir)
    await land(crowned.graph, *(pay("u5", f"far{n}", 9_000, day=19) for n in range(50)))

    replay = await replay_decision(crowned, decision.id, actor="auditor")

    assert replay.is_same and replay.recomputed == replay.decision == decision


async def test_without_a_champion_the_signal_is_skipped_and_the_others_make_the_score(services: Services) -> None:
    await drawn(services)
    await activate_policy(services, "classic-1", actor="test")

    [decision] = await post(services, ODD)

    assert isolation(decision).skipped == "no isolation_forest is champion"
    assert decision.model_versions == {}
    assert [one.name for one in decision.signals if one.effective_weight] == ["rules", "velocity", "anomaly"]


async def test_a_payment_that_nobody_pays_is_not_judged(crowned: Services) -> None:
    for given in (transfer({}, {"u1": 5}, id="mint", day=21), pay("u1", "u1", 5, id="self", day=21)):
        [decision] = await post(crowned, given)

        assert "no payer" in (isolation(decision).skipped or "")


async def test_a_champion_of_other_features_is_skipped_with_the_reason(services: Services) -> None:
    await drawn(services)
    version = await crown_isolation(services, feature_digest="f" * 64)
    await activate_policy(services, "classic-1", actor="test")

    [decision] = await post(services, ODD)

    assert isolation(decision).skipped and version.id in isolation(decision).skipped  # type: ignore[operator]
    assert "ffffffffffff" in str(isolation(decision).skipped)


@pytest.mark.parametrize("harm", ["gone", "cut", "changed"])
async def test_files_that_are_not_what_was_registered_skip_the_signal(
    services: Services, models_dir: Path, harm: str
) -> None:
    await drawn(services)
    # A seed of its own: what one process has loaded goes on serving.
    version = await crown_isolation(services, seed=100 + len(harm))
    await activate_policy(services, "classic-1", actor="test")
    [arrays] = [models_dir / file.digest for file in version.files if file.name.endswith(".safetensors")]
    content = arrays.read_bytes()
    arrays.unlink()
    if harm != "gone":
        arrays.write_bytes(content[:-8] if harm == "cut" else content[:-8] + b"\0" * 8)

    decisions = await post(services, USUAL, ODD)

    assert all("cannot be used" in str(isolation(one).skipped) for one in decisions)
    arrays.write_bytes(content)
    assert hashlib.sha256(content).hexdigest() == arrays.name
    [again] = await post(services, replace(ODD, id="odd again"))
    assert isolation(again).value is not None, "what is mended serves again"


async def test_a_payment_does_not_wait_longer_than_it_may(crowned: Services) -> None:
    models = replace(crowned.settings.models, payment_model_s=1e-6)
    hasty = replace(crowned, settings=replace(crowned.settings, models=models))

    [decision] = await post(hasty, ODD)
    [again] = await post(crowned, replace(ODD, id="odd again"))

    assert "took longer than 1e-06 s" in str(isolation(decision).skipped) and decision.model_versions == {}
    assert [one.name for one in decision.signals if one.effective_weight] == ["rules", "velocity", "anomaly"]
    assert isolation(again).value is not None


async def test_a_policy_that_gives_it_no_part_asks_for_nothing(services: Services, models_dir: Path) -> None:
    await drawn(services)
    before = await preview(services, ODD)
    await crown_isolation(services)
    empty(models_dir)  # whoever looked would say that they are gone

    [decision] = await post(services, ODD)

    assert [signal.name for signal in decision.signals] == [signal.name for signal in before.signals]
    assert "isolation_forest" not in {signal.name for signal in decision.signals}
    assert decision.model_versions == {} and decision.signals == before.signals


async def test_a_hub_is_judged_by_its_newest_movements_and_in_time(crowned: Services) -> None:
    for day in range(3):
        await land(crowned.graph, *(pay("hub", f"h{n}", 5, day=day + n / 5_000) for n in range(1_000)))

    [first] = await post(crowned, pay("hub", "u1", 5, id="first", day=9))
    started = time.perf_counter()
    [decision] = await post(crowned, pay("hub", "u1", 5, id="hub", day=9))
    inputs, _ = await read_inputs(crowned)
    version = await crown_isolation(crowned, seed=1)
    model = load_isolation(ModelFiles.of(crowned.settings).read(version.files))

    assert isolation(first).value is not None
    assert isolation(decision).value is not None and time.perf_counter() - started < 5
    found = own_values(inputs.movements, [Payer("acct:hub", int(inputs.movements.times.max()))])
    place = inputs.movements.keys.index("acct:hub")
    own = [inputs.features.names.index(name) for name in model.features]
    assert (found[0] == inputs.features.values[place, own]).all()


async def test_payments_of_a_hub_that_lie_far_apart_are_each_judged_by_what_was_before(crowned: Services) -> None:
    for day in range(2):
        await land(crowned.graph, *(pay("hub", f"h{n}", 5 + n % 7, day=day + n / 5_000) for n in range(1_000)))
    early, late = pay("hub", "u1", 5, id="early", day=0.1), pay("hub", "u1", 5, id="late", day=9)
    before = [await preview(crowned, one) for one in (early, late)]

    together = await post(crowned, early, late)

    # Beyond the newest 1,000, what is early has no part in what is late.
    assert [isolation(one) for one in together] == [isolation(one) for one in before]
    assert isolation(together[0]) != isolation(together[1])


async def test_too_few_movements_read_are_told_apart_from_enough(crowned: Services) -> None:
    await land(crowned.graph, *(pay("hub", f"h{n}", 5, day=n / 5_000) for n in range(1_100)))
    inputs, _ = await read_inputs(crowned)
    late, early = (int(inputs.movements.times[place]) for place in (-1, len(inputs.movements) // 2))

    assert are_enough(inputs.movements, [Payer("acct:hub", late), Payer("acct:hub", 0)], 100) == [True, False]
    assert are_enough(inputs.movements, [Payer("acct:u1", early), Payer("acct:none", early)], 100) == [True, True]


async def test_a_payment_is_judged_without_the_libraries_that_train(crowned: Services, servers: Servers) -> None:
    script = """
import asyncio, sys
from jobs.payer_movements import Paying
from jobs.payment_models import judge_payments
from jobs.payments import payment_of
from jobs.services import open_services
from risk.policy import CLASSIC_POLICY
from settings import load_settings
from tests.builders import pay

async def judge():
    async with open_services(load_settings()) as services:
        judged = await judge_payments(services, CLASSIC_POLICY, [Paying(payment_of(pay("u1", "u2", 5, day=9)), False)])
        [one] = judged.values()
        print(one.version, *sorted({"sklearn", "shap", "skops", "torch", "numba"} & set(sys.modules)))

asyncio.run(judge())
"""
    environment = os.environ | servers.environ(models_dir=crowned.settings.models.models_dir)

    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )

    assert (done.stdout.split(), done.stderr) == (["isolation_forest-v1"], "")
