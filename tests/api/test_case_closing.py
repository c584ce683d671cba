"""A case is closed by two people: whoever proposed it is refused, in every order, at once, and by the database."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import psycopg
import pytest

from graph.model import Role
from graph.session import Graph
from graph.taxonomy import Taxonomy
from ledger.keys import create_key
from ledger.session import Ledger
from tests.api.conftest import bearer, fields, problem
from tests.api.test_cases import alert_of, opened
from tests.api.test_wallets import walk
from tests.builders import label
from tests.servers import Servers

PROPOSAL = {"outcome": "no_action", "reason": "All answered."}


async def tag(client: httpx.AsyncClient, case: str) -> dict[str, str]:
    return {"if-match": (await client.get(case)).headers["etag"]}


async def proposed(client: httpx.AsyncClient, key: str, **given: Any) -> str:
    """A case whose closing the owner of the key has proposed."""
    case, _ = await opened(client)
    answer = await client.post(case + "/closing", json=PROPOSAL | given, headers=bearer(key) | await tag(client, case))
    assert (answer.status_code, answer.json()["status"]) == (201, "closing")
    return case


async def test_another_person_closes_what_one_has_proposed(client: httpx.AsyncClient, keys: dict[Role, str]) -> None:
    case = await proposed(client, keys["investigator"])
    supervisor = bearer(keys["supervisor"])

    waiting = (await client.get(case)).json()["closing"]
    assert (waiting["outcome"], waiting["verdict"]) == ("no_action", None)
    done = await client.post(case + "/closing/approve", headers=supervisor | await tag(client, case))

    assert (done.json()["status"], done.json()["outcome"]) == ("closed", "no_action")
    assert done.json()["closed_at"] is not None
    history = await walk(client, case + "/history")
    assert [e["action"] for e in history] == ["case.opened", "case.closing_proposed", "case.closing_approved"]
    assert len({str(event["actor"]) for event in history[1:]}) == 2


async def test_whoever_proposed_cannot_decide(client: httpx.AsyncClient, keys: dict[Role, str]) -> None:
    case = await proposed(client, keys["supervisor"])
    own = bearer(keys["supervisor"]) | await tag(client, case)

    problem(await client.post(case + "/closing/approve", headers=own), 409, "four-eyes")
    problem(await client.post(case + "/closing/reject", json={"reason": "x"}, headers=own), 409, "four-eyes")
    theirs = bearer(keys["admin"]) | await tag(client, case)
    problem(await client.delete(case + "/closing", headers=theirs), 409, "four-eyes")
    junior = bearer(keys["investigator"]) | await tag(client, case)
    problem(await client.post(case + "/closing/approve", headers=junior), 403, "forbidden")
    assert (await client.get(case)).json()["status"] == "closing"
    assert (await client.delete(case + "/closing", headers=own)).status_code == 204
    assert (await client.get(case)).json()["status"] == "open"


async def test_the_database_refuses_one_pair_of_eyes(
    client: httpx.AsyncClient, keys: dict[Role, str], postgres: Servers
) -> None:
    case = await proposed(client, keys["supervisor"])
    closing = (await client.get(case)).json()["closing"]
    insert = (
        "INSERT INTO case_closing_verdicts (closing, proposing_person, verdict, decided_by, deciding_person)"
        " VALUES (%s, %s, 'approved', 'x', %s)"
    )
    with psycopg.connect(postgres.postgres_url, autocommit=True) as connection:
        one, another = closing["proposing_person"], "somebody else"
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(insert, (closing["id"], one, one))
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute(insert, (closing["id"], another, one))
        for table in ("case_closings", "case_closing_verdicts"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"DELETE FROM {table}")  # type: ignore[call-overload]
        connection.execute(insert, (closing["id"], one, another))


async def test_of_many_decisions_at_once_one_is_heard(client: httpx.AsyncClient, keys: dict[Role, str]) -> None:
    case = await proposed(client, keys["investigator"])
    seen = await tag(client, case)

    async def decide(number: int) -> int:
        role: Role = "supervisor" if number % 2 else "admin"
        path, body = ("/approve", None) if number % 3 else ("/reject", {"reason": "no"})
        answer = await client.post(case + "/closing" + path, json=body, headers=bearer(keys[role]) | seen)
        return answer.status_code

    statuses = sorted(await asyncio.gather(*(decide(number) for number in range(9))))

    assert statuses == [200] + [412] * 8
    actions = [str(event["action"]) for event in await walk(client, case + "/history")]
    assert len([action for action in actions if action in ("case.closing_approved", "case.closing_rejected")]) == 1


async def test_approving_names_the_version_that_was_read(client: httpx.AsyncClient, keys: dict[Role, str]) -> None:
    case = await proposed(client, keys["investigator"])
    read, mine = await tag(client, case), bearer(keys["investigator"])
    await client.delete(case + "/closing", headers=mine | read)
    other = PROPOSAL | {"outcome": "reported"}
    await client.post(case + "/closing", json=other, headers=mine | await tag(client, case))

    supervisor = bearer(keys["supervisor"])
    problem(await client.post(case + "/closing/approve", headers=supervisor | read), 412, "stale")
    problem(await client.post(case + "/closing/approve", headers=supervisor), 428, "precondition-required")
    assert (await client.get(case)).json()["status"] == "closing"


async def test_nothing_moves_while_a_closing_waits_but_notes(client: httpx.AsyncClient, keys: dict[Role, str]) -> None:
    case = await proposed(client, keys["investigator"])

    for path, body in (("/wallets", {"wallets": ["acct:a"]}), ("/closing", PROPOSAL)):
        answer = await client.post(case + path, json=body, headers=await tag(client, case))
        problem(answer, 409, "case-conflict")
    problem(await client.delete(case + "/wallets/acct:a"), 409, "case-conflict")
    problem(await client.delete(case + "/alerts/alr_1"), 409, "case-conflict")
    assert (await client.post(case + "/notes", json={"text": "x"})).status_code == 201


async def test_a_rejected_case_is_open_again_and_a_closed_one_can_be_opened(
    client: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    case = await proposed(client, keys["investigator"])
    admin = bearer(keys["admin"])
    bare = await client.post(case + "/closing/reject", json={}, headers=admin | await tag(client, case))
    assert fields(problem(bare, 422, "invalid-input")) == ["reason"]
    rejected = await client.post(
        case + "/closing/reject", json={"reason": "no"}, headers=admin | await tag(client, case)
    )
    assert rejected.json()["status"] == "open"

    mine = bearer(keys["investigator"])
    await client.post(case + "/closing", json=PROPOSAL, headers=mine | await tag(client, case))
    await client.post(case + "/closing/approve", headers=admin | await tag(client, case))
    problem(await client.patch(case, json={"title": "x"}, headers=await tag(client, case)), 409, "case-conflict")
    again = {"json": {"reason": "new facts"}}
    problem(await client.post(case + "/reopening", **again, headers=mine | await tag(client, case)), 403, "forbidden")
    reopened = await client.post(case + "/reopening", **again, headers=admin | await tag(client, case))
    assert (reopened.json()["status"], reopened.json()["outcome"], reopened.json()["closed_at"]) == ("open", None, None)
    assert [str(e["action"]) for e in await walk(client, case + "/history")][-1] == "case.reopened"


async def test_a_second_key_of_the_same_person_is_not_a_second_person(
    client: httpx.AsyncClient, ledger: Ledger
) -> None:
    async with ledger.transaction() as connection:
        made = [await create_key(connection, "a key", "supervisor", created_by=who) for who in ("ada", "ada", "bob")]
    first, second, third = [plaintext for _, plaintext in made]
    case = await proposed(client, first)

    refused = await client.post(case + "/closing/approve", headers=bearer(second) | await tag(client, case))
    problem(refused, 409, "four-eyes")
    heard = await client.post(case + "/closing/approve", headers=bearer(third) | await tag(client, case))
    assert heard.status_code == 200


async def test_approving_ends_the_alerts_as_proposed(
    client: httpx.AsyncClient, keys: dict[Role, str], graph: Graph, taxonomy: Taxonomy
) -> None:
    await label(graph, taxonomy, listed="sanctions")
    ended, loose, kept = [await alert_of(client, number) for number in range(3)]
    for alerts, resolve in ((["one", ended], True), (["two", kept], False)):
        case, _ = await opened(client, title=alerts[0], alerts=alerts[1:])
        headers = bearer(keys["investigator"]) | await tag(client, case)
        await client.post(case + "/closing", json=PROPOSAL | {"resolve_alerts": resolve}, headers=headers)
        assert (await client.get(f"/api/v1/alerts/{ended}")).json()["status"] == ("open" if resolve else "dismissed")
        done = await client.post(
            case + "/closing/approve", headers=bearer(keys["supervisor"]) | await tag(client, case)
        )
        assert done.json()["status"] == "closed"

    found = {name: (await client.get(f"/api/v1/alerts/{name}")).json() for name in (ended, loose, kept)}
    assert (found[ended]["status"], found[ended]["verdict"]) == ("dismissed", "false_positive")
    assert [found[name]["status"] for name in (loose, kept)] == ["open", "open"]
