"""What a rule may look at, and how it may compare: the two registries as they are."""

from __future__ import annotations

from litestar import get
from msgspec import Struct

from api.lifespan import GivenServices
from jobs.rule_language import FieldEntry, OperatorEntry, limits, list_fields, list_operators


class LanguageView(Struct, frozen=True):
    """Fields and operators of conditions; `limits` bound a rule's size."""

    fields: list[FieldEntry]
    operators: list[OperatorEntry]
    limits: dict[str, int]


@get("/rules/fields", operation_id="list_rule_fields", summary="What a rule may look at and how it may compare")
async def list_rule_fields(services: GivenServices) -> LanguageView:
    """Return every field with its kind, and every operator with the kinds that it works on.

    A condition is a test (`field`, `op`, `value`), or `all`, `any` (lists), or `not` of conditions. A test of an absent
    field is not met. Money is compared in units of the reference currency; a name that ends in `*` stands for any name.
    """
    return LanguageView(list_fields(services.taxonomy), list_operators(), limits())
