"""How schemathesis sends bodies that are neither JSON nor text: loaded by it through SCHEMATHESIS_HOOKS."""

from __future__ import annotations

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def one_a_line(_context: Any, value: Any) -> bytes:
    """The rows of a bulk request; what is no list is one row."""
    rows = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(row).encode() for row in rows)
