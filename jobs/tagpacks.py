"""GraphSense TagPacks: tags that inherit what the header says, and the ActorPacks that name their actors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from graph.errors import FieldError, InvalidInput
from graph.model import Attribution
from jobs.concepts import plain_concept
from jobs.file_errors import FileRefused
from jobs.tagpack_tags import TAG_FIELDS, Actor, Actors, Fields, read_tag, scalar, texts
from jobs.yaml_nodes import Node, read_documents

MAX_BYTES = 64 * 1024 * 1024
HEADER_FIELDS = frozenset(("title", "creator", "description", "owner", "is_public", "tags", "header"))


def read_tags(path: Path, actors: Actors) -> Iterator[tuple[int, Attribution | InvalidInput]]:
    """Yield every tag of a file with its line, or what is wrong with it, field by field as `tags[3].address`.

    ActorPacks among the documents of the file name actors too. Raises FileRefused when it is no TagPack.
    """
    documents = _documents(path)
    known = {**actors, **_actors_of(documents)}
    packs = [document for document in documents if "tags" in _fields(document)]
    if not packs:
        raise FileRefused(f"{path} has no list of tags; {_otherwise(documents)}")
    for pack in packs:
        inherited = _inherited(path, pack)
        for number, tag in enumerate(_tags(path, pack)):
            yield tag.line, _read(tag, number, inherited, known)


def read_actors(paths: Iterable[Path]) -> dict[str, Actor]:
    """Return the actors of ActorPacks by id. Raises FileRefused."""
    found: dict[str, Actor] = {}
    for path in paths:
        found |= _actors_of(_documents(path))
    return found


def _documents(path: Path) -> list[Node]:
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise FileRefused(f"has {size:,} bytes; at most {MAX_BYTES:,} are taken, split it")
        return read_documents(path.read_bytes())
    except FileRefused as error:
        raise FileRefused(f"{path} {error}", error.line) from None
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror or error}") from None


def _fields(node: Node) -> dict[str, Node]:
    return node.value if isinstance(node.value, dict) else {}


def _otherwise(documents: Iterable[Node]) -> str:
    if _actors_of(documents):
        return "it is an ActorPack, which names actors and attributes nothing: give it with a TagPack"
    return "a TagPack is a header and `tags`"


def _actors_of(documents: Iterable[Node]) -> dict[str, Actor]:
    """Entries without an id or a label name nobody and are passed over."""
    found: dict[str, Actor] = {}
    for document in documents:
        entries = _fields(document).get("actors")
        for entry in entries.value if entries and isinstance(entries.value, list) else ():
            fields = _fields(entry)
            label, name = scalar(fields.get("label")), scalar(fields.get("id"))
            if label and name:
                found[name] = Actor(label, tuple(map(plain_concept, texts(fields.get("categories")))))
    return found


def _inherited(path: Path, pack: Node) -> Fields:
    """The tag fields that stand in the header, which is written flat or under `header`."""
    fields = _fields(pack)
    header = fields.get("header", Node(pack.line, {}))
    merged = {**fields, **_fields(header)}
    for name, node in merged.items():
        # A misspelt field would be missing from every tag, in silence.
        if name not in HEADER_FIELDS | TAG_FIELDS:
            raise FileRefused(f"{path}: the header has {name[:80]!r}, which is no field of a TagPack", node.line)
    if twice := pack.twice or header.twice:
        raise FileRefused(f"{path}: the header has {twice[:80]!r} twice", pack.line)
    return {name: node for name, node in merged.items() if name in TAG_FIELDS}


def _tags(path: Path, pack: Node) -> list[Node]:
    tags = _fields(pack)["tags"]
    if not isinstance(tags.value, list):
        raise FileRefused(f"{path}: `tags` is not a list", tags.line)
    return tags.value


def _read(tag: Node, number: int, inherited: Fields, actors: Actors) -> Attribution | InvalidInput:
    try:
        return read_tag(tag, inherited, actors)
    except InvalidInput as error:
        return InvalidInput(*(FieldError(f"tags[{number}].{e.field}", e.message) for e in error.errors))
