"""Verifying a bundle: hashes, numbers, decision, proofs. Needs nothing but its bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256

from msgspec import Struct

from evidence.deciding import decide_again, differing
from evidence.dossier import Dossier, Unreadable, events_about, read_dossier
from evidence.haircut import misfits, trace
from evidence.packing import MANIFEST, derived, folders, listed, read_manifest, readme, unpack
from evidence.pairs import wrong_flows, wrong_parts
from evidence.proving import Signed, Wrong, check_audit, event_file, read_events
from evidence.shapes import FORMAT, Manifest, Side
from graph.model import Attribution, Event, format_micro
from graph.taxonomy import Taxonomy, deciding_attribution
from ledger.signing import PublicKey


class Verified(Struct, frozen=True, kw_only=True):
    """What a bundle is about, how much was checked, who signed, and all that does not hold."""

    manifest: Manifest
    transactions: int
    flows: int
    events: int
    signed: Signed | None
    wrong: tuple[Wrong, ...]


def verify_bundle(content: bytes, keys: Collection[PublicKey] = ()) -> Verified:
    """Check a zip; raises NotABundle. Without `keys` the key in the bundle counts."""
    files = unpack(content)
    manifest = read_manifest(files)
    wrong = list(_hashes(files, manifest))
    signed, unproven = check_audit(files, keys)
    wrong += unproven
    events, _ = read_events(files)
    dossiers = list[Dossier]()
    for folder in folders(manifest.alerts, manifest.subject):
        try:
            dossier = read_dossier(files, folder)
            dossiers.append(dossier)
            wrong += _numbers(dossier, folder)
            wrong += _recorded(files, dossier, folder, events)
        except Unreadable as error:
            wrong.append(Wrong(error.file, error.why))
        except (ValueError, ZeroDivisionError, LookupError) as error:
            wrong.append(Wrong(f"{folder}graph.json", f"it does not add up: {type(error).__name__} {error}"))
    wrong += _derived(files, manifest)
    wrong += _told(manifest, dossiers, signed)
    return Verified(
        manifest=manifest,
        transactions=sum(len(one.money.transactions) for one in dossiers),
        flows=sum(len(side.flows) for one in dossiers for side in one.money.sides),
        events=len(events),
        signed=signed,
        wrong=tuple(wrong),
    )


def _hashes(files: Mapping[str, bytes], manifest: Manifest) -> Iterator[Wrong]:
    found = listed(files)
    for name in sorted(found.keys() | manifest.files.keys()):
        if name not in manifest.files:
            yield Wrong(name, "it is not in the manifest")
        elif name not in found:
            yield Wrong(name, "it is in the manifest and missing")
        elif found[name] != manifest.files[name]:
            yield Wrong(name, f"sha256: manifest {manifest.files[name].sha256}, file {found[name].sha256}")


def _told(manifest: Manifest, dossiers: list[Dossier], signed: Signed | None) -> Iterator[Wrong]:
    """What the manifest says beside hashes follows from the files."""
    if (size := signed.size if signed else None) != manifest.checkpoint:
        yield Wrong(MANIFEST, f"checkpoint: recorded {manifest.checkpoint}, in the files {size}")
    marks = [side.watermark for one in dossiers for side in one.money.sides]
    if marks and manifest.watermark != max(marks):
        yield Wrong(MANIFEST, f"watermark: recorded {manifest.watermark}, in the files {max(marks)}")
    cut = any(side.cut for one in dossiers for side in one.money.sides)
    if cut and manifest.complete:
        yield Wrong(MANIFEST, "complete: recorded true, but wallets are cut")
    told = [one.told.alert.id for one in dossiers]
    if sorted(told) != sorted(manifest.alerts):
        yield Wrong(MANIFEST, f"alerts: recorded {', '.join(manifest.alerts)}, in the files {', '.join(told)}")


def _numbers(dossier: Dossier, folder: str) -> Iterator[Wrong]:
    money, file = dossier.money, f"{folder}graph.json"
    by_key = {one.key: one for one in money.transactions}
    for moved in money.transactions:
        yield from (Wrong(file, what) for what in wrong_parts(moved))
    said = dossier.said
    if len(money.sides) != len(dossier.expected.exposures):
        yield Wrong(file, "sides and recorded exposures are not as many")
        return
    for side, recorded in zip(money.sides, dossier.expected.exposures, strict=True):
        yield from (Wrong(file, what) for what in wrong_flows(side, by_key))
        yield from (Wrong(file, what) for what in _undecided(side, list(money.attributions), dossier))
        traced = trace(side, said, dossier.stopping)
        yield from (Wrong(f"{folder}exposure.json", str(one)) for one in misfits(recorded, side, traced))


def _undecided(side: Side, said: list[Attribution], dossier: Dossier) -> Iterator[str]:
    """What each wallet is follows from what was said of it by then."""
    taxonomy = Taxonomy(dossier.categories)
    by_wallet: dict[str, list[Attribution]] = {}
    for one in said:
        if (one.seq or 0) <= side.watermark and (one.withdrawn_seq is None or one.withdrawn_seq > side.watermark):
            by_wallet.setdefault(one.wallet, []).append(one)
    for met in side.met:
        decides = deciding_attribution(by_wallet.get(met.wallet, []), side.valid_at, taxonomy)
        recomputed = decides.id if decides else None
        if recomputed != met.attribution:
            told = f"recorded {met.attribution}, recomputed {recomputed}"
            yield f"{side.direction} wallet {met.wallet} attribution: {told}"


def _recorded(
    files: Mapping[str, bytes], dossier: Dossier, folder: str, events: Mapping[int, Event]
) -> Iterator[Wrong]:
    """The decision follows from its input, and is what the audit log tells of."""
    decision, facts, paid, policy = dossier.decision, dossier.facts, dossier.paid, dossier.policy
    alert = dossier.told.alert
    if decision is None or facts is None or paid is None or policy is None:
        if alert.decision is not None:
            yield Wrong(f"{folder}decision.json", f"it is missing; the alert is of decision {alert.decision}")
        return
    for figure in ("risk_score", "explanation", "transaction", "reason_codes"):
        if getattr(alert, figure) != getattr(decision, figure):
            differs = f"recorded {getattr(alert, figure)}, decision {getattr(decision, figure)}"
            yield Wrong(f"{folder}alert.json", f"{figure}: {differs}")
    again = decide_again(decision, paid, facts, policy=policy, rules=dossier.rules, categories=dossier.categories)
    for what in differing(decision, again, erased=paid.erased):
        yield Wrong(f"{folder}decision.json", what)
    for recorded, given in zip(facts.exposures, dossier.expected.exposures, strict=False):
        if recorded != given:
            yield Wrong(f"{folder}exposure.json", f"{recorded.direction}: it is not what facts.json says")
    told = [one for one in events_about(dossier, events) if one.action == "transaction.decided"]
    if not told:
        yield Wrong("audit", f"no event tells of decision {decision.id}")
    for event in told:
        yield from _as_told(files, dossier, folder, event)


def _as_told(files: Mapping[str, bytes], dossier: Dossier, folder: str, event: Event) -> Iterator[Wrong]:
    paid, models = dossier.paid, dossier.models
    for name, field in (("decision.json", "decision_hash"), ("facts.json", "facts")):
        digest = sha256(files[f"{folder}{name}"]).hexdigest()
        if event.body.get(field) != digest:
            yield Wrong(f"{folder}{name}", f"sha256 {digest} is not `{field}` of {event_file(event.seq)}")
    if paid and event.body.get("value") != format_micro(paid.payment.value):
        yield Wrong(
            f"{folder}payment.json", f"value: {format_micro(paid.payment.value)}, event {event.body.get('value')}"
        )
    facts = dossier.facts
    if models and facts and (models.versions, models.signals) != (facts.model_versions, facts.models):
        yield Wrong(f"{folder}models.json", "it is not what facts.json says")


def _derived(files: Mapping[str, bytes], manifest: Manifest) -> Iterator[Wrong]:
    """Reports and replays are made again; those of another format are only hashed."""
    if manifest.format != FORMAT:
        return
    made = readme()
    for folder in folders(manifest.alerts, manifest.subject):
        try:
            made |= derived(files, folder)
        except (Unreadable, ValueError, ZeroDivisionError, LookupError):
            continue  # told of above
    for name, content in sorted(made.items()):
        if files.get(name) != content:
            yield Wrong(name, _first_difference(files.get(name), content))


def _first_difference(found: bytes | None, made: bytes) -> str:
    if found is None:
        return "it is missing"
    lines = zip(found.decode(errors="replace").splitlines(), made.decode().splitlines(), strict=False)
    for number, (one, other) in enumerate(lines, start=1):
        if one != other:
            place = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
            first = max(0, place - 20)
            said = f"{one[first : place + 40]!r}, the data says {other[first : place + 40]!r}"
            return f"line {number}: it says {said}"
    return "it is longer or shorter than what the data gives"
