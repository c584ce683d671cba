"""A misfit is told in words for people: the field, and what would be right."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.conftest import problem

ALERTS, RULES, LISTS = "/api/v1/alerts", "/api/v1/rules", "/api/v1/watchlists"
CASES = "/api/v1/cases"
SUPPRESS = f"{ALERTS}/a/suppress"
FIELDS = "is not a field; the fields are "


@pytest.mark.parametrize(
    ("path", "body", "field", "said"),
    [
        (SUPPRESS, {}, "reason", "is missing"),
        (SUPPRESS, {"reason": " "}, "reason", "must hold more than blanks"),
        (SUPPRESS, {"reason": 5}, "reason", "must be text, not a whole number"),
        (SUPPRESS, {"reason": "x", "until": "soon"}, "until", "must be an RFC 3339 time with a zone, such as"),
        (SUPPRESS, {"reason": "x", "until": "2030-01-01T00:00:00"}, "until", "must be an RFC 3339 time with a zone"),
        (SUPPRESS, {"reason": "x", "Why": 1}, "Why", f"{FIELDS}reason, until"),
        (f"{ALERTS}/bulk", {"alerts": [], "change": {}}, "alerts", "must be a list of at least 1 entries"),
        (f"{ALERTS}/bulk", {"alerts": ["a"], "change": {"x": 1}}, "change.x", f"{FIELDS}status, assignee, verdict"),
        (
            f"{ALERTS}/bulk",
            {"alerts": ["a"], "change": {"status": "Shut"}},
            "change.status",
            "must be one of acknowledged, dismissed, open, resolved",
        ),
        (
            f"{ALERTS}/bulk",
            {"alerts": ["a"], "change": {"assignee": 5}},
            "change.assignee",
            "must be text or null, not",
        ),
        (LISTS, {"name": " "}, "name", "must be one line, without control characters, that holds more than blanks"),
        (LISTS, {"name": "one\nline\x07"}, "name", "must be one line, without control characters"),
        (CASES, {"title": "two\nlines"}, "title", "must be one line, without control characters"),
        (
            "/api/v1/cypher",
            {"query": "RETURN 1", "parameters": {f"p{n}": n for n in range(1_001)}},
            "parameters",
            "must be a JSON object of at most 1000 entries",
        ),
        (LISTS, {"name": "x" * 201}, "name", "must be text of at most 200 characters"),
        (LISTS, {"name": "x", "threshold": 7}, "threshold", "must be a number of at most 1"),
        (f"{LISTS}/a/wallets", {"wallets": ["x"]}, "wallets[0]", "must be a JSON object, not text"),
        (f"{LISTS}/a/wallets", {"wallets": [{"wallet": "x", "y": 1}]}, "wallets[0].y", f"{FIELDS}wallet, note"),
        (RULES, {"id": "Big"}, "id", "must match the regular expression ^(?!(fields|backtest)$)[a-z][a-z0-9_]{0,63}$"),
    ],
)
async def test_a_misfit_names_its_field_and_what_would_be_right(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], field: str, said: str
) -> None:
    [error] = problem(await client.post(path, json=body), 422, "invalid-input")["errors"]

    assert error["field"] == field
    assert error["message"].startswith(said)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "must be a whole number of at least 1"),
        ("limit=1001", "must be a whole number of at most 1000"),
        ("limit=ten", "must be a whole number, not text"),
        ("suppressed=maybe", "must be true or false or null, not text"),
        ("status=shut", "must be one of open, acknowledged, resolved, dismissed"),
    ],
)
async def test_so_does_a_parameter(client: httpx.AsyncClient, query: str, said: str) -> None:
    [error] = problem(await client.get(f"{ALERTS}?{query}"), 422, "invalid-input")["errors"]

    assert (error["field"], error["message"]) == (query.partition("=")[0], said)
