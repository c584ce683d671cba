"""The API, as a table of contents."""

from __future__ import annotations

from litestar import Litestar, Router
from litestar.di import Provide

from api.about import get_about
from api.access import require_entries
from api.activity import get_wallet_activity
from api.actors import list_all_actors
from api.alert_edits import edit_many_alerts, edit_one_alert
from api.alert_explanation import get_alert_explanation
from api.alert_groups import list_alert_groups
from api.alert_notes import create_alert_note, erase_alert_note, list_alert_history, list_alert_notes
from api.alerts import get_alert, list_alerts
from api.aliases import ALIASES, UNPREFIXED
from api.attributions import (
    create_attributions,
    get_one_attribution,
    list_all_attributions,
    withdraw_one_attribution,
)
from api.attributions_import import import_attributions_file
from api.attributions_import_preview import preview_attributions_import
from api.audit import list_audit_actions, list_audit_events, verify_audit_log
from api.backtests import backtest
from api.bulk import create_transactions
from api.callers import guard
from api.canvases import get_case_canvas, save_case_canvas
from api.case_closing import (
    approve_case_closing,
    propose_case_closing,
    reject_case_closing,
    reopen_case,
    withdraw_case_closing,
)
from api.case_contents import (
    add_case_alerts,
    add_case_wallets,
    create_case_note,
    erase_case_note,
    list_case_history,
    list_case_notes,
    remove_case_alert,
    remove_case_wallet,
)
from api.cases import create_case, edit_case, get_case, list_cases
from api.changes import list_score_changes
from api.checkpoints import (
    get_audit_consistency,
    get_audit_proof,
    get_latest_checkpoint,
    list_all_checkpoints,
    list_checkpoint_keys,
)
from api.csv import CsvLists
from api.cypher import post_cypher
from api.dashboard import get_risk_trend, get_summary
from api.deadlines import Deadlines, give_time
from api.decision_list import list_decisions
from api.decisions import get_decision, replay_one_decision
from api.disagreements import list_all_disagreements
from api.docs import DocsJson, DocsPage, get_docs, get_docs_icon, get_docs_style, get_openapi
from api.entities import ENTITIES
from api.entity_exposure import get_entity_exposure
from api.envelope import Envelope
from api.erasure import erase_text_of_transaction
from api.events import list_all_events
from api.evidence import export_alert_evidence, export_case_evidence
from api.expansion import get_wallet_expansion, post_subgraph
from api.explanations import get_explanation
from api.exposure import get_wallet_exposure
from api.health import get_health, get_readiness
from api.idempotency import Answers, prepare
from api.jobs import cancel_job, get_job, list_jobs, retry_job
from api.keys import create_key, list_all_keys, revoke_key
from api.labels import list_all_labels
from api.lifespan import lifespan, provide_caller, provide_door, provide_services
from api.model_drift import list_model_drift
from api.model_features import list_model_features
from api.models import get_one_model, list_all_models, promote_one_model, roll_back_model, train_model
from api.openapi import openapi_config
from api.overload import Admission
from api.paths import get_wallet_paths
from api.personal import get_text_of_transaction
from api.policies import get_policy, list_policies, post_policy, post_policy_activation
from api.preview import preview
from api.problems import to_response
from api.read_log import list_all_reads
from api.reports import draft_case_goaml, get_case_report
from api.rule_fields import list_rule_fields
from api.rules import (
    delete_rule,
    get_rule,
    list_rule_versions,
    list_rules,
    patch_rule,
    post_activation,
    post_rule,
    put_rule,
)
from api.run_diffs import diff_scoring_runs
from api.runs import create_scoring_run, get_scoring_run, list_scoring_runs, replay_scoring_run
from api.scores import get_live_score, get_score, list_scores, list_top_scores
from api.second_opinions import SECOND_OPINIONS
from api.sessions import change_password, create_session, end_session, get_me
from api.stops import list_wallet_stops
from api.stream_docs import get_stream
from api.stream_registry import streaming
from api.streams import stream_alerts
from api.subgraph import get_wallet_subgraph
from api.suppressions import end_one_suppression, get_one_suppression, list_all_suppressions, suppress_alert
from api.transactions import (
    create_transaction,
    get_one_transaction,
    get_transaction_decision,
    list_all_transactions,
    preview_transaction,
    withdraw_one_transaction,
)
from api.users import create_user, disable_user, get_one_user, list_all_users, reset_user_password
from api.vetoes import VETOES
from api.wallet_attributions import list_attributions_of_wallet
from api.wallets import get_one_wallet, list_counterparties_of_wallet, list_transactions_of_wallet, search
from api.watchlists import (
    create_one_watchlist,
    edit_one_watchlist,
    end_one_watchlist,
    get_one_watchlist,
    list_all_watchlists,
    list_watched_wallets,
    list_watchlists_of_wallet,
    unwatch_wallet,
    watch_wallets,
)
from api.web import get_asset, get_page
from api.webhook_deliveries import list_deliveries_to_webhook, redeliver_to_webhook
from api.webhook_secrets import create_one_webhook_secret, delete_one_webhook_secret, list_secrets_of_webhook
from api.webhooks import (
    create_one_webhook,
    edit_one_webhook,
    enable_one_webhook,
    end_one_webhook,
    get_one_webhook,
    list_all_webhooks,
    try_one_webhook,
)
from settings import Settings

