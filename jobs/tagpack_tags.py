"""One tag of a TagPack, with all it inherits, as an attribution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec
from msgspec import Struct

from graph.errors import AddressError, FieldError, InvalidInput
from graph.model import Attribution
from jobs.attribution_rows import make_attribution
from jobs.concepts import load_concepts, plain_concept
from jobs.yaml_nodes import Node

# Taken, though they say nothing we record: whether a tag holds for a cluster, and when it was edited.
UNUSED_FIELDS = ("is_cluster_definer", "lastmod", "created")
TAG_FIELDS = frozenset(
    (
        *("address", "network", "currency", "label", "source", "category", "abuse", "concepts", "confidence", "actor"),
        *("context", "tag_type", "tx_hash", *UNUSED_FIELDS),
    )
)
# Said of an address that somebody only wrote about: no claim of what its wallet is.
MENTION = "mention"


class Actor(Struct, frozen=True):
    """Who an actor id stands for, and the concepts it is filed under."""

    label: str
    concepts: tuple[str, ...]


Actors: TypeAlias = Mapping[str, Actor]
Fields: TypeAlias = Mapping[str, Node]


def read_tag(tag: Node, inherited: Fields, actors: Actors) -> Attribution:
    """Return what a tag says; an actor that no ActorPack names is called by its id.

    Raises InvalidInput with every field at fault.
    """
    fields = {**inherited, **_checked(tag)}
    errors = [
        FieldError(name, "must be a single text")
        for name, node in fields.items()
        if name not in ("concepts", "context") and not isinstance(node.value, str)
    ]
    texts = _said(fields, actors, errors)
    try:
        made = make_attribution(texts)
    except InvalidInput as error:
        errors += [e for e in error.errors if e.field not in {found.field for found in errors}]
    if errors:
        raise InvalidInput(*errors)
    return made


def _checked(tag: Node) -> Fields:
    """The fields of a tag itself; a misspelt one would be missed in silence, so it is refused."""
    if not isinstance(tag.value, dict):
        raise InvalidInput(FieldError("tag", "is not a mapping of fields"))
    errors = [
        FieldError(name[:80], f"is no field of a tag; the fields are {', '.join(sorted(TAG_FIELDS))}")
        for name in tag.value
        if name not in TAG_FIELDS
    ]
    errors += [
        FieldError(name[:80], "is empty; leave it out, or fill it")
        for name, node in tag.value.items()
        if node.value is None
    ]
    if tag.twice:
        errors.append(FieldError(tag.twice[:80], "is there twice"))
    if "tx_hash" in tag.value and "address" not in tag.value:
        errors.append(FieldError("tx_hash", "a transaction cannot be attributed; only tags of an address are taken"))
    if errors:
        raise InvalidInput(*errors)
    return tag.value


def _said(fields: Fields, actors: Actors, errors: list[FieldError]) -> dict[str, str]:
    """The texts of the attribution that a tag stands for."""
    address = scalar(fields.get("address")).strip()
    name = scalar(fields.get("actor"))
    actor = actors.get(name, Actor(name, ()))
    said = _concepts(fields)
    category = load_concepts().category_of(said, actor.concepts)
    return _validity(fields.get("context")) | {
        "address": address,
        "network": _network(fields, address, errors),
        "category": MENTION if scalar(fields.get("tag_type")) == MENTION else category,
        "source": scalar(fields.get("source")),
        "actor": actor.label,
        "confidence": _confidence(fields.get("confidence"), errors),
        "note": _note(scalar(fields.get("label")), said, category),
    }


def _concepts(fields: Fields) -> tuple[str, ...]:
    """What a tag says its wallet is, the gravest kind of field first."""
    found = [text for name in ("abuse", "category", "concepts") for text in texts(fields.get(name))]
    return tuple(dict.fromkeys(map(plain_concept, found)))


def _network(fields: Fields, address: str, errors: list[FieldError]) -> str:
    name = scalar(fields.get("network")) or scalar(fields.get("currency"))
    if not name:
        errors.append(FieldError("network", "is missing, as is currency; name the network of the address"))
    try:
        return load_concepts().network_of(name, address)
    except AddressError as error:
        errors.append(FieldError("network", str(error)))
        return ""


def _confidence(level: Node | None, errors: list[FieldError]) -> str:
    levels, name = load_concepts().confidence, scalar(level) or "unknown"
    if name not in levels:
        errors.append(FieldError("confidence", f"{name[:80]!r} is no level; the levels are {', '.join(levels)}"))
    return str(levels.get(name, ""))


def _note(label: str, said: Iterable[str], category: str) -> str:
    """The label, and the concepts where our category does not say the same."""
    other = [concept for concept in said if concept != category]
    return f"{label} [{', '.join(other)}]".strip() if other else label


def _validity(context: Node | None) -> dict[str, str]:
    """The span that a tag's context, a mapping or JSON of one, says it is true for; nearly all say none."""
    if context is None:
        return {}
    raw: object = context.value
    if isinstance(raw, str):
        try:
            raw = msgspec.json.decode(raw)
        except msgspec.DecodeError:
            return {}
    found = {name: raw[name] for name in ("valid_from", "valid_to") if raw.get(name)} if isinstance(raw, dict) else {}
    return {name: scalar(value) if isinstance(value, Node) else str(value) for name, value in found.items()}


def scalar(node: Node | None) -> str:
    """Return the text of a node; empty where there is none."""
    return node.value if node and isinstance(node.value, str) else ""


def texts(node: Node | None) -> list[str]:
    """Return the text of a node, or the texts of its list."""
    if node is None:
        return []
    items = node.value if isinstance(node.value, list) else [node]
    return [text for item in items if (text := scalar(item))]
