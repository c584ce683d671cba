"""`case.html`: what a case says, in words, with its notes and where each alert's own report is."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from evidence.dossier import NoteTold
from evidence.page import STYLE, table, when


def case_page(title: str, words: str, notes: Sequence[NoteTold]) -> str:
    """Return the page; every text in it is escaped."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in words.splitlines() if line.strip())
    rows = [(when(one.at), one.author, one.text if one.text is not None else "erased") for one in notes]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    body = f"<h1>{escape(title)}</h1>{lines}<h2>Notes</h2>{table(('At', 'By', 'Note'), rows)}"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