ROUTES = (
    create_transaction,
    preview_transaction,
    get_decision,
    replay_one_decision,
    withdraw_one_transaction,
    erase_text_of_transaction,
    list_all_transactions,
    get_one_transaction,
    get_transaction_decision,
    get_text_of_transaction,
    get_one_wallet,
    get_wallet_exposure,
    list_wallet_stops,
    *SECOND_OPINIONS,
    *ENTITIES,
    *VETOES,
    get_entity_exposure,
    get_wallet_subgraph,
    get_wallet_expansion,
    post_subgraph,
    get_wallet_paths,
    get_wallet_activity,
    list_transactions_of_wallet,
    list_counterparties_of_wallet,
    search,
    get_live_score,
    list_top_scores,
    list_all_disagreements,
    get_score,
    get_explanation,
    list_scores,
    list_score_changes,
    create_scoring_run,
    list_scoring_runs,
    diff_scoring_runs,
    get_scoring_run,
    replay_scoring_run,
    list_jobs,
    get_job,
    retry_job,
    cancel_job,
    list_alerts,
    get_alert,
    edit_one_alert,
    edit_many_alerts,
    list_alert_groups,
    list_alert_notes,
    create_alert_note,
    erase_alert_note,
    list_alert_history,
    get_alert_explanation,
    export_alert_evidence,
    suppress_alert,
    list_all_suppressions,
    get_one_suppression,
    end_one_suppression,
    create_one_watchlist,
    list_all_watchlists,
    get_one_watchlist,
    edit_one_watchlist,
    end_one_watchlist,
    list_watched_wallets,
    list_watchlists_of_wallet,
    watch_wallets,
    unwatch_wallet,
    create_one_webhook,
    list_all_webhooks,
    get_one_webhook,
    edit_one_webhook,
    end_one_webhook,
    enable_one_webhook,
    try_one_webhook,
    list_secrets_of_webhook,
    create_one_webhook_secret,
    delete_one_webhook_secret,
    list_deliveries_to_webhook,
    redeliver_to_webhook,
    list_all_labels,
    list_decisions,
    get_summary,
    get_risk_trend,
    preview,
    create_attributions,
    list_all_attributions,
    get_one_attribution,
    withdraw_one_attribution,
    list_attributions_of_wallet,
    create_case,
    list_cases,
    get_case,
    edit_case,
    add_case_alerts,
    remove_case_alert,
    add_case_wallets,
    remove_case_wallet,
    list_case_notes,
    create_case_note,
    erase_case_note,
    list_case_history,
    get_case_canvas,
    save_case_canvas,
    propose_case_closing,
    withdraw_case_closing,
    approve_case_closing,
    reject_case_closing,
    reopen_case,
    get_case_report,
    export_case_evidence,
    draft_case_goaml,
    post_rule,
    list_rules,
    list_rule_fields,
    get_rule,
    list_rule_versions,
    put_rule,
    patch_rule,
    post_activation,
    delete_rule,
    backtest,
    post_policy,
    list_policies,
    get_policy,
    post_policy_activation,
    list_all_models,
    train_model,
    list_model_features,
    get_one_model,
    promote_one_model,
    roll_back_model,
    list_model_drift,
    list_audit_events,
    list_audit_actions,
    verify_audit_log,
    list_all_checkpoints,
    get_latest_checkpoint,
    list_checkpoint_keys,
    get_audit_consistency,
    get_audit_proof,
    list_all_events,
    stream_alerts,
    get_stream,
    post_cypher,
    list_all_reads,
    create_session,
    end_session,
    get_me,
    get_about,
    list_all_actors,
    change_password,
    create_user,
    list_all_users,
    get_one_user,
    reset_user_password,
    disable_user,
    create_key,
    list_all_keys,
    revoke_key,
    get_health,
    get_readiness,
)


def create_app(settings: Settings) -> Litestar:
    """Return the application; nothing is connected before its lifespan begins."""
    large = [create_transactions, import_attributions_file, preview_attributions_import]
    bulk = Router("/", route_handlers=large, request_max_body_size=settings.api.max_bulk_bytes)
    app = Litestar(
        route_handlers=[
            Router("/api/v1", route_handlers=[*ROUTES, *ALIASES, bulk]),
            *UNPREFIXED,
            get_docs,
            get_docs_style,
            get_docs_icon,
            get_openapi,
            get_page,
            get_asset,
        ],
        lifespan=[lifespan(settings), streaming],
        dependencies={
            "services": Provide(provide_services),
            "caller": Provide(provide_caller),
            "door": Provide(provide_door),
        },
        guards=[give_time, guard],
        before_request=prepare,
        exception_handlers={Exception: to_response},
        request_max_body_size=settings.api.max_body_bytes,
        openapi_config=openapi_config([DocsPage(), DocsJson()]),
        logging_config=None,
    )
    inner = Envelope(CsvLists(Deadlines(Answers(app.asgi_handler), settings.api.deadline_s)))
    app.asgi_handler = Admission(inner, settings.api.most_under_way, settings.api.longest_wait_s)
    require_entries(app)
    return app
