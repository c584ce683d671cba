"""A decision follows from its input alone, and says what it rests on."""

from __future__ import annotations

import math
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.model import MICRO, Exposure
from risk.decision import input_hash, needs_history
from risk.facts import DecisionInput
from risk.policy import DEFAULT_POLICY
from risk.priority import priority_of
from risk.signals.exposure import exposure_signal
from tests.risk.drawn import NOON, TAXONOMY, alerted, decided, exposure, part, payment

DUST = DEFAULT_POLICY.dusting_value


def test_both_sides_combine_and_neither_lowers_the_other() -> None:
    # 1 - (1 - 0.75 · 0.4)(1 - 0.6 · 0.5) = 1 - 0.7 · 0.7
    both = payment(
        exposure(part("scam", 0.4, direct=0, hops=2)),
        exposure(part("mixer", 0.5, direct=0, hops=3), direction="destination"),
    )

    assert decided(both).risk_score == pytest.approx(0.51)
    assert decided(both).severity == "low"


def test_several_categories_of_one_side_add_up() -> None:
    decision = decided(payment(exposure(part("scam", 0.2, direct=0, hops=2), part("theft", 0.4, direct=0, hops=2))))

    assert decision.risk_score == pytest.approx(0.75 * 0.2 + 0.85 * 0.4)
    assert decision.risk_category == "theft"
    assert decision.reason_codes == ("EXPOSURE_THEFT_INDIRECT", "EXPOSURE_SCAM_INDIRECT")


def test_a_category_found_near_and_far_has_a_reason_for_each() -> None:
    signal, *_ = decided(payment(exposure(part("scam", 0.5, direct=0.1)))).signals

    assert {c.reason: c.share for c in signal.contributions} == pytest.approx(
        {"EXPOSURE_SCAM_INDIRECT": 0.4, "EXPOSURE_SCAM_DIRECT": 0.1}
    )
    assert [c.value for c in signal.contributions] == pytest.approx([0.3, 0.075])
    assert {c.detail for c in signal.contributions} == {"source"}


def test_the_same_input_gives_the_same_decision() -> None:
    one = payment(exposure(part("scam", 0.4), part("mixer", 0.1)), exposure(direction="destination"))
    copy = msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=DecisionInput)

    assert decided(one) == decided(copy)
    assert alerted(one) == alerted(copy)


def test_what_is_no_part_of_the_money_changes_neither_id_nor_score() -> None:
    one, other = payment(exposure(part("scam", 0.4))), payment(exposure(part("scam", 0.4)), key="acct:u")
    later = decided(one, trace_id="another")

    assert replace(later, trace_id="trace") == decided(one)
    assert decided(other).id != decided(one).id and decided(other).risk_score == decided(one).risk_score
    assert re.fullmatch(r"dec_[0-9a-f]{26}", decided(one).id) and re.fullmatch(r"alr_[0-9a-f]{26}", later.alert or "")


def test_a_change_of_content_or_text_changes_the_input_hash() -> None:
    hashes = {
        input_hash("acct:t", "c", None),
        input_hash("acct:t", "d", None),
        input_hash("acct:t", "c", "x"),
        input_hash("acct:u", "c", None),
    }

    assert len(hashes) == 4 and all(re.fullmatch("[0-9a-f]{64}", h) for h in hashes)
    assert decided(payment()).input_hash == input_hash("acct:t", "c" * 64, None)


def test_a_decision_names_what_it_was_made_under_and_on() -> None:
    given_ = payment(exposure(part("scam", 0.4)), exposure(direction="destination"))
    decision = decided(given_)

    assert (decision.policy, decision.decided_at, decision.trace_id) == (DEFAULT_POLICY.id, NOON, "trace")
    assert decision.watermark == 9, "its own landing at least"
    assert [e["kind"] for e in decision.evidence] == ["exposure", "exposure", "history"]
    assert [e["direction"] for e in decision.evidence[:2]] == ["source", "destination"]
    source = decision.evidence[0]
    assert (source["hops"], source["method"], source["exact"], source["watermark"]) == (3, "haircut", True, 7)
    assert (source["kind"], source["total_value"], source["passed_through"]) == (
        "exposure",
        "100",
        {"share": 0.0, "value": "0"},
    )
    [scam] = source["categories"]
    assert (scam["category"], scam["class"], scam["share"], scam["shortest_hops"]) == ("scam", "illicit", 0.4, 1)
    assert scam["actors"] == [{"actor": "actor of scam", "share": 0.4, "attributions": ["att_scam"]}]
    assert [(r["reason"], r["share"], r["value"]) for r in source["residuals"]] == [("origin", 0.6, "60")]


