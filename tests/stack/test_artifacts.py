"""The download of Neo4j: what is not exactly the pinned file is never used."""

from __future__ import annotations

import hashlib
import multiprocessing
from pathlib import Path

import pytest

from stack.artifacts import KAFKA, Artifact, fetch, read_lock
from stack.errors import StackError

CONTENT = b"the real archive"


def artifact(name: str = "thing", content: bytes = CONTENT) -> Artifact:
    return Artifact("org.example", name, "1.0", "", hashlib.sha256(content).hexdigest(), len(content))


class Source:
    """Stands for the network: gives each content in turn, the last one for ever."""

    def __init__(self, *contents: bytes | Exception) -> None:
        self.contents, self.asked = list(contents), 0

    def __call__(self, wanted: Artifact, folder: Path) -> Path:
        content = self.contents[min(self.asked, len(self.contents) - 1)]
        self.asked += 1
        if isinstance(content, Exception):
            raise content
        path = folder / f"fetched-{wanted.filename}"
        path.write_bytes(content)
        return path


def report(line: str) -> None:
    assert line


def test_a_tampered_copy_in_the_cache_is_fetched_again(tmp_path: Path):
    source = Source(CONTENT)
    (path,) = fetch([artifact()], tmp_path, report, source)
    path.write_bytes(CONTENT[::-1])
    fetch([artifact()], tmp_path, report, source)
    assert path.read_bytes() == CONTENT
    assert source.asked == 2


def test_a_whole_cache_asks_nobody(tmp_path: Path):
    fetch([artifact()], tmp_path, report, Source(CONTENT))
    fetch([artifact()], tmp_path, report, Source(OSError("asked")))


def test_one_bad_download_is_repeated(tmp_path: Path):
    (path,) = fetch([artifact()], tmp_path, report, Source(CONTENT[:5], CONTENT))
    assert path.read_bytes() == CONTENT


def test_another_file_than_the_pinned_one_is_refused(tmp_path: Path):
    with pytest.raises(StackError, match=r"thing-1\.0\.jar is not the file that stack/neo4j\.lock pins"):
        fetch([artifact()], tmp_path, report, Source(b"something else!!"))
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_no_network_is_told_with_what_to_do(tmp_path: Path):
    with pytest.raises(StackError, match=r"cannot be downloaded .*HEADWATER_NEO4J_URI"):
        fetch([artifact()], tmp_path, report, Source(ConnectionError("no route")))


def test_a_full_disk_is_told(tmp_path: Path):
    with pytest.raises(StackError, match="is full"):
        fetch([artifact()], tmp_path, report, Source(OSError(28, "No space left on device")))
    huge = artifact()._replace(size=1 << 60)
    with pytest.raises(StackError, match=r"is full: .* MiB are needed"):
        fetch([huge], tmp_path, report, Source(CONTENT))


def test_what_a_killed_download_left_is_removed(tmp_path: Path):
    (tmp_path / ".partial-left").mkdir()
    (tmp_path / ".partial-left" / "half.jar").write_bytes(b"ha")
    fetch([artifact()], tmp_path, report, Source(CONTENT))
    assert not list(tmp_path.glob(".partial-*"))


def _fetch_many(folder: str) -> None:
    names = [artifact(str(number), CONTENT * 1000) for number in range(20)]
    fetch(names, Path(folder), report, Source(CONTENT * 1000))


def test_processes_that_fetch_at_once_do_not_harm_each_other(tmp_path: Path):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        pool.map(_fetch_many, [str(tmp_path)] * 3)
    assert {path.read_bytes() for path in tmp_path.glob("*.jar")} == {CONTENT * 1000}


def test_kafka_is_pinned_as_a_whole_and_without_what_is_not_published():
    pinned = read_lock(KAFKA)
    assert len({entry.filename for entry in pinned}) == len(pinned) > 40
    assert all(len(entry.sha256) == 64 and entry.size > 0 for entry in pinned)
    versions = {entry.name: entry.version for entry in pinned if entry.group == "org.apache.kafka"}
    assert {"kafka_2.13", "kafka-clients"} <= versions.keys() and len(set(versions.values())) == 1
    assert "kafka-tools-api" not in versions


def test_a_file_of_kafka_that_is_another_one_is_told_by_its_own_lock(tmp_path: Path):
    with pytest.raises(StackError, match=r"stack/kafka\.lock"):
        fetch([artifact()], tmp_path, report, Source(b"another"), pinned=KAFKA)
    with pytest.raises(StackError, match="HEADWATER_KAFKA_URL to a Kafka that runs elsewhere"):
        fetch([artifact()], tmp_path, report, Source(RuntimeError("no network")), pinned=KAFKA)


def test_the_lock_pins_one_file_per_name_by_coordinate():
    pinned = read_lock()
    assert len({entry.filename for entry in pinned}) == len(pinned) > 200
    assert all(len(entry.sha256) == 64 and entry.size > 0 for entry in pinned)
    versions = {entry.name: entry.version for entry in pinned}
    assert versions["neo4j"] == versions["neo4j-server"]
    assert "neo4j-browser" in versions
