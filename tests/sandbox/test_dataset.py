"""The data sets: coherent, within every length, deterministic, and trouble only where it is declared."""

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import pytest

from sandbox.dataset import TROUBLE, Company, build, crm_users
from sandbox.nav.references import references_to
from sandbox.nav.tables import TABLES

SCALED = {"customers": 300, "contacts": 700, "items": 200, "prices": 900, "orders": 40}
CRM_LENGTHS = {
    "Customer": {
        "Name": 160,
        "Address": 250,
        "Address_2": 250,
        "City": 80,
        "Post_Code": 20,
        "County": 50,
        "Country_Region_Code": 80,
        "Phone_No": 50,
        "Fax_No": 50,
        "E_Mail": 100,
        "Home_Page": 200,
    },
    "Contact": {"First_Name": 50, "Middle_Name": 50, "Surname": 50, "Phone_No": 50, "Mobile_Phone_No": 50, "Pager": 50},
    "Currency": {"Code": 5, "Description": 100, "Symbol": 10},
    "Item": {"No": 100, "Description": 100, "Vendor_No": 100, "Vendor_Item_No": 100},
    "Resource": {"No": 100, "Name": 100},
    "UnitOfMeasure": {"Code": 100},
    "CustomerPriceGroup": {"Code": 100},
}


def key(table: str, row: dict[str, Any]) -> tuple[Any, ...]:
    return TABLES[table].key_of(row)


@pytest.fixture(scope="module", params=[{}, SCALED], ids=["cronus", "scaled"])
def clean(request: pytest.FixtureRequest) -> Company:
    return build("cronus", 7, None, **request.param)


@pytest.mark.parametrize("dataset", ["cronus", "trouble"])
@pytest.mark.parametrize("counts", [{}, SCALED], ids=["small", "scaled"])
def test_rows_fit_their_tables(dataset: str, counts: dict[str, int]) -> None:
    company = build(dataset, 3, None, **counts)
    for table, rows in company.tables.items():
        fields = TABLES[table].fields
        assert len({key(table, row) for row in rows}) == len(rows), table
        for row in rows:
            for name, value in row.items():
                assert not fields[name].is_text or len(value) <= fields[name].length, (table, name, value)
                assert fields[name].kind != "option" or value in fields[name].options, (table, name, value)


def test_numbers_wished_for_are_met() -> None:
    company = build("cronus", 1, None, **SCALED)
    persons = [row for row in company["Contact"] if row["Type"] == "Person"]
    sizes = [len(company[name]) for name in ("Customer", "Item", "SalesPrice", "SalesHeader")]
    assert [*sizes, len(persons)] == [300, 200, 900, 40, 700]
    assert len({row["Name"] for row in company["Customer"]}) == 300
    assert len({row["E_Mail"] for row in persons}) == 700


def test_same_seed_same_data() -> None:
    one, same, other = (build("cronus", seed, None, **SCALED).tables for seed in (5, 5, 6))
    assert one == same and one != other


def test_dates_move_with_today() -> None:
    company = build("cronus", 1, date(2025, 6, 1))
    assert company.find("SalesHeader", No="101016")["Posting_Date"] == "2025-06-01"
    assert company["CurrencyExchangeRate"][0]["Starting_Date"] == "2024-01-01"


def test_every_reference_leads_somewhere(clean: Company) -> None:
    for target in TABLES:
        if target not in clean.tables:
            continue
        known = {key(target, row)[0] for row in clean[target]} | {""}
        for reference in references_to(target):
            for row in clean.tables.get(reference.table, []):
                if all(row.get(name) == value for name, value in reference.when.items()):
                    assert row.get(reference.column, "") in known, (reference, row)


def test_price_lists_are_what_a_crm_can_hold(clean: Company) -> None:
    currencies: dict[str, set[str]] = defaultdict(set)
    base = {row["No"]: row["Base_Unit_of_Measure"] for row in clean["Item"]}
    seen: Counter[tuple[str, str, str]] = Counter()
    for row in clean["SalesPrice"]:
        if row["Sales_Type"] == "Customer Price Group":
            currencies[row["Sales_Code"]].add(row["Currency_Code"])
            unit = row["Unit_of_Measure_Code"] or base[row["Item_No"]]
            assert unit == base[row["Item_No"]] and row["Unit_Price"] >= 0
            seen[row["Sales_Code"], row["Item_No"], unit] += 1
    assert all(len(found) == 1 for found in currencies.values())
    assert max(seen.values()) == 1


def test_items_have_their_base_unit_row(clean: Company) -> None:
    units = {(row["Item_No"], row["Code"]): row["Qty_per_Unit_of_Measure"] for row in clean["ItemUnitOfMeasure"]}
    assert all(units[row["No"], row["Base_Unit_of_Measure"]] == 1 for row in clean["Item"])


def test_currencies_have_rates_and_persons_have_accounts(clean: Company) -> None:
    rated = {row["Currency_Code"] for row in clean["CurrencyExchangeRate"]}
    assert rated == {row["Code"] for row in clean["Currency"]}
    related = {row["Contact_No"] for row in clean["ContactBusinessRelation"]}
    persons = [row for row in clean["Contact"] if row["Type"] == "Person"]
    assert all(row["Company_No"] in related or not row["Company_No"] for row in persons)
    names = Counter((row["Name"], row["Company_No"]) for row in persons)
    assert max(names.values()) == 1


def test_salespeople_in_use_have_a_crm_user(clean: Company) -> None:
    users = {user["internalemailaddress"].lower() for user in crm_users("cronus", 7)}
    mail = {row["Code"]: row["E_Mail"].lower() for row in clean["Salesperson"]}
    for table in ("Customer", "Contact", "SalesHeader", "Opportunity"):
        assert all(mail[row["Salesperson_Code"]] in users for row in clean[table] if row.get("Salesperson_Code"))


def test_texts_fit_the_crm(clean: Company) -> None:
    for table, lengths in CRM_LENGTHS.items():
        for row in clean[table]:
            assert all(len(row.get(name, "")) <= length for name, length in lengths.items()), row


def test_trouble_is_cronus_and_more() -> None:
    company, clean = build("trouble", 1), build("cronus", 1)
    for table, rows in clean.tables.items():
        keys = {key(table, row) for row in company[table]}
        assert {key(table, row) for row in rows} <= keys


@pytest.mark.parametrize("case", TROUBLE, ids=lambda case: f"{case.table}-{case.what}")
def test_trouble_is_there(case: Any) -> None:
    company, clean = build("trouble", 1), build("cronus", 1)
    for wanted in (case.key, *case.rivals):
        assert wanted in {key(case.table, row) for row in company[case.table]}
        assert wanted not in {key(case.table, row) for row in clean[case.table]}
