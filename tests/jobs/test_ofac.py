"""OFAC lists in, official listings out: no line is lost, and an address goes to the network its form proves."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph.errors import InvalidInput
from jobs import attribution_files
from jobs.attribution_files import Reading, guess_format, read_files
from jobs.file_errors import FileRefused
from jobs.ofac import read_list

SAMPLES = Path(__file__).parent / "samples" / "ofac"
A = "1NBP2e6A8PAtQZuogGgKs7irfEATEfWL3M"
T = "TX9b2hTtH7HqZjySGYL3PGQza1umUc8fZe"


def written(tmp_path, text, name="sanctioned_addresses_XBT.txt"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_every_address_is_an_official_listing():
    found = read_list(SAMPLES / "sanctioned_addresses_XBT.txt", None, datetime(2024, 9, 27, tzinfo=UTC))
    first = found.given[0]

    assert (found.asset, len(found.given), found.rejected) == ("XBT", 4, [])
    assert (first.wallet, first.category, first.source, first.actor) == (
        f"btc:{A}",
        "sanctions",
        "ofac-sdn",
        "OFAC SDN",
    )
    assert (first.official, first.confidence, first.valid_from.year, first.note) == (True, 1.0, 2024, "listed as XBT")


def test_an_address_whose_checksum_proves_another_network_is_kept_there_and_told():
    found = read_list(SAMPLES / "sanctioned_addresses_XBT.txt", None, None)

    assert found.given[3].wallet == f"trx:{T}"
    [(line, remark)] = found.remarks
    assert line == 4
    assert remark.startswith(f"{T} is listed as XBT but is a trx address")


def test_a_token_is_on_the_network_of_each_address():
    found = read_list(SAMPLES / "sanctioned_addresses_USDT.json", None, None)

    assert [a.wallet.partition(":")[0] for a in found.given] == ["eth", "trx", "btc"]
    assert found.remarks == found.rejected == []


@pytest.mark.parametrize("text", [f"{A}\n{A[:-1]}N\n\n{T[:-1]}x\n", f'[\n"{A}",\n"{A[:-1]}N", "{T[:-1]}x"]'])
def test_a_bad_checksum_is_told_with_line_and_address(tmp_path, text):
    found = read_list(written(tmp_path, text), None, None)

    (line, first), (_, second) = found.rejected
    assert len(found.given) == 1
    assert isinstance(first, InvalidInput)
    assert f"{A[:-1]}N: " in str(first)
    assert (line, f"{T[:-1]}x" in str(second)) == (text[: text.index(A[:-1] + "N")].count("\n") + 1, True)


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ('["a", "b', "sanctioned_addresses_XBT.json", "cut short"),
        ('[{"address": "a"}]', "sanctioned_addresses_XBT.json", "not a JSON list of addresses"),
        (A, "list.txt", "which asset"),
        (A, "sdn.txt", "which asset"),
    ],
)
def test_a_list_that_cannot_be_trusted_is_refused(tmp_path, text, name, why):
    with pytest.raises(FileRefused, match=why):
        read_list(written(tmp_path, text, name), None, None)


def test_the_asset_can_be_told_for_a_list_of_any_name(tmp_path):
    assert read_list(written(tmp_path, A, "list.txt"), "xbt", None).asset == "XBT"


def test_lines_and_json_of_one_asset_are_one_list_unless_they_differ(tmp_path):
    written(tmp_path, A)
    written(tmp_path, f'["{A}"]', "sanctioned_addresses_XBT.json")
    assert [len(found.given) for found in read_files(tmp_path, Reading()).lists] == [1]

    written(tmp_path, f'["{A}", "{T}"]', "sanctioned_addresses_XBT.json")
    with pytest.raises(InvalidInput, match="name different addresses"):
        read_files(tmp_path, Reading())


def test_too_many_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(attribution_files, "MAX_ROWS", 2)
    path = written(tmp_path, f"address,category,actor,source\n{A},scam,,s\n{A},scam,,s\n", "a.csv")

    assert len(read_files(path, Reading(network="btc")).rows) == 2
    path.write_text(path.read_text() + f"{A},scam,,s\n")
    with pytest.raises(InvalidInput, match="too many at once"):
        read_files(path, Reading(network="btc"))


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("sanctioned_addresses_ETH.json", "ofac"),
        ("SDN.txt", "ofac"),
        ("a.yml", "tagpack"),
        ("a.csv.gz", "csv"),
        ("LICENSE", None),
    ],
)
def test_a_name_tells_the_format(name, format_):
    assert guess_format(Path(name)) == format_
