"""Pins the Java archives of Neo4j and Kafka anew: `python -m stack.lock [NAME]...` (for maintainers; needs `mvn`).

Change a version in ROOTS, run it, and commit the lock. Maven resolves the dependencies, because its
result is the class path that the server is tested with; users never need it.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from stack.artifacts import KAFKA, NEO4J, Pinned

Coordinate = tuple[str, str, str]
SETS: dict[str, Pinned] = {"neo4j": NEO4J, "kafka": KAFKA}
ROOTS: dict[str, tuple[Coordinate, ...]] = {
    "neo4j": (
        ("org.neo4j", "neo4j", "2026.08.1"),
        ("org.neo4j.app", "neo4j-server", "2026.08.1"),
        ("org.neo4j.client", "neo4j-browser", "5.24.0"),
    ),
    "kafka": (
        ("org.apache.kafka", "kafka_2.13", "4.4.0"),
        ("org.slf4j", "slf4j-simple", "1.7.36"),
    ),
}
# Named by kafka_2.13, but not published: the broker does not need it.
ABSENT = ("org.apache.kafka", "kafka-tools-api")
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
HEADER = """# The archives of {name}: group:artifact:version[:classifier] sha256 size.
# Made by `python -m stack.lock {key}`.
# Both the Linux and the macOS builds of native parts are here, so that one file serves every machine.
"""
# `   group:artifact:jar[:classifier]:version:scope:/path/to/file.jar`, with colours and remarks around it
_LISTED = re.compile(r"([\w.-]+):([\w.-]+):jar:(?:([\w.-]+):)?([\w.-]+):(?:compile|runtime):([^\s:]+\.jar)")


def main() -> None:
    """Pin the sets that the command line names, or all."""
    for key in sys.argv[1:] or SETS:
        pin(key)


def pin(key: str) -> None:
    """Resolve one set with Maven, digest every archive, write its lock."""
    with TemporaryDirectory() as folder:
        listed = _resolve(Path(folder), ROOTS[key])
    names = [path.rpartition("/")[2] for *_, path in listed]
    if len(set(names)) != len(names):
        sys.exit("two artifacts have the same file name; the cache cannot hold both")
    lock = SETS[key].lock
    header = HEADER.format(name=SETS[key].name, key=key)
    lock.write_text(header + "".join(sorted(_line(*row) for row in listed)))
    print(f"{lock.name}: {len(listed)} artifacts")


def _resolve(folder: Path, roots: Sequence[Coordinate]) -> list[tuple[str, ...]]:
    """Return (group, artifact, classifier, version, path) of everything the roots need at run time."""
    absent = "<groupId>{}</groupId><artifactId>{}</artifactId>".format(*ABSENT)
    dependencies = "".join(
        f"<dependency><groupId>{g}</groupId><artifactId>{a}</artifactId><version>{v}</version>"
        f"<exclusions><exclusion>{absent}</exclusion></exclusions></dependency>"
        for g, a, v in roots
    )
    (folder / "pom.xml").write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>headwater</groupId><artifactId>lock</artifactId>"
        f"<version>1</version><dependencies>{dependencies}</dependencies></project>"
    )
    out = folder / "list.txt"
    command = [
        "mvn",
        "-q",
        "-B",
        f"{PLUGIN}:list",
        "-DincludeScope=runtime",
        "-DoutputAbsoluteArtifactFilename=true",
    ]
    subprocess.run([*command, f"-DoutputFile={out}"], cwd=folder, check=True)
    return _LISTED.findall(out.read_text())


def _line(group: str, artifact: str, classifier: str, version: str, path: str) -> str:
    content = Path(path).read_bytes()
    coordinate = ":".join(part for part in (group, artifact, version, classifier) if part)
    return f"{coordinate} {hashlib.sha256(content).hexdigest()} {len(content)}\n"


if __name__ == "__main__":
    main()
