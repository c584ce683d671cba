"""CSV in, transactions and attributions out; a bad row has its line and reason, a bad file its message."""

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from jobs.csv_files import (
    CsvFileError,
    open_attributions,
    open_transactions,
    parse_mapping,
)
from jobs.csv_rows import parse_time
from jobs.rejected_rows import RejectedRows

A, B = "0x" + "a" * 40, "0x" + "b" * 40
HEADER = "id,at,sender,receiver,amount\n"


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes, name: str = "in.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def transactions(path, **options):
    with open_transactions(path, **({"network": "eth", "asset": "ETH"} | options)) as rows:
        return list(rows)


def attributions(path, network="eth"):
    with open_attributions(path, network=network) as rows:
        return list(rows)


def test_rows_come_with_their_lines_and_defaults(file):
    path = file(HEADER + f"t1,2019-03-01T12:00:00Z,{A},{B},1.5\n\nt2,1551441600,{B},{A},2e3\n")
    (first_line, first), (second_line, second) = transactions(path)

    assert (first_line, second_line) == (2, 4)
    assert (first.network, first.asset, first.id, first.amount) == ("eth", "ETH", "t1", "1.5")
    assert first.at == second.at == datetime(2019, 3, 1, 12, tzinfo=UTC)
    assert (second.sender, second.receiver, second.value, second.purpose) == (B, A, None, None)


def test_mapping_reads_columns_of_other_names_and_takes_no_value_unasked(file):
    path = file(f"hash,timestamp,from,to,eth,value\nt1,0,{A},{B},1.5,1500000000000000000\n")
    names = parse_mapping("id=hash, at=timestamp,sender=from,receiver=to,amount=eth")

    assert transactions(path, mapping=names)[0][1].value is None
    assert transactions(path, mapping=names | {"value": "value"})[0][1].value == "1500000000000000000"


def test_optional_columns_are_read_by_their_own_names_without_a_mapping(file):
    path = file(f"id,at,sender,receiver,amount,network,asset,value,purpose,extra\nt1,0,{A},{B},1,acct,,3,rent,x\n")
    row = transactions(path)[0][1]

    assert (row.network, row.asset, row.value, row.purpose) == ("acct", "ETH", "3", "rent")


def test_gzip_is_known_by_its_content_and_a_byte_order_mark_is_ignored(file):
    text = "\ufeff" + HEADER + f't1,0,{A},"{B}",1\n'

    assert transactions(file(gzip.compress(text.encode()), "plain.csv")) == transactions(file(text, "x.gz"))


def test_quoted_line_breaks_keep_the_count_of_lines(file):
    path = file(f'id,at,sender,receiver,amount,purpose\nt1,0,{A},{B},1,"a\nb"\nt2,x,{A},{B},1,\n')
    (_, first), (line, error) = transactions(path)

    assert first.purpose == "a\nb"
    assert line == 4
    assert isinstance(error, InvalidInput)


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        (f"t1,yesterday,{A},{B},1", "at", "unix seconds"),
        (f"t1,1551441600000000,{A},{B},1", "at", "RFC 3339"),
        (f"t1,1551441600000,{A},{B},1", "at", "milliseconds"),
        (f"t1,0,{A},{B}", "row", "4 cells; the header has 5"),
        (f'"t1"x,0,{A},{B},1', "row", "not CSV"),
    ],
)
def test_bad_row_is_told_apart_and_the_next_is_read(file, row, field, why):
    (line, error), (_, good) = transactions(file(HEADER + row + f"\nt2,0,{A},{B},1\n"))

    assert line == 2
    assert [e.field for e in error.errors] == [field]
    assert why in str(error)
    assert good.id == "t2"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"id,at,sender,receiver\n", r"'amount' \(for amount\) is missing; the columns are id, at"),
        (b"id,id,at,sender,receiver,amount\n", "'id' .* more than once"),
        (HEADER.encode() + b"t1,0,\xff\xfe,b,1\n", "not UTF-8"),
        (HEADER.encode() + b"t1,0,a,b,1\xc3", "not UTF-8"),
        (gzip.compress(HEADER.encode() * 100, mtime=0)[:-9], "broken gzip"),
        (gzip.compress(HEADER.encode(), mtime=0)[:-8] + b"12345678", "broken gzip"),
        (b"\x1f\x8bnothing", "broken gzip"),
    ],
)
def test_bad_file_is_refused_before_its_first_row(file, content, why):
    with pytest.raises(CsvFileError, match=why):
        open_transactions(file(content), network="eth", asset="ETH")


