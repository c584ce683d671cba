"""The running API answers nothing that its documents do not tell: no 5xx, no other status, type, header or shape.

Schemathesis reads the served OpenAPI document and sends what it allows and what it does not, as an admin.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ledger.keys import create_key
from ledger.session import Ledger
from tests.chaos.processes import ROOT, free_port, headwater, wait_until_ready
from tests.servers import Servers

SEED = 20261121
RUN = "import schemathesis.cli; schemathesis.cli.schemathesis()"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@pytest.fixture
async def key(ledger: Ledger) -> str:
    async with ledger.transaction() as connection:
        return (await create_key(connection, "fuzzing", "admin"))[1]


@pytest.fixture
def api(servers: Servers, graph: object, key: str, tmp_path: Path) -> Iterator[str]:
    """The API in a process of its own, on the test's servers."""
    port = free_port()
    environ = servers.environ(port=str(port), data_dir=str(tmp_path / "data"))
    with headwater("serve", tmp_path / "api.log", environ):
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url)
        yield url


def fuzz(document: str, key: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        *(sys.executable, "-c", RUN, "run", document, "--header", f"Authorization: Bearer {key}"),
        *("--checks", ",".join(CHECKS), "--seed", str(SEED), "--continue-on-failure", "--warnings", "off"),
        *("--request-timeout", "60", *options),
    ]
    environ = os.environ | {"SCHEMATHESIS_HOOKS": "tests.fuzzing.hooks", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def told(done: subprocess.CompletedProcess[str]) -> str:
    return f"seed {SEED}\n{done.stdout[-20_000:]}\n{done.stderr[-2_000:]}"


@pytest.mark.timeout(600)
def test_ten_requests_an_operation_get_documented_answers(api: str, key: str) -> None:
    done = fuzz(f"{api}/openapi.json", key, "--phases", "examples,fuzzing", "--max-examples", "10")
    assert done.returncode == 0, told(done)


def test_an_answer_that_is_not_documented_is_found(api: str, key: str, tmp_path: Path) -> None:
    document = httpx.get(f"{api}/openapi.json").json()
    del document["paths"]["/api/v1/transactions"]["post"]["responses"]["422"]
    poorer = tmp_path / "openapi.json"
    poorer.write_text(json.dumps(document))
    options = ("--include-operation-id", "create_transaction", "--phases", "fuzzing", "--max-examples", "25")
    done = fuzz(str(poorer), key, "--url", api, *options)
    assert done.returncode == 1 and "Undocumented status code" in done.stdout, told(done)


@pytest.mark.soak
@pytest.mark.timeout(6 * 3600)
def test_500_requests_an_operation_and_every_boundary_get_documented_answers(api: str, key: str) -> None:
    phases = "examples,coverage,fuzzing,stateful"
    done = fuzz(f"{api}/openapi.json", key, "--phases", phases, "--max-examples", "500")
    print(told(done))
    assert done.returncode == 0, told(done)
