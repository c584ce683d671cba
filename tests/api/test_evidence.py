"""Evidence is answered as one zip to whoever may read the alert, and each export is in the audit log."""

from __future__ import annotations

import hashlib

import httpx
from click.testing import CliRunner

from cli.main import headwater
from evidence.packing import unpack
from evidence.verifying import verify_bundle
from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.api.conftest import movement, problem
from tests.builders import label


async def alert_of(client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy) -> str:
    await label(graph, taxonomy, listed="sanctions")
    posted = await client.post(
        "/api/v1/transactions", json=movement(1, sender="listed", receiver="<b>b", amount="12.34")
    )
    alert: str = posted.json()["decision"]["alert"]
    return alert


async def test_an_alert_and_its_case_are_exported(client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy) -> None:
    alert = await alert_of(client, graph, taxonomy)
    note = {"text": "<script>alert(1)</script> called the customer"}
    await client.post(f"/api/v1/alerts/{alert}/notes", json=note)
    made = await client.post("/api/v1/cases", json={"title": "A case", "alerts": [alert]})
    case = made.json()["id"]

    for answer, name in (
        (await client.get(f"/api/v1/alerts/{alert}/evidence"), f"headwater-{alert}.zip"),
        (await client.get(f"/api/v1/cases/{case}/evidence"), f"headwater-{case}.zip"),
    ):
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/zip"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        files = unpack(answer.content)
        assert answer.headers["x-manifest-sha256"] == hashlib.sha256(files["manifest.json"]).hexdigest()
        assert [str(one) for one in verify_bundle(answer.content).wrong] == []
        page = next(content for file, content in files.items() if file.endswith("report.html")).decode()
        assert "<script" not in page and "&lt;script&gt;" in page and "&lt;b&gt;b" in page
    events = (await client.get("/api/v1/audit?action=case.exported")).json()["items"]
    assert [event["subject"] for event in events] == [case]


async def test_what_is_not_there_has_no_evidence(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/v1/alerts/alr_none/evidence"), 404, "not-found")
    problem(await client.get("/api/v1/cases/cas_none/evidence"), 404, "not-found")


def test_the_command_says_what_it_makes() -> None:
    told = CliRunner().invoke(headwater, ["evidence", "--help"])

    assert told.exit_code == 0 and "as one zip" in told.output
