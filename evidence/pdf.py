"""`report.pdf`: the same as the page, set by typst with its own fonts; it reads nothing from disk and no network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import msgspec
import typst
from msgspec import Struct

# Texts come as data and are never source, so that no text can be taken for markup.
TEMPLATE = """
#let parts = json(bytes(sys.inputs.parts))
#set page(paper: "a4", margin: 16mm, numbering: "1 / 1")
#set text(font: "Libertinus Serif", size: 9.5pt)
#set par(leading: 0.5em)
#for part in parts {
  if part.kind == "h1" { text(size: 15pt, weight: "bold", part.text); parbreak() }
  else if part.kind == "h2" { v(6pt); block(sticky: true, text(size: 11pt, weight: "bold", part.text)) }
  else if part.kind == "p" { text(part.text); parbreak() }
  else if part.kind == "svg" { image(bytes(part.text), format: "svg", width: 100%) }
  else if part.kind == "table" {
    table(columns: part.columns.map(n => n * 1fr), stroke: (x: none, y: 0.3pt + luma(180)), inset: 3pt,
      table.header(..part.rows.first().map(cell => text(size: 7.5pt, weight: "bold", cell))),
      ..part.rows.slice(1).flatten().map(cell => text(size: 7.5pt, cell)))
  }
}
"""


# A hash or an address finds room in a narrow column only where it may be broken.
_LONG = re.compile(r"[^\s\u200b]{16,}")


class _Part(Struct):
    kind: str
    text: str = ""
    rows: list[list[str]] = msgspec.field(default_factory=list)
    columns: list[float] = msgspec.field(default_factory=list)


class _Reader(HTMLParser):
    """Takes our own page apart: headings, paragraphs, tables, and pictures as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[_Part] = []
        self._text: list[str] | None = None
        self._svg: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._svg is not None or tag == "svg":
            self._svg = self._svg or []
            self._svg.append(self.get_starttag_text() or "")
        elif tag in ("h1", "h2", "p", "td", "th", "style", "title"):
            self._text = []
        elif tag == "table":
            self.parts.append(_Part("table"))
        elif tag == "tr":
            self.parts[-1].rows.append([])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._svg is not None:
            self._svg.append(self.get_starttag_text() or "")

    def handle_data(self, data: str) -> None:
        if self._svg is not None:
            self._svg.append(data.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
        elif self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._svg is not None:
            self._svg.append(f"</{tag}>")
            if tag == "svg":
                self.parts.append(_Part("svg", _standing_alone("".join(self._svg))))
                self._svg = None
        elif tag in ("h1", "h2", "p"):
            self.parts.append(_Part(tag, "".join(self._text or [])))
            self._text = None
        elif tag in ("td", "th"):
            self.parts[-1].rows[-1].append(_LONG.sub(_breakable, "".join(self._text or [])))
            self._text = None
        elif tag == "table":
            whole = len(self.parts[-1].rows[0])
            rows = [row + [""] * (whole - len(row)) for row in self.parts[-1].rows]
            self.parts[-1].rows, self.parts[-1].columns = rows, _widths(rows)


def _breakable(token: re.Match[str]) -> str:
    return "\u200b".join(token[0][first : first + 8] for first in range(0, len(token[0]), 8))


def _standing_alone(svg: str) -> str:
    """A picture outside a page names its language."""
    return svg if "xmlns=" in svg else svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Room by what stands in each column, neither too little nor all of it."""
    return [min(40.0, max(6.0, *(float(len(cell)) for cell in column))) for column in zip(*rows, strict=True)]


def report_pdf(page: str) -> bytes:
    """Return the page as PDF."""
    reader = _Reader()
    reader.feed(page)
    parts = msgspec.json.encode([part for part in reader.parts if part.kind != "style"]).decode()
    document: bytes = typst.compile(TEMPLATE.encode(), sys_inputs={"parts": parts}, ignore_system_fonts=True)
    return document
