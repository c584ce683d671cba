"""The API, as a table of contents."""

from __future__ import annotations

from litestar import Litestar, Router
from litestar.di import Provide

from api.access import guard, require_entries
from api.alerts import get_alert, list_alerts
from api.aliases import ALIASES, UNPREFIXED
from api.attributions import (
    create_attributions,
    get_one_attribution,
    list_all_attributions,
    withdraw_one_attribution,
)
from api.attributions_import import import_attributions_file
from api.audit import list_audit_events
from api.bulk import create_transactions
from api.changes import list_score_changes
from api.docs import DocsJson, DocsPage, get_docs, get_docs_icon, get_docs_style, get_openapi
from api.envelope import Envelope
from api.exposure import get_wallet_exposure
from api.health import get_health, get_readiness
from api.jobs import get_job, list_jobs
from api.lifespan import lifespan, provide_caller, provide_services
from api.openapi import openapi_config
from api.parameters import read_parameters
from api.paths import get_wallet_paths
from api.preview import preview
from api.problems import to_response
from api.runs import create_scoring_run, get_scoring_run, list_scoring_runs, replay_scoring_run
from api.scores import get_live_score, get_score, list_scores, list_top_scores
from api.stops import list_wallet_stops
from api.subgraph import get_wallet_subgraph
from api.transactions import (
    create_transaction,
    get_one_transaction,
    get_transaction_decision,
    list_all_transactions,
    withdraw_one_transaction,
)
from api.wallet_attributions import list_attributions_of_wallet
from api.wallets import get_one_wallet, list_counterparties_of_wallet, list_transactions_of_wallet, search
from settings import Settings

ROUTES = (
    create_transaction,
    withdraw_one_transaction,
    list_all_transactions,
    get_one_transaction,
    get_transaction_decision,
    get_one_wallet,
    get_wallet_exposure,
    list_wallet_stops,
    get_wallet_subgraph,
    get_wallet_paths,
    list_transactions_of_wallet,
    list_counterparties_of_wallet,
    search,
    get_live_score,
    list_top_scores,
    get_score,
    list_scores,
    list_score_changes,
    create_scoring_run,
    list_scoring_runs,
    get_scoring_run,
    replay_scoring_run,
    list_jobs,
    get_job,
    list_alerts,
    get_alert,
    preview,
    create_attributions,
    list_all_attributions,
    get_one_attribution,
    withdraw_one_attribution,
    list_attributions_of_wallet,
    list_audit_events,
    get_health,
    get_readiness,
)


def create_app(settings: Settings) -> Litestar:
    """Return the application; nothing is connected before its lifespan begins."""
    large = [create_transactions, import_attributions_file]
    bulk = Router("/", route_handlers=large, request_max_body_size=settings.api.max_bulk_bytes)
    app = Litestar(
        route_handlers=[
            Router("/api/v1", route_handlers=[*ROUTES, *ALIASES, bulk]),
            *UNPREFIXED,
            get_docs,
            get_docs_style,
            get_docs_icon,
            get_openapi,
        ],
        lifespan=[lifespan(settings)],
        dependencies={"services": Provide(provide_services), "caller": Provide(provide_caller)},
        guards=[guard],
        before_request=read_parameters,
        exception_handlers={Exception: to_response},
        request_max_body_size=settings.api.max_body_bytes,
        openapi_config=openapi_config([DocsPage(), DocsJson()]),
        logging_config=None,
    )
    app.asgi_handler = Envelope(app.asgi_handler)
    require_entries(app)
    return app
