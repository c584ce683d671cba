"""Files of models: named after what they hold, written whole, and refused once they hold something else."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from graph.errors import Unavailable
from jobs.model_errors import ModelBroken
from jobs.model_files import ModelFiles
from settings import Settings

MODEL = {"model.json": b'{"kind": "gnn"}', "arrays.safetensors": bytes(range(256)) * 40}


@pytest.fixture
def files(tmp_path: Path) -> ModelFiles:
    return ModelFiles(tmp_path / "models")


def test_what_was_kept_is_read_back(files: ModelFiles) -> None:
    kept = files.keep(MODEL)

    assert files.read(kept) == MODEL and files.problems(kept) == []
    assert sorted(path.name for path in files.folder.iterdir()) == sorted(
        hashlib.sha256(data).hexdigest() for data in MODEL.values()
    )
    assert files.keep(MODEL) == kept, "again the same changes nothing"


@pytest.mark.parametrize(
    ("meddle", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "10,239 bytes long instead of 10,240"),
        (lambda path: path.write_bytes(b"\0" * 10_240), "it is changed"),
        (lambda path: path.write_bytes(b""), "0 bytes long"),
        (Path.unlink, "No such file"),
    ],
)
def test_a_file_that_is_not_as_registered_is_refused_and_mended_by_training(
    files: ModelFiles, meddle: object, said: str
) -> None:
    kept = files.keep(MODEL)
    arrays = kept[0]
    meddle(files.folder / arrays.digest)  # type: ignore[operator]

    with pytest.raises(ModelBroken, match=said):
        files.read(kept)
    assert [said in problem for problem in files.problems(kept)] == [True]
    files.keep(MODEL)
    assert files.read(kept) == MODEL


def test_a_name_that_is_no_digest_reads_nothing(files: ModelFiles, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    [file] = files.keep({"a": b"x"})

    for digest in ("../secret", "", "A" * 64, str(tmp_path / "secret")):
        with pytest.raises(ModelBroken, match="has no SHA-256"):
            files.read([replace(file, digest=digest)])


def test_old_files_that_no_version_names_are_deleted(files: ModelFiles) -> None:
    named, old, new = (files.keep({"a": data})[0].digest for data in (b"named", b"old", b"new"))
    for name in (named, old):
        os.utime(files.folder / name, (0, time.time() - 7_200))
    (files.folder / ".half-written").write_bytes(b"")
    os.utime(files.folder / ".half-written", (0, 0))

    assert files.prune({named}) == sorted([old, ".half-written"])
    assert {path.name for path in files.folder.iterdir()} == {named, new}


def test_a_file_that_is_kept_again_is_not_old_any_more(files: ModelFiles) -> None:
    [file] = files.keep({"a": b"x"})
    os.utime(files.folder / file.digest, (0, 0))

    files.keep({"a": b"x"})

    assert files.prune(set()) == []


def test_a_folder_that_cannot_be_written_is_a_passing_trouble(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way")

    with pytest.raises(Unavailable, match="model files"):
        ModelFiles(tmp_path / "models").keep(MODEL)


def test_the_folder_is_that_of_the_settings(settings: Settings, models_dir: Path) -> None:
    assert ModelFiles.of(settings).folder == models_dir
    unset = replace(settings, models=replace(settings.models, models_dir=""))
    assert ModelFiles.of(unset).folder == Path(settings.stack.data_dir) / "models"
