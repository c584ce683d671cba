"""Every list as CSV: the rows of its pages, exactly; no spreadsheet computes them, and none is lost unseen."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.types import Message, Receive, Scope, Send

from api import csv as export
from api.cases import list_cases
from api.csv import CsvLists, ExportCut
from api.csv_text import cell, line
from api.examples import PARAMETERS
from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.api.conftest import bearer, movement, problem
from tests.api.test_cases import opened
from tests.builders import label

CSV = {"accept": "text/csv"}
# Lists that the fixture below fills; the others must at least name their columns.
FILLED = {
    "list_transactions",
    "list_wallet_transactions",
    "list_wallet_counterparties",
    "search_wallets",
    "list_alerts",
}
FILLED |= {"list_attributions", "list_cases", "list_audit_events", "list_case_notes", "list_case_history", "list_jobs"}


@pytest.fixture
async def filled(client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy) -> dict[str, str]:
    """Something in as many lists as can be; the values of path parameters."""
    await label(graph, taxonomy, listed="sanctions", fake="scam")
    names = ["=1+1", "+1", "-x", "@sum", "'quoted", 'say "so", twice\n', "plain", "-12.5", ""]
    for number in range(7):
        await client.post("/api/v1/transactions", json=movement(number, sender="listed", receiver=f"r{number}"))
    alerts = [row["id"] for row in (await client.get("/api/v1/alerts")).json()["items"]]
    await client.post("/api/v1/scoring-runs")
    for title in names[:-1]:
        case, _ = await opened(client, title=title, assignee=None if title == "plain" else title)
    await client.post(case + "/alerts", json={"alerts": alerts[:2]})
    for text in names[:-1]:
        await client.post(case + "/notes", json={"text": text})
    return {"case": case.rpartition("/")[2], "key": "acct:listed"}


async def lists(client: httpx.AsyncClient, values: dict[str, str]) -> dict[str, str]:
    """Every list that the document names, by operation, with values for the parameters of its path."""
    document = (await client.get("/openapi.json")).json()
    found = {}
    for path, item in document["paths"].items():
        content = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "text/csv" in content:
            given = {"key": "acct:listed", **PARAMETERS, **values}
            query = "?q=acct:r" if item["get"]["operationId"] == "search_wallets" else ""
            found[item["get"]["operationId"]] = path.format(**given) + query
    return found


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    return list(csv.DictReader(io.StringIO(response.text, newline=""), strict=True))


def matches(written: str, value: Any) -> bool:
    """Whether a cell says what the JSON says."""
    if value is None or isinstance(value, str):
        return written.removeprefix("'") == (value or "")
    return bool(json.loads(written) == value)


async def every_item(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        answer = await client.get(path, params=httpx.URL(path).params.merge(query))
        page = answer.json()
        items += page["items"]
        if page["next"] is None:
            return items
        query = {"cursor": page["next"]}


async def test_every_list_is_answered_as_csv_with_the_rows_of_its_pages(
    client: httpx.AsyncClient, filled: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE_ROWS", 2)
    found = await lists(client, filled)

    assert len(found) >= 20
    assert set(found) >= FILLED
    counted = {}
    for operation, path in found.items():
        as_json = await client.get(path)
        written = await client.get(path, headers=CSV)
        if as_json.status_code != 200:
            # Nothing of that id: the error is the same, and no CSV.
            assert written.status_code == as_json.status_code == 404, (operation, written.text)
            assert written.headers["content-type"] == "application/problem+json"
            continue
        items = [] if operation == "list_audit_events" else await every_item(client, path)
        rows = rows_of(written)
        counted[operation] = len(rows)
        for item, row in zip(items, rows, strict=operation != "list_audit_events"):
            assert set(row) == set(item), operation
            assert all(matches(row[name], value) for name, value in item.items()), (operation, item, row)
    assert all(counted[operation] for operation in FILLED), counted


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠"])
def test_no_text_is_computed_by_a_spreadsheet(start: str) -> None:
    text = f'{start}HYPERLINK("http://evil")'
    written = cell(text)

    assert written.startswith("\"'")
    (row,) = csv.reader(io.StringIO(line([text]), newline=""), strict=True)
    assert row == ["'" + text]


def test_numbers_stay_numbers_and_nothing_is_not_an_empty_text() -> None:
    assert line([-12.5, 7, True, None, "", "-12.5", "1.5e9"]) == '-12.5,7,true,,"","-12.5","1.5e9"\r\n'
    assert cell("-1+1") == '"\'-1+1"'
    assert cell(["=1", {"a": None}]) == '"[""=1"",{""a"":null}]"'


# What Postgres can hold.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=5,
)


@given(st.lists(VALUES))
def test_whatever_the_json_says_is_read_back(values: list[Any]) -> None:
    one = line(["first", *values])
    for row in csv.reader(io.StringIO(one + one, newline=""), strict=True):
        assert row[0] == "first"
        assert all(matches(written, value) for written, value in zip(row[1:], values, strict=True)), (row, values)
        assert not any(written[:1] in set("=@\t\r\n") for written in row)


async def test_titles_and_notes_arrive_guarded_and_exact(client: httpx.AsyncClient, filled: dict[str, str]) -> None:
    rows = rows_of(await client.get(f"/api/v1/cases/{filled['case']}/notes", headers=CSV))

    assert [row["text"] for row in rows] == [
        "'=1+1",
        "'+1",
        "'-x",
        "'@sum",
        "''quoted",
        'say "so", twice\n',
        "plain",
        "-12.5",
    ]


async def test_a_filter_a_limit_and_a_cursor_hold_for_csv_too(
    client: httpx.AsyncClient, filled: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE_ROWS", 2)
    whole = rows_of(await client.get("/api/v1/alerts?status=open", headers=CSV))
    assert len(whole) == 7
    assert rows_of(await client.get("/api/v1/alerts?status=resolved", headers=CSV)) == []

    cut = await client.get("/api/v1/alerts?status=open&limit=5", headers=CSV)
    *lines, last = cut.text.rstrip("\r\n").split("\r\n")
    assert len(lines) == 6
    assert last.startswith('"# INCOMPLETE: 5 rows are the limit; go on with cursor=')
    cursor = last.rpartition("=")[2].strip('"')
    rest = rows_of(await client.get("/api/v1/alerts", params={"status": "open", "cursor": cursor}, headers=CSV))
    assert [row["id"] for row in rest] == [row["id"] for row in whole][5:]
    exact = await client.get("/api/v1/alerts?limit=7", headers=CSV)
    assert "INCOMPLETE" not in exact.text


async def test_the_file_is_named_for_its_list(client: httpx.AsyncClient, filled: dict[str, str]) -> None:
    answer = await client.get("/api/v1/wallets/acct:listed/transactions", headers=CSV)

    assert answer.headers["content-disposition"] == 'attachment; filename="transactions.csv"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]


async def test_csv_takes_the_same_rights_and_gives_the_same_errors(
    client: httpx.AsyncClient, keys: dict[str, str]
) -> None:
    problem(await client.get("/api/v1/audit", headers=CSV | bearer(keys["investigator"])), 403, "forbidden")
    problem(await client.get("/api/v1/audit", headers=CSV | bearer("hw_no")), 401, "unauthenticated")
    for path in ("/api/v1/alerts?colour=red", "/api/v1/alerts?limit=0", "/api/v1/alerts?limit=1&limit=2"):
        problem(await client.get(path, headers=CSV), 422, "invalid-input")
    problem(await client.get("/api/v1/wallets/acct:none/transactions", headers=CSV), 404, "not-found")


async def test_who_reads_a_wallet_as_csv_is_in_the_log_of_reads(
    client: httpx.AsyncClient, filled: dict[str, str]
) -> None:
    await client.get("/api/v1/wallets/acct:listed/transactions", headers=CSV | {"x-request-id": "as-csv"})

    reads: list[dict[str, Any]] = []
    while not reads:
        await asyncio.sleep(0.1)
        reads = [read for read in await every_item(client, "/api/v1/read-log") if read["request_id"] == "as-csv"]
    assert [(read["operation"], read["subject"]) for read in reads] == [("list_wallet_transactions", "acct:listed")]


async def test_csv_is_given_to_who_prefers_it(client: httpx.AsyncClient) -> None:
    asking = ("text/csv", "text/csv, application/json;q=0.5", "TEXT/CSV; q=0.8, */*;q=0.1")
    for accept in (*asking, "application/json, text/csv;q=0.9", "*/*", "text/html", ""):
        answer = await client.get("/api/v1/jobs", headers={"accept": accept})
        expected = "text/csv" if accept in asking else "application/json"
        assert answer.headers["content-type"].startswith(expected), accept


async def test_what_is_no_list_is_answered_as_ever(client: httpx.AsyncClient, filled: dict[str, str]) -> None:
    for path in ("/health", "/openapi.json", f"/api/v1/cases/{filled['case']}"):
        plain, asked = await client.get(path), await client.get(path, headers=CSV)
        assert (asked.status_code, asked.content) == (200, plain.content)


def application(*pages: tuple[int, bytes]) -> tuple[CsvLists, list[str]]:
    """The layer round an application that gives these answers, one after another, and the queries it was asked."""
    asked: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["query_string"].decode())  # type: ignore[typeddict-item]
        await asyncio.sleep(0)
        status, body = pages[len(asked) - 1]
        scope["route_handler"] = list_cases  # type: ignore[typeddict-item]
        headers = [(b"retry-after", b"0")] if status == 429 else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return CsvLists(app), asked


async def sent_by(layer: CsvLists, receive: Receive | None = None) -> tuple[list[Message], BaseException | None]:
    scope: Any = {"type": "http", "method": "GET", "path": "/api/v1/cases", "query_string": b"", "state": {}}
    scope["headers"] = [(b"accept", b"text/csv")]
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def waiting() -> Any:
        await asyncio.Event().wait()

    try:
        await layer(scope, receive or waiting, send)
    except ExportCut as error:
        return sent, error
    return sent, None


PAGE = b'{"items": [{"id": "cas_1"}], "next": "c1"}'
LAST = b'{"items": [{"id": "cas_2"}], "next": null}'
GONE = b'{"title": "A server we depend on is not available"}'


async def test_a_failure_midway_is_seen_in_the_file_and_on_the_wire() -> None:
    layer, _ = application((200, PAGE), (503, GONE))
    sent, error = await sent_by(layer)

    text = b"".join(message.get("body", b"") for message in sent).decode()
    assert text.endswith('"# INCOMPLETE: it ended after 1 rows: 503 A server we depend on is not available"\r\n')
    assert error is not None
    assert sent[-1]["more_body"] is True


async def test_a_whole_export_ends_well() -> None:
    layer, asked = application((200, PAGE), (200, LAST))
    sent, error = await sent_by(layer)

    assert (error, sent[-1]["more_body"]) == (None, False)
    assert asked == ["", "limit=500&cursor=c1"]


async def test_an_export_waits_where_the_callers_rate_is_spent() -> None:
    layer, asked = application((200, PAGE), (429, b"{}"), (429, b"{}"), (200, LAST))
    sent, error = await sent_by(layer)

    assert (error, len(asked)) == (None, 4)
    assert b"cas_2" in b"".join(message.get("body", b"") for message in sent)


async def test_an_export_ends_when_its_reader_has_gone() -> None:
    layer, asked = application(*[(200, PAGE)] * 50)

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    await sent_by(layer, gone)

    assert len(asked) < 50
