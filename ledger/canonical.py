"""The one text form of a JSON value that hashes are taken of."""

from __future__ import annotations

import msgspec

_encoder = msgspec.json.Encoder(order="sorted")


def canonical_json(value: object) -> str:
    """Return compact JSON with sorted keys, characters outside ASCII as they are."""
    return _encoder.encode(value).decode()
