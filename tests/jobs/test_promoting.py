"""Who serves: one champion of a kind, replaced, rolled back, and refused where it could not serve; all in the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from graph.errors import NotFound
from graph.model import ModelVersion
from jobs.model_errors import ModelBroken, ModelConflict, ModelMismatch
from jobs.model_files import ModelFiles
from jobs.model_versions import champions, list_active, load, require_features
from jobs.promoting import promote_model, roll_back
from jobs.services import Services
from jobs.verifying_models import compare_models
from ledger import audit
from ledger.ids import new_id
from ledger.jobs import create_job
from ledger.model_states import lock_models, record_state
from ledger.models import get_model, list_models, next_version, record_model
from ml.features.catalog import DIGEST, NAMES
from tests.jobs.model_scene import promoted

FILES = {"model.json": b'{"kind": "isolation_forest"}', "arrays.safetensors": b"\0" * 100}


@pytest.fixture
async def own(services: Services, tmp_path: Path) -> AsyncIterator[Services]:
    """Services with a folder of models of their own, to meddle with."""
    models = replace(services.settings.models, models_dir=str(tmp_path))
    yield replace(services, settings=replace(services.settings, models=models))


async def registered(services: Services, *, silently: bool = False, **changes: object) -> str:
    """Record a version as a training does, of files that need not be a model; or behind the log."""
    files = ModelFiles.of(services.settings).keep(FILES)
    async with services.ledger.transaction() as connection:
        await lock_models(connection, "isolation_forest")
        job = await create_job(connection, "train_isolation_forest", {}, job=new_id("job"))
        number = await next_version(connection, "isolation_forest")
        model = ModelVersion(
            id=f"isolation_forest-v{number}",
            kind="isolation_forest",
            version=number,
            state="candidate",
            job=job.id,
            created_at=job.created_at,
            features=NAMES,
            feature_digest=DIGEST,
            seed=0,
            watermark=1,
            wallets=1,
            files=files,
        )
        model = replace(model, **changes)
        await record_model(connection, model)
        await record_state(connection, model.id, "candidate", previous=None, actor="worker", reason="trained")
        body = {"files": {file.name: file.digest for file in model.files}}
        drafts = [] if silently else [audit.EventDraft("worker", "model.trained", model.id, body)]
        await audit.append(connection, *drafts)
    return model.id


async def states(services: Services) -> dict[str, str]:
    async with services.ledger.read() as connection:
        return {model.id.rpartition("-")[2]: model.state for model in await list_models(connection)}


async def told(services: Services) -> list[tuple[str, str]]:
    """The events about models but their trainings."""
    async with services.ledger.read() as connection:
        events = await audit.list_events(connection, limit=1_000)
    return [
        (event.action.removeprefix("model."), event.subject.rpartition("-")[2])
        for event in events
        if event.action.startswith("model.") and event.action != "model.trained"
    ]


async def test_a_champion_is_replaced_and_rolled_back(own: Services) -> None:
    first, second, third = [await registered(own) for _ in range(3)]
    await promoted(own, first, "shadow")
    await promoted(own, first)
    await promoted(own, second)
    assert await states(own) == {"v1": "retired", "v2": "champion", "v3": "candidate"}
    await promoted(own, third)

    back = await roll_back(own, third, reason="false alarms", actor="ann")

    assert (back.id, back.state) == (second, "champion")
    assert await states(own) == {"v1": "retired", "v2": "champion", "v3": "retired"}
    assert {kind: model.id for kind, model in (await champions(own)).items()} == {"isolation_forest": second}
    assert (await roll_back(own, second, reason="these too", actor="ann")).id == first
    with pytest.raises(ModelConflict, match="promoted over no champion"):
        await roll_back(own, first, reason="no further", actor="ann")
    # Who comes back by promotion is rolled back to whom it replaced then.
    await promoted(own, third)
    assert (await roll_back(own, third, reason="again", actor="ann")).id == first
    assert await told(own) == [
        *[("promoted", "v1"), ("promoted", "v1")],
        *[("retired", "v1"), ("promoted", "v2"), ("retired", "v2"), ("promoted", "v3")],
        *[("retired", "v3"), ("rolled_back", "v2"), ("retired", "v2"), ("rolled_back", "v1")],
        *[("retired", "v1"), ("promoted", "v3"), ("retired", "v3"), ("rolled_back", "v1")],
    ]


async def test_who_rolls_back_twice_goes_back_once(own: Services) -> None:
    first, second = [await registered(own) for _ in range(2)]
    await promoted(own, first)
    await promoted(own, second)
    await roll_back(own, second, reason="r", actor="ann")

    with pytest.raises(ModelConflict, match="is retired; roll back the champion"):
        await roll_back(own, second, reason="r", actor="ann")
    assert (await champions(own))["isolation_forest"].id == first


async def test_a_promotion_says_who_why_and_how_good_it_is(own: Services) -> None:
    first = await registered(own)
    second = await registered(own, metrics={"average_precision": 0.5})
    await promoted(own, first)

    await promote_model(own, second, "champion", reason="better", actor="ann")

    async with own.ledger.read() as connection:
        [event] = await audit.list_events(connection, action="model.promoted", subject=second)
    assert event.actor == "ann" and event.body == {
        "kind": "isolation_forest",
        "from": "candidate",
        "to": "champion",
        "reason": "better",
        "metrics": {"average_precision": 0.5},
        "replaced": first,
    }


async def test_done_already_is_done_and_a_stale_promotion_is_refused(own: Services) -> None:
    model = await registered(own)
    for _ in range(2):
        await promoted(own, model, "shadow")

    assert await told(own) == [("promoted", "v1")]
    with pytest.raises(ModelConflict, match="is shadow, not candidate"):
        await promote_model(own, model, "champion", reason="r", actor="ann", seen="candidate")
    assert [(one.id, one.state) for one in await list_active(own)] == [(model, "shadow")]


async def test_of_promotions_at_once_one_champion_is_left(own: Services) -> None:
    models = [await registered(own) for _ in range(6)]

    await asyncio.gather(*(promoted(own, model) for model in models))

    assert sorted((await states(own)).values()) == ["champion", *["retired"] * 5]
    assert (await compare_models(own)) == (6, [])


@pytest.mark.parametrize("meddle", ["gone", "cut", "changed"])
async def test_a_model_whose_files_are_not_as_registered_is_refused_and_the_champion_stays(
    own: Services, meddle: str
) -> None:
    first = await registered(own)
    await promoted(own, first)
    second = await registered(own)
    async with own.ledger.read() as connection:
        file = (await get_model(connection, second)).files[0]
    path = ModelFiles.of(own.settings).folder / file.digest
    if meddle == "gone":
        path.unlink()
    else:
        path.write_bytes(b"" if meddle == "cut" else b"\1" * file.size)

    for state in ("shadow", "champion"):
        with pytest.raises(ModelBroken, match=f"{second} cannot serve"):
            await promoted(own, second, state)  # type: ignore[arg-type]
    assert await states(own) == {"v1": "champion", "v2": "candidate"}
    assert (await promoted(own, second, "retired")).state == "retired", "to retire it needs no files"


async def test_a_digest_that_is_not_registered_is_not_loaded(own: Services) -> None:
    model = await registered(own)
    async with own.ledger.read() as connection:
        version = await get_model(connection, model)
    # Another file lies in the folder under its own digest: a version that does not name it has nothing to do with it.
    planted = ModelFiles.of(own.settings).keep({"model.json": b"planted"})[0]
    (ModelFiles.of(own.settings).folder / version.files[1].digest).write_bytes(b"planted")

    with pytest.raises(ModelBroken, match=r"is not the model\.json that was registered"):
        load(own, version)
    assert ModelFiles.of(own.settings).problems([planted]) == []


async def test_files_that_are_no_model_are_refused_when_loaded(own: Services) -> None:
    model = await promoted(own, await registered(own))

    with pytest.raises(ModelBroken, match=f"{model.id} cannot be loaded"):
        load(own, model)


@pytest.mark.parametrize("change", [{"feature_digest": "0" * 64}, {"features": ("degree", "star_sign")}])
async def test_a_model_of_other_features_is_refused(own: Services, change: dict[str, object]) -> None:
    model = await registered(own, **change)

    with pytest.raises(ModelMismatch, match="train isolation_forest anew"):
        await promoted(own, model)
    async with own.ledger.read() as connection:
        with pytest.raises(ModelMismatch):
            load(own, await get_model(connection, model))
        require_features(await get_model(connection, await registered(own)))
    assert set((await states(own)).values()) == {"candidate"}


async def test_an_unknown_model_is_not_found(own: Services) -> None:
    with pytest.raises(NotFound):
        await promoted(own, "gnn-v9")
    with pytest.raises(NotFound):
        await roll_back(own, "gnn-v9", reason="r", actor="ann")


async def test_verifying_finds_files_and_states_that_are_not_as_told(own: Services) -> None:
    first, second = [await registered(own) for _ in range(2)]
    await promoted(own, first)
    assert await compare_models(own) == (2, [])

    async with own.ledger.transaction() as connection:
        await record_state(connection, second, "champion", previous="candidate", actor="mallory", reason="behind")
    untold = await registered(own, silently=True)
    async with own.ledger.read() as connection:
        file = (await get_model(connection, first)).files[1]
    (ModelFiles.of(own.settings).folder / file.digest).write_bytes(b"")

    checked, findings = await compare_models(own)

    assert checked == 3
    cut = [one for one in findings if "0 bytes long" in one]
    assert [one.partition(":")[0] for one in cut] == [f"model {name}" for name in (untold, second, first)]
    assert sorted(set(findings) - set(cut)) == [
        f"model {second}: it is champion, the audit log says candidate",
        f"model {untold}: its files are not those that its audit event recorded, or there is none",
    ]
