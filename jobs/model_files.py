"""Files of models, each under its own SHA-256: written whole or not at all, and never read as anything else."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from graph.errors import DiskFull, Unavailable
from graph.model import ModelFile
from jobs.model_errors import ModelBroken
from settings import Settings

# A file that no version names may be one of a training that is about to be recorded.
ORPHAN_S = 3_600.0
_digest = re.compile(r"[0-9a-f]{64}").fullmatch


class ModelFiles:
    """A folder of files named after their digests; several workers may write to it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, settings: Settings) -> ModelFiles:
        """The folder that the settings name."""
        given = settings.models.models_dir
        return cls(Path(given or Path(settings.stack.data_dir) / "models").expanduser())

    def keep(self, files: Mapping[str, bytes]) -> tuple[ModelFile, ...]:
        """Write the files of a model, on disk for good when this returns; raises Unavailable where that fails."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept = tuple(self._keep(name, data) for name, data in sorted(files.items()))
            _sync(self.folder)
        except OSError as error:
            kind = DiskFull if error.errno == 28 else Unavailable  # ENOSPC
            raise kind("model files", f"{self.folder} cannot be written: {error.strerror}") from error
        return kept

    def read(self, files: Sequence[ModelFile]) -> dict[str, bytes]:
        """Return the files of a model by name; raises ModelBroken for one that is not the one that was registered."""
        return {file.name: self._read(file) for file in files}

    def problems(self, files: Sequence[ModelFile]) -> list[str]:
        """Say in words which files are not there as they were registered."""
        found = []
        for file in files:
            try:
                self._read(file)
            except ModelBroken as error:
                found.append(str(error))
        return found

    def prune(self, named: Collection[str], older_s: float = ORPHAN_S) -> list[str]:
        """Delete files that no version names and that nobody has written for so long; return their names."""
        gone = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if path.name not in named and time.time() - path.stat().st_mtime > older_s:
                path.unlink(missing_ok=True)
                gone.append(path.name)
        return sorted(gone)

    def _keep(self, name: str, data: bytes) -> ModelFile:
        file = ModelFile(name=name, digest=hashlib.sha256(data).hexdigest(), size=len(data))
        path = self.folder / file.digest
        if self.problems([file]):
            _write_whole(path, data)
        else:
            path.touch()  # not an orphan yet
        return file

    def _read(self, file: ModelFile) -> bytes:
        if not _digest(file.digest):
            raise ModelBroken(f"{file.name} has no SHA-256 but {file.digest!r}")
        path = self.folder / file.digest
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ModelBroken(f"{file.name} cannot be read from {path}: {error.strerror}") from None
        if hashlib.sha256(data).hexdigest() != file.digest:
            what = "changed" if len(data) == file.size else f"{len(data):,} bytes long instead of {file.size:,}"
            raise ModelBroken(f"{path} is not the {file.name} that was registered: it is {what}")
        return data


def _write_whole(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
