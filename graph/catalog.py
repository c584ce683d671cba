"""The Cypher catalog: every query is one file under `cypher/`, opened by a contract that is checked here."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from msgspec import Struct

FOLDER = Path(__file__).parent.parent / "cypher"
FIELDS = ("name", "purpose", "mode", "parameters", "returns", "complexity", "index")
MODES = ("read", "write", "schema", "batched")
_HEADER = re.compile(r"^// ?(?:(\w+):)?\s*(.*)$")


class CatalogError(Exception):
    """A Cypher file breaks its contract; the message names the file and the line of the contract."""


class Query(Struct, frozen=True):
    """One statement with its contract. `batched` commits inside (CALL ... IN TRANSACTIONS)."""

    name: str
    purpose: str
    mode: str
    parameters: dict[str, str]
    returns: dict[str, str]
    complexity: str
    index: tuple[str, ...]
    text: str
    folder: str


@cache
def load_catalog() -> dict[str, Query]:
    """Read and check every file once; keys are query names."""
    queries: dict[str, Query] = {}
    for path in sorted(FOLDER.glob("*/*.cypher")):
        query = read_query(path)
        if query.name in queries:
            raise CatalogError(f"{path.name}: the name {query.name} is taken by {queries[query.name].folder}/")
        queries[query.name] = query
    return queries


def read_query(path: Path) -> Query:
    """Parse one file; raises CatalogError when header, name, mode or parameters do not hold."""
    header, text = _split(path)
    if missing := [field for field in FIELDS if field not in header]:
        raise CatalogError(f"{path.name}: the header lacks {', '.join(missing)}")
    if header["name"] != path.stem:
        raise CatalogError(f"{path.name}: the header is named {header['name']}")
    if header["mode"] not in MODES:
        raise CatalogError(f"{path.name}: mode is {header['mode']}, not one of {', '.join(MODES)}")
    parameters = _typed(header["parameters"])
    used = set(re.findall(r"\$(\w+)", text))
    if used != set(parameters):
        raise CatalogError(f"{path.name}: declared parameters {sorted(parameters)}, used {sorted(used)}")
    index = () if header["index"] == "none" else tuple(header["index"].split(", "))
    return Query(
        name=header["name"],
        purpose=header["purpose"],
        mode=header["mode"],
        parameters=parameters,
        returns=_typed(header["returns"]),
        complexity=header["complexity"],
        index=index,
        text=text,
        folder=path.parent.name,
    )


def _split(path: Path) -> tuple[dict[str, str], str]:
    """Separate the leading comment block into fields; a line without a field name continues the one above.

    A `//` alone ends the fields: what follows it are remarks.
    """
    header: dict[str, str] = {}
    lines = path.read_text().splitlines()
    current, is_remark = "", False
    for number, line in enumerate(lines):
        match = _HEADER.match(line)
        if match is None:
            return header, "".join(f"{line.strip()}\n" for line in lines[number:] if not _is_remark(line))
        is_remark = is_remark or line.strip() == "//"
        if is_remark:
            continue
        if match[1]:
            current = match[1]
            header[current] = match[2]
        elif current:
            header[current] += " " + match[2]
        else:
            raise CatalogError(f"{path.name}: the header begins with a line that is no field")
    raise CatalogError(f"{path.name}: there is no statement below the header")


def _is_remark(line: str) -> bool:
    """Whether a line is sent for nothing: the database parses the whole text each time it is asked."""
    return not line.strip() or line.lstrip().startswith("//")


def _typed(text: str) -> dict[str, str]:
    """Read `a STRING, b LIST<MAP>` into a dict; `none` is empty."""
    if text == "none":
        return {}
    return dict(part.split(" ", 1) for part in text.split(", "))
