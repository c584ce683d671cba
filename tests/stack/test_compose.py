"""The compose file and the workflow are valid, and give away nothing by default. No engine is needed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from stack.artifacts import KAFKA, read_lock
from stack.kafka import CONFIG

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
OURS = ("migrate", "api", "worker", "consumer")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load(FILE.read_text())


@pytest.mark.parametrize(
    ("schema", "path"),
    [("vendor.compose-spec", "docker-compose.yml"), ("vendor.github-workflows", ".github/workflows/ci.yml")],
)
def test_files_meet_their_published_schemas(schema: str, path: str):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(ROOT / path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_password_is_required_and_named_in_the_example():
    used = set(re.findall(r"\$\{([A-Z_]*PASSWORD)([^}]*)\}", FILE.read_text()))
    assert {rest[:2] for _, rest in used} == {":?"}
    example = (ROOT / ".env.example").read_text()
    assert all(f"\n{name}=\n" in example for name, _ in used)


def test_ports_are_published_to_this_machine_only(compose: dict):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_record_and_the_queue_are_on_no_outer_network(compose: dict):
    assert compose["networks"]["data"]["internal"] is True
    for name in ("postgres", "redis", "kafka", "worker", "consumer", "migrate"):
        assert compose["services"][name]["networks"] == ["data"]
        assert "ports" not in compose["services"][name]


def test_programs_wait_for_healthy_servers_and_migrations(compose: dict):
    services = compose["services"]
    for name in ("api", "worker"):
        waits = {other: wait["condition"] for other, wait in services[name]["depends_on"].items()}
        assert waits.pop("migrate") == "service_completed_successfully"
        assert waits == dict.fromkeys(("neo4j", "postgres", "redis"), "service_healthy")
    assert services["consumer"]["depends_on"] == services["api"]["depends_on"] | {
        "kafka": {"condition": "service_healthy"}
    }
    assert all("healthcheck" in services[name] for name in ("neo4j", "postgres", "redis", "api"))


def test_our_containers_cannot_write_or_gain_rights(compose: dict):
    for name in OURS:
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER 10001", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_only_the_migration_knows_the_owner(compose: dict):
    knows = [name for name in OURS if "HEADWATER_POSTGRES_ADMIN_URL" in compose["services"][name]["environment"]]
    assert knows == ["migrate"]


def test_containers_run_the_same_neo4j_as_the_local_stack(compose: dict):
    version = {entry.name: entry.version for entry in read_lock()}["neo4j"]
    assert compose["services"]["neo4j"]["image"] == f"neo4j:{version}-community"
    assert compose["services"]["postgres"]["image"].split(":")[1] == "18"


def test_kafka_comes_only_when_asked_for_and_is_the_one_of_the_local_stack(compose: dict):
    with_profile = {name for name, service in compose["services"].items() if service.get("profiles")}
    assert with_profile == {"kafka", "consumer"}
    version = {entry.name: entry.version for entry in read_lock(KAFKA)}["kafka_2.13"]
    assert compose["services"]["kafka"]["image"] == f"apache/kafka:{version}"
    script = (ROOT / "deploy" / "kafka" / "start.sh").read_text()
    settings = dict(line.split("=", 1) for line in CONFIG.splitlines())
    there = dict(line.split("=", 1) for line in script.partition("<<END\n")[2].partition("END\n")[0].splitlines())
    assert there.keys() == settings.keys()
    # Addresses, folders and the login are the container's own.
    own = {name for name in settings if "{" in settings[name]}
    assert {name: value for name, value in there.items() if name not in own} == {
        name: value for name, value in settings.items() if name not in own
    }


def test_neo4j_is_bounded_and_comes_back_where_a_bound_does_not_hold(compose: dict):
    neo4j = compose["services"]["neo4j"]
    assert neo4j["environment"]["NEO4J_db_memory_transaction_max"] == "1G"
    assert neo4j["environment"]["NEO4J_server_memory_heap_max__size"] == "2G"
    assert "ExitOnOutOfMemoryError" in neo4j["environment"]["NEO4J_server_jvm_additional"]
    assert {compose["services"][name]["restart"] for name in ("neo4j", "api", "worker")} == {"unless-stopped"}


def test_everything_mounted_from_here_is_there_and_read_only(compose: dict):
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", [])]
    for mount in (mount for mount in mounts if mount.startswith(".")):
        source, _, mode = mount.split(":")
        assert (ROOT / source).is_file()
        assert mode == "ro"


def test_the_worker_alone_has_the_signing_key(compose: dict):
    services = compose["services"]
    mounts = {name: [mount.partition(":")[0] for mount in services[name].get("volumes", [])] for name in services}
    assert [name for name, sources in mounts.items() if "keys" in sources] == ["worker"]
    worker = services["worker"]
    assert worker["environment"]["HEADWATER_CHECKPOINT_KEY"] == "/keys/checkpoint.key"
    assert {"keys:/keys", "checkpoints:/checkpoints"} <= set(worker["volumes"])
    assert worker["environment"]["HEADWATER_POSTGRES_URL"] == services["api"]["environment"]["HEADWATER_POSTGRES_URL"]


def test_everything_the_image_copies_is_let_through():
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {name for name in let_through if not (ROOT / name).exists()} == set()
    assert {"requirements.lock", "settings.py", "cypher", "migrations", "cli", "api"} <= let_through
