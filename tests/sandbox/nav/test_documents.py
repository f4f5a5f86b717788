"""Sales documents: where prices and amounts come from, what release and posting do, who gets no document."""

from datetime import date
from typing import Any

import pytest

ORDER = "SalesOrder(Document_Type='Order',No='{}')"


def order_of(erp: Any, customer: str, *lines: dict[str, Any]) -> str:
    """A new order; its number."""
    made = erp("POST", "SalesOrder", {"Sell_to_Customer_No": customer})
    assert made.status == 201, made.body
    for line in lines:
        added = erp("POST", f"{ORDER.format(made.json['No'])}/SalesOrderSalesLines", line)
        assert added.status == 201, added.body
    return str(made.json["No"])


def item(no: str, quantity: float, **more: Any) -> dict[str, Any]:
    return {"Type": "Item", "No": no, "Quantity": quantity, **more}


def lines_of(erp: Any, no: str) -> list[dict[str, Any]]:
    return list(erp.get(f"{ORDER.format(no)}/SalesOrderSalesLines").rows)


def table(erp: Any, name: str) -> list[dict[str, Any]]:
    return list(erp.app.table_page(name, 0, 10000).rows)


@pytest.fixture
def erp(make_erp: Any) -> Any:
    """NAV 2017 whose demonstration year is now, so that its prices hold today."""
    return make_erp(today=date.today())


@pytest.mark.parametrize(
    ("customer", "line", "price"),
    [
        ("20000", item("1896-S", 1), 623.424),  # group RETAIL: 779.28 with 25 % VAT, and cheaper than the card
        ("20000", item("1920-S", 1), 420.4),  # no sales price: the item's own
        ("30000", item("1896-S", 9), 649.4),  # group LARGE from 10 pieces on
        ("30000", item("1896-S", 10), 599),
        ("44180220", item("1900-S", 1), 110),  # group WHOLESALE: a price by the piece, which holds for no set
        ("44180220", item("1900-S", 1, Unit_of_Measure_Code="SET"), 500.4),
        ("10000", item("1900-S", 1, Unit_of_Measure_Code="SET"), 500.4),  # four times the piece
        ("10000", item("1920-S", 1), 399),  # VIP
        ("32124578", item("1908-S", 1), 189),  # EXPORT in euros
        ("32124578", item("1928-S", 1), 54),  # all customers in euros, no start date
        ("10000", item("80100", 1), 1.14),  # sold by the pack of 0.2
        ("10000", item("1896-S", 1, Unit_Price=500.12345), 500.123),  # what is sent after the quantity stays, rounded
        ("10000", {"Type": "Item", "No": "1896-S", "Unit_Price": 500, "Quantity": 1}, 610),  # sent before it does not
        ("35451236", item("1896-S", 1, Unit_Price=1000.129), 1000.13),  # crowns have two decimals
    ],
)
def test_the_lowest_sales_price_that_holds(erp: Any, customer: str, line: dict[str, Any], price: float) -> None:
    # The unit is set before the quantity, as on the page.
    ordered = {name: line[name] for name in ("Type", "No", "Unit_of_Measure_Code") if name in line} | line

    assert lines_of(erp, order_of(erp, customer, ordered))[0]["Unit_Price"] == price


def test_amounts_of_a_line(erp: Any) -> None:
    no = order_of(erp, "10000", item("1928-S", 3, Unit_Price=35.6, Line_Discount_Percent=12.5))

    line = lines_of(erp, no)[0]
    assert (line["Line_Discount_Amount"], line["Line_Amount"], line["Amount_Including_VAT"]) == (13.35, 93.45, 116.81)
    path = f"SalesOrderSalesLines(Document_Type='Order',Document_No='{no}',Line_No=10000)"
    assert erp.patch(path, {"Line_Amount": 100}).json["Line_Discount_Percent"] == 6.36704
    assert erp.patch(path, {"Line_Discount_Amount": 10.68}).json["Line_Discount_Percent"] == 10
    row = next(row for row in erp.get("SalesOrderList").rows if row["No"] == no)
    assert (row["Amount"], row["Amount_Including_VAT"]) == (96.12, 120.15)


def test_prices_with_vat(erp: Any) -> None:
    no = order_of(erp, "20000", item("1920-S", 2))
    assert erp.patch(ORDER.format(no), {"Prices_Including_VAT": True}).status == 200

    line = lines_of(erp, no)[0]
    assert (line["Unit_Price"], line["Line_Amount"], line["Amount_Including_VAT"]) == (525.5, 1051, 1051)
    assert next(row for row in erp.get("SalesOrderList").rows if row["No"] == no)["Amount"] == 840.8


