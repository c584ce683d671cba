"""The OpenAPI document: what Litestar derives, and the bodies, errors and examples it cannot know."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from api import (
    alert_examples,
    attributions_import,
    bulk,
    canvas_examples,
    case_bodies,
    case_examples,
    checkpoint_examples,
    csv,
    csv_columns,
    entity_examples,
    model_examples,
    people_examples,
    report_examples,
    rule_examples,
    run_examples,
    second_opinion_examples,
    webhook_examples,
)
from api.access import ACCESS, PUBLIC
from api.callers import PROOF
from api.cookies import LOOPBACK_NAME, SECURE_NAME
from api.cypher import CypherInput
from api.decision_examples import TRANSACTION_KEY, WALLET_KEY
from api.examples import ANSWERS, BODIES, PARAMETERS
from api.idempotency import HEADER, KEY, honours_key
from api.problems import MEDIA_TYPE, TABLE, Kind, Problem, retry_headers
from api.runs import RunInput
from graph.attribution_bodies import MAX_ATTRIBUTIONS, AttributionInput
from graph.canonical import TransactionInput
from graph.errors import FieldError
from graph.preview_bodies import PreviewInput
from jobs.goaml import GoamlHeader

# Of the API, which changes less often than the software.
VERSION = "1.0"
DESCRIPTION = """\
Headwater lands transactions, traces where their money came from and went to, and decides.

Amounts and values are decimal strings in their own unit, shares numbers from 0 to 1, times RFC 3339 in UTC.
Lists are `{"items": […], "next": "cursor or null"}` and take `limit` and `cursor`. With `Accept: text/csv` a list is
answered whole, as CSV, of `limit` rows if that is given; one that is not whole says so in its last line. Every error
is an RFC 9457 problem; a 503 has acknowledged nothing and may be sent again. Every answer carries `X-Request-ID`.
`/health`, `/score`, `/scores` and `/run-score` also answer without `/api/v1`."""

TRANSACTION = {"$ref": "#/components/schemas/TransactionInput"}
ATTRIBUTION = {"$ref": "#/components/schemas/AttributionInput"}
# operation_id -> media type, schema, and whether there must be a body
_BODIES: dict[str, tuple[str, dict[str, Any], bool]] = {
    **{
        name: ("application/json", {"$ref": f"#/components/schemas/{type(body).__name__}"}, True)
        for name, body in {
            **alert_examples.BODIES,
            **canvas_examples.BODIES,
            **entity_examples.BODIES,
            **case_examples.BODIES,
            **model_examples.BODIES,
            **report_examples.BODIES,
            **second_opinion_examples.BODIES,
            **webhook_examples.BODIES,
        }.items()
    },
    **rule_examples.SCHEMAS,
    "ask_cypher": ("application/json", {"$ref": "#/components/schemas/CypherInput"}, True),
    **{
        name: ("application/json", {"$ref": f"#/components/schemas/{type(body).__name__}"}, True)
        for name, body in people_examples.BODIES.items()
    },
    "create_transaction": ("application/json", TRANSACTION, True),
    "create_transactions": (bulk.MEDIA_TYPE, TRANSACTION, True),
    "preview_transaction": ("application/json", TRANSACTION, True),
    "create_scoring_run": ("application/json", {"$ref": "#/components/schemas/RunInput"}, False),
    "compare_methods": ("application/json", {"$ref": "#/components/schemas/ComparisonInput"}, False),
    "import_attributions": (attributions_import.MEDIA_TYPE, {"type": "string"}, True),
    "preview_attributions_import": (attributions_import.MEDIA_TYPE, {"type": "string"}, True),
    "preview_attributions": ("application/json", {"$ref": "#/components/schemas/PreviewInput"}, True),
    "create_attributions": (
        "application/json",
        {"oneOf": [ATTRIBUTION, {"type": "array", "items": ATTRIBUTION, "minItems": 1, "maxItems": MAX_ATTRIBUTIONS}]},
        True,
    ),
}


def openapi_config(plugins: list[Any]) -> OpenAPIConfig:
    """Return what Litestar needs to describe the handlers and to serve the result under /docs."""
    schemes = {
        "bearer": SecurityScheme(type="http", scheme="bearer", description="`Authorization: Bearer hw_…`"),
        "key": SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header"),
        "session": SecurityScheme(
            type="apiKey",
            name=SECURE_NAME,
            security_scheme_in="cookie",
            description=f"From `POST /sessions`; `{LOOPBACK_NAME}` on plain loopback. Changes need `{PROOF}: 1` too",
        ),
    }
    return OpenAPIConfig(
        title="Headwater",
        version=VERSION,
        description=DESCRIPTION,
        path="/docs",
        use_handler_docstrings=True,
        components=Components(security_schemes=schemes),  # type: ignore[arg-type]  # references are not needed
        render_plugins=plugins,
    )


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Return Litestar's document with bodies, errors, examples and access added."""
    document = copy.deepcopy(document)
    _, schemas = msgspec.json.schema_components(
        (
            *(Problem, FieldError, TransactionInput, AttributionInput, PreviewInput, RunInput, bulk.BulkResult),
            *alert_examples.SHAPES,
            *case_bodies.SHAPES,
            GoamlHeader,
            *rule_examples.SHAPES,
            CypherInput,
            *map(type, canvas_examples.BODIES.values()),
            *map(type, entity_examples.BODIES.values()),
            *map(type, model_examples.BODIES.values()),
            *map(type, people_examples.BODIES.values()),
            *map(type, second_opinion_examples.BODIES.values()),
            *map(type, webhook_examples.BODIES.values()),
        ),
        ref_template="#/components/schemas/{name}",
    )
    components = document["components"]
    # Ours last: Litestar takes the dots of an annotated `tuple[X, ...]` for a second kind of item.
    components["schemas"] = components["schemas"] | schemas
    components["responses"] = {_component(status): _error(status) for status in sorted(_statuses())}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if honours_key(operation["operationId"], method.upper()):
                operation.setdefault("parameters", []).append(_idempotency_key())
            _complete_operation(path, operation)
    return document


