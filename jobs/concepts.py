"""The words of TagPacks and sanctions lists in ours: concept to category, level to confidence, currency to network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from graph.errors import AddressError
from graph.taxonomy import load_taxonomy

# The category of a tag that says nothing of what the wallet is; it is not in the table, so it waits for review.
UNCATEGORISED = "uncategorised"

_FORMS = (
    ("eth", re.compile(r"0[xX][0-9a-fA-F]{40}")),
    ("trx", re.compile(r"T[1-9A-HJ-NP-Za-km-z]{33}")),
    ("btc", re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{24,34}|bc1[0-9a-z]+|BC1[0-9A-Z]+")),
)


class Together(Struct, frozen=True):
    """Concepts that mean a category only where all of them are said."""

    concepts: frozenset[str]
    category: str


class Tokens(Struct, frozen=True):
    """Assets that are no network of their own."""

    by_form: frozenset[str]


class Concepts(Struct, frozen=True):
    """The table of jobs/concepts.toml."""

    categories: dict[str, str]
    together: tuple[Together, ...]
    confidence: dict[str, float]
    networks: dict[str, str]
    tokens: Tokens

    def category_of(self, said: Sequence[str], of_actor: Sequence[str]) -> str:
        """Return the most severe category that the concepts mean; those of the actor speak where the tag is silent.

        If none means any, the first concept, which is then no category of the table.
        """
        first, every = said or of_actor, frozenset((*said, *of_actor))
        found = {self.categories[concept] for concept in first if concept in self.categories}
        found |= {
            rule.category for rule in self.together if rule.concepts <= every and not rule.concepts.isdisjoint(first)
        }
        if found:
            return max(found, key=lambda name: load_taxonomy().get(name).severity)
        return first[0] if first else UNCATEGORISED

    def network_of(self, name: str, address: str) -> str:
        """Return the network that a currency, token or network name stands for, given an address on it.

        Raises AddressError when a token's address tells no network.
        """
        plain = re.sub(r"[^a-z0-9_]", "_", name.strip().lower())
        if plain not in self.tokens.by_form:
            return self.networks.get(plain, plain)
        for network, form in _FORMS:
            if form.fullmatch(address):
                return network
        raise AddressError(f"{plain} is no network, and the address is not of eth, trx or btc; name its network")


@lru_cache(1)
def load_concepts() -> Concepts:
    """Read the table that lies beside this file."""
    return msgspec.toml.decode((Path(__file__).parent / "concepts.toml").read_bytes(), type=Concepts)


def plain_concept(text: str) -> str:
    """Return a concept as it is spelt in the table."""
    return re.sub(r"[\s-]+", "_", text.strip().lower())
