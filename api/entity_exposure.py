"""Exposure of an entity: where the money of wallets of one owner came from, or went to."""

from __future__ import annotations

from litestar import get

from api.exposure import ExposureView, MaxFlows, Way
from api.lifespan import GivenServices
from api.parameters import Hops, Id
from graph.entities import get_entity
from graph.methods.comparing import Told
from graph.owned import exposure_between_entities
from graph.split import split_rows


@get("/entities/{entity:str}/exposure", operation_id="get_entity_exposure", summary="Exposure of an entity, live")
async def get_entity_exposure(
    services: GivenServices,
    entity: Id,
    *,
    direction: Way = "source",
    hops: Hops = 3,
    max_flows: MaxFlows = None,
) -> ExposureView:
    """Trace what crossed the border of an entity, by haircut, with hops counted between entities; now.

    What its wallets pay each other does not count. `wallet` is the key of the entity.
    """
    known = await get_entity(services.graph, entity)
    tracing = services.tracing(direction, hops, limits=services.limits_of(max_flows))
    exposure, rows = await exposure_between_entities(tracing, known.key)
    return ExposureView.from_told(Told(exposure, await split_rows(rows, exposure, tracing), between_entities=True))
