"""An example of a question in Cypher; `api.examples` takes it up."""

from __future__ import annotations

from collections.abc import Mapping

from api.cypher import CypherInput
from graph.catalog import load_catalog
from jobs.asking import Asked

INPUT = CypherInput(query=load_catalog()["browse_riskiest"].text, parameters={"limit": 10}, limit=10)
ANSWERS: Mapping[str, object] = {
    "ask_cypher": Asked(
        columns=list(load_catalog()["browse_riskiest"].returns),
        rows=[["eth:0x28c6c06298d514db089934071355e5743bf21d60", 0.81, 1.25, 0.81, 0.0, 210_400_000, 0, "run_7"]],
        truncated=False,
        watermark=17,
        elapsed_ms=3.2,
    )
}
BODIES: Mapping[str, object] = {"ask_cypher": INPUT}
