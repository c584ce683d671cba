"""Pins the Java archives of Neo4j anew: `python -m stack.lock` (for maintainers; needs `mvn`).

Change a version in ROOTS, run it, and commit `neo4j.lock`. Maven resolves the dependencies, because its
result is the class path that Neo4j is tested with; users never need it.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from stack.artifacts import LOCK_FILE

ROOTS = (
    ("org.neo4j", "neo4j", "2026.08.1"),
    ("org.neo4j.app", "neo4j-server", "2026.08.1"),
    ("org.neo4j.client", "neo4j-browser", "5.24.0"),
)
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
HEADER = """# Neo4j with Browser: group:artifact:version[:classifier] sha256 size.
# Made by `python -m stack.lock`.
# Both the Linux and the macOS builds of native parts are here, so that one file serves every machine.
"""
# `   group:artifact:jar[:classifier]:version:scope:/path/to/file.jar`, with colours and remarks around it
_LISTED = re.compile(r"([\w.-]+):([\w.-]+):jar:(?:([\w.-]+):)?([\w.-]+):(?:compile|runtime):([^\s:]+\.jar)")


def main() -> None:
    """Resolve with Maven, digest every archive, write the lock."""
    with TemporaryDirectory() as folder:
        listed = _resolve(Path(folder))
    names = [path.rpartition("/")[2] for *_, path in listed]
    if len(set(names)) != len(names):
        sys.exit("two artifacts have the same file name; the cache cannot hold both")
    LOCK_FILE.write_text(HEADER + "".join(sorted(_line(*row) for row in listed)))
    print(f"{LOCK_FILE.name}: {len(listed)} artifacts")


def _resolve(folder: Path) -> list[tuple[str, ...]]:
    """Return (group, artifact, classifier, version, path) of everything the roots need at run time."""
    dependencies = "".join(
        f"<dependency><groupId>{g}</groupId><artifactId>{a}</artifactId><version>{v}</version></dependency>"
        for g, a, v in ROOTS
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
