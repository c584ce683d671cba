"""Examples of erasing; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ANSWERS: Mapping[str, Any] = {"erase_transaction_text": None}
