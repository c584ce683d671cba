"""What models look at: the features that are computed of every wallet, in words."""

from __future__ import annotations

import asyncio

from litestar import get
from msgspec import Struct

from jobs.feature_words import FeatureEntry, list_features


class FeaturesView(Struct, frozen=True):
    """Every feature, in the order in which models see them."""

    features: list[FeatureEntry]


@get("/models/features", operation_id="list_model_features", summary="What models look at")
async def list_model_features() -> FeaturesView:
    """Return every feature with what it tells. A model names those that it learned, and refuses to run on others."""
    return FeaturesView(await asyncio.to_thread(list_features))
