"""A small story with an alert, its bundle, and ways to spoil one."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from evidence.packing import MANIFEST, listed, pack, read_manifest, unpack
from evidence.shapes import Manifest
from graph.model import Decision, Transaction
from graph.taxonomy import Taxonomy
from jobs.evidence import export_alert
from jobs.screening import screen_transactions
from jobs.services import Services
from tests.builders import label, pay, transfer

Edit = Callable[[bytes], bytes]


async def decided(services: Services, given: Transaction) -> Decision:
    [outcome] = await screen_transactions(services, [given], actor="test", trace_id="trace")
    assert outcome.decision is not None
    return outcome.decision


async def tell_story(services: Services, taxonomy: Taxonomy) -> str:
    """Stolen money goes through two wallets and a split, beside clean money, and is paid on; returns the alert."""
    await label(services.graph, taxonomy, thief="theft", shop="exchange", swap="dex")
    for one in (
        pay("thief", "mule", 700, id="p1", day=0),
        pay("clean", "mule", 300, id="p2", day=0.1),
        transfer({"mule": 600, "other": 400}, {"hop": 900, "swap": 90.123457}, id="p3", day=1),
        pay("shop", "hop", 33.333333, id="p4", day=1.5),
        pay("hop", "hop", 5, id="p5", day=1.6),
        pay("payee", "shop", 12, id="p6", day=1.7),
    ):
        await decided(services, one)
    decision = await decided(services, transfer({"hop": 400, "thief": 100}, {"payee": 500}, id="final", day=2))
    # What comes later, and what is learnt later, is no part of it.
    await decided(services, pay("thief", "hop", 50_000, id="later", day=3))
    await label(services.graph, taxonomy, clean="scam")
    assert decision.alert is not None
    return decision.alert


async def bundle_of(services: Services, alert: str) -> bytes:
    return (await export_alert(services, alert, actor="ann")).content


def spoilt(bundle: bytes, file: str, edit: Edit, *, forged: bool = True) -> bytes:
    """The bundle with one file edited; `forged`: the manifest's hashes are made to fit, as a forger would."""
    files = unpack(bundle)
    files[file] = edit(files[file])
    manifest = read_manifest(files)
    if forged and file != MANIFEST:
        manifest = replace(manifest, files=listed(files))
    rest = {name: content for name, content in files.items() if name != MANIFEST}
    return pack(rest, manifest)


def edited_manifest(bundle: bytes, **changes: object) -> bytes:
    files = unpack(bundle)
    manifest: Manifest = replace(read_manifest(files), **changes)
    return pack({name: content for name, content in files.items() if name != MANIFEST}, manifest)


def swap(old: str, new: str, count: int = 1) -> Edit:
    def edit(content: bytes) -> bytes:
        assert old.encode() in content, old
        return content.replace(old.encode(), new.encode(), count)

    return edit


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def decoded(content: bytes) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(content)
    return found
