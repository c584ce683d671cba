"""Money is exact: one plain text, integers of micro-units, splits that add up."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.money import (
    MAX_MICRO,
    apportion,
    format_micro,
    micro,
    plain_decimal,
    scaled,
    split_pairs,
    total_amount,
)

DECIMALS = st.decimals(min_value=0, max_value=10**30, allow_nan=False, allow_infinity=False, places=None).map(str)
AMOUNTS = st.decimals(min_value=0, max_value=10**12, places=8).map(lambda d: plain_decimal(str(d), "amount"))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1", "1"),
        ("007.50", "7.5"),
        ("0.000", "0"),
        ("1e18", "1000000000000000000"),
        ("1.5E-3", "0.0015"),
        ("12.34e1", "123.4"),
        ("0e999999", "0"),
        ("12e198", "12" + "0" * 198),
        ("1e-200", "0." + "0" * 199 + "1"),
    ],
)
def test_plain_decimal_has_one_form(text, plain):
    assert plain_decimal(text, "amount") == plain


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "1_0",
        "1,5",
        ".5",
        "5.",
        "NaN",
        "inf",
        "0x1",
        "１",
        "1e",
        "1e99999999",
        "--",
    ],
)
def test_what_is_not_a_decimal_is_refused_by_name(text):
    with pytest.raises(InvalidInput) as refused:
        plain_decimal(text, "amount")
    assert refused.value.errors[0].field == "amount"


@pytest.mark.parametrize("text", ["1e999999", "1e200", "1e-201", "1" * 201, "0." + "1" * 201])
def test_more_than_200_digits_are_refused(text):
    with pytest.raises(InvalidInput, match="amount: has more than 200 digits"):
        plain_decimal(text, "amount")


def test_negative_is_refused_as_such():
    with pytest.raises(InvalidInput, match="fee: must not be negative"):
        plain_decimal("-1", "fee")


@given(DECIMALS)
def test_plain_decimal_keeps_the_number_and_is_its_own_form(text):
    plain = plain_decimal(text, "amount")

    assert Fraction(plain) == Fraction(text)
    assert plain_decimal(plain, "amount") == plain
    assert "e" not in plain.lower()


@given(DECIMALS.filter(lambda text: Decimal(text) < 9 * 10**12))
def test_micro_truncates_toward_zero(text):
    assert micro(plain_decimal(text, "value")) == int(Fraction(text) * 10**6)


@given(st.integers(-MAX_MICRO, MAX_MICRO))
def test_format_micro_is_exact(value):
    assert Fraction(format_micro(value)) == Fraction(value, 10**6)
    if value >= 0:
        assert micro(format_micro(value)) == value


def test_format_micro_is_plain():
    assert [format_micro(v) for v in (0, 12_500_000, 1, -1_500_000)] == ["0", "12.5", "0.000001", "-1.5"]


def test_micro_stops_below_64_bits():
    assert micro("9000000000000") == MAX_MICRO < 2**63
    with pytest.raises(InvalidInput, match="value: must be at most 9000000000000"):
        micro("9000000000000.000001")


@given(st.integers(0, 10**24), st.lists(st.integers(0, 10**30), min_size=1, max_size=30))
def test_apportion_adds_up_and_stays_within_one(total, weights):
    parts = apportion(total, weights)

    assert sum(parts) == total
    if whole := sum(weights):
        for part, weight in zip(parts, weights, strict=True):
            assert abs(Fraction(total * weight, whole) - part) < 1


def test_apportion_gives_equal_remainders_to_the_earlier():
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]
    assert apportion(11, [1, 1, 1]) == [4, 4, 3]
    assert apportion(2, [1, 2, 1]) == [1, 1, 0]
    assert apportion(5, [0, 0]) == [3, 2]
    assert apportion(0, [0, 0]) == [0, 0]
    assert apportion(0, []) == []


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, []), (1, [-1, 2])])
def test_apportion_refuses_nonsense(total, weights):
    with pytest.raises(ValueError, match="apportioned"):
        apportion(total, weights)


@given(st.lists(AMOUNTS, max_size=10))
def test_scaled_amounts_keep_their_proportions(amounts):
    numbers = scaled(amounts)

    assert [number * Fraction(amounts[0]) for number in numbers] == [
        numbers[0] * Fraction(amount) for amount in amounts
    ]


@given(st.lists(AMOUNTS, min_size=1, max_size=10))
def test_total_amount_is_exact_and_plain(amounts):
    with localcontext(prec=60):
        expected = sum(map(Decimal, amounts))
    total = total_amount(amounts)

    assert Decimal(total) == expected
    assert plain_decimal(total, "amount") == total


@given(
    st.integers(0, MAX_MICRO),
    st.lists(AMOUNTS, min_size=1, max_size=8),
    st.lists(AMOUNTS, min_size=1, max_size=8),
)
def test_split_pairs_conserves_value(value, inputs, outputs):
    pairs = split_pairs(value, inputs, outputs)
    per_output = apportion(value, scaled(outputs))
    per_input = apportion(value, scaled(inputs))

    assert all(part > 0 for _, _, part in pairs)
    assert [sum(p for _, j, p in pairs if j == k) for k in range(len(outputs))] == per_output
    for k, whole in enumerate(per_input):
        assert abs(sum(p for i, _, p in pairs if i == k) - whole) <= len(outputs) + 1


def test_split_pairs_by_hand():
    # 10 over 3 and 0.5: 8.57 and 1.43, so 9 and 1; 9 over 1 and 2 is 3 and 6; 1 goes to the larger input
    assert split_pairs(10, ["1", "2"], ["3", "0.5"]) == [(0, 0, 3), (1, 0, 6), (1, 1, 1)]
    assert split_pairs(7, ["2"], ["1"]) == [(0, 0, 7)]
    assert split_pairs(7, [], ["1"]) == []
    assert split_pairs(0, ["1"], ["1"]) == []
    assert split_pairs(1, ["1", "1"], ["1", "1"]) == [(0, 0, 1)]
    assert split_pairs(4, ["1"], ["0", "1"]) == [(0, 1, 4)]
