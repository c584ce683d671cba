"""From data to one zip: what is derived from it, the manifest with every hash, and the archive; and back."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from hashlib import sha256

import msgspec

from evidence.dossier import events_about, read_dossier
from evidence.page import report
from evidence.proving import read_events
from evidence.readme import README
from evidence.replay import replay
from evidence.shapes import Listed, Manifest

MANIFEST = "manifest.json"
# A bundle of ours is far below; an archive that unpacks to more is an attack on whoever opens it.
MOST_BYTES, MOST_FILES = 512 << 20, 20_000
_DATED = (1980, 1, 1, 0, 0, 0)
_PLAIN, _ENCRYPTED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), 1


class NotABundle(Exception):
    """Something that is no evidence bundle, or not a whole one; the message says why."""


def encoded(value: object) -> bytes:
    """Return JSON as it stands in a bundle: sorted keys, two spaces, a line end."""
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2) + b"\n"


def folders(alerts: Iterable[str], subject: str) -> list[str]:
    """Return the folder of each alert: the top of the bundle of one alert, `alerts/<id>/` in that of a case."""
    return [""] if subject.startswith("alr_") else [f"alerts/{alert}/" for alert in alerts]


def derived(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """Make report and replay of a folder from its data; raises Unreadable. The same data gives the same bytes."""
    dossier = read_dossier(files, folder)
    events, _ = read_events(files)
    return {
        f"{folder}report.html": report(dossier, events_about(dossier, events)).encode(),
        f"{folder}replay.cypher": replay(dossier.money, dossier.expected, dossier.stopping).encode(),
    }


def readme() -> dict[str, bytes]:
    """Return the text that says how to check a bundle."""
    return {"README.txt": README.encode()}


def listed(files: Mapping[str, bytes]) -> dict[str, Listed]:
    """Return hash and size of every file but the manifest."""
    return {
        name: Listed(sha256(content).hexdigest(), len(content))
        for name, content in sorted(files.items())
        if name != MANIFEST
    }


def pack(files: Mapping[str, bytes], manifest: Manifest) -> bytes:
    """Return the zip; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [(MANIFEST, encoded(manifest)), *sorted(files.items())]:
            info = zipfile.ZipInfo(name, _DATED)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, content)
    return out.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the files of a zip; raises NotABundle."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            rows = archive.infolist()
            if len(rows) > MOST_FILES or sum(row.file_size for row in rows) > MOST_BYTES:
                raise NotABundle(f"it unpacks to more than {MOST_FILES:,} files or {MOST_BYTES >> 20} MiB")
            if len({row.filename for row in rows}) < len(rows):
                raise NotABundle("it holds a file twice")
            if any(row.compress_type not in _PLAIN or row.flag_bits & _ENCRYPTED for row in rows):
                raise NotABundle("it is packed in a way that bundles are not")
            return {row.filename: archive.read(row) for row in rows}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, OSError, EOFError) as error:
        raise NotABundle(f"it is no zip that can be read: {error}") from None


def read_manifest(files: Mapping[str, bytes]) -> Manifest:
    """Return the manifest; raises NotABundle."""
    if MANIFEST not in files:
        raise NotABundle("it has no manifest.json")
    try:
        return msgspec.json.decode(files[MANIFEST], type=Manifest)
    except msgspec.MsgspecError as error:
        raise NotABundle(f"manifest.json cannot be read: {error}") from None
