"""Settings are read once, typed, and refused by name."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from settings import PREFIX, SettingsError, keep_setting, load_settings, read_env_file, setting_rows


def test_nothing_set_is_the_defaults() -> None:
    settings = load_settings({})

    assert (settings.api.host, settings.api.port, settings.api.auth) == ("127.0.0.1", 8000, "keys")
    assert (settings.graph.live_timeout_s, settings.graph.live_max_flows) == (2.0, 30_000)
    assert (settings.graph.neo4j_uri, settings.ledger.postgres_url, settings.queue.redis_url) == ("", "", "")
    assert (settings.reference_currency, settings.given) == ("USD", frozenset())


def test_text_becomes_what_the_setting_is() -> None:
    settings = load_settings(
        {
            "HEADWATER_PORT": "9000",
            "HEADWATER_LIVE_TIMEOUT_S": "0.5",
            "HEADWATER_AUTH": "off",
            "HEADWATER_REFERENCE_CURRENCY": "ETH",
            "HEADWATER_NEO4J_URI": "bolt://db:7687",
            "PORT": "1",
        }
    )

    assert (settings.api.port, settings.graph.live_timeout_s, settings.api.auth) == (9000, 0.5, "off")
    assert (settings.reference_currency, settings.graph.neo4j_uri) == ("ETH", "bolt://db:7687")
    assert settings.given == {"port", "live_timeout_s", "auth", "reference_currency", "neo4j_uri"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", ""),
        ("LIVE_TIMEOUT_S", "0"),
        ("LIVE_TIMEOUT_S", "-1"),
        ("LIVE_TIMEOUT_S", "nan"),
        ("LIVE_MAX_FLOWS", "1.5"),
        ("LIVE_MAX_FLOWS", "0"),
        ("AUTH", "none"),
        ("AUTH", "OFF"),
        ("MAX_BODY_BYTES", "-1"),
        ("MAX_FUTURE_S", "-1"),
        ("REFERENCE_CURRENCY", "usd"),
        ("REFERENCE_CURRENCY", ""),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^HEADWATER_{name}: "):
        load_settings({f"{PREFIX}{name}": value})


@pytest.mark.parametrize("name", ["HEADWATER_PROT", "HEADWATER_GIVEN", "HEADWATER_API", "HEADWATER_"])
def test_an_unknown_setting_stops_the_start(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is not a setting"):
        load_settings({name: "1"})


def test_overrides_win_and_must_be_settings_too() -> None:
    assert load_settings({"HEADWATER_PORT": "9000"}, port="9001").api.port == 9001
    with pytest.raises(SettingsError, match="HEADWATER_PROT is not a setting"):
        load_settings({}, prot="1")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        load_settings({}).api.port = 1  # type: ignore[misc]


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the working directory, and a process without settings."""
    monkeypatch.chdir(tmp_path)
    for name, _, _ in setting_rows():
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_process_is_above_the_env_file_and_that_above_what_is_kept(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_PORT", "1003")
    (nowhere / ".env").write_text("HEADWATER_PORT=1002\nHEADWATER_HOST=here\nHEADWATER_DATA_DIR=data\n")
    (nowhere / "data").mkdir()
    for name, value in (("port", "1001"), ("host", "there"), ("reference_currency", "ETH")):
        keep_setting(load_settings(), name, value)

    settings = load_settings()

    assert (settings.api.port, settings.api.host, settings.reference_currency) == (1003, "here", "ETH")


def test_a_setting_is_kept_with_its_data_and_the_last_one_counts(nowhere: Path) -> None:
    for currency in ("ETH", "EUR"):
        keep_setting(load_settings(), "reference_currency", currency)

    assert load_settings().reference_currency == "EUR"
    assert load_settings({}).reference_currency == "USD"


def test_an_env_file_may_hold_quotes_comments_and_equals_signs(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# HEADWATER_A=1\n\n HEADWATER_B = 'x y' \nHEADWATER_C=\"p=q\"\nno sign\n")

    assert read_env_file(path) == {"HEADWATER_B": "x y", "HEADWATER_C": "p=q"}
    assert read_env_file(tmp_path / "missing") == {}


def test_every_setting_has_a_default_and_a_reason_and_one_name() -> None:
    rows = list(setting_rows())
    names = [name for name, _, _ in rows]

    assert len(names) == len(set(names)) >= 15
    assert all(name.startswith(PREFIX) and name == name.upper() for name in names)
    assert all(len(why) > 8 for _, _, why in rows)
    stated = load_settings({name: default for name, default, _ in rows})
    assert msgspec.structs.replace(stated, given=frozenset()) == load_settings({})
