"""Customers and contacts: names and their parts, post codes, and the echoes between a customer and its company contact."""

from __future__ import annotations

from typing import Final

from sandbox.nav.errors import NavError
from sandbox.nav.schema import EMPTY_DATE
from sandbox.nav.store import Row
from sandbox.nav.tables import TABLES
from sandbox.nav.writer import FieldTrigger, TableTrigger, Writer

NAME_LENGTH: Final = 30
# What a customer and its company contact copy to each other (codeunit 5056, CustCont-Update).
ECHOED: Final = (
    "Name Search_Name Address Address_2 City Post_Code County Country_Region_Code Phone_No Fax_No E_Mail Home_Page "
    "Currency_Code Language_Code Salesperson_Code VAT_Registration_No"
).split()
ADDRESS: Final = "Address Address_2 City Post_Code County Country_Region_Code".split()
# What a person takes over from its company, as Marketing Setup of CRONUS says.
INHERITED: Final = (*ADDRESS, "Salesperson_Code", "Currency_Code", "Language_Code", "Phone_No", "Fax_No")


def _search_name(_writer: Writer, row: Row, before: Row) -> None:
    if row.get("Search_Name", "") in ("", before.get("Name", "").upper()):
        row["Search_Name"] = row["Name"].upper()


def _post_code(writer: Writer, row: Row, _before: Row) -> None:
    """A post code of the table brings its city, county and country."""
    found = writer.store.tables["PostCode"].where(Code=row["Post_Code"]) if row["Post_Code"] else []
    if found:
        _take_place(row, min(found, key=lambda place: str(place["City"])))


def _city(writer: Writer, row: Row, _before: Row) -> None:
    """A city with one post code brings it, unless the row has a post code the table does not give to another city.

    With several post codes NAV would ask, which a web service cannot.
    """
    places, city = writer.store.tables["PostCode"], row["City"]
    found = places.where(City=city) if city else []
    code = row.get("Post_Code", "")
    if len(found) == 1 and (not code or any(place["City"] != city for place in places.where(Code=code))):
        _take_place(row, found[0])


def _take_place(row: Row, place: Row) -> None:
    row["Post_Code"], row["City"] = place["Code"], place["City"]
    for name in ("County", "Country_Region_Code"):
        if place.get(name):
            row[name] = place[name]


def _primary_contact(writer: Writer, row: Row, _before: Row) -> None:
    """The primary contact belongs to the customer's company and gives the customer its contact name."""
    no = row["Primary_Contact_No"]
    row["ContactName"] = ""
    if not no:
        return
    contact = writer.store.tables["Contact"].get((no,)) or {}
    relations = writer.store.tables["ContactBusinessRelation"].where(Link_to_Table="Customer", No=row.get("No", ""))
    if contact.get("Company_No", "") not in {relation["Contact_No"] for relation in relations}:
        text = f"Contact {no} {contact.get('Name', '')} is related to a different company than customer {row.get('No', '')}."
        raise NavError("Application_DialogException", text)
    if contact.get("Type") == "Person":
        row["ContactName"] = contact.get("Name", "")


def _contact_name(writer: Writer, row: Row, before: Row) -> None:
    _search_name(writer, row, before)
    if row.get("Type", "Company") == "Company":
        row["Company_Name"] = row["Name"]
        return
    *parts, last = row["Name"].split() or [""]
    row["First_Name"] = parts[0][:NAME_LENGTH] if parts else ""
    row["Middle_Name"] = " ".join(parts[1:])[:NAME_LENGTH]
    row["Surname"] = last[:NAME_LENGTH]


def _name_part(writer: Writer, row: Row, before: Row) -> None:
    """A person's name is built from its parts."""
    if row.get("Type", "Company") != "Person":
        raise NavError(
            "Application_FieldValidationException",
            f"Type must be equal to 'Person' in Contact: No.={row.get('No', '')}.",
        )
    name = " ".join(filter(None, (row.get(part, "") for part in ("First_Name", "Middle_Name", "Surname"))))
    limit = TABLES["Contact"].fields["Name"].max_length(writer.flavour)
    if len(name) > limit:
        raise NavError(
            "Application_StringExceededLength",
            f"The length of the string is {len(name)}, but it must be less than or equal to {limit} characters. Value: {name}",
        )
    row["Name"] = name
    _search_name(writer, row, before)


def _contact_type(_writer: Writer, row: Row, before: Row) -> None:
    if row["Type"] == before.get("Type", "Company") and "Type" in before:
        return
    if row["Type"] == "Company":
        row |= {"First_Name": "", "Middle_Name": "", "Surname": "", "Company_No": row.get("No", "")}
        row["Company_Name"] = row.get("Name", "")
    elif row.get("Company_No", "") == row.get("No", ""):
        row |= {"Company_No": "", "Company_Name": ""}


def _company_no(writer: Writer, row: Row, _before: Row) -> None:
    """A person joins a company: it takes over what it has no value of its own for."""
    company = writer.store.tables["Contact"].get((row["Company_No"],)) or {}
    if row["Company_No"] and company.get("Type", "Company") != "Company":
        raise writer.unrelated(TABLES["Contact"], "Company_No", row["Company_No"], "Contact")
    row["Company_Name"] = company.get("Name", "")
    if row.get("Type", "Company") != "Person":
        return
    if not any(row.get(name) for name in ADDRESS):
        row |= {name: company[name] for name in ADDRESS if company.get(name)}
    for name in INHERITED:
        if name not in ADDRESS and not row.get(name) and company.get(name):
            row[name] = company[name]


