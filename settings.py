"""Settings: `HEADWATER_*` variables or `.env`, read once into frozen Structs, one per room."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta, Struct

PREFIX = "HEADWATER_"
KEPT = "settings.env"
T = TypeVar("T")


class SettingsError(Exception):
    """A setting has a value that cannot be used; the message names the variable and what would be right."""


def _why(text: str) -> Meta:
    return Meta(description=text)


class GraphSettings(Struct, frozen=True):
    """Where Neo4j is and how far one live question may go."""

    neo4j_uri: Annotated[str, _why("Bolt address of Neo4j; empty uses the local stack")] = ""
    neo4j_user: Annotated[str, _why("Neo4j user")] = "neo4j"
    neo4j_password: Annotated[str, _why("Neo4j password")] = ""
    neo4j_browser_url: Annotated[str, _why("Neo4j Browser, for links; empty takes that of the local stack")] = ""
    live_timeout_s: Annotated[float, Meta(gt=0), _why("Seconds a live exposure may take before it is cut")] = 2.0
    live_max_flows: Annotated[
        int, Meta(gt=0), _why("Flows a live exposure may expand before it is cut, unless its caller asks for more")
    ] = 30_000
    most_flows: Annotated[
        int, Meta(gt=0), _why("Flows a caller may ask for; what decisions, scores and the command line may expand")
    ] = 1_000_000
    hub_counterparties: Annotated[
        int, Meta(gt=0), _why("Counterparties above which an unattributed wallet passed by tracing is named")
    ] = 1_000
    rule_patience: Annotated[
        float, Meta(ge=1), _why("How many times the time limit it states a graph rule may take, for a slow database")
    ] = 1.0
    rehearse: Annotated[
        Literal["on", "off"], _why("`on`: queries are planned when a program starts; `off`: who asks first waits")
    ] = "on"
    rescreen_max_wallets: Annotated[
        int, Meta(gt=0), _why("Wallets a change may concern before all are scored again instead of those")
    ] = 20_000


class LedgerSettings(Struct, frozen=True):
    """Where Postgres is, seen by the application and by its owner."""

    postgres_url: Annotated[str, _why("Postgres as the application's role; empty uses the local stack")] = ""
    postgres_admin_url: Annotated[str, _why("Postgres as the owner, for migrations only")] = ""


class QueueSettings(Struct, frozen=True):
    """Where Redis is; it carries wake-ups only and may be lost at any time."""

    redis_url: Annotated[str, _why("Redis that wakes the worker; empty uses the local stack")] = ""
    job_stall_s: Annotated[
        float, Meta(gt=0), _why("Seconds without progress after which an attempt at a job is stopped")
    ] = 1_800.0
    worker_memory_mb: Annotated[
        int, Meta(ge=0), _why("MiB of memory a worker may take before it is stopped; 0: half of the machine's")
    ] = 0
    worker_silent_s: Annotated[
        float, Meta(gt=0), _why("Seconds for which a worker may be stuck in one computation before it is stopped")
    ] = 30.0


class ApiSettings(Struct, frozen=True):
    """How the API listens and whom it trusts."""

    host: Annotated[str, _why("Address the API listens on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535), _why("Port of the API")] = 8000
    auth: Annotated[
        Literal["keys", "off"],
        _why("`keys`: every call needs an API key; `off`: every caller is an admin (loopback only)"),
    ] = "keys"
    max_body_bytes: Annotated[int, Meta(gt=0), _why("Largest request body")] = 1_048_576
    max_bulk_bytes: Annotated[
        int, Meta(gt=0), _why("Largest body of POST /transactions/bulk, /attributions/import and its preview")
    ] = 67_108_864
    deadline_s: Annotated[
        float,
        Meta(gt=0),
        _why("Seconds within which a request is answered, with 503 if a server it needs does not answer by then"),
    ] = 5.0
    most_under_way: Annotated[
        int,
        Meta(ge=1),
        _why("Requests that write under way at once in one process, and four times as many reads; more are 503"),
    ] = 64
    longest_wait_s: Annotated[
        float,
        Meta(gt=0),
        _why("Seconds that a request may be expected to wait; what goes on longer than a burst is refused with 503"),
    ] = 0.1
    rate_limit: Annotated[
        int, Meta(ge=0), _why("Requests that a key or a person may make in any 60 seconds; 0: as many as they like")
    ] = 0
    session_idle_s: Annotated[int, Meta(gt=0), _why("Seconds without a request after which a session has ended")] = (
        1_800
    )
    session_s: Annotated[int, Meta(gt=0), _why("Seconds after which a session has ended in any case")] = 43_200
    streams: Annotated[
        int, Meta(gt=0), _why("Streams of alerts that may be open at once in one process of the API")
    ] = 500
    streams_per_caller: Annotated[
        int, Meta(gt=0), _why("Streams of alerts that a key or a person may have open at once")
    ] = 20
    stream_behind: Annotated[
        int,
        Meta(gt=0),
        _why("Events about alerts that are kept for readers who are not as fast; at most 16 MiB of them"),
    ] = 1_000
    stream_patience_s: Annotated[
        float,
        Meta(gt=0),
        _why("Seconds after which a stream is closed whose reader reads nothing, or is further behind"),
    ] = 10.0
    idempotency_kept_s: Annotated[
        int, Meta(gt=0), _why("Seconds for which an answer is kept to be given again under its `Idempotency-Key`")
    ] = 86_400
    max_future_s: Annotated[int, Meta(ge=0), _why("How far ahead of now a transaction's time may lie")] = 86_400
    goaml_xsd: Annotated[str, _why("XSD file that goAML drafts are validated against; empty: they are not")] = ""


class KafkaSettings(Struct, frozen=True):
    """Where Kafka is, if there is one, and which topics are ours."""

    kafka_url: Annotated[
        str,
        _why(
            "Kafka as `host:port,...` or `kafka://user:password@host:port,...`, `kafka+tls://` for TLS;"
            " empty: the local stack's, or none"
        ),
    ] = ""
    kafka_from: Annotated[
        Literal["now", "beginning"],
        _why("Where publishing to Kafka begins when there first is one: `now`, `beginning`"),
    ] = "now"
    kafka_decisions: Annotated[str, Meta(min_length=1), _why("Topic that decisions are published to")] = (
        "headwater.decisions"
    )
    kafka_alerts: Annotated[str, Meta(min_length=1), _why("Topic that alerts are published to")] = "headwater.alerts"
    kafka_transactions: Annotated[str, Meta(min_length=1), _why("Topic that `headwater consume` reads")] = (
        "financial-transactions"
    )
    kafka_dead_letters: Annotated[
        str, Meta(min_length=1), _why("Topic for messages that are no acceptable transaction")
    ] = "financial-transactions.dead-letter"
    kafka_group: Annotated[str, Meta(min_length=1), _why("Consumer group of `headwater consume`")] = "headwater"


class CheckpointSettings(Struct, frozen=True):
    """Who signs checkpoints of the audit log, how often, and where they go besides the ledger."""

    checkpoint_key: Annotated[
        str, _why("File of the Ed25519 key that signs checkpoints; empty: `checkpoint.key` under DATA_DIR")
    ] = ""
    checkpoint_dir: Annotated[
        str, _why("Folder outside the database that signed checkpoints are written to; empty: DATA_DIR/checkpoints")
    ] = ""
    checkpoint_every_s: Annotated[
        float, Meta(gt=0), _why("Seconds between two checkpoints while there are new events")
    ] = 60.0
    checkpoint_origin: Annotated[
        str,
        Meta(pattern=r"^[^\s+]*$", max_length=200),
        _why("Name of the audit log in its checkpoints, for ever; empty: made of its first key"),
    ] = ""


class WebhookSettings(Struct, frozen=True):
    """How events are sent to webhooks, and when a receiver is given up."""

    webhook_allow: Annotated[
        str,
        _why("Networks and host names that webhooks may lead to although not public, such as `10.1.0.0/16,hook.lan`"),
    ] = ""
    webhook_ca: Annotated[
        str, _why("PEM file of certificate authorities that receivers may have besides the usual ones")
    ] = ""
    webhook_timeout_s: Annotated[
        float, Meta(gt=0, le=60), _why("Seconds that sending one message may take, from look-up to last byte")
    ] = 5.0
    webhook_retries: Annotated[
        str,
        Meta(pattern=r"^\d+(\.\d+)?(,\d+(\.\d+)?)*$"),
        _why("Seconds to wait after the first, second, ... failed attempt, give or take a fifth; then it is given up"),
    ] = "5,30,120,600,3600,21600,43200"
    webhook_disable_failures: Annotated[
        int, Meta(gt=0), _why("Failures in a row after which a webhook is disabled, if they have lasted long enough")
    ] = 5
    webhook_disable_after_s: Annotated[
        float, Meta(ge=0), _why("Seconds for which a webhook must have failed before it is disabled")
    ] = 43_200.0
    webhook_kept_s: Annotated[
        float, Meta(gt=0), _why("Seconds for which the record of a delivery is kept once it has ended")
    ] = 604_800.0


class ReconcilingSettings(Struct, frozen=True):
    """How often ledger and graph are compared, and repaired where they do not agree."""

    reconcile_every_s: Annotated[
        float, Meta(ge=0), _why("Seconds between sweeps of the reconciler over what landed last; 0: none")
    ] = 300.0
    reconcile_all_every_s: Annotated[float, Meta(ge=0), _why("Seconds between its sweeps over everything; 0: none")] = (
        86_400.0
    )
    reconcile_grace_s: Annotated[
        float, Meta(ge=0), _why("Seconds for which what has landed may be on its way to the ledger, and is no finding")
    ] = 60.0
    reconcile_recent: Annotated[
        int, Meta(gt=0), _why("Changes of the graph, the latest ones, that the frequent sweep looks at")
    ] = 20_000


class ModelSettings(Struct, frozen=True):
    """Where models are kept, how long payments wait for one, and when they have drifted."""

    models_dir: Annotated[
        str, _why("Folder of model files, which every worker and API process must see; empty: DATA_DIR/models")
    ] = ""
    payment_model_s: Annotated[float, Meta(gt=0), _why("Seconds that a payment waits for a model at most")] = 0.2
    drift_every_s: Annotated[float, Meta(ge=0), _why("Seconds between measurements of drift; 0: none")] = 86_400.0
    drift_notice: Annotated[float, Meta(gt=0), _why("Population stability index that is worth a look")] = 0.1
    drift_alarm: Annotated[float, Meta(gt=0), _why("Population stability index that is an event")] = 0.25


class RunSettings(Struct, frozen=True):
    """When all wallets are scored without anybody asking, and how long what each run found is kept."""

    score_every_s: Annotated[
        float, Meta(ge=0), _why("Seconds after the last scoring run was asked for until one begins by itself; 0: none")
    ] = 86_400.0
    cluster_every_s: Annotated[
        float, Meta(ge=0), _why("Seconds after wallets were clustered last until what landed since is; 0: none")
    ] = 3_600.0
    runs_kept: Annotated[int, Meta(ge=0), _why("Scoring runs, the last, whose scores are kept; 0: those of all")] = 10
    runs_kept_days: Annotated[float, Meta(ge=0), _why("Days for which scores of a run are kept beyond those")] = 0.0


class StackSettings(Struct, frozen=True):
    """Where the local stack keeps its data, and where downloads are shared between stacks."""

    data_dir: Annotated[str, _why("Folder of the local stack: data, logs, process ids, secrets")] = ".headwater"
    cache_dir: Annotated[str, _why("Folder of downloaded server files; empty is `~/.cache/headwater`")] = ""
    kafka: Annotated[
        Literal["on", "off"], _why("`on`: the local stack has Kafka and a consumer, as after `headwater up --kafka`")
    ] = "off"


class Settings(Struct, frozen=True):
    """All settings. Built by `load_settings`, passed in, never global."""

    graph: GraphSettings
    ledger: LedgerSettings
    queue: QueueSettings
    api: ApiSettings
    webhooks: WebhookSettings
    stack: StackSettings
    kafka: KafkaSettings
    checkpoints: CheckpointSettings
    reconciling: ReconcilingSettings
    runs: RunSettings
    models: ModelSettings
    given: frozenset[str] = frozenset()
    reference_currency: Annotated[str, Meta(pattern="^[A-Z0-9]{2,12}$"), _why("Currency of every `value`")] = "USD"


ROOMS: dict[str, type[Struct]] = {
    name: hint for name, hint in get_type_hints(Settings).items() if isinstance(hint, type) and issubclass(hint, Struct)
}


def setting_rows() -> Iterator[tuple[str, str, str]]:
    """Yield (variable, default, why) for the README's table."""
    structs: tuple[type[Struct], ...] = (*ROOMS.values(), Settings)
    for struct in structs:
        hints = get_type_hints(struct, include_extras=True)
        for field in msgspec.structs.fields(struct):
            if field.name == "given" or field.default is msgspec.NODEFAULT:
                continue
            metas = [m.description for m in getattr(hints[field.name], "__metadata__", ()) if m.description]
            yield PREFIX + field.name.upper(), str(field.default), metas[0]


