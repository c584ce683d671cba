"""The OpenAPI document: what Litestar derives, and the bodies, errors and examples it cannot know."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from api import attributions_import, bulk
from api.access import ACCESS, PUBLIC
from api.examples import ANSWERS, BODIES, PARAMETERS, TRANSACTION_KEY, WALLET_KEY
from api.problems import MEDIA_TYPE, TABLE, Kind, Problem, retry_headers
from api.runs import RunInput
from graph.attribution_bodies import MAX_ATTRIBUTIONS, AttributionInput
from graph.canonical import TransactionInput
from graph.errors import FieldError
from graph.preview_bodies import PreviewInput

# Of the API, which changes less often than the software.
VERSION = "1.0"
DESCRIPTION = """\
Headwater lands transactions, traces where their money came from and went to, and decides.

Amounts and values are decimal strings in their own unit, shares numbers from 0 to 1, times RFC 3339 in UTC.
Lists are `{"items": […], "next": "cursor or null"}` and take `limit` and `cursor`. Every error is an RFC 9457
problem; a 503 has acknowledged nothing and may be sent again. Every answer carries `X-Request-ID`. `/health`,
`/score`, `/scores` and `/run-score` also answer without `/api/v1`."""

TRANSACTION = {"$ref": "#/components/schemas/TransactionInput"}
ATTRIBUTION = {"$ref": "#/components/schemas/AttributionInput"}
# operation_id -> media type, schema, and whether there must be a body
_BODIES: dict[str, tuple[str, dict[str, Any], bool]] = {
    "create_transaction": ("application/json", TRANSACTION, True),
    "create_transactions": (bulk.MEDIA_TYPE, TRANSACTION, True),
    "create_scoring_run": ("application/json", {"$ref": "#/components/schemas/RunInput"}, False),
    "import_attributions": (attributions_import.MEDIA_TYPE, {"type": "string"}, True),
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
        (Problem, FieldError, TransactionInput, AttributionInput, PreviewInput, RunInput, bulk.BulkResult),
        ref_template="#/components/schemas/{name}",
    )
    components = document["components"]
    components["schemas"] = schemas | components["schemas"]
    components["responses"] = {_component(status): _error(status) for status in sorted(_statuses())}
    for path, item in document["paths"].items():
        for operation in item.values():
            _complete_operation(path, operation)
    return document


def _complete_operation(path: str, operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    operation["tags"] = [path.removeprefix("/api/v1/").split("/")[0]]
    operation["security"] = [] if ACCESS[name] == PUBLIC else [{"bearer": []}, {"key": []}]
    if ACCESS[name] != PUBLIC:
        operation["description"] += f"\n\nRoles: {', '.join(sorted(ACCESS[name]))}."
    for parameter in operation.get("parameters", []):
        key = TRANSACTION_KEY if "/transactions/{" in path else WALLET_KEY
        if (example := {"key": key, **PARAMETERS}.get(parameter["name"])) is not None:
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
    if name == "create_transaction":
        good["description"] = "Landed and decided"
        responses["200"] = {**good, "description": "Known already; the decision recorded before"}
    if name in ("create_attributions", "import_attributions"):
        good["description"] = "Recorded"
        responses["200"] = {**good, "description": "All in force already"}
    if name == "create_scoring_run":
        location = {"description": "The run", "schema": {"type": "string"}}
        good["headers"] = {**good.get("headers", {}), "Location": location}
    for status in _errors_of(name, path):
        responses[str(status)] = {"$ref": f"#/components/responses/{_component(status)}"}


def _errors_of(name: str, path: str) -> list[int]:
    """Return the error statuses an operation may answer with."""
    statuses = {400, 422, 500}
    if name != "get_health":
        statuses.add(503)
    if ACCESS[name] != PUBLIC:
        statuses |= {401, 403}
    if "{" in path:
        statuses.add(404)
    if name in _BODIES:
        statuses.add(413)
    if name in ("create_transaction", "withdraw_transaction"):
        statuses.add(409)
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
