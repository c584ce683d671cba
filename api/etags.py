"""ETags: who edits says which version was read; no word of it, or an old one, is refused before anything changes."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated

import msgspec
from litestar.params import HeaderParameter

from api.errors import PreconditionFailed, PreconditionRequired

# Checked by hand and not by the framework: a missing one is a 428, and comes before anything else.
IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description="The `ETag` of what was read; `*` is for whatever is there now. Missing: 428, not the latest: 412.",
    ),
]

_tags = re.compile(r'(W/)?"([^"]*)"').findall


def etag_of(*version: object) -> str:
    """Return the strong ETag of what these values identify, such as an id and its revision; quoted, as in a header."""
    return f'"{hashlib.sha256(msgspec.json.encode(version)).hexdigest()[:32]}"'


def require_if_match(given: str | None) -> str:
    """Return the header's value; raises PreconditionRequired where there is none. To be called first of all."""
    if given is None or not given.strip():
        raise PreconditionRequired("send If-Match with the ETag that was read, so that no edit is lost unseen")
    return given


def check_etag(given: str, current: str) -> None:
    """Raise PreconditionFailed unless one of the tags given, or `*`, is the current one.

    To be called in the transaction that edits, once the row is locked. A weak tag never matches.
    """
    strong = {f'"{tag}"' for weak, tag in _tags(given) if not weak}
    if given.strip() != "*" and current not in strong:
        raise PreconditionFailed("somebody has changed it since it was read; read it again")
