"""Which operations show wallets: each good answer of them is noted in the log of reads."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from litestar import Litestar

from api.access import operation_of
from api.parameters import canonical_wallet
from jobs.reading import ReadLog
from ledger.read_log import Read

# Where an operation shows many wallets that the question does not name.
MANY = "*"

# operation_id -> the parameter that names what is read
READS: Mapping[str, str] = {
    "get_wallet": "key",
    "get_wallet_entity": "key",
    "get_wallet_exposure": "key",
    "list_wallet_stops": "key",
    "compare_wallet_methods": "key",
    "list_wallet_sources": "key",
    "suppose_of_wallet": "key",
    "get_wallet_counterfactual": "key",
    "get_wallet_subgraph": "key",
    "get_wallet_paths": "key",
    "get_wallet_activity": "key",
    "expand_wallet": "key",
    "list_wallet_transactions": "key",
    "list_wallet_counterparties": "key",
    "list_wallet_attributions": "key",
    "get_live_score": "key",
    "get_score": "key",
    "list_score_changes": "key",
    "explain_score": "key",
    "get_alert": "alert",
    "get_alert_explanation": "alert",
    "get_case": "case",
    "get_case_report": "case",
    "get_case_canvas": "case",
    "list_case_what_ifs": "case",
    "get_case_what_if": "case",
    "save_case_what_if": "case",
    "list_watched_wallets": "watchlist",
    "list_wallet_watchlists": "key",
    "get_entity": "entity",
    "list_entity_members": "entity",
    "get_entity_proof": "entity",
    "get_entity_exposure": "entity",
    "list_entity_proposals": "entity",
    "search_wallets": "q",
    "draw_wallets": MANY,
    "list_top_scores": MANY,
    "list_scores": MANY,
    "list_disagreements": MANY,
    "list_method_scores": MANY,
    # Whole tables of them, at once as CSV.
    "list_transactions": MANY,
    "list_attributions": MANY,
    "list_decisions": MANY,
    "list_alerts": MANY,
    "list_labels": MANY,
    "stream_alerts": MANY,
}


def note_read(scope: Any, request_id: str) -> None:
    """Take note of a request that was answered well, if it shows wallets."""
    handler = scope.get("route_handler")
    operation = operation_of(handler) if handler is not None else None
    if operation is None or operation not in READS:
        return
    app: Litestar = scope["litestar_app"]
    log: ReadLog = app.state.read_log
    log.note(
        Read(
            id=secrets.token_hex(16),
            read_at=datetime.now(UTC),
            actor=scope["user"].id,
            operation=operation,
            subject=_subject(scope, READS[operation]),
            request_id=request_id,
        )
    )


def _subject(scope: Any, parameter: str) -> str:
    if parameter == "key":
        return canonical_wallet(scope["path_params"]["key"])
    if parameter in scope["path_params"]:
        return str(scope["path_params"][parameter])
    given = parse_qs(scope["query_string"].decode("latin-1")).get(parameter)
    return given[0] if given else MANY