def _idempotency_key() -> dict[str, Any]:
    """The header of operations that do once what is sent twice."""
    told = "1 to 255 characters of the caller's choice: sent again with the same body, the request is done once and"
    return {
        "name": HEADER,
        "in": "header",
        "required": False,
        "description": told + " answered again as before; another body is a 422, one still under way a 409.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": f"^{KEY}$"},
        "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
    }


def _complete_operation(path: str, operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    operation["tags"] = [path.removeprefix("/api/v1/").split("/")[0]]
    operation["security"] = [] if ACCESS[name] == PUBLIC else [{"bearer": []}, {"key": []}, {"session": []}]
    if ACCESS[name] != PUBLIC:
        operation["description"] += f"\n\nRoles: {', '.join(sorted(ACCESS[name]))}."
    for parameter in operation.get("parameters", []):
        key = TRANSACTION_KEY if "/transactions/{" in path else WALLET_KEY
        # `to` is a wallet in one place, a time or a size in others.
        is_other = "date-time" in str(parameter["schema"]) or name == "get_audit_consistency"
        known = {} if is_other else {"key": key, **PARAMETERS}
        if (example := known.get(parameter["name"])) is not None:
            parameter["example"] = example
    if name in _BODIES:
        media, schema, required = _BODIES[name]
        content = {media: {"schema": schema, "example": _plain(BODIES[name])}}
        operation["requestBody"] = {"required": required, "content": content}
    _complete_responses(name, path, operation)


def _complete_responses(name: str, path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("400", None)
    good = next(iter(responses.values()))
    example = _plain(ANSWERS[name])
    if name == "create_transactions":
        good["content"] = {bulk.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/BulkResult"}}}
    for content in good.get("content", {}).values():
        content["example"] = example
    _add_texts(name, good)
    if name == "create_transaction":
        good["description"] = "Landed and decided"
        responses["200"] = {**good, "description": "Known already; the decision recorded before"}
    if name in ("create_attributions", "import_attributions"):
        good["description"] = "Recorded"
        responses["200"] = {**good, "description": "All in force already"}
    if name in ("create_rule", "create_policy", "suppress_alert", "veto_entity_link"):
        good["description"] = "Recorded"
        responses["200"] = {**good, "description": "Recorded already"}
    if name == "stream_alerts":
        responses["101"] = {**responses.pop("200"), "description": "Each message that is about an alert"}
    if name == "create_scoring_run":
        location = {"description": "The run", "schema": {"type": "string"}}
        good["headers"] = {**good.get("headers", {}), "Location": location}
    if any(parameter["name"] == HEADER for parameter in operation.get("parameters", [])):
        responses["409"] = {"$ref": f"#/components/responses/{_component(409)}"}
    edits = any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", []))
    for status in [*_errors_of(name, path), *((412, 428) if edits else ())]:
        responses[str(status)] = {"$ref": f"#/components/responses/{_component(status)}"}


def _add_texts(name: str, good: dict[str, Any]) -> None:
    """Add the other forms of an answer: every list as CSV, a report in words."""
    if example := csv_columns.example_of(ANSWERS[name]):
        good["content"][csv.MEDIA_TYPE] = {"schema": {"type": "string"}, "example": example}
    if text := {**report_examples.TEXTS, **checkpoint_examples.TEXTS}.get(name):
        good["content"]["text/plain"] = {"schema": {"type": "string"}, "example": text}


def _errors_of(name: str, path: str) -> list[int]:
    """Return the error statuses an operation may answer with."""
    statuses = {400, 422, 500}
    if name != "get_health":
        statuses.add(503)
    if ACCESS[name] != PUBLIC:
        statuses |= {401, 403, 429}
    if name == "create_session":
        statuses |= {401, 403, 429}
    if "{" in path or name in checkpoint_examples.MISSING:
        statuses.add(404)
    if name == "stream_alerts":
        statuses.add(426)
    if name in _BODIES:
        statuses.add(413)
    conflicting = ("create_transaction", "preview_transaction", "withdraw_transaction", "replay_decision")
    exported = ("export_alert_evidence", "export_case_evidence")
    others = case_examples.CONFLICTS | checkpoint_examples.CONFLICTS | webhook_examples.CONFLICTS
    others |= model_examples.CONFLICTS | run_examples.CONFLICTS | canvas_examples.CONFLICTS
    if name in (*conflicting, *exported) or name in others:
        statuses.add(409)
    if name in run_examples.GONE:
        statuses.add(410)
    return sorted(statuses)


def _statuses() -> set[int]:
    return {kind.status for kind in TABLE.values()}


def _component(status: int) -> str:
    return f"Problem{status}"


def _error(status: int) -> dict[str, Any]:
    """Return the response of all kinds of errors with one status, with one of them as example."""
    kinds = list(dict.fromkeys(kind for kind in TABLE.values() if kind.status == status))
    schema = {"$ref": "#/components/schemas/Problem"}
    headers = retry_headers(status).items()
    return {
        "description": "; or ".join(kind.title for kind in kinds),
        "headers": {name: {"schema": {"type": "string"}, "example": value} for name, value in headers},
        "content": {MEDIA_TYPE: {"schema": schema, "example": _example(kinds[0])}},
    }


def _example(kind: Kind) -> dict[str, Any]:
    errors = (FieldError("sender", "the EIP-55 checksum does not match"),) if kind.status == 422 else ()
    problem = Problem(
        type=f"/docs#{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=errors[0].field + ": " + errors[0].message if errors else kind.title,
        errors=errors,
        request_id="8b1f6c3e0d5a4f27b2f1c7a96f0e4d11",
    )
    return dict(_plain(problem))


def _plain(value: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))
