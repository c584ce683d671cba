"""Which servers a command uses."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from cli.stack import env
from settings import load_settings
from stack.discovery import connect, local_parts
from stack.errors import StackError
from stack.local import LocalStack
from stack.services import Services

ELSEWHERE = {
    "HEADWATER_NEO4J_URI": "bolt://db:7687",
    "HEADWATER_POSTGRES_URL": "postgresql://app@db/x",
    "HEADWATER_REDIS_URL": "redis://db",
}


def test_without_a_stack_the_settings_to_set_are_named(tmp_path):
    settings = load_settings({"HEADWATER_DATA_DIR": str(tmp_path), "HEADWATER_REDIS_URL": "redis://db"})
    with pytest.raises(StackError, match=r"headwater up.* HEADWATER_NEO4J_URI and HEADWATER_POSTGRES_URL$"):
        connect(settings)


def test_servers_elsewhere_are_used_as_they_are(tmp_path):
    settings = load_settings({**ELSEWHERE, "HEADWATER_DATA_DIR": str(tmp_path)})
    assert local_parts(settings) == []
    assert connect(settings) == settings


def test_an_owner_without_an_application_role_is_refused(tmp_path):
    alone = {"HEADWATER_DATA_DIR": str(tmp_path), "HEADWATER_POSTGRES_ADMIN_URL": "postgresql://owner@db/x"}
    with pytest.raises(StackError, match="HEADWATER_POSTGRES_URL must be set"):
        connect(load_settings(alone))


def test_a_stack_whose_processes_are_gone_is_none(small: LocalStack):
    small.start(("redis",), detach=False)
    small.process("redis").stop()
    assert small.running() is None


def test_running_servers_fill_the_empty_settings(whole: LocalStack, services: Services):
    given = {"HEADWATER_DATA_DIR": str(whole.data_dir), "HEADWATER_REDIS_URL": "redis://db"}
    settings = connect(load_settings(given))
    assert settings.graph.neo4j_uri == services.neo4j_uri
    assert settings.graph.neo4j_password == services.neo4j_password
    assert settings.ledger.postgres_url == services.postgres_url
    assert settings.ledger.postgres_admin_url == services.postgres_admin_url
    assert settings.queue.redis_url == "redis://db"


def test_env_prints_what_commands_use(whole: LocalStack, services: Services, monkeypatch):
    monkeypatch.setenv("HEADWATER_DATA_DIR", str(whole.data_dir))
    printed = CliRunner().invoke(env).stdout.splitlines()
    pairs = dict(line.removeprefix("export HEADWATER_").split("=", 1) for line in printed)
    settings = connect(load_settings())
    assert pairs == {
        "NEO4J_URI": settings.graph.neo4j_uri,
        "NEO4J_USER": settings.graph.neo4j_user,
        "NEO4J_PASSWORD": settings.graph.neo4j_password,
        "POSTGRES_URL": settings.ledger.postgres_url,
        "POSTGRES_ADMIN_URL": settings.ledger.postgres_admin_url,
        "REDIS_URL": settings.queue.redis_url,
        "NEO4J_BROWSER_URL": settings.graph.neo4j_browser_url,
    }
