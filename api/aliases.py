"""Second names of routes: short ones, and those of seed 000 without `/api/v1`. Not in the documents."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler, get, post

from api.disagreements import list_all_disagreements
from api.explanations import get_explanation
from api.health import get_health, get_readiness
from api.runs import create_scoring_run
from api.scores import get_live_score, get_score, list_scores, list_top_scores
from api.transactions import get_transaction_decision


def alias(path: str, handler: HTTPRouteHandler) -> HTTPRouteHandler:
    """Return the same operation, with the same access, under another path."""
    (method,) = handler.http_methods
    decorator = {"GET": get, "POST": post}[method]
    second: HTTPRouteHandler = decorator(
        path, operation_id=handler.operation_id, status_code=handler.status_code, include_in_schema=False
    )(handler.fn)
    return second


# Under /api/v1.
ALIASES = (
    alias("/transactions/{key:str}/score", get_transaction_decision),
    alias("/run-score", create_scoring_run),
)

UNPREFIXED = (
    alias("/health", get_health),
    alias("/health/ready", get_readiness),
    alias("/score/{key:str}", get_live_score),
    alias("/run-score", create_scoring_run),
    alias("/scores", list_scores),
    alias("/scores/top", list_top_scores),
    alias("/scores/disagreements", list_all_disagreements),
    alias("/scores/{key:str}", get_score),
    alias("/scores/{key:str}/explanation", get_explanation),
)
