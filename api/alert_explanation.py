"""The subgraph that explains an alert, as it was when the alert was opened."""

from __future__ import annotations

from datetime import datetime

from litestar import get
from msgspec import Struct

from api.alerts import AlertView
from api.changes import CauseView
from api.lifespan import GivenServices
from api.parameters import Id
from api.paths import PathView
from api.subgraph import FlowView, NodeLimit, NodeView
from api.transactions import PartyView
from graph.model import Decision, Direction
from graph.transactions import LandedTransaction
from jobs.explaining import Explanation, PartyPath, explain_alert


class PaymentView(Struct, frozen=True, kw_only=True):
    """The payment of a live alert."""

    key: str
    at: datetime
    asset: str
    amount: str
    inputs: tuple[PartyView, ...]
    outputs: tuple[PartyView, ...]

    @classmethod
    def from_landed(cls, payment: LandedTransaction) -> PaymentView:
        """Return the payment as it is on the wire."""
        return cls(
            key=payment.key,
            at=payment.at,
            asset=payment.asset,
            amount=payment.amount,
            inputs=tuple(map(PartyView.from_party, payment.inputs)),
            outputs=tuple(map(PartyView.from_party, payment.outputs)),
        )


class PartyPathView(Struct, frozen=True):
    """A way of the money: from an illicit wallet to `party` (source), or from it to one (destination)."""

    party: str
    direction: Direction
    path: PathView

    @classmethod
    def from_path(cls, one: PartyPath) -> PartyPathView:
        """Return the way as it is on the wire."""
        return cls(one.party, one.direction, PathView.from_path(one.path, one.direction))


class AlertExplanationView(Struct, frozen=True, kw_only=True):
    """Why an alert was opened. `decision` and `payment` are of a live one, `causes`, what changed, of a retro one.

    `nodes` and `flows` draw parties (hops 0), the wallets on `paths`, and those of patterns that rules found: as they
    were by `as_of` (the time of the payment) and known by `known_at`. `truncated`: some of it was left out.
    """

    alert: AlertView
    decision: Decision | None
    causes: tuple[CauseView, ...]
    payment: PaymentView | None
    nodes: tuple[NodeView, ...]
    flows: tuple[FlowView, ...]
    paths: tuple[PartyPathView, ...]
    truncated: bool
    as_of: datetime | None
    known_at: datetime | None
    watermark: int

    @classmethod
    def from_explanation(cls, found: Explanation) -> AlertExplanationView:
        """Return the explanation as it is on the wire."""
        picture = found.picture
        return cls(
            alert=AlertView.from_alert(found.alert),
            decision=found.decision,
            causes=tuple(map(CauseView.from_cause, found.causes)),
            payment=PaymentView.from_landed(found.payment) if found.payment else None,
            nodes=tuple(map(NodeView.from_node, picture.nodes)),
            flows=tuple(map(FlowView.from_flow, picture.flows)),
            paths=tuple(map(PartyPathView.from_path, found.paths)),
            truncated=picture.truncated,
            as_of=picture.as_of,
            known_at=picture.known_at,
            watermark=picture.watermark,
        )


@get(
    "/alerts/{alert:str}/explanation",
    operation_id="get_alert_explanation",
    summary="Why an alert was opened, with the subgraph that explains it",
)
async def get_alert_explanation(services: GivenServices, alert: Id, limit: NodeLimit = 100) -> AlertExplanationView:
    """Draw what an alert rests on: what decided, who was party, and the most valuable ways of the money.

    Up to five payers are followed back and five payees forth, ten ways each; a party that is itself listed says so in
    its node. All as it was when the alert was opened; `/wallets/{key}/subgraph` and `/paths` answer for now.
    """
    return AlertExplanationView.from_explanation(await explain_alert(services, alert, limit=limit))