def test_missing_file_and_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(CsvFileError, match="cannot be read"):
            open_attributions(path, network="eth")


@pytest.mark.parametrize(
    ("text", "why"), [("id", "not field=column"), ("id=a,id=b", "twice"), ("key=a", "not a field")]
)
def test_wrong_mapping_says_why(text, why):
    with pytest.raises(CsvFileError, match=why):
        parse_mapping(text)


def test_progress_reaches_the_size_of_the_file(file):
    path = file(gzip.compress((HEADER + f"t1,0,{A},{B},1\n" * 50_000).encode()))
    with open_transactions(path, network="eth", asset="ETH") as rows:
        seen = [rows.position for _ in rows]

    assert seen == sorted(seen)
    assert seen[-1] == rows.size == path.stat().st_size


def test_attribution_has_a_canonical_wallet_and_its_defaults(file):
    header = "address,category,actor,source,confidence,valid_from,valid_to,note,network\n"
    full = f"0x{'A' * 40},scam,Fake,list,0.75,2019-03-01,2020-01-01T00:00:00+01:00,seen,\n"
    bare = "DE89 3704,exchange,,list,,,,,acct\n"
    (_, first), (_, second) = attributions(file(header + full + bare))

    assert (first.wallet, first.category, first.actor, first.confidence) == ("eth:" + A, "scam", "Fake", 0.75)
    assert first.valid_from == datetime(2019, 3, 1, tzinfo=UTC)
    assert first.valid_to == datetime(2019, 12, 31, 23, tzinfo=UTC)
    assert (second.wallet, second.actor, second.confidence, second.note) == (
        "acct:DE89 3704",
        None,
        1.0,
        None,
    )
    assert (first.id, first.recorded_at, first.official) == ("", None, False)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("0x12,scam,x,list,,,,", "address"),
        (f"{A},,x,list,,,,", "category"),
        (f"{A},{'x' * 101},x,list,,,,", "category"),
        (f"{A},scam,x,,,,,", "source"),
        (f"{A},scam,x,list,1.1,,,", "confidence"),
        (f"{A},scam,x,list,nan,,,", "confidence"),
        (f"{A},scam,x,list,,soon,,", "valid_from"),
        (f"{A},scam,x,list,,,2019-03-01T00:00:00,", "valid_to"),
        (f"{A},scam,x,list,,2019-03-02,2019-03-01,", "valid_to"),
        (f"{A},scam,{'x' * 201},list,,,,", "actor"),
        (f"{A},scam,x,list,,,,ETH", "network"),
    ],
)
def test_bad_attribution_names_its_field(file, row, field):
    header = "address,category,actor,source,confidence,valid_from,valid_to,network\n"
    [(line, error)] = attributions(file(header + row + "\n"))

    assert line == 2
    assert [e.field for e in error.errors] == [field]


def test_every_wrong_field_of_an_attribution_is_named(file):
    [(_, error)] = attributions(file("address,category,actor,source\n0x12,,x,\n"))

    assert [e.field for e in error.errors] == ["category", "source", "address"]


def test_a_category_that_is_not_in_the_table_is_kept_for_review(file):
    [(_, row)] = attributions(file(f"address,category,actor,source\n{A},villain,x,list\n"))

    assert row.category == "villain"


@given(st.integers(-60_000_000_000 * 10**6, 250_000_000_000 * 10**6))
def test_unix_seconds_are_exact_to_the_microsecond(micros):
    sign, (seconds, rest) = "-" if micros < 0 else "", divmod(abs(micros), 10**6)
    read = parse_time(f"{sign}{seconds}.{rest:06d}", "at") - datetime(1970, 1, 1, tzinfo=UTC)

    assert (read.days * 86_400 + read.seconds) * 10**6 + read.microseconds == micros


def test_rejected_rows_make_a_file_only_when_there_are_some(tmp_path):
    source, rejected = tmp_path / "in.csv.gz", tmp_path / "in.csv.gz.rejected"
    with RejectedRows(source) as rows:
        rows.reject(7, 'amount: "x" is wrong')
    assert rejected.read_text() == 'line,reason\n7,"amount: ""x"" is wrong"\n'
    assert rows.count == 1

    with RejectedRows(source) as rows:
        pass
    assert not rejected.exists()
