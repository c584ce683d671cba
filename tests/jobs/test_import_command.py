"""`headwater import attributions` as it is typed: what it prints, and when it fails."""

from __future__ import annotations

import os
from pathlib import Path

import neo4j
import pytest
from click.testing import CliRunner

from cli.importing import import_
from graph.errors import HeadwaterError
from tests.conftest import empty_graph, empty_ledger
from tests.servers import Servers

SAMPLES = Path(__file__).parent / "samples"
ADDRESS = "1NBP2e6A8PAtQZuogGgKs7irfEATEfWL3M"


@pytest.fixture
def run(servers: Servers, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    for name, value in servers.environ().items():
        monkeypatch.setenv(name, value)
    empty_graph(cypher)
    empty_ledger(servers.postgres_admin_url)
    return CliRunner()


def test_a_folder_is_imported_and_told(run: CliRunner, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"

    result = run.invoke(import_, ["attributions", str(SAMPLES), "--rejected", str(target)])

    assert result.exit_code == 0, result.output
    assert "12 attributions new, 0 known, 1 rejected" in result.stdout
    assert "2 for review, of categories not in the table: market 1, uncategorised 1" in result.stdout.replace(
        "uncategorised 1, market 1", "market 1, uncategorised 1"
    )
    assert "sanctioned_addresses_XBT.txt:4: " in result.stderr
    assert target.read_text().startswith("file,line,reason\n")


def test_all_or_nothing_and_a_doubtful_list_fail(run: CliRunner, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(f"address,category,actor,source\n{ADDRESS}x,scam,,s\n")
    empty = tmp_path / "sanctioned_addresses_XBT.txt"
    empty.write_text("")

    for arguments, why in (
        ([str(bad), "--all-or-nothing"], "nothing was recorded"),
        ([str(empty)], "accept_delisting: .* is empty"),
        ([str(bad), "--listed-at", "soon"], "--listed-at: must be RFC 3339"),
    ):
        with pytest.raises(HeadwaterError, match=why):
            run.invoke(import_, ["attributions", *arguments], catch_exceptions=False)


def test_a_preview_tells_what_the_import_would_leave_out(run: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"address,category,actor,source,network\n{ADDRESS},odd,,s,btc\n{ADDRESS}x,scam,,s,btc\n")

    told = run.invoke(import_, ["attributions", str(path), "--preview"])

    assert told.exit_code == 0, told.output
    assert "1 attributions new, 0 withdrawn, 1 rows rejected" in told.stdout
    assert "1 for review, of categories not in the table: odd 1" in told.stdout
    assert "in.csv:3: address: " in told.stderr
    with pytest.raises(HeadwaterError, match="nothing would be recorded, as asked: 1 rows"):
        run.invoke(import_, ["attributions", str(path), "--preview", "--all-or-nothing"], catch_exceptions=False)
    assert not (tmp_path / "in.csv.rejected").exists()
