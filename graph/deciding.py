"""Which attribution decides, as parameters for queries that choose it inside the database."""

from __future__ import annotations

from typing import Any

from graph.taxonomy import LEAST_CONFIDENCE, OFFICIAL_CATEGORY, Taxonomy


def deciding_parameters(taxonomy: Taxonomy) -> dict[str, Any]:
    """What a query needs to rank attributions as `ranked_attributions` does; a test holds the two equal."""
    return {
        "known": list(taxonomy.names),
        "official": OFFICIAL_CATEGORY,
        "credible": LEAST_CONFIDENCE,
        "severities": {name: taxonomy.get(name).severity for name in sorted(taxonomy.illicit)},
    }
