"""What a client writes, and what NAV makes of it."""

from typing import Any

import pytest

from sandbox.nav.tables import TABLES


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("CustomerCard", {"Nme": "x"}, 400, "BadRequest"),
        ("CustomerCard", {"Name": 5}, 400, "BadRequest"),
        ("CustomerCard", {"Name": None}, 400, "BadRequest"),
        ("CustomerCard", {"Name": "x" * 51}, 400, "Application_StringExceededLength"),
        ("CustomerCard", {"Salesperson_Code": "NOPE"}, 400, "Internal_InvalidTableRelation"),
        ("CustomerCard", {"Country_Region_Code": "XX"}, 400, "Internal_InvalidTableRelation"),
        ("CustomerCard", {"Phone_No": "call me"}, 400, "Application_FieldValidationException"),
        ("CustomerCard", {"E_Mail": "no address"}, 400, "Application_DialogException"),
        ("CustomerCard", {"Blocked": "Sometimes"}, 400, "Unknown"),
        ("CustomerCard", {"Balance_LCY": 1}, 400, "BadRequest_InvalidOperation"),
        ("CustomerCard", {"No": "10000"}, 409, "Internal_EntityWithSameKeyExists"),
        ("CustomerList", {"Name": "x"}, 405, "BadRequest_MethodNotAllowed"),
        ("PostedSalesInvoice", {}, 405, "BadRequest_MethodNotAllowed"),
        ("SalespersonCard", {"Name": "x"}, 400, "Application_FieldValidationException"),
        ("SalespersonCard", {"Code": "ELEVENCHARS"}, 400, "Application_StringExceededLength"),
        ("ItemCard", {"Unit_Price": -1}, 400, "Application_FieldValidationException"),
        ("ItemCard", {"Unit_Price": "1"}, 400, "BadRequest"),
        ("ItemCard", {"Sales_Unit_of_Measure": "BOX"}, 400, "Internal_InvalidTableRelation"),
        ("SalesOrder", {"SalesOrderSalesLines": []}, 501, "BadRequest_MethodNotImplemented"),
        (
            "SalesPrices",
            {"Item_No": "1896-S", "Sales_Type": "Customer Price Group", "Sales_Code": "NONE"},
            400,
            "Internal_InvalidTableRelation",
        ),
        (
            "SalesPrices",
            {"Item_No": "1896-S", "Sales_Type": "All Customers", "Unit_of_Measure_Code": "CAN"},
            400,
            "Internal_InvalidTableRelation",
        ),
        (
            "SalesPrices",
            {"Item_No": "1896-S", "Sales_Type": "All Customers", "Sales_Code": "10000"},
            400,
            "Application_FieldValidationException",
        ),
        ("ItemUnitsOfMeasure", {"Item_No": "1896-S", "Code": "SET", "Qty_per_Unit_of_Measure": 0}, 400, None),
    ],
)
def test_a_refused_insert_stores_nothing(erp: Any, path: str, body: Any, status: int, code: str | None) -> None:
    before = {name: erp.app.table_page(name, 0, 0).count for name in TABLES}
    answer = erp("POST", path, body)
    assert answer.status == status and (code is None or answer.code == code)
    assert {name: erp.app.table_page(name, 0, 0).count for name in TABLES} == before


def test_etags_guard_changes(erp: Any) -> None:
    path = "CustomerCard('10000')"
    seen = erp.get(path)
    assert seen.json["@odata.etag"] == seen.headers["etag"]
    assert erp("PATCH", path, {"Name": "A"}).code == "BadRequest_InvalidToken"
    assert erp.patch(path, {"Name": "A"}, "nonsense").code == "BadRequest_InvalidToken"
    changed = erp.patch(path, {"Name": "A"}, seen.headers["etag"])
    assert changed.status == 200 and changed.headers["etag"] != seen.headers["etag"]
    stale = erp.patch(path, {"Name": "B"}, seen.headers["etag"])
    assert (stale.status, stale.code) == (409, "Request_EntityChanged")
    assert erp("DELETE", "CustomerPriceGroups('VIP')", if_match=seen.headers["etag"]).status == 409
    assert erp("DELETE", "CustomerPriceGroups('VIP')").status == 204


