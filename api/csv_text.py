"""Rows as CSV text (RFC 4180), safe to open in a spreadsheet and exact to read back."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

# A spreadsheet takes a text that begins like this for a formula; `'` itself too, so that taking one away is exact.
_starts_formula = re.compile(r"[=+\-@\t\r\n'＝＋－＠]").match
_is_number = re.compile(r"-?\d+(\.\d+)?").fullmatch


def line(values: Iterable[object]) -> str:
    """Return one row, with its end of line."""
    return ",".join(map(cell, values)) + "\r\n"


def cell(value: object) -> str:
    """Return a JSON value as a cell: nothing for null, numbers and booleans bare, texts in quotes, the rest as JSON.

    A text that a spreadsheet would compute gets a `'` before it; one that is a plain number does not.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        computed = _starts_formula(value) and not _is_number(value)
        return _quoted(f"'{value}" if computed else value)
    text = msgspec.json.encode(value).decode()
    return _quoted(text) if isinstance(value, list | dict) else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
