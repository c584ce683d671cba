"""Verdicts in force, as labels for training and for whoever keeps their own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from graph.model import AlertClass, Verdict
from ledger.verdicts import Label, list_labels

Said = Annotated[Verdict | None, QueryParameter(description="Only labels of this verdict")]

_cursors: Cursors[int] = Cursors("labels", Seq)


class LabelView(Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """What a person found about a payment (`transaction`), or about the wallet in `wallets` where that is null.

    `label` is confirmed, false_positive or inconclusive; `category` is what the alert suspected; `number` orders them.
    """

    number: int
    label: Verdict
    class_: AlertClass
    transaction: str | None
    wallets: tuple[str, ...]
    category: str | None
    alert: str
    actor: str
    at: datetime

    @classmethod
    def from_label(cls, label: Label) -> LabelView:
        """Return the label as it is on the wire."""
        return cls(
            number=label.number,
            label=label.verdict,
            class_=label.class_,
            transaction=label.transaction,
            wallets=label.wallets,
            category=label.category,
            alert=label.alert,
            actor=label.actor,
            at=label.at,
        )


class LabelPage(Struct, frozen=True):
    """A page of labels; `next` is null at the end."""

    items: list[LabelView]
    next: str | None


@get("/labels", operation_id="list_labels", summary="Verdicts in force, oldest first")
async def list_all_labels(
    services: GivenServices, *, verdict: Said = None, limit: Limit = 100, cursor: Cursor = None
) -> LabelPage:
    """Page through what people found about alerts. An alert that is opened again has no label until it is closed anew.

    What a suppression closed was looked at by nobody and is not among them.
    """
    after = _cursors.read(cursor) or 0
    async with services.ledger.read() as connection:
        labels, ended = await list_labels(connection, verdict=verdict, after=after, limit=limit)
    return LabelPage([LabelView.from_label(label) for label in labels], _cursors.write(ended))