def _new_contact(writer: Writer, row: Row, _old: Row) -> None:
    if row.get("Type", "Company") == "Company":
        row |= {"Company_No": row["No"], "Company_Name": row.get("Name", "")}
    elif row.get("Company_No"):
        _company_no(writer, row, {})


def _create_company_contact(writer: Writer, row: Row, _old: Row) -> None:
    """A new customer gets a company contact and the relation between the two."""
    values = [("Type", "Company"), *((name, row[name]) for name in ECHOED if row.get(name))]
    contact = writer.insert("Contact", values)
    writer.insert(
        "ContactBusinessRelation",
        [
            ("Contact_No", contact["No"]),
            ("Business_Relation_Code", "CUST"),
            ("Link_to_Table", "Customer"),
            ("No", row["No"]),
        ],
    )


def _customer_to_contact(writer: Writer, row: Row, old: Row) -> None:
    changed = _changes("Customer", row, old)
    if not changed:
        return
    for relation in writer.store.tables["ContactBusinessRelation"].where(Link_to_Table="Customer", No=row["No"]):
        contact = writer.store.tables["Contact"].get((relation["Contact_No"],))
        if contact is not None:
            more = {"Company_Name": changed["Name"]} if "Name" in changed else {}
            new = writer.change("Contact", contact, **changed, **more)
            _company_to_persons(writer, new, contact)


def _contact_changed(writer: Writer, row: Row, old: Row) -> None:
    """A company contact passes its changes on to its customer and to its people."""
    if row.get("Type", "Company") == "Person":
        return
    changed = _changes("Contact", row, old)
    relations = writer.store.tables["ContactBusinessRelation"].where(Contact_No=row["No"], Link_to_Table="Customer")
    for relation in relations if changed else []:
        customer = writer.store.tables["Customer"].get((relation["No"],))
        if customer is not None:
            writer.change("Customer", customer, **changed)
    _company_to_persons(writer, row, old)


def _company_to_persons(writer: Writer, row: Row, old: Row) -> None:
    """Persons that had the company's name and address keep having them."""
    blanks = TABLES["Contact"].blanks
    was = [old.get(name, blanks[name]) for name in ADDRESS]
    address = {name: row.get(name, blanks[name]) for name in ADDRESS}
    for person in writer.store.tables["Contact"].where(Company_No=row["No"], Type="Person"):
        same = [person.get(name, blanks[name]) for name in ADDRESS] == was
        writer.change("Contact", person, Company_Name=row.get("Name", ""), **(address if same else {}))


def _changes(table: str, row: Row, old: Row) -> Row:
    blanks = TABLES[table].blanks
    pairs = ((name, row.get(name, blanks[name]), old.get(name, blanks[name])) for name in ECHOED)
    return {name: value for name, value, before in pairs if value != before}


def _delete_customer(writer: Writer, row: Row, _old: Row) -> None:
    if writer.store.tables["SalesHeader"].where(Sell_to_Customer_No=row["No"]):
        raise NavError(
            "Application_DialogException",
            f"You cannot delete Customer {row['No']} because there is at least one outstanding Sales Order for this customer.",
        )
    for relation in writer.store.tables["ContactBusinessRelation"].where(Link_to_Table="Customer", No=row["No"]):
        writer.drop("ContactBusinessRelation", relation)
    for price in writer.store.tables["SalesPrice"].where(Sales_Type="Customer", Sales_Code=row["No"]):
        writer.drop("SalesPrice", price)


def _delete_contact(writer: Writer, row: Row, _old: Row) -> None:
    for opportunity in writer.store.tables["Opportunity"].where(Contact_No=row["No"]):
        if opportunity.get("Date_Closed", EMPTY_DATE) == EMPTY_DATE:
            raise NavError(
                "Application_DialogException",
                f"You cannot delete the Contact record of {row['No']} because there are one or more opportunities open.",
            )
    for relation in writer.store.tables["ContactBusinessRelation"].where(Contact_No=row["No"]):
        writer.drop("ContactBusinessRelation", relation)
    for person in writer.store.tables["Contact"].where(Company_No=row["No"], Type="Person"):
        if person["No"] != row["No"]:
            writer.change("Contact", person, Company_No="", Company_Name="")


FIELD_TRIGGERS: Final[dict[tuple[str, str], FieldTrigger]] = {
    ("Customer", "Name"): _search_name,
    ("Customer", "Post_Code"): _post_code,
    ("Customer", "City"): _city,
    ("Customer", "Primary_Contact_No"): _primary_contact,
    ("Contact", "Name"): _contact_name,
    ("Contact", "First_Name"): _name_part,
    ("Contact", "Middle_Name"): _name_part,
    ("Contact", "Surname"): _name_part,
    ("Contact", "Type"): _contact_type,
    ("Contact", "Company_No"): _company_no,
    ("Contact", "Post_Code"): _post_code,
    ("Contact", "City"): _city,
}
BEFORE_INSERT: Final[dict[str, TableTrigger]] = {"Contact": _new_contact}
AFTER_INSERT: Final[dict[str, TableTrigger]] = {"Customer": _create_company_contact}
AFTER_MODIFY: Final[dict[str, TableTrigger]] = {"Customer": _customer_to_contact, "Contact": _contact_changed}
BEFORE_DELETE: Final[dict[str, TableTrigger]] = {"Customer": _delete_customer, "Contact": _delete_contact}