def test_the_due_date_follows_from_the_terms(erp: Any) -> None:
    no = order_of(erp, "10000")
    body = {"Payment_Terms_Code": "CM", "Document_Date": "2024-02-05"}
    assert erp.patch(ORDER.format(no), body).json["Due_Date"] == "2024-02-29"
    assert erp.patch(ORDER.format(no), {"Payment_Terms_Code": "14 DAYS"}).json["Due_Date"] == "2024-02-19"


@pytest.mark.parametrize(("kind", "refused"), [(" ", False), ("Ship", True), ("Invoice", True), ("All", True)])
def test_blocked_customers_get_no_order(erp: Any, kind: str, refused: bool) -> None:
    erp.patch("CustomerCard('40000')", {"Blocked": kind})
    answer = erp("POST", "SalesOrder", {"Sell_to_Customer_No": "40000"})
    assert answer.status == (400 if refused else 201)
    if refused:
        wanted = f"You cannot create this type of document when Customer 40000 is blocked with type {kind}"
        assert answer.json["error"] == {"code": "Application_DialogException", "message": wanted}


@pytest.mark.parametrize("blocked", ["01121212", "01454545"])
def test_both_the_buyer_and_who_pays_count(erp: Any, blocked: str) -> None:
    """01121212 is billed to 01454545."""
    assert erp("POST", "SalesOrder", {"Sell_to_Customer_No": "01121212"}).json["Bill_to_Customer_No"] == "01454545"
    erp.patch(f"CustomerCard('{blocked}')", {"Blocked": "All"})
    assert erp("POST", "SalesOrder", {"Sell_to_Customer_No": "01121212"}).code == "Application_DialogException"


def test_posting_groups_are_needed(erp: Any) -> None:
    no = erp("POST", "CustomerCard", {"Name": "New"}).json["No"]
    answer = erp("POST", "SalesOrder", {"Sell_to_Customer_No": no})
    assert answer.code == "Application_FieldValidationException" and "Gen Bus Posting Group" in answer.body.decode()
    new = erp("POST", "ItemCard", {"Description": "New", "Base_Unit_of_Measure": "PCS"}).json["No"]
    order = order_of(erp, "10000")
    refused = erp("POST", f"{ORDER.format(order)}/SalesOrderSalesLines", item(new, 1))
    assert refused.code == "Application_FieldValidationException"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (item("NOPE", 1), "Internal_InvalidTableRelation"),
        (item("1992-W", 1), "Application_FieldValidationException"),  # the blocked item
        (item("1896-S", 1, Unit_of_Measure_Code="CAN"), "Internal_InvalidTableRelation"),
        (item("1896-S", 1, Location_Code="MOON"), "Internal_InvalidTableRelation"),
        (item("1896-S", 1, Qty_to_Ship=2), "Application_DialogException"),
        ({"Type": "Fixed Asset", "No": "FA1"}, "BadRequest_MethodNotImplemented"),
    ],
)
def test_lines_that_are_refused_leave_nothing(erp: Any, line: dict[str, Any], code: str) -> None:
    no = order_of(erp, "10000")
    assert erp("POST", f"{ORDER.format(no)}/SalesOrderSalesLines", line).code == code
    assert lines_of(erp, no) == []


def test_a_released_order_is_closed_to_changes(erp: Any) -> None:
    no = order_of(erp, "10000", item("1896-S", 2))
    assert erp.control("release", {"no": no}).json["row"]["Status"] == "Released"
    line = f"SalesOrderSalesLines(Document_Type='Order',Document_No='{no}',Line_No=10000)"

    assert erp.get(ORDER.format(no)).json["Status"] == "Released"
    for refused in (
        erp.patch(line, {"Quantity": 3}),
        erp("DELETE", line),
        erp("POST", f"{ORDER.format(no)}/SalesOrderSalesLines", item("1900-S", 1)),
        erp.patch(ORDER.format(no), {"Currency_Code": "EUR"}),
        erp("DELETE", ORDER.format(no)),
    ):
        assert refused.code == "Application_FieldValidationException"
        assert "Status must be equal to 'Open'" in refused.json["error"]["message"]
    assert erp.patch(ORDER.format(no), {"External_Document_No": "SO-1"}).status == 200
    erp.control("reopen", {"no": no})
    assert erp.patch(line, {"Quantity": 3}).status == 200


