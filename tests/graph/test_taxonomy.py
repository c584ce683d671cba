"""One table of categories, and one order among several attributions of a wallet."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import NotFound
from graph.model import Attribution
from graph.taxonomy import current_attribution, load_taxonomy, ranked_attributions

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def says(category: str, confidence: float = 1.0, named: str = "a", **facts) -> Attribution:
    known = {"wallet": "acct:w", "source": "test", "recorded_at": NOW - DAY}
    return Attribution(id=named, category=category, confidence=confidence, **(known | facts))


def test_table_is_that_of_the_design():
    taxonomy = load_taxonomy()

    assert taxonomy.illicit == {
        *("sanctions", "terrorism_financing", "child_abuse", "ransomware", "theft"),
        *("scam", "darknet_market", "fraud_shop", "mixer"),
    }
    assert taxonomy.services == {
        *("exchange", "gambling", "miner", "payment_processor"),
        *("custodian", "token_sale", "donation", "other_service"),
    }
    assert taxonomy.passing == {"dex", "bridge", "contract"}
    assert set(taxonomy.names) == taxonomy.illicit | taxonomy.services | taxonomy.passing


def test_severity_orders_classes_and_tells_all_categories_apart():
    taxonomy = load_taxonomy()
    severity = {name: taxonomy.get(name).severity for name in taxonomy.names}

    assert len(set(severity.values())) == len(severity)
    assert max(severity, key=severity.__getitem__) == "sanctions"
    assert severity["sanctions"] == 1.0
    assert min(severity[name] for name in taxonomy.illicit) >= 0.5
    assert max(severity[n] for n in taxonomy.services) < 0.5
    assert max(severity[n] for n in taxonomy.passing) < min(severity[n] for n in taxonomy.services)


def test_unknown_category_is_not_found():
    with pytest.raises(NotFound, match="category nonsense"):
        load_taxonomy().get("nonsense")


def test_official_sanctions_listing_decides_over_everything():
    official = says("sanctions", 0.1, official=True, named="z")

    assert current_attribution([says("terrorism_financing"), says("sanctions"), official], NOW) is official


def test_official_flag_means_nothing_on_another_category():
    claimed = says("exchange", official=True)

    assert current_attribution([claimed, says("scam", 0.5)], NOW).category == "scam"


def test_confident_illicit_decides_by_severity_before_confidence():
    ranked = ranked_attributions([says("mixer", 1.0), says("theft", 0.5), says("exchange", 1.0)], NOW)

    assert [a.category for a in ranked] == ["theft", "mixer", "exchange"]


def test_doubtful_illicit_competes_by_confidence_only():
    assert current_attribution([says("sanctions", 0.49), says("exchange", 0.6)], NOW).category == "exchange"
    assert current_attribution([says("sanctions", 0.49), says("exchange", 0.4)], NOW).category == "sanctions"


@pytest.mark.parametrize(
    "facts",
    [
        {"recorded_at": None},
        {"recorded_at": NOW + DAY},
        {"withdrawn_at": NOW},
        {"valid_from": NOW + DAY},
        {"valid_to": NOW},
        {"category": "not_in_the_table"},
    ],
)
def test_what_is_not_in_force_never_decides(facts):
    facts = {"category": "scam"} | facts

    assert current_attribution([says(**facts)], NOW) is None


def test_spans_include_their_beginning():
    assert current_attribution([says("scam", recorded_at=NOW, valid_from=NOW, valid_to=NOW + DAY)], NOW)
    assert current_attribution([], NOW) is None


@given(st.permutations([says("scam", 0.7, named=c) for c in "abcd"] + [says("mixer", 1.0, named="0")]))
def test_order_of_reading_does_not_matter(attributions):
    assert [a.id for a in ranked_attributions(attributions, NOW)] == ["a", "b", "c", "d", "0"]
