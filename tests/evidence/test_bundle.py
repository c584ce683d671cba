"""A bundle of real servers verifies without them; its script asserts every number; whatever is flipped is named."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import neo4j
import pytest
from msgspec.structs import replace

from evidence.packing import NotABundle, listed, pack, read_manifest, unpack
from evidence.verifying import verify_bundle
from graph.schema import apply_schema
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.evidence import export_case
from jobs.services import Services
from ledger.audit import list_events
from ledger.case_contents import add_alerts
from ledger.cases import create_case
from ledger.signing import new_key
from tests.evidence.scene import Edit, bundle_of, decoded, digest, edited_manifest, spoilt, swap, tell_story
from tests.jobs.signing import public_of, sign, signing_services
from tests.servers import Servers

MANIFEST = "manifest.json"


@pytest.fixture
async def signing(servers: Servers, graph: object, ledger: object, tmp_path: Path) -> AsyncIterator[Services]:
    async with signing_services(servers, tmp_path) as opened:
        yield opened


def wrong(bundle: bytes) -> list[str]:
    return [str(one) for one in verify_bundle(bundle).wrong]


async def test_a_bundle_verifies_and_says_that_nothing_is_signed(services: Services, taxonomy: Taxonomy) -> None:
    alert = await tell_story(services, taxonomy)
    bundle = await bundle_of(services, alert)
    found = verify_bundle(bundle)

    assert [str(one) for one in found.wrong] == []
    assert found.signed is None
    assert found.manifest.complete and found.manifest.alerts == (alert,)
    assert {one["key"] for one in decoded(unpack(bundle)["graph.json"])["transactions"]} == {  # type: ignore[attr-defined]
        "acct:p1",
        "acct:p2",
        "acct:p3",
        "acct:p4",
        "acct:p6",
    }


def statements(script: str) -> list[str]:
    """As cypher-shell splits: at `;`, which texts of a replay never hold."""
    lines = [line for line in script.splitlines() if not line.startswith("//")]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


@pytest.fixture
async def empty(graph: Graph, cypher: neo4j.Session) -> AsyncIterator[neo4j.Session]:
    """A session whose test may empty all of Neo4j: what belongs to every graph is put back."""
    yield cypher
    cypher.run("DROP CONSTRAINT evidence_wallet IF EXISTS").consume()
    cypher.run("MATCH (n) DETACH DELETE n").consume()
    await apply_schema(graph)


def replayed(cypher: neo4j.Session, script: str) -> list[dict[str, Any]]:
    """What the last statement says, run in an emptied graph."""
    cypher.run("MATCH (n) DETACH DELETE n").consume()
    return [cypher.run(one).data() for one in statements(script)][-1]


async def test_the_replay_asserts_every_number_in_an_empty_graph(
    services: Services, taxonomy: Taxonomy, empty: neo4j.Session
) -> None:
    script = unpack(await bundle_of(services, await tell_story(services, taxonomy)))["replay.cypher"].decode()

    with pytest.raises(neo4j.exceptions.ClientError, match="not empty"):
        empty.run(statements(script)[0]).consume()
    assert replayed(empty, script) == [{"result": "every number holds"}]
    for old, new, figure in (
        ("v: 700000000}", "v: 700000001}", "DIFFERS transaction acct:p1 value 700000000, its pairs 700000001"),
        ("value: 700000000,", "value: 700000009,", "DIFFERS transaction acct:p1 value 700000009, outputs 700000000"),
        ("v: 540000000, t", "v: 540000001, t", "DIFFERS source flow acct:mule to acct:hop value 540000001"),
        ("value: 262000000}", "value: 262000001}", "DIFFERS source total_value 500000000"),
        ("value: 262000000}", "value: 262500000}", "DIFFERS source theft value 262500000"),
        ("share: 0.52400", "share: 0.52401", "DIFFERS source theft value 262000000 share 0.52401"),
        ("c: 'theft'", "c: 'scam'", "DIFFERS source"),
    ):
        assert old in script
        with pytest.raises(neo4j.exceptions.ClientError, match=figure):
            replayed(empty, script.replace(old, new, 1))


FLIPS: list[tuple[str, Edit, str]] = [
    ("graph.json", swap('"value": 700000000', '"value": 700000001'), "graph.json: source flow acct:thief -> acct:mule"),
    ("graph.json", swap('"amount": "900"', '"amount": "901"'), "graph.json: acct:p3 outputs[0].value"),
    ("graph.json", swap('"category": "theft"', '"category": "scam"'), "exposure.json: source.scam.share"),
    ("graph.json", swap('"confidence": 1.0', '"confidence": 0.1'), "report.html: line"),
    ("exposure.json", swap('"value": 262000000', '"value": 262000001'), "exposure.json: source: sum of values"),
    ("exposure.json", swap('"share": 0.524', '"share": 0.525', 9), "exposure.json: source.theft.share"),
    ("exposure.json", swap('"share": 0.524', '"share": 0.525'), "exposure.json: source.theft.actors[actor of thief]"),
    ("exposure.json", swap('"passed_through": 0.0', '"passed_through": 0.1'), "exposure.json: source.passed_through"),
    (
        "exposure.json",
        swap('"total_value": 500000000', '"total_value": 500000001'),
        "exposure.json: source.total_value",
    ),
    ("alert.json", swap('"risk_score": 0.7', '"risk_score": 0.6'), "alert.json: risk_score: recorded 0.6"),
    ("decision.json", swap('"risk_score":0.7', '"risk_score":0.6'), "decision.json: risk_score: recorded 0.6"),
    ("facts.json", swap('"value":262000000', '"value":262000001'), "facts.json: sha256"),
    ("payment.json", swap('"value": 500000000', '"value": 500000001'), "payment.json: value"),
    ("policy.json", swap('"exposure": 0.', '"exposure": 0.1'), "decision.json: signals[0]"),
    ("models.json", swap('"versions": {}', '"versions": {"gnn": "gnn-1"}'), "models.json: it is not what facts.json"),
    ("report.html", swap("52.4 %", "12.4 %"), "report.html: line"),
    ("replay.cypher", swap("700000000", "700000001"), "replay.cypher: line"),
    ("README.txt", swap("EVIDENCE", "EVIDENTLY"), "README.txt: line"),
]


async def test_whatever_is_flipped_is_named_with_file_and_figure(services: Services, taxonomy: Taxonomy) -> None:
    bundle = await bundle_of(services, await tell_story(services, taxonomy))

    for file, edit, figure in FLIPS:
        told = wrong(spoilt(bundle, file, edit))
        assert any(line.startswith(figure) for line in told), (file, figure, told)
        plain = wrong(spoilt(bundle, file, edit, forged=False))
        assert any(line.startswith(f"{file}: sha256") for line in plain), (file, plain)
    pdf = spoilt(bundle, "report.pdf", lambda content: content + b" ", forged=False)
    assert wrong(pdf)[0].startswith("report.pdf: sha256")


async def test_the_manifest_is_held_against_the_files(services: Services, taxonomy: Taxonomy) -> None:
    bundle = await bundle_of(services, await tell_story(services, taxonomy))
    files = unpack(bundle)
    manifest = read_manifest(files)
    rest = {name: content for name, content in files.items() if name not in (MANIFEST, "policy.json")}

    assert wrong(edited_manifest(bundle, watermark=1))[0].startswith("manifest.json: watermark: recorded 1")
    assert wrong(edited_manifest(bundle, checkpoint=4))[0].startswith("manifest.json: checkpoint: recorded 4")
    assert "policy.json: it is in the manifest and missing" in wrong(pack(rest, manifest))
    without = {name: content for name, content in rest.items() if name != "decision.json"}
    undecided = pack(without, replace(manifest, files=listed(without)))
    assert any(line.startswith("decision.json: it is missing") for line in wrong(undecided))
    assert "more.txt: it is not in the manifest" in wrong(pack({**rest, "more.txt": b""}, manifest))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip"])
def test_what_is_no_bundle_is_told(content: bytes) -> None:
    with pytest.raises(NotABundle, match="no zip"):
        verify_bundle(content)


async def test_a_signed_bundle_proves_its_events_with_the_key_alone(signing: Services, taxonomy: Taxonomy) -> None:
    alert = await tell_story(signing, taxonomy)
    await sign(signing)
    bundle = await bundle_of(signing, alert)

    found = verify_bundle(bundle, [public_of(signing)])
    assert [str(one) for one in found.wrong] == []
    assert found.signed is not None and found.signed.trusted
    own = verify_bundle(bundle)
    assert own.signed is not None and not own.signed.trusted and not own.wrong
    strange = [str(one) for one in verify_bundle(bundle, [new_key().public]).wrong]
    assert any(line.startswith("audit/checkpoint.note: it is signed by none") for line in strange)
    event = next(name for name in unpack(bundle) if name.startswith("audit/event"))
    for file, edit, figure in (
        (event, swap('"actor":"', '"actor":"x'), "audit/proofs.json: the path of event"),
        ("audit/proofs.json", swap('"path": [\n      "', '"path": [\n      "0'), "audit/proofs.json: the path of"),
        ("audit/checkpoint.note", swap("previous 0", "previous 1"), "audit/checkpoint.note: "),
    ):
        told = wrong(spoilt(bundle, file, edit))
        assert any(line.startswith(figure) for line in told), (file, told)


async def test_each_export_is_an_event_that_names_the_manifest(services: Services, taxonomy: Taxonomy) -> None:
    alert = await tell_story(services, taxonomy)
    bundle = await bundle_of(services, alert)

    async with services.ledger.read() as connection:
        [event] = await list_events(connection, action="alert.exported")
    assert (event.actor, event.subject) == ("ann", alert)
    assert event.body["manifest"] == digest(unpack(bundle)[MANIFEST])


async def test_the_report_is_whole_and_carries_no_script(services: Services, taxonomy: Taxonomy) -> None:
    files = unpack(await bundle_of(services, await tell_story(services, taxonomy)))
    page = files["report.html"].decode()

    assert files["report.pdf"].startswith(b"%PDF-") and len(files["report.pdf"]) > 20_000
    assert all(word in page for word in ("52.40 %", "Stolen funds", "actor of thief", "policy", "700.00 USD", "UTC"))
    assert "<script" not in page and "http" not in page.replace("http://www.w3.org/2000/svg", "")


async def test_a_case_has_the_evidence_of_its_alerts(services: Services, taxonomy: Taxonomy) -> None:
    alert = await tell_story(services, taxonomy)
    async with services.ledger.transaction() as connection:
        await create_case(connection, "cas_1", title="<b>Mules</b>", assignee=None, actor="ann")
        await add_alerts(connection, "cas_1", [alert], "ann")
    bundle = (await export_case(services, "cas_1", actor="ann")).content
    files = unpack(bundle)

    assert wrong(bundle) == []
    assert {"case.json", "case.html", "case.pdf", f"alerts/{alert}/decision.json"} <= files.keys()
    assert b"&lt;b&gt;Mules" in files["case.html"] and b"<b>Mules" not in files["case.html"]
    flipped = spoilt(bundle, f"alerts/{alert}/graph.json", swap('"value": 700000000', '"value": 700000001'))
    assert any(line.startswith(f"alerts/{alert}/graph.json: ") for line in wrong(flipped))


async def test_the_command_needs_neither_servers_nor_settings(
    services: Services, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    bundle = await bundle_of(services, await tell_story(services, taxonomy))
    bad = spoilt(bundle, "graph.json", swap('"value": 700000000', '"value": 700000001'))
    for name, content in (("good", bundle), ("bad", bad), ("none", b"none")):
        (tmp_path / f"{name}.zip").write_bytes(content)

    def verify(*arguments: str) -> tuple[int, str]:
        bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        command = [sys.executable, "-m", "cli.main", "verify", *arguments]
        root = Path(__file__).parents[2]
        done = subprocess.run(
            command, cwd=tmp_path, env=bare | {"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    code, told = verify("good.zip")
    assert (code, "everything holds" in told, "not signed" in told) == (0, True, True)
    assert verify("good.zip", "--require-signed")[0] == 1
    code, told = verify("bad.zip")
    assert code == 1 and "BAD graph.json: source flow acct:thief -> acct:mule value: recorded" in told
    assert verify("none.zip")[0] == 2 and verify("missing.zip")[0] == 2
