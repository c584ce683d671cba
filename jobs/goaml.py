"""A report as XML in the shape of goAML; what Headwater does not know is left out and listed, never made up.

Elements and their order follow goAML's public descriptions. The schema itself is each authority's and not ours to
ship: a document counts as valid only by the XSD that the user supplies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

from lxml import etree
from msgspec import Struct

from jobs.case_report import CaseReport, ReportParty, ReportTransaction
from jobs.narrative import grounds_text

CENT = Decimal("0.01")
# What XML 1.0 cannot hold at all.
_impossible = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class ReportingPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who files the report; only what is given is written."""

    first_name: str | None = None
    last_name: str | None = None
    occupation: str | None = None
    email: str | None = None


class GoamlHeader(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What only the reporting entity knows. The codes are the receiving authority's own; absent ones are left out.

    `transmode_code`, `funds_code`, `country`, `institution_name` and its `institution_code`, or else `swift`, are said
    of every transaction; `party_roles` are the roles of payers and payees where there is more than one.
    """

    rentity_id: int | None = None
    rentity_branch: str | None = None
    submission_code: str | None = None
    report_code: str | None = None
    entity_reference: str | None = None
    fiu_ref_number: str | None = None
    reporting_person: ReportingPerson | None = None
    reason: str | None = None
    action: str | None = None
    indicators: tuple[str, ...] = ()
    transmode_code: str | None = None
    funds_code: str | None = None
    country: str | None = None
    institution_name: str | None = None
    institution_code: str | None = None
    swift: str | None = None
    party_roles: tuple[str, str] | None = None


# Field of the header -> what it is, of those that a filing always has.
REQUIRED = {
    "rentity_id": "the reporting entity's id with the authority",
    "submission_code": "how it is submitted, a code of the authority",
    "report_code": "which kind of report it is, a code of the authority",
    "reporting_person": "who files it",
    "action": "what the reporting entity has done",
    "indicators": "the authority's codes of what is suspicious",
    "transmode_code": "how the money was transmitted, a code of the authority",
    "funds_code": "which kind of funds it was, a code of the authority",
    "country": "where the accounts are kept, ISO 3166",
    "institution_name": "which institution keeps the accounts",
}


def missing_fields(header: GoamlHeader) -> tuple[str, ...]:
    """Return what a filing needs and the header lacks, as `field: what it is`."""
    absent = [f"{name}: {what}" for name, what in REQUIRED.items() if not getattr(header, name)]
    person = header.reporting_person
    if person and not (person.first_name and person.last_name):
        absent.append("reporting_person: first_name and last_name")
    return tuple(absent)


def goaml_document(report: CaseReport, header: GoamlHeader) -> bytes:
    """Return the report as UTF-8 XML with one element to a line; amounts have two decimals, half to even."""
    root = etree.Element("report")
    _fill(root, _opening(report, header))
    if header.reporting_person is not None:
        _fill(_below(root, "reporting_person"), _person(header.reporting_person))
    _fill(root, (("reason", header.reason or grounds_text(report)), ("action", header.action)))
    for one in report.transactions:
        if not one.withdrawn:
            _transaction(_below(root, "transaction"), one, header)
    if header.indicators:
        _fill(_below(root, "report_indicators"), (("indicator", code) for code in header.indicators))
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def two_decimals(amount: str) -> str:
    """Return a plain decimal rounded to cents, half to even."""
    with localcontext() as context:
        # As many digits as there are: none may be lost before the rounding that is meant.
        context.prec = len(amount) + 3
        return str(Decimal(amount).quantize(CENT, rounding=ROUND_HALF_EVEN))


def _opening(report: CaseReport, header: GoamlHeader) -> Iterator[tuple[str, object]]:
    yield "rentity_id", header.rentity_id
    yield "rentity_branch", header.rentity_branch
    yield "submission_code", header.submission_code
    yield "report_code", header.report_code
    yield "entity_reference", header.entity_reference or report.case
    yield "fiu_ref_number", header.fiu_ref_number
    yield "submission_date", report.drawn_up_at.strftime("%Y-%m-%dT%H:%M:%S")
    yield "currency_code_local", report.reference_currency


def _person(person: ReportingPerson) -> Iterator[tuple[str, object]]:
    for name in person.__struct_fields__:
        yield name, getattr(person, name)


def _transaction(element: Any, one: ReportTransaction, header: GoamlHeader) -> None:
    _fill(
        element,
        (
            ("transactionnumber", one.transaction),
            ("transaction_description", f"{one.asset}; decision {one.decision}" if one.decision else one.asset),
            ("date_transaction", one.at.strftime("%Y-%m-%dT%H:%M:%S")),
            ("transmode_code", header.transmode_code),
            ("amount_local", two_decimals(one.value)),
        ),
    )
    if len(one.inputs) == len(one.outputs) == 1:
        _side(_below(element, "t_from"), "from", one.inputs[0], one.asset, header)
        _side(_below(element, "t_to"), "to", one.outputs[0], one.asset, header)
    else:
        _parties(_below(element, "involved_parties"), one, header)
    if one.risk_score is not None:
        _fill(element, [("comments", f"risk score {one.risk_score:.3f}, {one.severity}")])


def _side(element: Any, side: str, party: ReportParty, asset: str, header: GoamlHeader) -> None:
    _fill(element, [(f"{side}_funds_code", header.funds_code)])
    _account(_below(element, f"{side}_account"), party, asset, header)
    _fill(element, [(f"{side}_country", header.country)])


def _parties(element: Any, one: ReportTransaction, header: GoamlHeader) -> None:
    """More than one payer or payee: goAML names each with a role of its own."""
    for number, parties in enumerate((one.inputs, one.outputs)):
        for party in parties:
            below = _below(element, "party")
            _fill(below, [("role", header.party_roles[number] if header.party_roles else None)])
            _account(_below(below, "account"), party, one.asset, header)
            _fill(below, (("funds_code", header.funds_code), ("country", header.country)))
            _fill(below, [("comments", f"{('paid', 'received')[number]} {party.amount} {one.asset}")])


def _account(element: Any, party: ReportParty, asset: str, header: GoamlHeader) -> None:
    _fill(
        element,
        (
            ("institution_name", header.institution_name),
            ("institution_code", header.institution_code),
            ("swift", None if header.institution_code else header.swift),
            ("account", party.wallet),
            ("currency_code", asset),
        ),
    )


def _below(element: Any, name: str) -> Any:
    return etree.SubElement(element, name)


def _fill(element: Any, given: Iterable[tuple[str, object]]) -> None:
    """Add an element for each value there is; a character that XML cannot hold becomes U+FFFD."""
    for name, value in given:
        if value is not None:
            _below(element, name).text = _impossible.sub("\ufffd", str(value))
