"""`headwater up`, `down` and `env`: the local servers, the API and a worker as one thing."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import click

from cli.serve import require_loopback
from settings import PREFIX, ApiSettings, Settings, keep_setting, load_settings
from stack.discovery import connect, local_parts
from stack.errors import StackError
from stack.local import LocalStack
from stack.ports import is_free
from stack.processes import CONSUMER, PROGRAMS

COMMANDS = {"api": "serve", "worker": "worker", CONSUMER: "consume"}
READY_S = 60.0
POLL_S = 0.2
WATCH_S = 1.0
RESTARTS, RESTART_WINDOW_S = 5, 60.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - read, not bound


@click.command()
@click.option("--detach", is_flag=True, help="Return when everything is ready and leave it running.")
@click.option("--no-api", is_flag=True, help="Start the servers only, without the API, the worker and the consumer.")
@click.option("--kafka/--no-kafka", default=None, help="With Kafka and a consumer, or not; kept for this DATA_DIR.")
def up(detach: bool, no_api: bool, kafka: bool | None) -> None:
    """Start the local servers, bring their schemas up to date, run the API and a worker.

    What runs already is left alone; what died is started again. Servers that settings place elsewhere are not started.
    """
    settings = _with_kafka(load_settings(), kafka)
    require_loopback(settings.api)
    stack = LocalStack.of(settings.stack)
    if kafka is False:
        stack.stop_kafka()
    programs = () if no_api else programs_of(settings)
    if detach:
        bring_up(stack, settings, detach=True, report=say, programs=programs)
        _print_urls(stack, settings, programs)
        return
    stop_on_signals()
    try:
        bring_up(stack, settings, detach=False, report=say, programs=programs)
        _print_urls(stack, settings, programs)
        click.echo("Ctrl-C stops it", err=True)
        watch(stack, settings, programs)
    except KeyboardInterrupt:
        click.echo("stopping", err=True)
    finally:
        stack.close()


@click.command()
def down() -> None:
    """Stop everything that runs under DATA_DIR. Data and downloads stay."""
    LocalStack.of(load_settings().stack).stop(say)


@click.command()
def env() -> None:
    """Print the settings of the running stack; use it as `eval "$(headwater env)"`."""
    settings = connect(load_settings())
    rooms = (settings.graph, settings.ledger, settings.queue, *([settings.kafka] if settings.kafka.kafka_url else []))
    for room in rooms:
        for name in room.__struct_fields__:
            if name.startswith(("neo4j_", "postgres_", "redis_", "kafka_url")):
                click.echo(f"export {PREFIX}{name.upper()}={shlex.quote(getattr(room, name))}")


def programs_of(settings: Settings) -> tuple[str, ...]:
    """Return the programs of a whole stack: the consumer, too, where Kafka is asked for."""
    return (*PROGRAMS, CONSUMER) if settings.stack.kafka == "on" else PROGRAMS


def _with_kafka(settings: Settings, wanted: bool | None) -> Settings:
    """Keep with the data whether they want Kafka; None leaves that as it is."""
    if wanted is None:
        return settings
    value = "on" if wanted else "off"
    keep_setting(settings, "kafka", value)
    # Above whatever the environment says; the programs are told the same.
    os.environ[f"{PREFIX}KAFKA"] = value
    return load_settings()


def bring_up(
    stack: LocalStack,
    settings: Settings,
    *,
    detach: bool,
    report: Callable[[str], None],
    programs: tuple[str, ...] = PROGRAMS,
) -> Settings:
    """Start servers, schemas and programs; return the settings with every URL filled. Raises StackError."""
    before = stack.running()
    services = stack.start(local_parts(settings), detach=detach, report=report)
    if before not in (None, services):
        stack.stop_programs()  # a server moved to another port; they hold the old one
    connected = connect(settings)
    report("bringing the schemas up to date")
    prepare(connected)
    for name in programs:
        _run(stack, name, settings.api, detach, report)
    if "api" in programs:
        _wait_until_ready(stack, settings.api, programs)
    return connected


def stop_on_signals() -> None:
    """Have SIGTERM and SIGINT end this command in good order.

    SIGINT too: a shell that starts a command in the background has it ignored, and Python then leaves it so.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)


def prepare(settings: Settings) -> None:
    """Bring Postgres and Neo4j to the shape this version needs; safe to repeat."""
    from graph.schema import prepare as prepare_graph
    from jobs.checkpoint_keys import make_local_key
    from ledger.schema import migrate

    if settings.ledger.postgres_admin_url:
        migrate(settings.ledger.postgres_admin_url)
    make_local_key(settings)
    asyncio.run(prepare_graph(settings.graph, settings.reference_currency))


def _run(stack: LocalStack, name: str, api: ApiSettings, detach: bool, report: Callable[[str], None]) -> None:
    if name == "api" and stack.dead(["api"]) and not is_free(api.port, _reachable(api.host)):
        raise StackError(f"port {api.port} of the API is not free: stop what listens there, or set HEADWATER_PORT")
    root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    environ = os.environ | {f"{PREFIX}DATA_DIR": str(stack.data_dir), "PYTHONPATH": path}
    # -P: a folder `cli` where the user happens to be is not ours
    if stack.run(name, [sys.executable, "-P", "-m", "cli.main", COMMANDS[name]], environ, detach=detach):
        report(f"starting {name}")


def _wait_until_ready(stack: LocalStack, api: ApiSettings, programs: tuple[str, ...]) -> None:
    limit = time.monotonic() + READY_S
    while not _is_ready(api):
        for name in stack.dead(programs):
            process = stack.process(name)
            raise StackError(f"{name} ended while it started; its log {process.log} ends with\n{process.tail()}")
        if time.monotonic() > limit:
            raise StackError(f"the API is not ready after {READY_S:.0f} s; see {stack.process('api').log}")
        time.sleep(POLL_S)


def _is_ready(api: ApiSettings) -> bool:
    connection = HTTPConnection(_reachable(api.host), api.port, timeout=10)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def watch(stack: LocalStack, settings: Settings, programs: tuple[str, ...]) -> None:
    """Start again what dies, until interrupted or until `headwater down` stops the stack."""
    restarts: list[float] = []
    names = (*local_parts(settings), *programs)
    while not stack.was_stopped():
        time.sleep(WATCH_S)
        dead = stack.dead(names)
        if not dead or stack.was_stopped():
            continue
        now = time.monotonic()
        restarts = [moment for moment in restarts if moment > now - RESTART_WINDOW_S] + [now]
        if len(restarts) > RESTARTS:
            raise StackError(f"{', '.join(dead)} died again and again; see {stack.data_dir / 'logs'}")
        say(f"{', '.join(dead)} died")
        bring_up(stack, settings, detach=False, report=say, programs=programs)


def _print_urls(stack: LocalStack, settings: Settings, programs: tuple[str, ...]) -> None:
    services = stack.running()
    if programs:
        host = _reachable(settings.api.host)
        base = f"http://{f'[{host}]' if ':' in host else host}:{settings.api.port}"
        click.echo(f"API            {base}/api/v1   described at {base}/docs")
    if services and services.neo4j_http:
        click.echo(f"Neo4j Browser  {services.neo4j_browser_url}   user and password: headwater env")
    click.echo(f"Data and logs  {stack.data_dir}")


def _reachable(host: str) -> str:
    return EVERYWHERE.get(host, host)


def say(line: str) -> None:
    """Report progress beside the output, so that the output can be piped."""
    click.echo(line, err=True)
