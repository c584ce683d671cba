"""Model versions are recorded once for each job; their state is the last one appended, and all are kept."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from msgspec.structs import replace

from graph.errors import NotFound
from graph.model import ModelFile, ModelKind, ModelState, ModelVersion
from ledger.jobs import create_job
from ledger.model_states import list_states, promoted_over, record_state
from ledger.models import find_model, find_trained, get_model, list_models, next_version, record_model
from ledger.session import Connection, Ledger

AT = datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


async def record(connection: Connection, kind: ModelKind = "classifier", state: ModelState = "candidate") -> str:
    job = await create_job(connection, f"train_{kind}", {})
    number = await next_version(connection, kind)
    model = version(f"{kind}-v{number}", kind, number, job.id)
    await record_model(connection, model)
    await record_state(connection, model.id, "candidate", previous=None, actor="worker", reason="trained")
    if state != "candidate":
        await record_state(connection, model.id, state, previous="candidate", actor="a", reason="b")
    return model.id


def version(id_: str, kind: ModelKind, number: int, job: str) -> ModelVersion:
    return ModelVersion(
        id=id_,
        kind=kind,
        version=number,
        state="candidate",
        job=job,
        created_at=AT,
        features=("degree", "value"),
        feature_digest="f" * 64,
        seed=2**31 - 1,
        watermark=7,
        wallets=3,
        files=(ModelFile(name="model.json", digest="0" * 64, size=12),),
        data_from=AT,
        labels={"illicit": 1, "licit": 2},
        metrics={"average_precision": 0.1 + 0.2, "tiny": 5e-324},
        parameters={"trees": 300, "depth": None, "share": 0.5},
        reference={"score": {"edges": [0.0, 0.1]}},
    )


async def test_a_version_is_read_back_as_it_was_recorded(ledger: Ledger) -> None:
    async with ledger.transaction() as connection:
        job = await create_job(connection, "train_classifier", {})
        made = version("classifier-v1", "classifier", 1, job.id)
        await record_model(connection, made)
        await record_state(connection, made.id, "candidate", previous=None, actor="worker", reason="trained")
        found = await get_model(connection, made.id)
        by_job = await find_trained(connection, job.id)

    assert replace(found, created_at=AT) == made and found == by_job
    assert found.created_at > AT, "when it was recorded, by the ledger's clock"


async def test_a_job_trains_one_version_only(ledger: Ledger) -> None:
    async with ledger.transaction() as connection:
        first = await get_model(connection, await record(connection))
    with pytest.raises(psycopg.errors.UniqueViolation):
        async with ledger.transaction() as connection:
            await record_model(connection, replace(first, id="classifier-v2", version=2))


async def test_versions_are_numbered_by_kind_and_paged_newest_first(ledger: Ledger) -> None:
    async with ledger.transaction() as connection:
        for kind in ("gnn", "classifier", "classifier", "classifier"):
            await record(connection, kind)
        pages, after = [], None
        while page := await list_models(connection, after=after, limit=2):
            pages.append([model.id for model in page])
            after = page[-1].kind, page[-1].version
        whole = [model.id for model in await list_models(connection, limit=None)]
        of_gnn = [model.id for model in await list_models(connection, kind="gnn")]

    assert pages == [["classifier-v3", "classifier-v2"], ["classifier-v1", "gnn-v1"]]
    assert whole == [*pages[0], *pages[1]] and of_gnn == ["gnn-v1"]


async def test_the_last_state_is_in_force_and_all_are_kept(ledger: Ledger) -> None:
    async with ledger.transaction() as connection:
        old, new = [await record(connection, state=state) for state in ("champion", "shadow")]
        await record_state(connection, old, "retired", previous="champion", actor="ann", reason="replaced")
        await record_state(connection, new, "champion", previous="shadow", actor="ann", reason="best", replaces=old)
        states = [(one.state, one.previous, one.replaces, one.actor) for one in await list_states(connection, new)]
        champions = [model.id for model in await list_models(connection, states=["champion"])]
        over = await promoted_over(connection, new), await promoted_over(connection, old)

    assert champions == [new] and over == (old, None)
    assert states == [
        ("champion", "shadow", old, "ann"),
        ("shadow", "candidate", None, "a"),
        ("candidate", None, None, "worker"),
    ]


async def test_an_unknown_version_is_not_found(ledger: Ledger) -> None:
    async with ledger.read() as connection:
        assert await find_model(connection, "classifier-v1") is None
        with pytest.raises(NotFound):
            await get_model(connection, "classifier-v1")
