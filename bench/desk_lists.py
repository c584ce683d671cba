"""The lists of what bench/desk.py makes, and of alerts' own history, in the forms in which they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from api.alert_notes import list_alert_history, list_alert_notes
from api.alerts import list_alerts
from api.case_contents import list_case_history, list_case_notes
from api.cases import list_cases
from api.changes import list_score_changes
from api.jobs import list_jobs
from api.keys import list_all_keys
from api.labels import list_all_labels
from api.policies import list_policies
from api.read_log import list_all_reads
from api.rules import list_rules
from api.runs import list_scoring_runs
from api.scores import list_scores, list_top_scores
from api.suppressions import list_all_suppressions
from api.users import list_all_users
from api.watchlists import list_all_watchlists, list_watched_wallets
from jobs.services import Services

Query = dict[str, Any]
CASE, WATCHLIST, WALLET = "cas_m00000001", "wat_m00000000", "acct:w17"
HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)
VERDICTS = ("confirmed", "false_positive", "inconclusive")


class Asked(Struct, frozen=True):
    """One list, in the forms in which it is asked for, as arguments of its handler; its path may name some.

    `wire` says how its arguments are called on the wire where that is not as in other lists.
    """

    name: str
    path: str
    handler: Any
    forms: list[Query]
    wire: dict[str, str] = {}


async def desk_lists(services: Services) -> list[Asked]:
    """What is asked beside alerts, decisions and the log."""
    (closed,) = (await list_alerts.fn(services, status="resolved", limit=1)).items
    alert = {"alert": closed.id}
    cases = [{}, {"status": "open"}, {"assignee": "person 2"}, {"status": "closed"}, {"wallet": WALLET}, alert]
    jobs = [{}, {"in_state": "queued"}, {"in_state": "failed"}, {"name": "score_graph"}, {"name": "never"}]
    reads = [{}, {"actor": "person 2"}, {"wallet": WALLET}, {"operation": "get_case"}, {"operation": "never"}]
    attributed = [{}, {"attributed": True}, {"attributed": False}]
    return [
        Asked("GET /labels", "/labels", list_all_labels, [{}, *({"verdict": verdict} for verdict in VERDICTS)]),
        Asked("GET /cases", "/cases", list_cases, cases),
        Asked("GET /cases/{case}/notes", "/cases/{case}/notes", list_case_notes, [{"case": CASE}]),
        Asked("GET /cases/{case}/history", "/cases/{case}/history", list_case_history, [{"case": CASE}]),
        Asked("GET /alerts/{alert}/notes", "/alerts/{alert}/notes", list_alert_notes, [alert]),
        Asked("GET /alerts/{alert}/history", "/alerts/{alert}/history", list_alert_history, [alert]),
        Asked("GET /jobs", "/jobs", list_jobs, jobs),
        Asked("GET /scoring-runs", "/scoring-runs", list_scoring_runs, [{}]),
        Asked("GET /scores", "/scores", list_scores, attributed),
        Asked("GET /scores/top", "/scores/top", list_top_scores, attributed),
        Asked("GET /scores/{key}/changes", "/scores/{key}/changes", list_score_changes, [{"key": WALLET}]),
        Asked("GET /suppressions", "/suppressions", list_all_suppressions, [{}, {"in_force": True}]),
        Asked("GET /watchlists", "/watchlists", list_all_watchlists, [{}]),
        Asked(
            "GET /watchlists/{watchlist}/wallets",
            "/watchlists/{watchlist}/wallets",
            list_watched_wallets,
            [{"watchlist": WATCHLIST}],
        ),
        Asked("GET /read-log", "/read-log", list_all_reads, [*reads, {"since": HOUR_AGO}], {"since": "since"}),
        Asked("GET /users", "/users", list_all_users, [{}]),
        Asked("GET /keys", "/keys", list_all_keys, [{}]),
        Asked("GET /rules", "/rules", list_rules, [{}]),
        Asked("GET /policies", "/policies", list_policies, [{}]),
    ]
