"""OFAC's sanctioned addresses, as 0xB10C publishes them: one complete list an asset, `sanctioned_addresses_XBT.txt`.

A list says what is sanctioned and, by leaving it out, what no longer is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from graph.addresses import canonical_address
from graph.attribution_bodies import AttributionInput, canonical_attributions
from graph.errors import AddressError, FieldError, InvalidInput
from graph.model import Attribution
from graph.taxonomy import OFFICIAL_CATEGORY
from jobs.concepts import load_concepts
from jobs.file_errors import FileRefused

SOURCE, ACTOR = "ofac-sdn", "OFAC SDN"
MAX_BYTES = 16 * 1024 * 1024

_named = re.compile(r"sanctioned_addresses_([A-Za-z0-9]{2,12})\.(?:txt|json)").fullmatch
is_asset = re.compile(r"[A-Za-z0-9]{2,12}").fullmatch
# Only forms whose checksum proves the network: 0x… could be of many.
_CERTAIN = ("btc", "trx")


class OfacList(Struct):
    """One asset's list. `given` are its addresses, `rejected` lines that are none, `remarks` what was put right."""

    path: Path
    asset: str
    given: list[Attribution]
    rejected: list[tuple[int, InvalidInput]]
    remarks: list[tuple[int, str]]


def read_list(path: Path, asset: str | None, listed_at: datetime | None) -> OfacList:
    """Read one list, plain lines or JSON; its name tells the asset where `asset` does not. Raises FileRefused."""
    found = OfacList(path, (asset or asset_of(path) or "").upper(), [], [], [])
    if not is_asset(found.asset):
        raise FileRefused(f"{path}: which asset is this a list of? It should be called sanctioned_addresses_XBT.txt")
    for line, address in _lines(path):
        try:
            found.given.append(_listing(found, line, address, listed_at))
        except InvalidInput as error:
            found.rejected.append((line, error))
    return found


def asset_of(path: Path) -> str | None:
    """Return the asset that a file's name says it is the list of."""
    named = _named(path.name)
    return named[1] if named else None


def said_of(asset: str) -> str:
    """Return the note that tells which list an attribution is from; a wallet can be on several."""
    return f"listed as {asset}"


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    text = _text(path)
    if text.lstrip()[:1] != "[":
        yield from ((number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip())
        return
    try:
        addresses = msgspec.json.decode(text, type=list[str])
    except msgspec.DecodeError as error:
        raise FileRefused(f"{path} is not a JSON list of addresses, or was cut short: {error}") from None
    position = 0
    for address in addresses:
        position = max(position, text.find(address, position))
        yield text.count("\n", 0, position) + 1, address.strip()


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileRefused(f"{path} has over {MAX_BYTES:,} bytes; that is no list of addresses")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(f"{path} is not UTF-8 text") from None
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror or error}") from None


def _listing(found: OfacList, line: int, address: str, listed_at: datetime | None) -> Attribution:
    """The attribution of one address. Raises InvalidInput."""
    given = AttributionInput(
        category=OFFICIAL_CATEGORY,
        source=SOURCE,
        network=_network(found.asset, address),
        address=address,
        actor=ACTOR,
        official=True,
        valid_from=listed_at,
        note=said_of(found.asset),
    )
    try:
        return canonical_attributions([given], in_list=False)[0]
    except InvalidInput as error:
        other = [network for network in _CERTAIN if network != given.network and _is_of(network, address)]
        if not other:
            raise InvalidInput(*(FieldError(e.field, f"{address[:100]}: {e.message}") for e in error.errors)) from None
        remark = f"{address} is listed as {found.asset} but is a {other[0]} address; recorded as {other[0]}:{address}"
        found.remarks.append((line, remark))
        return canonical_attributions([replace(given, network=other[0])], in_list=False)[0]


def _network(asset: str, address: str) -> str:
    try:
        return load_concepts().network_of(asset, address)
    except AddressError as error:
        raise InvalidInput(FieldError("network", f"{address[:100]}: {error}")) from None


def _is_of(network: str, address: str) -> bool:
    try:
        canonical_address(network, address)
    except AddressError:
        return False
    return True
