"""What each role may do: one table, read by the guard, the documents and the tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from litestar import Litestar
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import BaseRoute, HTTPRoute
from msgspec import Struct

from graph.model import Role

Roles = frozenset[Role]
PUBLIC: Literal["public"] = "public"
ROLES: Roles = frozenset(("integrator", "investigator", "supervisor", "admin", "auditor"))
READERS: Roles = ROLES - {"integrator"}
LANDERS: Roles = frozenset(("integrator", "admin"))
RUNNERS: Roles = frozenset(("supervisor", "admin"))
CASEWORKERS: Roles = frozenset(("investigator", "supervisor", "admin"))
ADMINS: Roles = frozenset(("admin",))
WITHDRAWERS: Roles = LANDERS | RUNNERS
KEEPERS: Roles = frozenset(("admin", "auditor"))
OVERSEERS: Roles = frozenset(("supervisor", "admin", "auditor"))

ACCESS: Mapping[str, Roles | Literal["public"]] = {
    "create_transaction": LANDERS,
    "create_transactions": LANDERS,
    "preview_transaction": LANDERS | CASEWORKERS,
    "get_decision": ROLES,
    "replay_decision": READERS,
    "withdraw_transaction": WITHDRAWERS,
    "erase_transaction_text": ADMINS,
    "list_transactions": ROLES,
    "get_transaction": ROLES,
    "get_transaction_decision": ROLES,
    "get_transaction_text": READERS,
    "get_wallet": READERS,
    "get_wallet_entity": READERS,
    "get_wallet_exposure": READERS,
    "list_wallet_stops": READERS,
    "compare_wallet_methods": READERS,
    "compare_methods": RUNNERS,
    "list_method_scores": READERS,
    "list_wallet_sources": READERS,
    "suppose_of_wallet": READERS,
    "get_wallet_counterfactual": READERS,
    "get_wallet_subgraph": READERS,
    "get_wallet_paths": READERS,
    "get_wallet_activity": READERS,
    "expand_wallet": READERS,
    "draw_wallets": READERS,
    "list_wallet_transactions": READERS,
    "list_wallet_counterparties": READERS,
    "search_wallets": READERS,
    "get_live_score": ROLES,
    "get_score": ROLES,
    "list_top_scores": READERS,
    "list_scores": READERS,
    "list_score_changes": READERS,
    "list_disagreements": READERS,
    "explain_score": READERS,
    "create_scoring_run": RUNNERS,
    "list_scoring_runs": READERS,
    "get_scoring_run": READERS,
    "replay_scoring_run": OVERSEERS,
    "diff_scoring_runs": READERS,
    "list_jobs": READERS,
    "get_job": READERS,
    "retry_job": RUNNERS,
    "cancel_job": RUNNERS,
    "list_alerts": READERS,
    "get_alert": READERS,
    "edit_alert": CASEWORKERS,
    "edit_alerts": CASEWORKERS,
    "list_alert_groups": READERS,
    "list_alert_notes": READERS,
    "create_alert_note": CASEWORKERS,
    "erase_alert_note": ADMINS,
    "list_alert_history": READERS,
    "get_alert_explanation": READERS,
    "export_alert_evidence": READERS,
    "suppress_alert": RUNNERS,
    "list_suppressions": READERS,
    "get_suppression": READERS,
    "end_suppression": RUNNERS,
    "create_watchlist": CASEWORKERS,
    "list_watchlists": READERS,
    "get_watchlist": READERS,
    "edit_watchlist": CASEWORKERS,
    "end_watchlist": CASEWORKERS,
    "list_watched_wallets": READERS,
    "list_wallet_watchlists": READERS,
    "watch_wallets": CASEWORKERS,
    "unwatch_wallet": CASEWORKERS,
    "create_webhook": RUNNERS,
    "list_webhooks": OVERSEERS,
    "get_webhook": OVERSEERS,
    "edit_webhook": RUNNERS,
    "end_webhook": RUNNERS,
    "enable_webhook": RUNNERS,
    "test_webhook": RUNNERS,
    "list_webhook_secrets": OVERSEERS,
    "create_webhook_secret": RUNNERS,
    "delete_webhook_secret": RUNNERS,
    "list_webhook_deliveries": OVERSEERS,
    "redeliver_webhook": RUNNERS,
    "list_labels": READERS,
    "list_decisions": READERS,
    "get_summary": READERS,
    "get_risk_trend": READERS,
    "create_attributions": RUNNERS,
    "import_attributions": RUNNERS,
    "preview_attributions": RUNNERS,
    "preview_attributions_import": RUNNERS,
    "list_attributions": READERS,
    "get_attribution": READERS,
    "withdraw_attribution": RUNNERS,
    "list_wallet_attributions": READERS,
    "list_entities": READERS,
    "get_entity": READERS,
    "list_entity_members": READERS,
    "get_entity_proof": READERS,
    "get_entity_exposure": READERS,
    "list_entity_proposals": READERS,
    "list_entity_vetoes": READERS,
    "veto_entity_link": CASEWORKERS,
    "end_veto": CASEWORKERS,
    "create_clustering": RUNNERS,
    "create_case": CASEWORKERS,
    "list_cases": READERS,
    "get_case": READERS,
    "edit_case": CASEWORKERS,
    "add_case_alerts": CASEWORKERS,
    "remove_case_alert": CASEWORKERS,
    "add_case_wallets": CASEWORKERS,
    "remove_case_wallet": CASEWORKERS,
    "list_case_notes": READERS,
    "create_case_note": CASEWORKERS,
    "erase_case_note": ADMINS,
    "list_case_history": READERS,
    "get_case_canvas": READERS,
    "save_case_canvas": CASEWORKERS,
    "save_case_what_if": CASEWORKERS,
    "list_case_what_ifs": READERS,
    "get_case_what_if": READERS,
    "remove_case_what_if": CASEWORKERS,
    "propose_case_closing": CASEWORKERS,
    "withdraw_case_closing": CASEWORKERS,
    "approve_case_closing": RUNNERS,
    "reject_case_closing": RUNNERS,
    "reopen_case": RUNNERS,
    "get_case_report": READERS,
    "export_case_evidence": READERS,
    "draft_case_goaml": CASEWORKERS,
    "create_rule": RUNNERS,
    "list_rules": READERS,
    "list_rule_fields": READERS,
    "get_rule": READERS,
    "list_rule_versions": READERS,
    "replace_rule": RUNNERS,
    "update_rule": RUNNERS,
    "activate_rule": RUNNERS,
    "retire_rule": RUNNERS,
    "backtest_rule": RUNNERS,
    "create_policy": RUNNERS,
    "list_policies": READERS,
    "get_policy": READERS,
    "activate_policy": RUNNERS,
    "list_models": READERS,
    "get_model": READERS,
    "list_model_features": READERS,
    "list_model_drift": READERS,
    "train_model": RUNNERS,
    "promote_model": RUNNERS,
    "roll_back_model": RUNNERS,
    "ask_cypher": READERS,
    "list_audit_events": OVERSEERS,
    "list_audit_actions": OVERSEERS,
    "verify_audit_log": OVERSEERS,
    "get_audit_proof": OVERSEERS,
    "list_checkpoints": READERS,
    "get_latest_checkpoint": READERS,
    "list_checkpoint_keys": READERS,
    "get_audit_consistency": READERS,
    "list_events": ROLES,
    "stream_alerts": READERS,
    "list_reads": KEEPERS,
    "create_session": PUBLIC,
    "end_session": ROLES,
    "get_me": ROLES,
    "change_password": ROLES,
    "list_users": OVERSEERS,
    "get_user": OVERSEERS,
    "create_user": ADMINS,
    "reset_user_password": ADMINS,
    "disable_user": ADMINS,
    "list_keys": KEEPERS,
    "create_key": ADMINS,
    "revoke_key": ADMINS,
    "get_health": PUBLIC,
    "get_readiness": PUBLIC,
    "get_about": ROLES,
    "list_actors": READERS,
    "get_page": PUBLIC,
    "get_asset": PUBLIC,
    "get_docs": PUBLIC,
    "get_docs_style": PUBLIC,
    "get_docs_icon": PUBLIC,
    "get_openapi": PUBLIC,
}

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Caller(Struct, frozen=True):
    """Who is calling; `id` is what the audit log names as the actor.

    `person` answers for it: a person themselves, whoever made a key, None for a key made on the command line.
    """

    id: str
    role: Role
    name: str
    person: str | None = None
    must_change_password: bool = False

    @property
    def answerable(self) -> str:
        """What must differ where two have to agree: nobody is a second person by showing a key of their own."""
        return self.person or self.id


def operation_of(handler: BaseRouteHandler) -> str | None:
    """Return the operation id of a handler; None for the framework's own OPTIONS and docs handlers."""
    operation = handler.operation_id if isinstance(handler, HTTPRouteHandler) else handler.opt.get("operation_id")
    if isinstance(operation, str):
        return operation
    if handler.fn.__module__.startswith("litestar."):
        return None
    raise ImproperlyConfiguredException(f"{handler} has no operation_id")


def require_entries(app: Litestar) -> None:
    """Refuse to start with a route that the table does not know, or an entry without a route."""
    handlers = [handler for route in app.routes for handler in _handlers(route)]
    operations = {operation for h in handlers if (operation := operation_of(h)) is not None}
    if odd := operations ^ set(ACCESS):
        names = ", ".join(sorted(odd))
        raise ImproperlyConfiguredException(f"the table in api/access.py and the routes differ in {names}")


def _handlers(route: BaseRoute) -> list[BaseRouteHandler]:
    """The handlers of a route: many if it is of HTTP, one if it is of a WebSocket or another application."""
    return list(route.route_handlers) if isinstance(route, HTTPRoute) else [route.route_handler]  # type: ignore[attr-defined]
