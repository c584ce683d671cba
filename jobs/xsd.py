"""Validating XML by an XSD that a user supplies; neither may reach beyond itself, to files, entities or the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree
from msgspec import Struct

from graph.errors import HeadwaterError

MAX_SCHEMA_BYTES, MAX_DOCUMENT_BYTES = 8_388_608, 67_108_864
MAX_VIOLATIONS = 100
XS = "{http://www.w3.org/2001/XMLSchema}"
# Each of them could load another document.
REACHING = tuple(XS + name for name in ("import", "include", "redefine", "override"))


class SchemaRefused(HeadwaterError):
    """The XSD, or a document, cannot be used; the message says why."""


class Violation(Struct, frozen=True):
    """Where a document breaks the schema: its line, the element, and what the schema wants."""

    line: int
    element: str
    message: str


def read_schema(path: Path) -> etree.XMLSchema:
    """Return the schema in a file; raises SchemaRefused if it is no XSD, too large, or reaches beyond itself."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_SCHEMA_BYTES + 1)
    except OSError as error:
        raise SchemaRefused(f"the XSD {path} cannot be read: {error.strerror}") from None
    return schema_of(text)


def schema_of(text: bytes) -> etree.XMLSchema:
    """Return the schema that a text is; raises SchemaRefused as `read_schema` does."""
    tree = _parse(text, "the XSD", MAX_SCHEMA_BYTES)
    reaching = [element for element in tree.iter(*REACHING) if element.get("schemaLocation") is not None]
    if reaching:
        name = reaching[0].tag.removeprefix(XS)
        raise SchemaRefused(f"the XSD loads other files (xs:{name} in line {reaching[0].sourceline}); put all into one")
    try:
        return etree.XMLSchema(tree)
    except etree.XMLSchemaParseError as error:
        raise SchemaRefused(f"the XSD is none: {error}") from None


def violations_of(document: bytes, schema: etree.XMLSchema) -> tuple[Violation, ...]:
    """Return where the document breaks the schema, the first 100; none if it is valid.

    Raises SchemaRefused for what is not XML, too large, or has a DOCTYPE.
    """
    tree = _parse(document, "the document", MAX_DOCUMENT_BYTES)
    if schema.validate(tree):
        return ()
    return tuple(
        Violation(entry.line, (entry.path or "").rpartition("/")[2], entry.message)
        for entry in list(schema.error_log)[:MAX_VIOLATIONS]
    )


def _parse(text: bytes, what: str, most: int) -> Any:
    if len(text) > most:
        raise SchemaRefused(f"{what} has more than {most:,} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise SchemaRefused(f"{what} is not XML: {error}") from None
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.doctype:
        raise SchemaRefused(f"{what} has a DOCTYPE, which could reach beyond it; take it out")
    return tree
