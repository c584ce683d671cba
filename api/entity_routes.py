"""The routes of entities: wallets believed to share an owner."""

from __future__ import annotations

from api.entities import (
    create_clustering,
    get_entity_of_wallet,
    get_one_entity,
    get_proof_of_entity,
    list_all_entities,
    list_members_of_entity,
    list_proposals_of_entity,
)
from api.entity_exposure import get_entity_exposure
from api.vetoes import end_one_veto, list_vetoes_of_entity, veto_entity_link

ENTITIES = (
    get_entity_exposure,
    create_clustering,
    get_entity_of_wallet,
    get_one_entity,
    get_proof_of_entity,
    list_all_entities,
    list_members_of_entity,
    list_proposals_of_entity,
    end_one_veto,
    list_vetoes_of_entity,
    veto_entity_link,
)
