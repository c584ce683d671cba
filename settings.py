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
        int, Meta(gt=0), _why("Largest body of POST /transactions/bulk and /attributions/import")
    ] = 67_108_864
    rate_limit: Annotated[
        int, Meta(ge=0), _why("Requests that a key or a person may make in any 60 seconds; 0: as many as they like")
    ] = 0
    session_idle_s: Annotated[int, Meta(gt=0), _why("Seconds without a request after which a session has ended")] = (
        1_800
    )
    session_s: Annotated[int, Meta(gt=0), _why("Seconds after which a session has ended in any case")] = 43_200
    idempotency_kept_s: Annotated[
        int, Meta(gt=0), _why("Seconds for which an answer is kept to be given again under its `Idempotency-Key`")
    ] = 86_400
    max_future_s: Annotated[int, Meta(ge=0), _why("How far ahead of now a transaction's time may lie")] = 86_400
    goaml_xsd: Annotated[str, _why("XSD file that goAML drafts are validated against; empty: they are not")] = ""


class StackSettings(Struct, frozen=True):
    """Where the local stack keeps its data, and where downloads are shared between stacks."""

    data_dir: Annotated[str, _why("Folder of the local stack: data, logs, process ids, secrets")] = ".headwater"
    cache_dir: Annotated[str, _why("Folder of downloaded server files; empty is `~/.cache/headwater`")] = ""


class Settings(Struct, frozen=True):
    """All settings. Built by `load_settings`, passed in, never global."""

    graph: GraphSettings
    ledger: LedgerSettings
    queue: QueueSettings
    api: ApiSettings
    stack: StackSettings
    given: frozenset[str] = frozenset()
    reference_currency: Annotated[str, Meta(pattern="^[A-Z0-9]{2,12}$"), _why("Currency of every `value`")] = "USD"


ROOMS: dict[str, type[Struct]] = {
    "graph": GraphSettings,
    "ledger": LedgerSettings,
    "queue": QueueSettings,
    "api": ApiSettings,
    "stack": StackSettings,
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
