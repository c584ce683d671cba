"""`headwater users`, the demo's keys and people: by the command line, on the real ledger."""

from __future__ import annotations

import os

import httpx
import psycopg
import pytest
from click.testing import CliRunner, Result

from cli.demo_keys import make_keys, show_keys
from cli.demo_people import make_people, show_people
from cli.users import users as command
from jobs.services import Services
from tests.api.people import signed_in
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


def rows(servers: Servers, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(servers.postgres_admin_url) as connection:
        return connection.execute(query).fetchall()


def test_a_person_is_made_reset_and_disabled_and_each_is_audited(run: CliRunner, servers: Servers) -> None:
    made = invoke(run, "create", "--role", "auditor", "Ann Smith")
    reset = invoke(run, "reset", "ann smith")
    ended = [invoke(run, "disable", "Ann Smith").output for _ in range(2)]

    first, second = made.stdout.strip(), reset.stdout.strip()
    assert len(first) == len(second) == 20 and first != second
    assert ended == ["Ann Smith is disabled\n", "Ann Smith was already disabled\n"]
    listed = invoke(run, "list").output
    assert "ann smith" in listed and first not in listed
    assert rows(servers, "SELECT actor, action FROM audit_events ORDER BY seq") == [
        ("cli", "user.created"),
        ("cli", "user.password_reset"),
        ("cli", "user.disabled"),
    ]
    assert first not in str(rows(servers, "SELECT * FROM users")) + str(rows(servers, "SELECT * FROM audit_events"))


@pytest.mark.parametrize(
    "arguments", [("create", "--role", "king", "x"), ("create", "--role", "admin", " "), ("reset", "x")]
)
def test_a_misfit_is_not_made(run: CliRunner, servers: Servers, arguments: tuple[str, ...]) -> None:
    assert invoke(run, *arguments).exit_code != 0
    assert rows(servers, "SELECT * FROM audit_events") == []


async def test_the_demo_makes_a_key_for_each_role_once(services: Services, capsys: pytest.CaptureFixture[str]) -> None:
    made = await make_keys(services)
    again = await make_keys(services)
    show_keys(made)
    shown = capsys.readouterr().out
    show_keys(again)

    assert set(made) == {"integrator", "investigator", "supervisor", "admin", "auditor"} and again == {}
    assert all(key in shown for key in made.values())
    assert "hw_" not in capsys.readouterr().out


async def test_people_of_the_demo_sign_in_at_once(
    services: Services, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await make_people(services)
    show_people(made)
    shown = capsys.readouterr().out
    assert await make_people(services) == {}
    assert set(made) == {"integrator", "investigator", "supervisor", "admin", "auditor"}
    assert all(password in shown for password in made.values())
    answer = await signed_in(client, "investigator", made["investigator"])
    assert (answer.status_code, answer.json()["must_change_password"]) == (201, False)
