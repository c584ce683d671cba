"""`headwater features` tells what models look at, without servers."""

from __future__ import annotations

from click.testing import CliRunner

from cli.main import headwater
from ml.features.catalog import DIGEST, NAMES, describe


def test_every_feature_is_listed_with_what_it_tells() -> None:
    shown = CliRunner().invoke(headwater, ["features"])

    assert shown.exit_code == 0 and shown.stdout.endswith(f"{len(NAMES)} features, digest {DIGEST}\n")
    lines = [line.split("│") for line in shown.stdout.splitlines() if line.startswith("│")]
    assert [line[1].strip() for line in lines] == list(NAMES)
    assert [line[3].strip() for line in lines] == [describe(name).replace("\n", " ") for name in NAMES]


def test_some_can_be_asked_for_by_name() -> None:
    shown = CliRunner().invoke(headwater, ["features", "from_scam", "payees"])

    rows = [line for line in shown.stdout.splitlines() if line.startswith("│")]
    assert "from_scam" in rows[0] and " own " not in rows[0] and " own " in rows[1] and len(rows) == 2


def test_a_feature_that_is_not_there_is_named() -> None:
    refused = CliRunner().invoke(headwater, ["features", "payees", "unheard"])

    assert refused.exit_code == 2 and "there is no feature unheard" in refused.stderr
