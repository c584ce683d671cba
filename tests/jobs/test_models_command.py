"""`headwater train` and `headwater models`: what was trained is listed, promoted, rolled back, and is in backups."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import neo4j
import pytest
from click.testing import CliRunner, Result

from cli.main import headwater
from cli.models import told_metrics
from graph.taxonomy import load_taxonomy
from jobs.model_errors import ModelConflict
from jobs.services import Services, open_services
from ledger import jobs
from settings import load_settings
from tests.conftest import empty_graph, empty_ledger
from tests.jobs.model_scene import draw, run_to_end
from tests.jobs.test_backup_command import new_database
from tests.servers import Servers

T = TypeVar("T")
__all__ = ["new_database"]


class Site:
    """Servers with a drawn graph, and commands run upon them with a folder of models of their own."""

    def __init__(self, servers: Servers, models_dir: Path) -> None:
        self.environ = servers.environ(models_dir=str(models_dir))

    def run(self, *arguments: str) -> Result:
        cleared = {name: None for name in os.environ if name.startswith("HEADWATER_")}
        return CliRunner(env=cleared | self.environ).invoke(headwater, arguments)

    def do(self, work: Callable[[Services], Awaitable[T]]) -> T:
        async def opened() -> T:
            async with open_services(load_settings(self.environ)) as services:
                return await work(services)

        return asyncio.run(opened())

    def train(self, seed: int) -> str:
        """Ask for a training by the command, have it done, and return the id of the model."""

        async def work(services: Services) -> str:
            async with services.ledger.read() as connection:
                job = await jobs.get_job(connection, asked.output.split()[-1])
            done = await run_to_end(services, job)
            assert done.result, done.error
            model: str = done.result["model"]
            return model

        asked = self.run("train", "isolation_forest", "--seed", str(seed))
        assert asked.exit_code == 0, asked.output
        return self.do(work)


@pytest.fixture
def site(servers: Servers, cypher: neo4j.Session, tmp_path: Path) -> Site:
    empty_ledger(servers.postgres_admin_url)
    empty_graph(cypher)
    site = Site(servers, tmp_path / "models")
    site.do(lambda services: draw(services.graph, load_taxonomy()))
    return site


def test_models_are_listed_promoted_rolled_back_and_restored(
    site: Site, new_database: Servers, cypher: neo4j.Session, tmp_path: Path
) -> None:
    assert site.run("models").exit_code == 0
    first, second = site.train(1), site.train(2)
    for model in (first, second):
        made = site.run("models", "promote", model, "--state", "champion", "--reason", "for a test")
        assert made.output == f"{model} is champion\n"
    back = site.run("models", "rollback", "isolation_forest", "--reason", "for a test")
    assert back.output == f"{second} is retired, {first} is champion again\n"
    listed = site.run("models", "list").output
    assert [line.split()[1::2][:2] for line in listed.splitlines() if "forest-v" in line] == [
        [second, "retired"],
        [first, "champion"],
    ]
    again = site.run("models", "rollback", "isolation_forest", "--reason", "for a test")
    assert isinstance(again.exception, ModelConflict)

    assert site.run("backup", str(tmp_path / "backup")).exit_code == 0
    kept = {path.name: path.read_bytes() for path in (tmp_path / "models").iterdir()}
    for path in (tmp_path / "models").iterdir():
        path.unlink()
    broken = site.run("verify")
    assert broken.exit_code == 1 and broken.output.count("cannot be read from") == 4, broken.output
    empty_graph(cypher)
    restored = Site(new_database, tmp_path / "restored").run("restore", str(tmp_path / "backup"))

    assert {path.name: path.read_bytes() for path in (tmp_path / "restored").iterdir()} == kept
    assert "BAD model" not in restored.output


def test_a_backup_names_a_model_file_that_it_cannot_have(site: Site, tmp_path: Path) -> None:
    site.train(1)
    next((tmp_path / "models").iterdir()).write_bytes(b"")

    made = site.run("backup", str(tmp_path / "backup"))

    assert made.exit_code == 0 and "it is not in the backup" in made.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "oracle"],
        ["train", "gnn", "--seed", "-1"],
        ["models", "promote", "gnn-v1", "--state", "candidate", "--reason", "r"],
        ["models", "promote", "gnn-v1", "--state", "champion"],
        ["models", "rollback", "oracle", "--reason", "r"],
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: list[str]) -> None:
    refused = CliRunner().invoke(headwater, arguments)

    assert refused.exit_code == 2 and "Error: " in refused.output


def test_metrics_are_told_as_large_as_they_are() -> None:
    found = told_metrics({"wallets": 11_800.0, "shap_difference": 2.4e-15, "brier": 0.0131, "roc_auc": 1.0, "psi": 0.0})
    assert found == ["brier 0.013", "psi 0.000", "roc auc 1.000", "shap difference 2.4e-15", "wallets 11,800"]
