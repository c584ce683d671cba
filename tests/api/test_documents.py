"""The OpenAPI document is whole, every operation is exemplified, and the page needs nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from api.access import ACCESS, PUBLIC
from api.app import create_app
from api.examples import ANSWERS, BODIES, INPUT
from graph.canonical import decode_transaction
from graph.session import Graph
from ledger.session import Ledger
from settings import Settings
from tests.api.conftest import calling


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    response = await client.get("/openapi.json")
    found: dict[str, Any] = response.json()
    assert found == (await client.get("/api/v1/openapi.json")).json() == (await client.get("/docs/openapi.json")).json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for operation in item.values():
            yield path, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_document_is_openapi_31_and_every_reference_resolves(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    for reference in set(references(document)):
        assert reference.startswith("#/")
        target = document
        for step in reference[2:].split("/"):
            target = target[step]


def test_every_operation_is_described_and_exemplified(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names)) == len(ANSWERS)
    for path, operation in operations(document):
        assert operation["summary"], path
        assert len(operation["description"]) > 20, path
        assert operation["tags"], path
        good = [response for response in operation["responses"].values() if "$ref" not in response]
        assert good, path
        for response in good:
            assert response["description"], path
            for content in response.get("content", {}).values():
                assert content["example"], path
                assert content["schema"], path
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (path, parameter["name"])


def test_every_operation_names_its_errors(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        statuses = set(operation["responses"])
        assert {"422", "500"} <= statuses, path
        if ACCESS[operation["operationId"]] != PUBLIC:
            assert {"401", "403", "503"} <= statuses, path
            assert operation["security"], path
        if "{" in path:
            assert "404" in statuses, path
        if "requestBody" in operation:
            assert "413" in statuses, path
    create = document["paths"]["/api/v1/transactions"]["post"]
    assert {"200", "201", "400", "409"} <= set(create["responses"])


def test_every_body_is_described(document: dict[str, Any]) -> None:
    described = {operation["operationId"] for _, operation in operations(document) if "requestBody" in operation}

    assert set(BODIES) == described


def test_the_example_of_a_body_is_accepted(document: dict[str, Any]) -> None:
    body = document["paths"]["/api/v1/transactions"]["post"]["requestBody"]["content"]["application/json"]

    assert decode_transaction(msgspec.json.encode(body["example"])) == INPUT


async def test_the_page_lists_every_operation_and_loads_nothing_from_elsewhere(
    client: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    response = await client.get("/docs")

    assert response.headers["content-type"].startswith("text/html")
    assert (await client.get("/api/v1/docs")).text == response.text
    for path, operation in operations(document):
        assert path in response.text
        assert f'id="{operation["operationId"]}"' in response.text
    loaded = {"/docs/style.css", "/docs/icon.svg", "/openapi.json"}
    assert set(re.findall(r'(?:src|href)=["\']([^"\'#]+)', response.text)) == loaded
    assert "<script" not in response.text
    assert "style=" not in response.text
    for path, type_ in (("/docs/style.css", "text/css"), ("/docs/icon.svg", "image/svg+xml")):
        assert (await client.get(path)).headers["content-type"].startswith(type_)


async def test_the_page_tells_what_a_parameter_may_be(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text

    assert "`" not in page
    assert "<code>source</code>: where value came from" in page
    assert "(one of source, destination; default source)" in page
    assert "(at least 1; at most 6; default 3)" in page
    assert "(default )" not in page


async def test_the_documents_need_no_key(settings: Settings, graph: Graph, ledger: Ledger) -> None:
    async with calling(create_app(settings)) as anybody:
        for path in ("/docs", "/docs/", "/openapi.json", "/health", "/health/ready"):
            assert (await anybody.get(path)).status_code == 200, path
