"""Contacts: persons of a company that is a customer.

A person belongs to a customer through its company contact: person.Company_No → Contact Business Relation → customer. The
parts of the name are real fields where the page serves them, else they are split from `Name` and built back into it.
"""

from collections.abc import Iterable
from typing import Any

from sync.engine.errors import RecordProblem
from sync.engine.model import Need, Related, Row
from sync.engine.rules.base import Rule
from sync.engine.rules.names import NameParts, split_like, split_name
from sync.engine.rules.reading import code_of, text_of

RELATIONS = "ContactBusinessRelation"
CUSTOMER = "@Customer_No"
PARTS = ("@First_Name", "@Middle_Name", "@Surname")
ACCOUNT_IS_CUSTOMER = 3


class ContactRule(Rule):
    """The customer of a contact and the parts of a person's name."""

    erp_tables = (RELATIONS,)
    crm_tables = ("account",)
    only_for_new = ("account",)

    def needs_of_erp(self, row: Row) -> Iterable[Need]:
        """Ask for the business relations of the person's company."""
        company = code_of(row, "Company_No")
        return [Need("erp", RELATIONS, "number", company)] if company else []

    def needs_of_crm(self, row: Row) -> Iterable[Need]:
        """Ask for the account that the contact belongs to."""
        parent = row.values.get("parentcustomerid")
        return [Need("crm", "account", "key", str(parent))] if parent else []

    def erp_outside(self, row: Row, related: Related) -> str | None:
        """Leave out persons whose company is not a customer."""
        if customer_no(row, related):
            return None
        company = text_of(row, "Company_Name") or code_of(row, "Company_No")
        return (
            f"{company} is not a customer in NAV, and only persons of customers are synchronized. "
            "Create it as customer from its contact card; the person then follows."
        )

    def crm_outside(self, row: Row, related: Related) -> str | None:
        """Leave out contacts whose company is a person, or an account that is not a customer."""
        account = related.by_key("crm", "account", str(row.values.get("parentcustomerid") or ""))
        if account is None:
            return "The contact's company in Sales is not an account, and only contacts of accounts are synchronized."
        if account.values.get("customertypecode", ACCOUNT_IS_CUSTOMER) != ACCOUNT_IS_CUSTOMER:
            return f"{account.name} is not of the relationship type Customer in Sales, so its contacts are not synchronized."
        return None

    def derive(self, row: Row, related: Related) -> dict[str, Any]:
        """Compute the customer and the parts of the name."""
        served = NameParts(*(text_of(row, part[1:]) for part in PARTS))
        return {
            CUSTOMER: customer_no(row, related),
            **_fields(served if served.whole else split_name(text_of(row, "Name"))),
        }

    def refined(self, values: dict[str, Any], agreed: dict[str, Any], partner: Row, related: Related) -> dict[str, Any]:
        """Take the name apart as it was agreed, or as the partner has it, where NAV serves only the whole name."""
        if "Surname" in values or not values.get("Name"):
            return values
        before = NameParts(*(str(agreed.get(part) or "") for part in PARTS))
        if not before.whole:
            before = NameParts(*(str(partner.values.get(column) or "").strip() for column in _CRM_PARTS))
            if " ".join(str(values["Name"]).split()) != before.whole:
                return values
        return {**values, **_fields(split_like(str(values["Name"]), before))}

    def needs_to_restore(self, values: dict[str, Any]) -> Iterable[Need]:
        """Ask for the company contact of the customer."""
        customer = values.get(CUSTOMER)
        return [Need("erp", RELATIONS, "name", str(customer))] if customer else []

    def match_values(self, values: dict[str, Any], related: Related) -> dict[str, Any]:
        """Look for a new contact by name and company."""
        found: dict[str, Any] = {"Name": _whole({part: values.get(part) for part in PARTS}, None)}
        company = _company_contact(str(values.get(CUSTOMER) or ""), related)
        return {**found, "Company_No": company} if company else found

    def restore(self, values: dict[str, Any], row: Row | None, related: Related) -> dict[str, Any]:
        """Write the customer as company number, and the parts of the name where the page takes them."""
        real = super().restore(values, row, related)
        if values.get(CUSTOMER):
            real["Company_No"] = company_no(str(values[CUSTOMER]), related)
        parts = {part: values[part] for part in PARTS if part in values}
        if parts and "Surname" in related.facts.erp_columns.get("Contact", frozenset()):
            real |= {part[1:]: value for part, value in parts.items()}
        elif parts:
            real["Name"] = _whole(parts, row)
        return real


_CRM_PARTS = ("firstname", "middlename", "lastname")


def customer_no(row: Row, related: Related) -> str | None:
    """Return the customer that a person's company is, the first in key order; None when it is none."""
    relations = related.by_number("erp", RELATIONS, code_of(row, "Company_No")) if code_of(row, "Company_No") else ()
    return next((code_of(relation, "No") for relation in relations if _is_customer(relation)), None)


def company_no(customer: str, related: Related) -> str:
    """Return the company contact of a customer. Raises RecordProblem when it has none."""
    company = _company_contact(customer, related)
    if company:
        return company
    raise RecordProblem(
        f"Customer {customer} has no company contact in NAV, so a person cannot be put under it. "
        "Create the contact from the customer card (Create Contacts from Customers); this record then follows by itself.",
        code="no_company_contact",
        cause=f"CUSTOMER:{customer}",
        waits=True,
        field="Company_No",
    )


def _company_contact(customer: str, related: Related) -> str:
    relations = related.by_name("erp", RELATIONS, customer) if customer else ()
    return next((code_of(relation, "Contact_No") for relation in relations if _is_customer(relation)), "")


def _is_customer(relation: Row) -> bool:
    if "Link_to_Table" in relation.values:
        return text_of(relation, "Link_to_Table") == "Customer" and bool(code_of(relation, "No"))
    return code_of(relation, "Business_Relation_Code") == "CUST" and bool(code_of(relation, "No"))


def _fields(parts: NameParts) -> dict[str, Any]:
    return {name: part or None for name, part in zip(PARTS, parts, strict=True)}


def _whole(parts: dict[str, Any], row: Row | None) -> str:
    before = dict.fromkeys(PARTS, "")
    if row is not None:
        split = _fields(split_name(text_of(row, "Name")))
        before = {part: row.values.get(part, split[part]) or "" for part in PARTS}
    return NameParts(*(str({**before, **parts}[part] or "") for part in PARTS)).whole
