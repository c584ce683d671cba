"""What an integrator sees of a model within a decision: its signal, its reasons, its version."""

from __future__ import annotations

from typing import Any

import httpx

from jobs.services import Services
from tests.api.conftest import movement
from tests.builders import land, pay
from tests.champions import crown_isolation

DECISION = "/api/v1/transactions/acct:p1/decision"


def isolation(decision: dict[str, Any]) -> list[dict[str, Any]]:
    return [signal for signal in decision["signals"] if signal["name"] == "isolation_forest"]


async def test_a_decision_tells_what_the_champion_said_of_the_payer(
    client: httpx.AsyncClient, services: Services
) -> None:
    await land(services.graph, *(pay(f"u{n % 30}", f"u{(n + 1) % 30}", 10 + n % 3, day=n / 30) for n in range(300)))
    version = await crown_isolation(services)
    assert (await client.post("/api/v1/policies/classic-1/activate")).is_success
    body = movement(1, sender="u1", receiver="nobody before", amount="7500000", at="2020-02-01T03:00:00Z")

    previewed = (await client.post("/api/v1/transactions/preview", json=body)).json()["decision"]
    posted = (await client.post("/api/v1/transactions", json=body)).json()["decision"]
    stored = (await client.get(DECISION)).json()

    [said] = isolation(posted)
    assert isolation(previewed) == isolation(stored) == [said]
    assert said["skipped"] is None and said["effective_weight"] == 1.0
    assert posted["risk_score"] == said["value"] > 0
    assert posted["model_versions"] == stored["model_versions"] == {"isolation_forest": version.id}
    reasons = [one["reason"] for one in said["contributions"]]
    assert reasons and reasons[0] in posted["reason_codes"] and all(one.startswith("UNUSUAL_") for one in reasons)
    assert all(0 < one["share"] <= 1 and "acct:u1" in one["detail"] for one in said["contributions"])


async def test_the_default_policy_knows_no_model(client: httpx.AsyncClient, services: Services) -> None:
    await land(services.graph, *(pay(f"u{n % 9}", f"u{(n + 1) % 9}", 10, day=n) for n in range(50)))
    await crown_isolation(services)

    posted = (await client.post("/api/v1/transactions", json=movement(1))).json()["decision"]

    assert isolation(posted) == [] and posted["model_versions"] == {}
