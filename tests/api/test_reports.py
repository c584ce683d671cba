"""The report of a case says what is recorded, with the decisions' own numbers, and what is not known."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from api.app import create_app
from cli.report import NotValid, report
from graph.model import Role
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.xsd import read_schema, violations_of
from ledger.alerts import record_alerts
from ledger.session import Ledger
from settings import Settings
from tests.api.conftest import bearer, calling, fields, movement, problem
from tests.api.test_cases import CASES, opened
from tests.api.test_wallets import walk
from tests.builders import label
from tests.jobs.drawn_report import XSD
from tests.ledger.records import alert
from tests.servers import Servers

HEADER = {
    "rentity_id": 7,
    "submission_code": "E",
    "report_code": "STR",
    "reporting_person": {"first_name": "Ada", "last_name": "Example"},
    "reason": "It came from a listed wallet.",
    "action": "blocked",
    "indicators": ["SANCTIONS"],
    "transmode_code": "W",
    "funds_code": "K",
    "country": "ZA",
    "institution_name": "A Bank",
}


@pytest.fixture
async def case(client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy) -> str:
    """A case of two alerts, one of whose payments is withdrawn later, about the wallet that was paid."""
    await label(graph, taxonomy, listed="sanctions")
    posted = [
        (
            await client.post(
                "/api/v1/transactions", json=movement(n, sender="listed", amount=a, at=f"2019-03-0{n}T12:00:00Z")
            )
        )
        for n, a in ((1, "12.34"), (2, "7"))
    ]
    alerts = [answer.json()["decision"]["alert"] for answer in posted]
    where, _ = await opened(client, title="Paid by a listed wallet", alerts=alerts, wallets=["acct:b"])
    assert (await client.delete("/api/v1/transactions/acct:p2")).status_code == 204
    return where


async def test_a_report_says_what_is_recorded(client: httpx.AsyncClient, case: str) -> None:
    told = (await client.get(case + "/report")).json()
    decision = (await client.get("/api/v1/transactions/acct:p1/decision")).json()

    assert (told["total_value"], told["reference_currency"]) == ("12.34", "USD")
    assert (told["first_at"], told["last_at"]) == ("2019-03-01T12:00:00Z", "2019-03-02T12:00:00Z")
    assert [(t["transaction"], t["value"], t["withdrawn"]) for t in told["transactions"]] == [
        ("acct:p1", "12.34", False),
        ("acct:p2", "7", True),
    ]
    wallets = {wallet["wallet"]: wallet for wallet in told["wallets"]}
    paid, payer = wallets["acct:b"], wallets["acct:listed"]
    assert (paid["subject"], paid["received"], paid["sent"], paid["attributions"]) == (True, "12.34", "0", [])
    assert (payer["subject"], payer["sent"], payer["attributions"][0]["category"]) == (False, "12.34", "sanctions")
    ground = next(g for g in told["grounds"] if g["transaction"] == "acct:p1")
    assert (ground["risk_score"], ground["explanation"]) == (decision["risk_score"], decision["explanation"])
    signal = next(signal for signal in decision["signals"] if signal["name"] == "exposure")
    reasons = [reason for reason in ground["reasons"] if reason["signal"] == "exposure"]
    assert [(r["reason"], r["value"], r["share"]) for r in reasons] == [
        (part["reason"], part["value"], part["share"]) for part in signal["contributions"]
    ]
    times = [step["at"] for step in told["chronology"]]
    assert times == sorted(times)
    assert [step["kind"] for step in told["chronology"]][:2] == ["transaction", "transaction"]


async def test_a_report_says_what_is_open_and_missing(client: httpx.AsyncClient, case: str) -> None:
    told = (await client.get(case + "/report")).json()
    questions = "\n".join(told["open_questions"])

    assert "The case is open" in questions
    assert questions.count("nobody has resolved or dismissed it") == 2
    assert "Transaction acct:p2 is withdrawn" in questions
    assert "No source says whose these subjects are: acct:b." in questions
    assert "listed" not in questions.replace("acct:listed", "")
    assert any("reporting person" in line for line in told["missing"])
    empty, _ = await opened(client)
    bare = (await client.get(empty + "/report")).json()
    assert (bare["transactions"], bare["first_at"], bare["total_value"], bare["grounds"]) == ([], None, "0", [])
    assert "No wallet was put into the case as its subject." in bare["open_questions"]
    problem(await client.get(CASES + "/none/report"), 404, "not-found")


async def test_the_same_in_words(client: httpx.AsyncClient, case: str) -> None:
    answer = await client.get(case + "/report?format=text")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    text = answer.text
    assert "2 transactions from 2019-03-01 12:00:00 UTC to 2019-03-02 12:00:00 UTC, 12.34 USD in all" in text
    assert "acct:b: nothing is said of it; sent 0 USD and received 12.34 USD in 1 of the transactions." in text
    assert "sanctions (actor of listed) according to drawn" in text
    for title in ("Subjects", "Grounds of suspicion", "Chronology", "Open questions", "Missing for a filing"):
        assert f"\n\n{title}\n- " in text


async def test_an_alert_about_a_wallet_is_a_ground_without_a_transaction(
    client: httpx.AsyncClient, ledger: Ledger
) -> None:
    retro = alert(1, "", class_="retro", decision=None, transaction=None, wallets=("acct:w",))
    async with ledger.transaction() as connection:
        await record_alerts(connection, [retro])
    where, _ = await opened(client, alerts=[retro.id])

    told = (await client.get(where + "/report")).json()

    (ground,) = told["grounds"]
    assert (ground["alert"], ground["transaction"], ground["policy"], ground["reasons"]) == (retro.id, None, None, [])
    assert [(wallet["wallet"], wallet["subject"]) for wallet in told["wallets"]] == [("acct:w", False)]
    assert "on acct:w: risk score" in (await client.get(where + "/report?format=text")).text


@pytest.fixture
def xsd(tmp_path: Path) -> Path:
    path = tmp_path / "goaml.xsd"
    path.write_bytes(XSD)
    return path


@pytest.fixture
async def checking(
    settings: Settings, graph: Graph, keys: dict[Role, str], xsd: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """An application whose operator has set an XSD."""
    checked = replace(settings, api=replace(settings.api, goaml_xsd=str(xsd)))
    async with calling(create_app(checked), **bearer(keys["admin"])) as opened:
        yield opened


async def test_a_filing_is_validated_by_the_operators_schema(
    client: httpx.AsyncClient, checking: httpx.AsyncClient, case: str
) -> None:
    good = (await checking.post(case + "/report/goaml", json=HEADER)).json()
    bad = (await checking.post(case + "/report/goaml", json={})).json()
    unchecked = (await client.post(case + "/report/goaml", json=HEADER)).json()

    assert (good["valid"], good["violations"], good["missing"]) == (True, [], [])
    assert hashlib.sha256(good["document"].encode()).hexdigest() == good["sha256"]
    assert good["document"].count("<transaction>") == 1
    assert bad["valid"] is False
    assert {"line", "element", "message"} == set(bad["violations"][0])
    assert len(bad["missing"]) == 10
    assert (unchecked["valid"], unchecked["violations"]) == (None, [])
    drafted = [event for event in await walk(client, case + "/history") if event["action"] == "case.report_drafted"]
    assert [event["details"]["sha256"] for event in drafted] == [  # type: ignore[index]
        given["sha256"] for given in (good, bad, unchecked)
    ]


async def test_a_schema_that_cannot_be_used_is_the_operators_matter(
    checking: httpx.AsyncClient, client: httpx.AsyncClient, case: str, xsd: Path
) -> None:
    await asyncio.to_thread(xsd.write_text, "<no-schema/>")

    told = problem(await checking.post(case + "/report/goaml", json=HEADER), 503, "schema-refused")

    assert str(xsd) not in str(told)
    assert "case.report_drafted" not in str(await walk(client, case + "/history"))


async def test_a_header_is_refused_by_its_field(client: httpx.AsyncClient, case: str) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"rentity_id": "7"}, "rentity_id"),
        ({"reporting_person": {"age": 3}}, "reporting_person.age"),
        ({"indicators": [1]}, "indicators[0]"),
        ({"name": "x"}, "name"),
    ]
    for sent, field in wrong:
        answer = await client.post(case + "/report/goaml", json=sent)
        assert fields(problem(answer, 422, "invalid-input")) == [field], sent


@pytest.fixture
def environment(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a command that is run beside the servers."""
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    for name, value in servers.environ().items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environment")
async def test_the_command_writes_nothing_that_the_schema_refuses(case: str, xsd: Path, tmp_path: Path) -> None:
    out, header = tmp_path / "out.xml", tmp_path / "header.json"
    command = [case.rpartition("/")[2], "--format", "goaml", "--xsd", str(xsd), "--header", str(header), "-o", str(out)]

    async def run(sent: dict[str, Any]) -> Result:
        header.write_bytes(msgspec.json.encode(sent))
        return await asyncio.to_thread(CliRunner().invoke, report, command)

    refused = await run({"rentity_id": 7})
    assert isinstance(refused.exception, NotValid)
    assert "missing: report_code: which kind of report it is" in refused.stderr
    assert "line 4, entity_reference: " in refused.stderr
    assert not out.exists()

    done = await run(HEADER)
    assert (done.exit_code, done.stderr) == (0, "")
    assert violations_of(out.read_bytes(), read_schema(xsd)) == ()
    assert (await run({"rentity_id": "x"})).exit_code == 2
