"""The pinned Java archives of Neo4j and Kafka: what they are, and how they get into the cache unharmed."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from stack.errors import StackError, file_trouble
from stack.files import locked, make_folder
from stack.progress import Download, showing

THREADS = 8
TIMEOUT_S = 60
ATTEMPTS = 2
SPARE_BYTES = 64 << 20


class Pinned(NamedTuple):
    """A server whose archives are pinned: its name, its lock, and the setting that makes them unnecessary."""

    name: str
    lock: Path
    instead: str


NEO4J = Pinned("Neo4j", Path(__file__).with_name("neo4j.lock"), "HEADWATER_NEO4J_URI")
KAFKA = Pinned("Kafka", Path(__file__).with_name("kafka.lock"), "HEADWATER_KAFKA_URL")


class Artifact(NamedTuple):
    """One line of a lock."""

    group: str
    name: str
    version: str
    classifier: str
    sha256: str
    size: int

    @property
    def filename(self) -> str:
        """The name it has in the cache."""
        return "-".join(part for part in (self.name, self.version, self.classifier) if part) + ".jar"


Source = Callable[[Artifact, Path], Path]


def read_lock(pinned: Pinned = NEO4J) -> list[Artifact]:
    """Return the pinned artifacts in the order of the class path."""
    rows = (line.split() for line in pinned.lock.read_text().splitlines() if line and not line.startswith("#"))
    return [_artifact(coordinate, sha256, int(size)) for coordinate, sha256, size in rows]


def fetch(
    artifacts: list[Artifact],
    folder: Path,
    report: Callable[[str], None],
    source: Source | None = None,
    *,
    pinned: Pinned = NEO4J,
) -> list[Path]:
    """Return the path of every artifact in `folder`, each checked; what is not there or altered is fetched.

    Any number of processes may fetch into one folder. Raises StackError when something cannot be fetched.
    """
    make_folder(folder)
    with locked(folder / ".lock", lambda: report("waiting for another download into the same cache")):
        missing = [a for a in artifacts if not _is_whole(folder / a.filename, a)]
        for left in folder.glob(".partial-*"):
            shutil.rmtree(left)  # what a killed download left: nobody else can be at it under the lock
        if missing:
            _fetch_missing(missing, folder, report, source or _from_maven, pinned)
    return [folder / a.filename for a in artifacts]


def _fetch_missing(
    missing: list[Artifact], folder: Path, report: Callable[[str], None], source: Source, pinned: Pinned
) -> None:
    total = sum(a.size for a in missing)
    _check_space(folder, total)
    with (
        TemporaryDirectory(prefix=".partial-", dir=folder) as partial,
        showing(f"downloading {pinned.name} ({len(missing)} files)", total, report) as progress,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        tasks = [pool.submit(_fetch_one, a, folder, Path(partial), source, progress, pinned=pinned) for a in missing]
        try:
            for task in tasks:
                task.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch_one(
    artifact: Artifact, folder: Path, partial: Path, source: Source, progress: Download, *, pinned: Pinned
) -> None:
    """Fetch beside the cache, check, then move in: a kill leaves no half file under the final name."""
    trouble = StackError("")
    for _ in range(ATTEMPTS):
        try:
            fetched = _fetched(artifact, partial, source, pinned)
        except _Unreachable as error:
            trouble = error
            continue
        if _is_whole(fetched, artifact):
            os.replace(fetched, folder / artifact.filename)  # noqa: PTH105 - one file system, one step
            progress.advance(artifact.size)
            return
        fetched.unlink(missing_ok=True)
        trouble = StackError(
            f"{artifact.filename} is not the file that stack/{pinned.lock.name} pins (other sha256); it was not used"
        )
    raise trouble


class _Unreachable(StackError):
    """The network did not give the file; another attempt may."""

    def __init__(self, artifact: Artifact, error: Exception, pinned: Pinned) -> None:
        super().__init__(
            f"{artifact.filename} cannot be downloaded ({type(error).__name__}): check the network and"
            f" start again, or set {pinned.instead} to a {pinned.name} that runs elsewhere"
        )


def _fetched(artifact: Artifact, partial: Path, source: Source, pinned: Pinned) -> Path:
    try:
        return source(artifact, partial)
    except OSError as error:
        if error.errno is not None:
            raise file_trouble(partial.parent, error) from None
        raise _Unreachable(artifact, error, pinned) from None
    except RuntimeError as error:
        raise _Unreachable(artifact, error, pinned) from None


def _from_maven(artifact: Artifact, partial: Path) -> Path:
    """Fetch one file by its coordinate; jgo knows where Maven artifacts are kept."""
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=partial, timeout=TIMEOUT_S)
    component = context.project(artifact.group, artifact.name).at_version(artifact.version)
    fetched = context.resolver.download(component.artifact(artifact.classifier))
    if fetched is None:
        raise RuntimeError(f"{artifact.filename} is not known")
    return fetched


def _is_whole(path: Path, artifact: Artifact) -> bool:
    if not path.is_file() or path.stat().st_size != artifact.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == artifact.sha256


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise StackError(
            f"the disk of {folder} is full: {needed >> 20} MiB are needed, {free >> 20} MiB are free;"
            " free some space or set HEADWATER_CACHE_DIR"
        )


def _artifact(coordinate: str, sha256: str, size: int) -> Artifact:
    group, name, version, *classifier = coordinate.split(":")
    return Artifact(group, name, version, "".join(classifier), sha256, size)