def test_an_order_becomes_a_posted_and_paid_invoice(erp: Any) -> None:
    no = order_of(erp, "10000", item("1928-S", 10, Unit_Price=40), item("1900-S", 2, Unit_Price=100))
    stock = erp.get("ItemCard('1928-S')").json["Inventory"]
    balance = erp.get("CustomerCard('10000')").json["Balance_LCY"]

    erp.control("ship", {"no": no, "quantities": {"10000": 4}})
    line = lines_of(erp, no)[0]
    assert (line["Quantity_Shipped"], line["Qty_to_Ship"], line["Quantity_Invoiced"]) == (4, 6, 0)
    assert erp.get("ItemCard('1928-S')").json["Inventory"] == stock - 4
    first = erp.control("invoice", {"no": no}).json["row"]
    assert (first["Order_No"], first["Sell_to_Customer_No"]) == (no, "10000") and first["No"].startswith("103")
    posted = next(row for row in erp.get("PostedSalesInvoices").rows if row["No"] == first["No"])
    assert (posted["Amount"], posted["Amount_Including_VAT"], posted["Remaining_Amount"]) == (160, 200, 200)
    assert erp.get("CustomerCard('10000')").json["Balance_LCY"] == balance + 200

    erp.control("ship", {"no": no})
    second = erp.control("invoice", {"no": no}).json["row"]
    assert erp.get(ORDER.format(no)).status == 404  # invoiced whole, gone
    amounts = {row["No"]: row["Amount"] for row in erp.get("PostedSalesInvoices").rows}
    assert amounts[second["No"]] == 440
    parts = erp.get(f"PostedSalesInvoice('{second['No']}')?$expand=PostedSalesInvoiceSalesInvLines").json
    assert [part["Quantity"] for part in parts["PostedSalesInvoiceSalesInvLines"]] == [6, 2]

    erp.control("pay", {"no": second["No"], "amount": 50})
    erp.control("pay", {"no": first["No"]})
    invoices = {row["No"]: (row["Remaining_Amount"], row["Closed"]) for row in erp.get("PostedSalesInvoices").rows}
    assert invoices[first["No"]] == (0, True) and invoices[second["No"]] == (500, False)
    assert erp.get("CustomerCard('10000')").json["Balance_LCY"] == balance + 500


def test_posting_refuses_what_nav_refuses(erp: Any) -> None:
    empty = order_of(erp, "10000")
    before = {name: len(table(erp, name)) for name in ("SalesInvoiceHeader", "CustLedgerEntry", "ItemLedgerEntry")}
    with pytest.raises(ValueError, match="nothing to release"):
        erp.control("release", {"no": empty})
    no = order_of(erp, "40000", item("1896-S", 1))
    with pytest.raises(ValueError, match="nothing to post"):
        erp.control("invoice", {"no": no})  # nothing shipped yet
    assert erp.get(ORDER.format(no)).json["Status"] == "Open"  # the refused posting did not even release
    erp.patch("CustomerCard('40000')", {"Blocked": "Ship"})
    with pytest.raises(ValueError, match="cannot post this type of document"):
        erp.control("ship", {"no": no})
    with pytest.raises(ValueError, match="no open entry"):
        erp.control("pay", {"no": "NOPE"})
    with pytest.raises(ValueError, match="no Order"):
        erp.control("ship", {"no": "NOPE"})
    after = {name: len(table(erp, name)) for name in before}
    assert after == before


def test_a_change_of_customer_with_lines_would_ask(erp: Any) -> None:
    no = order_of(erp, "10000", item("1896-S", 1))
    answer = erp.patch(ORDER.format(no), {"Sell_to_Customer_No": "20000"})
    assert (answer.status, answer.code) == (400, "Application_CallbackNotAllowed")


def test_a_changed_line_moves_its_order(erp: Any) -> None:
    no = order_of(erp, "10000", item("1896-S", 1))
    etag = erp.get(ORDER.format(no)).headers["etag"]
    erp.patch(f"SalesOrderSalesLines(Document_Type='Order',Document_No='{no}',Line_No=10000)", {"Quantity": 2})
    assert erp.patch(ORDER.format(no), {"External_Document_No": "1"}, etag).code == "Request_EntityChanged"


def test_numbers_by_hand_need_a_series_that_takes_them(erp: Any) -> None:
    assert erp("POST", "CustomerCard", {"No": "MINE", "Name": "x"}).status == 201
    erp.control("numbers", {"table": "Customer", "manual": False})
    answer = erp("POST", "CustomerCard", {"No": "MINE2", "Name": "x"})
    assert answer.code == "Application_DialogException" and "manually" in answer.body.decode()
    assert erp("POST", "SalesOrder", {"No": "X1", "Sell_to_Customer_No": "10000"}).code == "Application_DialogException"


def test_flow_filters_parametrise_computed_fields(erp: Any) -> None:
    whole = erp.get("ItemCard('1928-S')").json["Inventory"]
    rows = erp.get("ItemCard?$filter=Location_Filter eq 'RED' and No eq '1928-S'").rows
    assert [row["Inventory"] for row in rows] == [75] and rows[0]["Location_Filter"] == "RED" and whole == 303
    everywhere = erp.get("ItemCard?$filter=Location_Filter eq 'RED'&$count=true").json["@odata.count"]
    assert everywhere == erp.get("ItemCard?$count=true").json["@odata.count"]
    before = erp.get("CustomerCard?$filter=Date_Filter le 2000-01-01 and No eq '10000'").rows[0]
    assert before["Balance_LCY"] == 0 and erp.get("CustomerCard('10000')").json["Balance_LCY"] > 0
