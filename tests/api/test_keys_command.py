"""`headwater keys` and what `headwater serve` refuses: by the command line, on the real ledger."""

from __future__ import annotations

import os

import psycopg
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from cli.keys import keys as command
from cli.serve import require_loopback
from settings import Settings, SettingsError
from tests.conftest import empty_ledger
from tests.servers import Servers


@pytest.fixture
def run(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    for name, value in servers.environ().items():
        monkeypatch.setenv(name, value)
    empty_ledger(servers.postgres_admin_url)
    return CliRunner()


def invoke(run: CliRunner, *arguments: str) -> Result:
    return run.invoke(command, arguments)


def test_a_key_is_printed_once_and_its_making_is_audited(run: CliRunner, servers: Servers) -> None:
    made = invoke(run, "create", "--role", "auditor", "--name", "year end")

    assert made.exit_code == 0, made.output
    plaintext = made.stdout.strip()
    assert plaintext.startswith("hw_")
    listed = invoke(run, "list").output
    assert "auditor" in listed
    assert plaintext not in listed
    with psycopg.connect(servers.postgres_admin_url) as connection:
        ((key,),) = connection.execute("SELECT id FROM api_keys").fetchall()
        assert key in listed  # whole, however narrow the table: it is what `revoke` asks for
        events = connection.execute("SELECT action, subject, body FROM audit_events").fetchall()
    assert events == [("key.created", key, '{"name":"year end","role":"auditor"}')]


def test_a_revoked_key_stays_revoked_and_its_end_is_audited(run: CliRunner, servers: Servers) -> None:
    invoke(run, "create", "--role", "admin", "--name", "gone soon")
    with psycopg.connect(servers.postgres_admin_url) as connection:
        ((key,),) = connection.execute("SELECT id FROM api_keys").fetchall()

    assert invoke(run, "revoke", key).exit_code == 0
    again = invoke(run, "revoke", key)

    assert again.exit_code != 0
    assert key in str(again.exception)
    with psycopg.connect(servers.postgres_admin_url) as connection:
        rows = connection.execute("SELECT action FROM audit_events ORDER BY seq").fetchall()
    assert rows == [("key.created",), ("key.revoked",)]


@pytest.mark.parametrize(("role", "name"), [("king", "x"), ("admin", " "), ("admin", "a\nb"), ("admin", "x" * 101)])
def test_a_misfit_key_is_not_made(run: CliRunner, servers: Servers, role: str, name: str) -> None:
    assert invoke(run, "create", "--role", role, "--name", name).exit_code == 2
    with psycopg.connect(servers.postgres_admin_url) as connection:
        assert connection.execute("SELECT count(*) FROM audit_events").fetchall() == [(0,)]


def test_serving_without_keys_is_refused_on_a_network(settings: Settings) -> None:
    for host, auth in (("127.0.0.1", "off"), ("localhost", "off"), ("0.0.0.0", "keys")):
        require_loopback(replace(settings.api, host=host, auth=auth))
    for host in ("0.0.0.0", "::", "192.168.1.7", "db.example"):
        with pytest.raises(SettingsError, match="HEADWATER_AUTH=off"):
            require_loopback(replace(settings.api, host=host, auth="off"))
