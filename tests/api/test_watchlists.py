"""Watchlists as the API shows them: made, filled, changed under their ETag, ended."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from tests.api.conftest import fields, problem
from tests.api.test_wallets import walk

LISTS = "/api/v1/watchlists"


async def test_a_watchlist_is_made_filled_changed_and_ended(client: httpx.AsyncClient) -> None:
    made = await client.post(LISTS, json={"name": "Bridge hack", "threshold": 0.1})
    path, etag = f"{LISTS}/{made.json()['id']}", made.headers["etag"]
    given = {"wallets": [{"wallet": "acct:a", "note": "first hop"}, {"wallet": "acct:b"}]}
    added = [(await client.post(f"{path}/wallets", json=given)).json() for _ in range(2)]

    assert [one["added"] for one in added] == [["acct:a", "acct:b"], []]
    assert [(one["wallet"], one["note"]) for one in await walk(client, f"{path}/wallets", limit=1)] == [
        ("acct:a", "first hop"),
        ("acct:b", None),
    ]
    problem(await client.patch(path, json={"threshold": None}), 428, "precondition-required")
    problem(await client.patch(path, json={"threshold": None}, headers={"if-match": '"x"'}), 412, "stale")
    # As it was read before wallets were added: whoever ends or edits it has to see them first.
    problem(await client.delete(path, headers={"if-match": etag}), 412, "stale")
    etag = (await client.get(path)).headers["etag"]
    changed = await client.patch(path, json={"threshold": None}, headers={"if-match": etag})
    assert (changed.json()["threshold"], changed.json()["name"], changed.json()["wallets"]) == (None, "Bridge hack", 2)
    assert changed.headers["etag"] != etag and (await client.get(path)).headers["etag"] == changed.headers["etag"]
    assert [(await client.delete(f"{path}/wallets/acct:a")).status_code for _ in range(2)] == [204, 204]
    assert [one["wallet"] for one in await walk(client, f"{path}/wallets")] == ["acct:b"]
    problem(await client.delete(path, headers={"if-match": etag}), 412, "stale")
    problem(await client.delete(path, headers={"if-match": changed.headers["etag"]}), 412, "stale")
    now = (await client.get(path)).headers["etag"]
    assert (await client.delete(path, headers={"if-match": now})).status_code == 204
    problem(await client.get(path), 404, "not-found")
    problem(await client.get(f"{path}/wallets"), 404, "not-found")
    assert await walk(client, LISTS) == []
    actions = [event["action"] for event in await walk(client, "/api/v1/audit", subject=made.json()["id"])]
    assert actions == [
        f"watchlist.{what}" for what in ("created", "wallets_added", "changed", "wallets_removed", "ended")
    ]


async def test_what_is_wrong_with_a_list_is_named(client: httpx.AsyncClient) -> None:
    made = (await client.post(LISTS, json={"name": "one"})).json()
    wrong: list[tuple[str, Any, list[str]]] = [
        ("", {"name": "ONE "}, ["name"]),
        ("", {"name": " "}, ["name"]),
        ("", {"name": "x", "threshold": 2}, ["threshold"]),
        ("", {}, ["name"]),
        (f"/{made['id']}/wallets", {"wallets": []}, ["wallets"]),
        (
            f"/{made['id']}/wallets",
            {"wallets": [{"wallet": "nope"}, {"wallet": "acct:a"}, {"wallet": "acct:a"}]},
            ["wallets[0].wallet", "wallets[2].wallet"],
        ),
    ]
    for path, body, named in wrong:
        assert fields(problem(await client.post(LISTS + path, json=body), 422, "invalid-input")) == named, body
    assert len(await walk(client, LISTS)) == 1


async def test_of_many_who_take_one_name_one_has_it(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(LISTS, json={"name": "Same"}) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 7
