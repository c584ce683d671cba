"""The rules that come with the software: one TOML file each in risk/shipped, read once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec.structs import replace

import risk
from graph.catalog import load_catalog
from risk.rules import Rule

FOLDER = Path(risk.__file__).parent / "shipped"


@lru_cache(1)
def shipped_rules() -> tuple[Rule, ...]:
    """Every shipped rule, in order of id; a file is named after its rule."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.toml")))


def _read(path: Path) -> Rule:
    rule = msgspec.toml.decode(path.read_bytes(), type=Rule)
    if rule.id != path.stem:
        raise ValueError(f"{path.name} holds the rule {rule.id}")
    if rule.graph is None:
        return rule
    # The file names a query of the catalog; what is recorded and asked is its text.
    text = load_catalog()[rule.graph.cypher].text
    return replace(rule, graph=replace(rule.graph, cypher=text))