def test_a_change_to_the_same_values_is_none(erp: Any) -> None:
    seen = erp.get("CustomerCard('10000')")
    answer = erp.patch("CustomerCard('10000')", {"Name": seen.json["Name"]}, seen.headers["etag"])
    assert answer.status == 200 and answer.headers["etag"] == seen.headers["etag"]


def test_insert_takes_a_number_from_the_series_and_says_where(erp: Any) -> None:
    answer = erp("POST", "CustomerCard", {"Name": "Neu & Söhne", "Post_Code": "gb-cv6 1gy", "Blocked": ""})
    assert answer.status == 201
    row = answer.json
    assert row["No"].startswith("C0") and answer.headers["location"].endswith(f"/CustomerCard('{row['No']}')")
    assert (row["Search_Name"], row["City"], row["Country_Region_Code"]) == ("NEU & SÖHNE", "Coventry", "GB")
    assert row["Last_Date_Modified"] == erp.app.clock.now().date().isoformat()
    quiet = erp("POST", "CustomerCard", {"Name": "Quiet"}, prefer="return-no-content")
    assert quiet.status == 204 and quiet.body == b""


def test_a_number_is_never_given_twice(erp: Any) -> None:
    first = erp("POST", "CustomerCard", {"Name": "One"}).json["No"]
    assert erp("DELETE", f"CustomerCard('{first}')").status == 204
    assert erp("POST", "CustomerCard", {"Name": "Two"}).json["No"] != first


def test_a_new_customer_gets_a_company_contact(erp: Any) -> None:
    no = erp("POST", "CustomerCard", {"Name": "Neu", "Salesperson_Code": "JO"}).json["No"]
    relation = erp.get(f"ContactBusinessRelations?$filter=No eq '{no}'").rows
    contact = erp.get(f"ContactCard('{relation[0]['Contact_No']}')").json
    assert (contact["Name"], contact["Type"], contact["Salesperson_Code"]) == ("Neu", "Company", "JO")


def test_customer_and_company_contact_echo_each_other(erp: Any) -> None:
    erp.patch("CustomerCard('10000')", {"Name": "Renamed PLC", "Address": "1 New Street"})
    contact = erp.get("ConnectorContact('CT000001')").json
    assert (contact["Name"], contact["Search_Name"], contact["Address"]) == (
        "Renamed PLC",
        "RENAMED PLC",
        "1 New Street",
    )
    person = erp.get("ConnectorContact('CT000101')").json
    assert (person["Company_Name"], person["Address"]) == ("Renamed PLC", "1 New Street")
    erp.patch("ContactCard('CT000001')", {"Phone_No": "+44 1"})
    assert erp.get("CustomerCard('10000')").json["Phone_No"] == "+44 1"


def test_person_name_and_its_parts(erp: Any) -> None:
    path = "ConnectorContact('CT000101')"
    erp.patch(path, {"First_Name": "Anna", "Middle_Name": "B.", "Surname": "Çelik"})
    row = erp.get(path).json
    assert (row["Name"], row["Search_Name"]) == ("Anna B. Çelik", "ANNA B. ÇELIK")
    erp.patch(path, {"Name": "Jean Paul van Damme"})
    row = erp.get(path).json
    assert (row["First_Name"], row["Middle_Name"], row["Surname"]) == ("Jean", "Paul van", "Damme")
    assert erp.patch("ConnectorContact('CT000001')", {"First_Name": "A"}).code == "Application_FieldValidationException"


