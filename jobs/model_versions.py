"""Model versions in use: which serve, and each loaded once, from files that are what was registered."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from graph.model import ModelKind, ModelVersion
from jobs.model_errors import ModelBroken, ModelMismatch
from jobs.model_files import ModelFiles
from jobs.services import Services
from ledger.models import list_models

if TYPE_CHECKING:
    from ml.model import Load, Model

# Champions and shadows of three kinds, and a spare of each while one takes the place of another.
MOST_LOADED = 9
_Key = tuple[str, ...]
_loaded: OrderedDict[_Key, Model] = OrderedDict()
_turn = Lock()


async def champions(services: Services) -> dict[ModelKind, ModelVersion]:
    """Return the version whose values count, of each kind that has one."""
    async with services.ledger.read() as connection:
        return {model.kind: model for model in await list_models(connection, states=["champion"])}


async def list_active(services: Services) -> list[ModelVersion]:
    """Return champions and shadows, by kind, the newest first."""
    async with services.ledger.read() as connection:
        return await list_models(connection, states=["champion", "shadow"], limit=None)


def load(services: Services, version: ModelVersion) -> Model:
    """Return a version ready to score; it takes seconds the first time, so call it from a thread.

    Raises ModelBroken where its files are not those registered, or not a model; ModelMismatch where it learned other
    features than are computed now. One that is loaded goes on serving whatever becomes of its files.
    """
    key = (version.kind, version.feature_digest, *(f"{file.name} {file.digest}" for file in version.files))
    with _turn:
        if key in _loaded:
            _loaded.move_to_end(key)
            return _loaded[key]
        model = _load(ModelFiles.of(services.settings), version)
        _loaded[key] = model
        while len(_loaded) > MOST_LOADED:
            _loaded.popitem(last=False)
        return model


def require_features(version: ModelVersion) -> None:
    """Raise ModelMismatch for a version that learned other features than are computed now. Imports what computes."""
    from ml.features import catalog

    if version.feature_digest != catalog.DIGEST or not set(version.features) <= set(catalog.NAMES):
        raise ModelMismatch(
            f"{version.id} learned features of digest {version.feature_digest[:12]}, {catalog.DIGEST[:12]} are computed"
            f" now; train {version.kind} anew"
        )


def _load(files: ModelFiles, version: ModelVersion) -> Model:
    from ml.errors import ModelError

    require_features(version)
    given = files.read(version.files)
    try:
        model = _loader(version.kind)(given)
    except ModelError as error:
        raise ModelBroken(f"{version.id} cannot be loaded: {error}") from error
    told = (model.kind, model.features, model.feature_digest)
    if told != (version.kind, version.features, version.feature_digest):
        raise ModelBroken(f"the files of {version.id} are those of another model, a {model.kind}")
    return model


def _loader(kind: ModelKind) -> Load:
    """How models of a kind are read; only the libraries of that kind are imported."""
    if kind == "isolation_forest":
        from ml.isolation import load_isolation

        return load_isolation
    if kind == "classifier":
        from ml.classifier import load_classifier

        return load_classifier
    from ml.gnn import load_gnn

    return load_gnn
