"""A report drawn by hand, and a small schema of our own in the shape of goAML."""

from __future__ import annotations

from datetime import UTC, datetime

from jobs.case_report import CaseReport, ReportParty, ReportTransaction
from jobs.goaml import GoamlHeader, ReportingPerson

AT = datetime(2020, 1, 1, 12, tzinfo=UTC)
PAYMENT = ReportTransaction(
    transaction="acct:p1",
    at=AT,
    asset="USD",
    value="12.345",
    inputs=(ReportParty("acct:a", "12.345"),),
    outputs=(ReportParty("acct:b", "12.345"),),
    withdrawn=False,
    decision="dec_1",
    risk_score=0.9,
    severity="critical",
)
REPORT = CaseReport(
    case="cas_1",
    title="A title",
    status="open",
    outcome=None,
    drawn_up_at=AT,
    reference_currency="USD",
    first_at=AT,
    last_at=AT,
    total_value="12.345",
    wallets=(),
    transactions=(PAYMENT,),
    grounds=(),
    chronology=(),
    done=(),
    open_questions=(),
    missing=(),
)
HEADER = GoamlHeader(
    rentity_id=7,
    submission_code="E",
    report_code="STR",
    reporting_person=ReportingPerson(first_name="Ada", last_name="Example"),
    reason="It came from a listed wallet.",
    action="The account is blocked.",
    indicators=("SANCTIONS", "LAYERING"),
    transmode_code="W",
    funds_code="K",
    country="ZA",
    institution_name="A Bank",
)

XSD = b"""<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
  <xs:simpleType name="code">
    <xs:restriction base="xs:string"><xs:maxLength value="20"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="money">
    <xs:restriction base="xs:decimal"><xs:fractionDigits value="2"/></xs:restriction>
  </xs:simpleType>
  <xs:complexType name="account">
    <xs:sequence>
      <xs:element name="institution_name" type="xs:string"/>
      <xs:element name="account" type="xs:string"/>
      <xs:element name="currency_code" type="code"/>
    </xs:sequence>
  </xs:complexType>
  <xs:element name="report">
    <xs:complexType><xs:sequence>
      <xs:element name="rentity_id" type="xs:int"/>
      <xs:element name="submission_code" type="code"/>
      <xs:element name="report_code" type="code"/>
      <xs:element name="entity_reference" type="xs:string"/>
      <xs:element name="submission_date" type="xs:dateTime"/>
      <xs:element name="currency_code_local" type="code"/>
      <xs:element name="reporting_person">
        <xs:complexType><xs:sequence>
          <xs:element name="first_name" type="xs:string"/>
          <xs:element name="last_name" type="xs:string"/>
        </xs:sequence></xs:complexType>
      </xs:element>
      <xs:element name="reason" type="xs:string"/>
      <xs:element name="action" type="xs:string"/>
      <xs:element name="transaction" maxOccurs="unbounded">
        <xs:complexType><xs:sequence>
          <xs:element name="transactionnumber" type="xs:string"/>
          <xs:element name="transaction_description" type="xs:string"/>
          <xs:element name="date_transaction" type="xs:dateTime"/>
          <xs:element name="transmode_code" type="code"/>
          <xs:element name="amount_local" type="money"/>
          <xs:element name="t_from">
            <xs:complexType><xs:sequence>
              <xs:element name="from_funds_code" type="code"/>
              <xs:element name="from_account" type="account"/>
              <xs:element name="from_country" type="code"/>
            </xs:sequence></xs:complexType>
          </xs:element>
          <xs:element name="t_to">
            <xs:complexType><xs:sequence>
              <xs:element name="to_funds_code" type="code"/>
              <xs:element name="to_account" type="account"/>
              <xs:element name="to_country" type="code"/>
            </xs:sequence></xs:complexType>
          </xs:element>
          <xs:element name="comments" type="xs:string" minOccurs="0"/>
        </xs:sequence></xs:complexType>
      </xs:element>
      <xs:element name="report_indicators">
        <xs:complexType><xs:sequence>
          <xs:element name="indicator" type="code" maxOccurs="unbounded"/>
        </xs:sequence></xs:complexType>
      </xs:element>
    </xs:sequence></xs:complexType>
  </xs:element>
</xs:schema>
"""
