"""Suppositions as they are sent: what is to be different, of which nothing is written to the graph."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.parameters import canonical_wallet
from graph.errors import FieldError, InvalidInput
from graph.model import Direction
from graph.overlays import AS_IS, Overlay
from graph.taxonomy import Taxonomy

MOST = 1_000

Key = Annotated[str, Meta(min_length=1, max_length=300, description="`network:address`")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Hops = Annotated[int, Meta(ge=1, le=6)]


class SupposedWallet(Struct, frozen=True, forbid_unknown_fields=True):
    """What a wallet is supposed to be, whatever is said of it; null is not attributed at all."""

    wallet: Key
    category: Name | None


class SupposedFlow(Struct, frozen=True, forbid_unknown_fields=True):
    """A flow that is supposed never to have moved."""

    source: Key
    target: Key


class OverlayInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is supposed, all of it together; `hops` instead of those asked for.

    Attributions of the sources and of the ids named count as withdrawn: what they outranked decides then.
    """

    categories: Annotated[list[SupposedWallet], Meta(max_length=MOST)] = []
    without_sources: Annotated[list[Name], Meta(max_length=MOST)] = []
    without_attributions: Annotated[list[Name], Meta(max_length=MOST)] = []
    without_flows: Annotated[list[SupposedFlow], Meta(max_length=MOST)] = []
    hops: Hops | None = None


class WhatIfInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question about one side of a wallet under a supposition."""

    suppose: OverlayInput
    direction: Direction = "source"
    hops: Hops = 3


def overlay_of(given: OverlayInput, taxonomy: Taxonomy, field: str = "suppose") -> Overlay:
    """Return the overlay with canonical keys; raises InvalidInput naming every field that cannot be accepted."""
    errors: list[FieldError] = []

    def wallet(key: str, name: str) -> str:
        try:
            return canonical_wallet(key, f"{field}.{name}")
        except InvalidInput as error:
            errors.extend(error.errors)
            return key

    categories: dict[str, str | None] = {}
    for i, one in enumerate(given.categories):
        key = wallet(one.wallet, f"categories[{i}].wallet")
        if one.category is not None and one.category not in taxonomy.categories:
            known = ", ".join(taxonomy.names)
            errors.append(FieldError(f"{field}.categories[{i}].category", f"must be null or one of {known}"))
        if key in categories:
            errors.append(FieldError(f"{field}.categories[{i}].wallet", "is named more than once"))
        categories[key] = one.category
    flows = {
        (wallet(one.source, f"without_flows[{i}].source"), wallet(one.target, f"without_flows[{i}].target"))
        for i, one in enumerate(given.without_flows)
    }
    overlay = Overlay(
        categories=categories,
        without_sources=frozenset(given.without_sources),
        without_attributions=frozenset(given.without_attributions),
        without_flows=frozenset(flows),
        hops=given.hops,
    )
    if overlay == AS_IS:
        errors.append(FieldError(field, "supposes nothing: name a category, source, attribution, flow or hops"))
    if errors:
        raise InvalidInput(*errors)
    return overlay