def read_env_file(path: Path) -> dict[str, str]:
    """Return `KEY=value` lines of a `.env` file; quotes are stripped, comments and blanks skipped."""
    if not path.is_file():
        return {}
    pairs = (
        line.split("=", 1)
        for line in path.read_text().splitlines()
        if "=" in line and not line.lstrip().startswith("#")
    )
    return {key.strip(): value.strip().strip("'\"") for key, value in pairs}


def load_settings(environ: Mapping[str, str] | None = None, /, **overrides: str) -> Settings:
    """Read settings from `environ`; `overrides` are field names and win.

    By default that is the process, above `.env`, above what DATA_DIR keeps for its data. Raises SettingsError naming
    the variable that cannot be used, or an unknown `HEADWATER_*` one.
    """
    source = _layers() if environ is None else dict(environ)
    flat = {k[len(PREFIX) :].lower(): v for k, v in source.items() if k.startswith(PREFIX)} | overrides
    given = frozenset(flat)
    rooms = {name: _room(struct, flat) for name, struct in ROOMS.items()}
    own = {"reference_currency": flat.pop("reference_currency")} if "reference_currency" in flat else {}
    if flat:
        raise SettingsError(f"{PREFIX}{min(flat).upper()} is not a setting; see the table in README.md")
    return _convert(own | rooms | {"given": given}, Settings)


def keep_setting(settings: Settings, name: str, value: str) -> None:
    """Keep a setting with the data that depends on it, below every other source."""
    path = Path(settings.stack.data_dir) / KEPT
    kept = read_env_file(path) | {PREFIX + name.upper(): value}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{key}={text}\n" for key, text in kept.items()))


def _layers() -> dict[str, str]:
    above = {**read_env_file(Path(".env")), **os.environ}
    data_dir = above.get(f"{PREFIX}DATA_DIR", StackSettings().data_dir)
    return {**read_env_file(Path(data_dir) / KEPT), **above}


def _room(struct: type[Struct], flat: dict[str, str]) -> Struct:
    """Take the room's own fields out of `flat` and convert them."""
    names = [f.name for f in msgspec.structs.fields(struct)]
    return _convert({name: flat.pop(name) for name in names if name in flat}, struct)


def _convert(values: dict[str, Any], struct: type[T]) -> T:
    try:
        return msgspec.convert(values, struct, strict=False)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$.")
        raise SettingsError(f"{PREFIX}{path.rstrip('`').upper()}: {message}") from None
