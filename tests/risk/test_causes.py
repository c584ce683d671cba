"""What moved and why, in words that follow from the numbers; and which rises need a person."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from graph.model import Cause, ScoreChange, WalletScore
from graph.taxonomy import Taxonomy
from risk.causes import differs, moved, moves, tell
from risk.policy import DEFAULT_POLICY
from risk.retro import crossed, retro_alert

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RECORDED = Cause(
    kind="attribution_recorded", id="att_1", wallet="acct:thief", seq=3, category="scam", actor="Al", source="drawn"
)
PAID = Cause(kind="transaction_landed", id="acct:t1", wallet="acct:a", seq=4, value=12_500_000)


def scored(score: float = 0.0, source: dict[str, Any] | None = None, **fields: Any) -> WalletScore:
    side = {"total_value": 10_000_000, "coverage": 1.0, "passed_through": 0.0, "residuals": {}}
    plain: dict[str, Any] = {
        "wallet": "acct:a",
        "run": "run_1",
        "score": score,
        "hop_score": 0.0,
        "hop_counts": (0, 0, 0),
        "in_degree": 1,
        "out_degree": 0,
        "illicit_source_share": 0.0,
        "illicit_destination_share": 0.0,
        "category": None,
        "source": side | {"categories": source or {}},
        "destination": side | {"categories": {}},
        "watermark": 2,
        "scored_at": NOW,
    }
    return WalletScore(**plain | fields)


def change(before: WalletScore | None, after: WalletScore, *causes: Cause) -> ScoreChange:
    return ScoreChange(
        wallet="acct:a", run="run_1", job="job_1", before=before, after=after, causes=causes, words="why", watermark=5
    )


def test_the_example_of_the_words(taxonomy: Taxonomy) -> None:
    after = scored(0.2, {"scam": [0.312, 0.0, 2], "exchange": [0.5, 0.5, 1]})

    words = tell(scored(0.0, {"exchange": [1.0, 1.0, 1]}), after, [RECORDED], taxonomy.categories)

    assert words == (
        "scam share of inflow rose from 0 % to 31.2 % (2 hops up the flows at the nearest) because"
        " att_1 (scam, Al, drawn) was recorded on acct:thief"
    )


@pytest.mark.parametrize(
    ("before", "after", "causes", "words"),
    [
        (scored(), scored(0.75, category="scam"), [], "the wallet itself went from unattributed to scam, for more"),
        (scored(), scored(hop_score=0.5, hop_counts=(0, 1, 0)), [PAID], "hop score went from 0 to 0.5 because acct:t1"),
        (
            scored(0.1, {"scam": [0.5, 0.5, 1]}),
            scored(),
            [PAID],
            "scam share of inflow fell from 50.0 % to 0 % (1 hop up",
        ),
        (None, scored(0.1, {"scam": [1.0, 1.0, 1]}), [PAID], "scam share of inflow rose from 0 % to 100.0 % (1 hop"),
        (
            scored(0.1, {"scam": [0.134, 0.0, 2]}),
            scored(0.1, {"scam": [0.134021, 0.0, 2]}),
            [PAID],
            "scam share of inflow rose by 0.0021 percentage points to 13.4 % (2 hops up",
        ),
    ],
)
def test_the_words_follow_what_moved_most(
    before: WalletScore | None, after: WalletScore, causes: list[Cause], words: str, taxonomy: Taxonomy
) -> None:
    assert tell(before, after, causes, taxonomy.categories).startswith(words)


def test_money_and_further_causes_are_counted(taxonomy: Taxonomy) -> None:
    words = tell(scored(), scored(0.1, {"scam": [1.0, 1.0, 1]}), [RECORDED, PAID, PAID, PAID], taxonomy.categories)

    assert words.endswith(
        "was recorded on acct:thief, and because acct:t1 (12.5) landed, with money of this wallet, and 2 more changes"
    )


def test_rounding_is_no_change_and_a_category_alone_is_one() -> None:
    same, other = scored(0.5, {"dex": [0.5, 0.5, 1]}), scored(0.5, {"dex": [0.5 + 1e-13, 0.5, 1]})

    assert 0 < moved(same, other) < 1e-12 and not differs(same, other, 1e-12)
    assert moved(same, scored(0.5, {"exchange": [0.5, 0.5, 1]})) == 0.5
    assert [(m.category, m.before, m.after) for m in moves(same, scored(0.5))] == [("dex", 0.5, 0)]
    assert moved(None, scored()) == 0 and moved(None, scored(category="dex")) == math.inf
    assert moved(same, scored(0.5, {"dex": [0.5, 0.5, 1]}, hop_counts=(0, 1, 0))) == math.inf


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (scored(0.2), scored(0.7), "high"),
        (scored(0.2), scored(0.9), "critical"),
        (scored(0.7), scored(0.9), "critical"),
        (None, scored(0.7), "high"),
        (scored(0.7), scored(0.89), None),
        (scored(0.9), scored(0.7), None),
        (scored(0.2), scored(0.69), None),
        (scored(0.2), scored(1.0, in_degree=0), None),
    ],
)
def test_only_a_rise_to_high_or_critical_of_a_wallet_with_money_crosses(
    before: WalletScore | None, after: WalletScore, severity: str | None
) -> None:
    assert crossed(before, after, DEFAULT_POLICY) == severity


def test_a_retro_alert_names_what_raised_the_score(taxonomy: Taxonomy) -> None:
    exposed = scored(0.7, {"scam": [0.9, 0.9, 1], "exchange": [0.1, 0.1, 1]}, illicit_source_share=0.9)
    listed = scored(1.0, {"scam": [0.9, 0.9, 1]}, category="sanctions")

    one = retro_alert(change(scored(), exposed, RECORDED), "high", taxonomy.categories, NOW)
    other = retro_alert(change(scored(), listed, RECORDED), "critical", taxonomy.categories, NOW)

    assert (one.reason_codes, one.risk_category) == (("RETRO_EXPOSURE_SCAM",), "scam")
    assert (other.reason_codes, other.risk_category) == (("RETRO_LISTED_SANCTIONS",), "sanctions")
    assert (one.decision, one.transaction, one.wallets, one.explanation) == (None, None, ("acct:a",), "why")
    assert one.priority > one.risk_score


def test_the_same_crossing_is_the_same_alert(taxonomy: Taxonomy) -> None:
    first, later = change(scored(), scored(0.7), RECORDED), change(scored(watermark=9), scored(0.7), RECORDED)
    ids = [retro_alert(one, "high", taxonomy.categories, NOW) for one in (first, first, later)]

    assert ids[0].id == ids[1].id != ids[2].id
    assert ids[0].group_id == ids[2].group_id, "one cause"
