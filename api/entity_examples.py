"""Examples of entities, what they rest on, and vetoes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from api.entities import (
    EntityItem,
    EntityPage,
    EntityView,
    LinkPage,
    LinkView,
    MemberPage,
    MemberView,
    SaidView,
    WalletEntityView,
)
from api.vetoes import VetoedView, VetoInput, VetoPage, VetoView
from graph.model import Job

AT = datetime(2019, 3, 1, 12, tzinfo=UTC)
ENTITY = EntityItem("ent_5f1c0d8a3b7e42d69c1f0a2b34", "btc", 2, 0.97)
FIRST = "btc:12cbQLTFMXRnSzktFkuoG3eHoMeFtpTu3S"
SECOND = "btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
TRANSACTION = "btc:f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"
LINK = LinkView(TRANSACTION, "cospend", 0.97, FIRST, SECOND, "counts")
PROPOSED = LinkView(
    "btc:a16f3ce4dd5deb92d98ef5cf8afeaf0775ebca408f708b2146c4fb42b41e14be", "change", 0.8, FIRST, SECOND, "proposed"
)
VETO = VetoView(
    id="vto_01hr4m8w4e3v9m7c2k5t6q8z0v",
    entity=ENTITY.key,
    transaction=TRANSACTION,
    reason="a PayJoin: the payee brought an input, too",
    created_by="key_01hr4m8w4e3v9m7c2k5t6q8z0e",
    created_at=AT,
    ended_by=None,
    ended_at=None,
)
JOB = Job(
    id="job_01hr4m8w4e3v9m7c2k5t6q8z0y", name="cluster_wallets", state="queued", arguments={}, attempt=0, created_at=AT
)

ANSWERS: Mapping[str, object] = {
    "list_entities": EntityPage([ENTITY], None),
    "get_entity": EntityView(
        ENTITY.key,
        ENTITY.network,
        ENTITY.size,
        ENTITY.confidence,
        received="12.5",
        sent="3.9",
        attributions=[SaidView(SECOND, "att_01hr4m8w4e3v9m7c2k5t6q8z0a", "exchange", "Example", "analyst", 0.9)],
        clustered_until=17,
    ),
    "list_entity_members": MemberPage([MemberView(FIRST, None, "12.5", "3.9")], None),
    "get_entity_proof": LinkPage([LINK], None),
    "list_entity_proposals": LinkPage([PROPOSED], None),
    "get_wallet_entity": WalletEntityView(FIRST, ENTITY, [PROPOSED], 17),
    "create_clustering": JOB,
    "veto_entity_link": VetoedView(VETO, JOB.id),
    "list_entity_vetoes": VetoPage([VETO], None),
    "end_veto": None,
}
BODIES: Mapping[str, Struct] = {"veto_entity_link": VetoInput(transaction=TRANSACTION, reason=VETO.reason)}
PARAMETERS: Mapping[str, object] = {"entity": ENTITY.key, "veto": VETO.id}