@pytest.mark.parametrize(
    ("share", "direct", "opens"), [(0.9, 0.0, False), (0.94, 0.0, True), (0.01, 0.01, True)], ids=str
)
def test_an_alert_opens_from_high_on(share: float, direct: float, opens: bool) -> None:
    given_ = payment(exposure(part("scam", share, direct=direct)))

    assert (decided(given_).alert is not None) is opens
    assert (alerted(given_) is not None) is opens


def test_priority_still_orders_what_the_score_no_longer_does() -> None:
    saturated = [
        payment(exposure(part("sanctions", 1.0, value=v * MICRO), total=v * MICRO), value=v * MICRO, key=f"acct:{v}")
        for v in (1, 10, 1000, 1_000_000)
    ]
    alerts = [alert for p in saturated if (alert := alerted(p))]

    assert {alert.risk_score for alert in alerts} == {1.0}
    priorities = [alert.priority for alert in alerts]
    assert priorities == sorted(priorities) and len(set(priorities)) == 4
    assert alerts[0].priority == pytest.approx(3 + 0.8 + 0.012 * math.log10(2) + 0.04 * 0.4 / 0.5)


def test_value_never_lifts_an_alert_over_a_higher_severity() -> None:
    rich = alerted(payment(exposure(part("scam", 0.5, value=2**62), total=2**62), value=2**62))
    poor = alerted(payment(exposure(part("sanctions", 0.5, value=1), total=2)))

    assert rich and poor and (rich.severity, poor.severity) == ("high", "critical")
    assert rich.priority < poor.priority


def test_nothing_at_all_lifts_a_priority_into_the_next_severity() -> None:
    most = priority_of("high", 1.0, value=2.0**63, strength=1.0)

    assert 2 < most < 3 < priority_of("critical", 0.0, value=0, strength=0.0) + 1e-9


def test_alerts_of_one_cause_share_a_group_and_others_do_not() -> None:
    first, second = (alerted(payment(exposure(part("scam", s)), key=f"acct:{s}")) for s in (0.2, 0.6))
    other = alerted(payment(exposure(part("theft", 0.2))))

    assert first and second and other
    assert first.id != second.id and first.group_id == second.group_id != other.group_id


def dusting(category: str = "sanctions", *, value: int = DUST - 1, unsolicited: bool = True) -> DecisionInput:
    return payment(
        exposure(part(category, 1.0), total=value),
        exposure(direction="destination"),
        value=value,
        unsolicited=unsolicited,
    )


def test_unsolicited_dust_is_low_and_named_and_opens_no_alert() -> None:
    decision = decided(dusting())

    assert (decision.risk_score, decision.severity, decision.alert) == (0.4, "low", None)
    assert decision.reason_codes == ("SANCTIONS_DUSTING",)
    assert decision.risk_category == "sanctions"
    assert "kept apart as dusting" in decision.explanation


@pytest.mark.parametrize(
    "given_",
    [dusting(value=DUST), dusting(unsolicited=False)],
    ids=["at the dusting value", "asked for"],
)
def test_what_is_not_dust_is_critical(given_: DecisionInput) -> None:
    assert decided(given_).severity == "critical"


def test_dust_from_other_illicit_wallets_is_not_spared() -> None:
    assert decided(dusting("scam")).severity == "high"


def test_dust_sent_to_a_listed_wallet_is_not_spared() -> None:
    sent = payment(
        exposure(), exposure(part("sanctions", 1.0), direction="destination"), value=DUST - 1, unsolicited=True
    )

    assert decided(sent).severity == "critical"
    assert "SANCTIONS_DUSTING" not in decided(sent).reason_codes


def test_dust_beside_another_crime_keeps_that_ones_floor() -> None:
    mixed = payment(exposure(part("sanctions", 0.5), part("scam", 0.5)), value=DUST - 1, unsolicited=True)

    decision = decided(mixed)

    assert (decision.severity, decision.risk_category) == ("high", "scam")
    assert set(decision.reason_codes) == {"SANCTIONS_DUSTING", "EXPOSURE_SCAM_DIRECT"}


