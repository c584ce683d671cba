"""Which servers a command uses: those of the settings, else those of the stack that runs under DATA_DIR."""

from __future__ import annotations

from msgspec.structs import replace

from settings import Settings
from stack.errors import StackError
from stack.local import LocalStack
from stack.services import Services

NEEDS = {
    "neo4j": ("NEO4J_URI", "neo4j_uri"),
    "postgres": ("POSTGRES_URL", "postgres_url"),
    "redis": ("REDIS_URL", "redis_url"),
    "kafka": ("KAFKA_URL", "kafka_url"),
}


def local_parts(settings: Settings) -> list[str]:
    """Return the servers that no setting places elsewhere: those a local stack has to start; Kafka if asked for."""
    elsewhere = {
        "neo4j": settings.graph.neo4j_uri,
        "postgres": settings.ledger.postgres_url or settings.ledger.postgres_admin_url,
        "redis": settings.queue.redis_url,
    }
    if settings.stack.kafka == "on":
        elsewhere["kafka"] = settings.kafka.kafka_url
    return [name for name, url in elsewhere.items() if not url]


def connect(settings: Settings) -> Settings:
    """Return the settings with every empty URL filled from the running stack.

    Raises StackError naming the settings to set when no stack runs and one is empty.
    """
    parts = local_parts(settings)
    if not settings.ledger.postgres_url and "postgres" not in parts:
        raise StackError("HEADWATER_POSTGRES_ADMIN_URL is set, so HEADWATER_POSTGRES_URL must be set too")
    if not parts:
        return settings
    stack = LocalStack.of(settings.stack)
    services = stack.running() or Services()
    missing = [f"HEADWATER_{variable}" for variable, field in _needed(parts) if not getattr(services, field)]
    if missing:
        raise StackError(f"no stack runs under {stack.data_dir}: run `headwater up`, or set {' and '.join(missing)}")
    return _filled(settings, services, parts)


def _needed(parts: list[str]) -> list[tuple[str, str]]:
    return [NEEDS[name] for name in parts]


def _filled(settings: Settings, services: Services, parts: list[str]) -> Settings:
    graph, ledger, queue = settings.graph, settings.ledger, settings.queue
    if "neo4j" in parts:
        graph = replace(
            graph,
            neo4j_uri=services.neo4j_uri,
            neo4j_user=services.neo4j_user,
            neo4j_password=services.neo4j_password,
            neo4j_browser_url=graph.neo4j_browser_url or services.neo4j_browser_url,
        )
    if "postgres" in parts:
        ledger = replace(ledger, postgres_url=services.postgres_url, postgres_admin_url=services.postgres_admin_url)
    if "redis" in parts:
        queue = replace(queue, redis_url=services.redis_url)
    kafka = replace(settings.kafka, kafka_url=services.kafka_url) if "kafka" in parts else settings.kafka
    return replace(settings, graph=graph, ledger=ledger, queue=queue, kafka=kafka)
