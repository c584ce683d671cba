"""A wallet by every method, weighed by the policy in force: whether it matters which one is taken."""

from __future__ import annotations

from msgspec import Struct

from graph.methods.comparing import compare_methods
from graph.model import Exposure, Method, Severity
from graph.tracing import Tracing
from jobs.services import Services
from jobs.supposing import Weighed, weigh

# What a method claims: that shares of categories and residuals add up to the whole.
CONSERVING: frozenset[Method] = frozenset({"haircut", "time_ordered_haircut", "fifo"})
# Whether a wallet is worth an alert is what a method would have to change.
ALERTING: Severity = "high"


class MethodOpinions(Struct, frozen=True):
    """One side of a wallet by each method, and the threshold that its score is held against."""

    severity: Severity
    threshold: float
    by_method: dict[Method, Weighed]

    @property
    def is_sensitive(self) -> bool:
        """Whether methods fall on different sides of the threshold."""
        return len({one.score >= self.threshold for one in self.by_method.values()}) > 1


async def opinions_of(
    services: Services, tracing: Tracing, key: str, severity: Severity | None = None
) -> MethodOpinions:
    """Trace a wallet by every method; the threshold is that of a severity of the policy. Raises NotFound."""
    await services.current_book()
    found = await compare_methods(tracing, key)
    held_against = severity or ALERTING
    weighed = {method: _weighed(services, exposure) for method, exposure in found.items()}
    return MethodOpinions(held_against, services.policy.thresholds[held_against], weighed)


def _weighed(services: Services, exposure: Exposure) -> Weighed:
    """By poison all is of the worst that was reached: its categories do not share the whole."""
    if exposure.method != "poison":
        return weigh(services, exposure)
    severities = [services.taxonomy.get(c.category).severity for c in exposure.categories if c.class_ == "illicit"]
    score = max(severities, default=0.0)
    return Weighed(exposure, score, services.policy.severity(score))