def test_history_is_needed_only_where_it_decides() -> None:
    assert needs_history(dusting(unsolicited=False), DEFAULT_POLICY)
    assert not needs_history(dusting(value=DUST, unsolicited=False), DEFAULT_POLICY)
    assert not needs_history(dusting("scam", unsolicited=False), DEFAULT_POLICY)
    assert not needs_history(payment(value=1), DEFAULT_POLICY)


names = st.lists(st.sampled_from(sorted(TAXONOMY.illicit | TAXONOMY.services)), unique=True, max_size=4)


@st.composite
def exposures(draw: st.DrawFn, direction: str) -> Exposure:
    chosen = draw(names)
    weights = [draw(st.floats(0.001, 1)) for _ in (*chosen, "rest")]
    parts = []
    for name, weight in zip(chosen, weights[1:], strict=True):
        share = weight / sum(weights)
        parts.append(
            part(name, share, direct=draw(st.sampled_from([0.0, share, share / 3])), hops=draw(st.integers(1, 3)))
        )
    return exposure(*parts, direction=direction)  # type: ignore[arg-type]


payments = st.builds(
    lambda source, destination, value, unsolicited: payment(source, destination, value=value, unsolicited=unsolicited),
    exposures("source"),
    exposures("destination"),
    st.sampled_from([1, DUST - 1, DUST, 10**10]),
    st.booleans(),
)


@given(payments)
def test_score_severity_alert_and_reasons_agree(given_: DecisionInput) -> None:
    decision, alert = decided(given_), alerted(given_)
    found, *_ = decision.signals

    assert 0 <= decision.risk_score <= 1 and found.value is not None and 0 <= found.value <= 1
    assert decision.severity == DEFAULT_POLICY.severity(decision.risk_score)
    assert (alert is not None) == (decision.severity in ("high", "critical")) == (decision.alert is not None)
    assert decision.risk_score >= found.value
    exposed = any(c.class_ == "illicit" for e in given_.facts.exposures for c in e.categories)
    assert bool(decision.reason_codes) == exposed
    assert (decision.risk_category is None) == (not decision.reason_codes)
    assert [c.value for c in found.contributions] == sorted((c.value for c in found.contributions), reverse=True)


@given(payments)
def test_contributions_are_the_shares_times_their_severity(given_: DecisionInput) -> None:
    told = exposure_signal(given_.facts.exposures, TAXONOMY.categories, 1.0)
    clean = 1.0
    for one in given_.facts.exposures:
        side = [c.value for c in told.contributions if c.detail == one.direction]
        due = sum(TAXONOMY.get(c.category).severity * c.share for c in one.categories if c.class_ == "illicit")
        assert sum(side) == pytest.approx(due, abs=1e-9)
        clean *= 1 - sum(side)
    assert told.value == pytest.approx(1 - clean, abs=1e-9)


@given(payments)
def test_the_sentence_agrees_with_the_numbers(given_: DecisionInput) -> None:
    decision = decided(given_)
    illicit = [(c, e) for e in given_.facts.exposures for c in e.categories if c.class_ == "illicit"]

    if not illicit:
        assert decision.explanation == "No part of this payment is tied to an illicit wallet within 3 hops."
        return
    said = re.match(r"([\d.e-]+) % of this payment (comes|goes)", decision.explanation)
    assert said is not None
    side = {"comes": "source", "goes": "destination"}[said[2]]
    fits = [
        c
        for c, e in illicit
        if e.direction == side
        and c.category.replace("_", " ") in decision.explanation
        and float(said[1]) == pytest.approx(c.share * 100, rel=0.05, abs=0.0501)
    ]
    assert fits, decision.explanation
    assert any(("straight" in decision.explanation) == (c.indirect_share < 1e-12) for c in fits)


@given(payments, st.sampled_from(sorted(TAXONOMY.illicit)))
def test_more_exposure_never_lowers_the_score(given_: DecisionInput, category: str) -> None:
    source = given_.facts.exposures[0]
    if category in {c.category for c in source.categories} or not source.residuals:
        return
    more = replace(
        source, categories=(*source.categories, part(category, source.residuals[0].share, direct=0.0, hops=2))
    )

    richer = replace(given_, facts=replace(given_.facts, exposures=(more, given_.facts.exposures[1])))
    assert decided(richer).risk_score >= decided(given_).risk_score - 1e-12
