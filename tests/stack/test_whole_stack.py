"""The three real servers: their URLs work, nobody else gets in, a kill loses nothing."""

from __future__ import annotations

import http.client
import stat
from pathlib import Path

import neo4j
import psutil
import psycopg
import pytest
import redis
from neo4j.exceptions import AuthError, ClientError

from stack.local import LocalStack
from stack.processes import PARTS
from stack.services import Services
from tests.stack.conftest import kill_at_once, wait_until


def driver(services: Services, password: str | None = None) -> neo4j.Driver:
    auth = (services.neo4j_user, password or services.neo4j_password)
    return neo4j.GraphDatabase.driver(services.neo4j_uri, auth=auth)


def one(services: Services, query: str) -> object:
    with driver(services) as door:
        return door.execute_query(query).records[0][0]


def whoami(url: str) -> tuple:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT current_user, current_database()").fetchone()


def redis_at(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=5)


def test_every_url_logs_in(services: Services):
    assert whoami(services.postgres_url) == ("headwater_app", "headwater")
    assert whoami(services.postgres_admin_url) == ("headwater_owner", "headwater")
    with redis_at(services.redis_url) as client:
        assert client.ping()
    assert one(services, "CYPHER 25 RETURN 1") == 1


def test_neo4j_has_what_an_operator_adds_to_its_configuration(services: Services):
    [told] = one(services, "SHOW SETTINGS 'db.logs.query.threshold' YIELD value RETURN collect(value)")
    assert told == "7s"


def test_browser_is_served(services: Services):
    connection = http.client.HTTPConnection(services.neo4j_http.removeprefix("http://"), timeout=10)
    connection.request("GET", "/browser/")
    assert connection.getresponse().status == 200
    connection.close()


def test_nobody_gets_in_without_the_password(services: Services):
    app = services.postgres_url
    password = app.split(":")[2].split("@")[0]
    for url in (app.replace(password, "wrong"), app.replace("headwater_app", "postgres")):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
    with redis_at(f"redis://{services.redis_url.partition('@')[2]}") as bare, pytest.raises(redis.AuthenticationError):
        bare.ping()
    for wrong in ("neo4j", "wrong"):
        with driver(services, wrong) as door, pytest.raises(AuthError):
            door.verify_connectivity()


def test_only_this_machine_can_reach_them(whole: LocalStack, services: Services):
    for name in PARTS:
        process = psutil.Process(whole.process(name).pid())
        listening = [c.laddr.ip for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
        assert listening, name
        assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}, name


def test_passwords_are_in_private_files_and_not_in_the_list_of_processes(whole: LocalStack, services: Services):
    private = ["secrets.json", "run/services.json", "redis/redis.conf", "neo4j/conf/neo4j.conf"]
    assert {stat.S_IMODE((whole.data_dir / name).stat().st_mode) for name in private} == {0o600}
    shown = " ".join(" ".join(psutil.Process(whole.process(name).pid()).cmdline()) for name in PARTS)
    for secret in (services.neo4j_password, services.redis_url.split(":")[2].split("@")[0]):
        assert secret not in shown


@pytest.mark.parametrize("source", ["file:///etc/hostname", "http://127.0.0.1/x"])
def test_a_query_reads_neither_files_nor_the_network(services: Services, source: str):
    with pytest.raises(ClientError):
        one(services, f"LOAD CSV FROM '{source}' AS line RETURN line")


def test_starting_again_changes_nothing(whole: LocalStack, services: Services):
    before = [whole.process(name).pid() for name in PARTS]
    said: list[str] = []
    assert whole.start(detach=False, report=said.append) == services
    assert [whole.process(name).pid() for name in PARTS] == before
    assert said == []


def test_killed_redis_comes_back_alone_with_its_data(whole: LocalStack, services: Services):
    with redis_at(services.redis_url) as client:
        client.set("kept", "yes")
    others = [whole.process(name).pid() for name in ("neo4j", "postgres")]
    killed = kill_at_once(whole, "redis")
    assert whole.dead(PARTS) == ["redis"]
    assert whole.start(detach=False) == services
    assert whole.process("redis").pid() != killed
    assert [whole.process(name).pid() for name in ("neo4j", "postgres")] == others
    with redis_at(services.redis_url) as client:
        assert client.get("kept") == b"yes"


def test_killed_postgres_comes_back_with_its_data(whole: LocalStack, services: Services):
    with psycopg.connect(services.postgres_admin_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    kill_at_once(whole, "postgres")
    # The number in what Postgres left may by now be that of a stranger, here of this very process's parent.
    left = whole.data_dir / "postgres" / "data" / "postmaster.pid"
    lines = left.read_text().splitlines()
    left.write_text("\n".join([str(psutil.Process().ppid()), *lines[1:], ""]))
    whole.start(detach=False)
    with psycopg.connect(services.postgres_admin_url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (42,)
        connection.execute("DROP TABLE kept")


def test_postgres_that_no_pid_file_names_is_replaced(whole: LocalStack, services: Services):
    process = whole.process("postgres")
    lost = process.pid()
    (whole.data_dir / "run" / "postgres.pid").unlink()
    whole.start(detach=False)
    wait_until(lambda: not psutil.pid_exists(lost) or psutil.Process(lost).status() == psutil.STATUS_ZOMBIE)
    assert process.pid() not in (None, lost)
    assert whoami(services.postgres_url)[0] == "headwater_app"


def test_killed_neo4j_comes_back_with_its_data(whole: LocalStack, services: Services):
    one(services, "CREATE (k:Kept {number: 42}) RETURN 1")
    kill_at_once(whole, "neo4j")
    assert whole.start(detach=False) == services
    assert one(services, "MATCH (k:Kept) WITH k, k.number AS number DETACH DELETE k RETURN number") == 42


def test_pid_files_hold_just_the_pid(whole: LocalStack, services: Services):
    for name in PARTS:
        text = Path(whole.data_dir / "run" / f"{name}.pid").read_text()
        assert text == str(whole.process(name).pid())
