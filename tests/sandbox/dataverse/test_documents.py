"""Orders, quotes, invoices and opportunities with their lines."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def order(crm: Any, product: str, price_list: str, unit: dict[str, str]) -> str:
    """An order of an account; the product is active and costs 12.50 in its price list."""
    crm.create(
        "productpricelevels",
        pricelevelid__bind=f"/pricelevels({price_list})",
        productid__bind=f"/products({product})",
        uomid__bind=f"/uoms({unit['unit']})",
        amount=12.5,
    )
    crm.patch(f"products({product})", {"statecode": 0, "statuscode": 1})
    account = crm.create("accounts", name="A")
    return crm.create(
        "salesorders",
        name="O",
        customerid_account__bind=f"/accounts({account})",
        pricelevelid__bind=f"/pricelevels({price_list})",
        discountpercentage=10,
        freightamount=5,
    )


def line(crm: Any, order: str, product: str, unit: dict[str, str], **values: Any) -> str:
    return crm.create(
        "salesorderdetails",
        salesorderid__bind=f"/salesorders({order})",
        productid__bind=f"/products({product})",
        uomid__bind=f"/uoms({unit['unit']})",
        **values,
    )


def test_lines_take_the_list_price_and_the_header_its_totals(
    crm: Any, order: str, product: str, unit: dict[str, str]
) -> None:
    key = line(crm, order, product, unit, quantity=4, tax=3, manualdiscountamount=10)
    row = crm.get(f"salesorderdetails({key})").json
    head = crm.get(f"salesorders({order})").json

    assert (row["priceperunit"], row["baseamount"], row["extendedamount"]) == (12.5, 50, 43)
    assert head["totallineitemamount"] == 40
    assert head["totalamountlessfreight"] == 36
    assert head["totalamount"] == 44
    assert head["ordernumber"].startswith("ORD-01000-")
    crm.delete(f"salesorderdetails({key})")
    assert crm.get(f"salesorders({order})").json["totallineitemamount"] == 0


def test_write_in_lines_have_a_description_and_no_product(crm: Any, order: str) -> None:
    key = crm.create(
        "salesorderdetails",
        salesorderid__bind=f"/salesorders({order})",
        isproductoverridden=True,
        productdescription="Delivery",
        priceperunit=7,
        quantity=2,
    )

    assert crm.get(f"salesorderdetails({key})").json["extendedamount"] == 14


def test_a_draft_product_is_not_sold(crm: Any, order: str, unit: dict[str, str]) -> None:
    draft = crm.create(
        "products",
        name="D",
        productnumber="D",
        defaultuomid__bind=f"/uoms({unit['unit']})",
        defaultuomscheduleid__bind=f"/uomschedules({unit['group']})",
    )
    body = {
        "salesorderid@odata.bind": f"/salesorders({order})",
        "productid@odata.bind": f"/products({draft})",
        "uomid@odata.bind": f"/uoms({unit['unit']})",
        "quantity": 1,
    }

    assert crm.post("salesorderdetails", body).code == "0x8004f908"


def test_with_order_integration_a_submitted_order_belongs_to_the_erp(crm: Any, sign_in_as: Any, order: str) -> None:
    admin = sign_in_as("admin")
    organization = admin.get("organizations").value[0]["organizationid"]
    assert admin.patch(f"organizations({organization})", {"issopintegrationenabled": True}).status == 204
    admin.patch(f"salesorders({order})", {"statecode": 1, "statuscode": 3})

    assert admin.patch(f"salesorders({order})", {"name": "X"}).status == 400
    assert crm.patch(f"salesorders({order})", {"name": "X", "totalamount": 99}).status == 204
    assert crm.get(f"salesorders({order})").json["totalamount"] == 99


def test_document_and_price_list_share_a_currency(crm: Any, price_list: str) -> None:
    euro = crm.create(
        "transactioncurrencies", currencyname="E", isocurrencycode="EUR", currencysymbol="E", exchangerate=1.2
    )
    account = crm.create("accounts", name="A")
    body = {
        "name": "I",
        "customerid_account@odata.bind": f"/accounts({account})",
        "pricelevelid@odata.bind": f"/pricelevels({price_list})",
        "transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro})",
    }

    assert crm.post("invoices", body).code == "0x80048ced"


def test_an_opportunity_is_won_by_an_action_only(crm: Any) -> None:
    account = crm.create("accounts", name="A")
    key = crm.create("opportunities", name="P", parentaccountid__bind=f"/accounts({account})")
    body = {"Status": 3, "OpportunityClose": {"opportunityid@odata.bind": f"/opportunities({key})"}}

    assert crm.get(f"opportunities({key})").json["_customerid_value"] == account
    assert crm.patch(f"opportunities({key})", {"statecode": 1, "statuscode": 3}).code == "0x80100005"
    assert crm.post("WinOpportunity", body).status == 204
    assert crm.get(f"opportunities({key})").json["statecode"] == 1


def test_notes_hang_on_rows_and_go_with_them(crm: Any) -> None:
    account = crm.create("accounts", name="A")
    crm.create("annotations", subject="N", notetext="t", objectid_account__bind=f"/accounts({account})")

    crm.delete(f"accounts({account})")

    assert crm.get("annotations").value == []