def test_a_person_inherits_from_its_company(erp: Any) -> None:
    body = {"Type": "Person", "First_Name": "Nina", "Surname": "Neu", "Company_No": "CT000002"}
    row = erp("POST", "ConnectorContact", body).json
    assert (row["Company_Name"], row["City"], row["Name"]) == ("Selangorian Ltd.", "Coventry", "Nina Neu")


def test_primary_contact_of_another_company_is_refused(erp: Any) -> None:
    answer = erp.patch("CustomerCard('10000')", {"Primary_Contact_No": "CT000102"})
    assert (answer.status, answer.code) == (400, "Application_DialogException")
    erp.patch("CustomerCard('10000')", {"Primary_Contact_No": "CT100140"})
    assert erp.get("CustomerCard('10000')").json["ContactName"] == "David Hodgson"


def test_codes_are_upper_cased_and_a_city_brings_its_post_code(erp: Any) -> None:
    row = erp.patch("CustomerCard('10000')", {"Currency_Code": "eur", "City": "Leuven"}).json
    assert (row["Currency_Code"], row["Post_Code"], row["Country_Region_Code"]) == ("EUR", "BE-3000", "BE")


def test_the_key_cannot_be_changed(erp: Any) -> None:
    assert erp.patch("CustomerCard('10000')", {"No": "10000", "Fax_No": "1"}).status == 200
    assert erp.patch("CustomerCard('10000')", {"No": "10009"}).code == "BadRequest_InvalidOperation"


def test_an_item_creates_its_base_unit(erp: Any) -> None:
    no = erp("POST", "ItemCard", {"Description": "Thing", "Base_Unit_of_Measure": "PCS"}).json["No"]
    assert erp.get(f"ItemUnitsOfMeasure(Item_No='{no}',Code='PCS')").json["Qty_per_Unit_of_Measure"] == 1
    assert erp("DELETE", f"ItemUnitsOfMeasure(Item_No='{no}',Code='PCS')").code == "Application_DialogException"
    assert erp("DELETE", f"ItemCard('{no}')").status == 204
    assert erp.get(f"ItemUnitsOfMeasure(Item_No='{no}',Code='PCS')").status == 404


def test_what_is_in_use_cannot_be_deleted(erp: Any) -> None:
    for path in ("CustomerCard('10000')", "ItemCard('1968-S')", "ContactCard('CT100140')"):
        assert erp("DELETE", path).code == "Application_DialogException"


def test_an_order_is_filled_from_customer_and_item(erp: Any) -> None:
    order = erp("POST", "SalesOrder", {"Sell_to_Customer_No": "01445544"}).json
    assert (order["Currency_Code"], order["Sell_to_City"], order["Status"]) == ("USD", "Chicago", "Open")
    path = f"SalesOrder(Document_Type='Order',No='{order['No']}')/SalesOrderSalesLines"
    line = erp("POST", path, {"Type": "Item", "No": "1896-S", "Quantity": 2}).json
    assert (line["Line_No"], line["Description"], line["Unit_of_Measure_Code"]) == (10000, "ATHENS Desk", "PCS")
    # the sales price of the customer's group, 779.28 with 25 % VAT, in dollars
    assert line["Unit_Price"] == 960.852 and line["Line_Amount"] == 1921.7
    blocked = erp("POST", "SalesOrder", {"Sell_to_Customer_No": "33002984"})
    assert blocked.code == "Application_DialogException"


def test_rename_takes_references_along_and_keeps_the_integration_id(erp: Any) -> None:
    records = "ConnectorIntegrationRecord?$filter=Record_ID eq 'Customer: {}'"
    before = erp.get(records.format("10000")).rows[0]
    assert erp.control("rename", {"table": "Customer", "from": "10000", "to": "10001"}).status == 200
    assert erp.get("CustomerCard('10000')").status == 404
    assert erp.get("SalesOrder('101001')").json["Sell_to_Customer_No"] == "10001"
    assert len(erp.get("SalesPrices?$filter=Sales_Code eq '10001'").rows) == 1
    assert erp.get("ContactBusinessRelations?$filter=No eq '10001'").rows[0]["Contact_No"] == "CT000001"
    after = erp.get(records.format("10001")).rows[0]
    assert after["Integration_ID"] == before["Integration_ID"] and after["Modified_On"] > before["Modified_On"]


def test_rename_of_a_unit_moves_the_keys_it_is_part_of(erp: Any) -> None:
    erp.control("rename", {"table": "UnitOfMeasure", "from": "PCS", "to": "STK"})
    assert erp.get("ItemCard('1896-S')").json["Base_Unit_of_Measure"] == "STK"
    assert erp.get("ItemUnitsOfMeasure(Item_No='1896-S',Code='STK')").status == 200
    assert erp.get("ItemUnitsOfMeasure/$count?$filter=Code eq 'PCS'").body == b"\xef\xbb\xbf0"
    assert erp.get("SalesPrices/$count?$filter=Unit_of_Measure_Code eq 'PCS'").body == b"\xef\xbb\xbf0"


def test_rename_of_a_company_contact(erp: Any) -> None:
    erp.control("rename", {"table": "Contact", "from": "CT000001", "to": "CT900001"})
    assert erp.get("ContactCard('CT900001')").json["Company_No"] == "CT900001"
    assert erp.get("ContactCard('CT000101')").json["Company_No"] == "CT900001"
    assert erp.get("ContactBusinessRelations?$filter=No eq '10000'").rows[0]["Contact_No"] == "CT900001"


def test_integration_records_follow_changes(erp: Any) -> None:
    since = erp.app.clock.stamp()
    changes = f"ConnectorIntegrationRecord?$filter=Modified_On ge {since}&$select=Record_ID,Deleted_On"
    assert erp.get(changes).rows == []
    erp("DELETE", "ShipmentMethods('CFR')")
    erp.patch(
        "CurrencyExchangeRates(Currency_Code='EUR',Starting_Date=2016-01-01)", {"Relational_Exch_Rate_Amount": 0.7}
    )
    found = {row["Record_ID"]: row["Deleted_On"] for row in erp.get(changes).rows}
    assert found.keys() == {"Shipment Method: CFR", "Currency: EUR"}
    assert found["Shipment Method: CFR"][:4] > "0001" and found["Currency: EUR"].startswith("0001")


def test_clock_moves_the_stamps(erp: Any) -> None:
    erp.app.clock.offset_seconds = 86400 * 40
    row = erp.patch("ConnectorCustomer('10000')", {"Fax_No": "1"}).json
    assert row["Last_Date_Modified"] == erp.app.clock.now().date().isoformat()
    assert row["Last_Modified_Date_Time"][:10] == row["Last_Date_Modified"]


def test_reset_goes_back_to_the_start(erp: Any) -> None:
    etag = erp.get("CustomerCard('10000')").headers["etag"]
    erp.patch("CustomerCard('10000')", {"Name": "Other"})
    erp.app.reset_data()
    assert erp.get("CustomerCard('10000')").headers["etag"] == etag


def test_fault_rules_reject_and_rewrite_rows(erp: Any) -> None:
    erp.app.faults.load(
        [{"id": "1", "do": {"reject_row": "Name=Bad"}}, {"id": "2", "do": {"rewrite": {"Name": "UPPER"}}}]
    )
    assert erp.patch("CustomerCard('10000')", {"Name": "Bad"}).code == "Application_DialogException"
    assert erp.patch("CustomerCard('10000')", {"Name": "Good"}).json["Name"] == "GOOD"


def test_control_table_shows_complete_rows(erp: Any) -> None:
    page = erp.app.table_page("Customer", 1, 2)
    assert page.count == 32 and len(page.rows) == 2 and "Last_Modified_Date_Time" in page.rows[0]
    assert erp.app.table_page("Nothing", 0, 1) is None
