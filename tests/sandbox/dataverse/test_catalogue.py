"""Currencies, units, the life of a product, price lists."""

from __future__ import annotations

from typing import Any

import pytest


def item(price_list: str, product: str, unit: dict[str, str], **values: Any) -> dict[str, Any]:
    return {
        "pricelevelid@odata.bind": f"/pricelevels({price_list})",
        "productid@odata.bind": f"/products({product})",
        "uomid@odata.bind": f"/uoms({unit['unit']})",
        "amount": 12.5,
        **values,
    }


def test_a_unit_group_brings_its_base_unit(crm: Any, unit: dict[str, str]) -> None:
    base = crm.get(f"uoms({unit['unit']})").json
    bind = {
        "uomscheduleid@odata.bind": f"/uomschedules({unit['group']})",
        "baseuom@odata.bind": f"/uoms({unit['unit']})",
    }

    assert (base["name"], base["quantity"], base["isschedulebaseuom"]) == ("PCS", 1, True)
    assert crm.post("uoms", {"name": "BOX", "quantity": 6, **bind}).status == 204
    assert crm.post("uoms", {"name": "BOX", "quantity": 6, **bind}).status == 400
    assert crm.post("uoms", {"name": "PALLET", "quantity": 60}).code == "0x80043b0a"


def test_a_product_is_born_as_draft_and_published(crm: Any, product: str) -> None:
    def move(state: int, reason: int) -> Any:
        return crm.patch(f"products({product})", {"statecode": state, "statuscode": reason})

    row = crm.get(f"products({product})").json
    assert (row["statecode"], row["statuscode"]) == (2, 0)
    assert move(1, 2).status == 400
    assert move(0, 1).status == 204
    assert move(2, 0).code == "0x80061035"
    assert move(1, 2).status == 204
    assert move(0, 1).status == 204


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"productnumber": "1000"}, "0x80043b06"),
        ({"productnumber": None}, "0x80043b05"),
        ({"defaultuomid@odata.bind": None}, "0x80043b0d"),
        ({"defaultuomscheduleid@odata.bind": None}, "0x80043b0a"),
        ({"statuscode": 1}, "0x80048408"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_product_that_breaks_a_rule_is_refused(
    crm: Any, product: str, unit: dict[str, str], change: dict[str, Any], code: str
) -> None:
    body = {
        "name": "Two",
        "productnumber": "2000",
        "defaultuomid@odata.bind": f"/uoms({unit['unit']})",
        "defaultuomscheduleid@odata.bind": f"/uomschedules({unit['group']})",
        **change,
    }

    assert crm.post("products", body).code == code


def test_a_price_list_item_is_unique_and_follows_list_and_product(
    crm: Any, product: str, price_list: str, unit: dict[str, str]
) -> None:
    key = crm.post("productpricelevels", item(price_list, product, unit)).id
    row = crm.get(f"productpricelevels({key})").json
    pound = crm.get("organizations").value[0]["_basecurrencyid_value"]

    assert (row["productidname"], row["productnumber"], row["amount_base"]) == ("Bicycle", "1000", 12.5)
    assert row["_transactioncurrencyid_value"] == pound
    assert crm.post("productpricelevels", item(price_list, product, unit)).code == "0x80043b08"
    assert crm.patch(f"productpricelevels({key})", {"amount": 13}).status == 204
    assert crm.get(f"productpricelevels({key})").json["amount_base"] == 13


def test_a_price_list_item_needs_a_living_product_and_its_unit(
    crm: Any, product: str, price_list: str, unit: dict[str, str]
) -> None:
    other = crm.create("uomschedules", name="HOUR", baseuomname="HOUR")
    hour = crm.get(f"uoms?$filter=_uomscheduleid_value eq {other}").value[0]["uomid"]

    assert crm.post("productpricelevels", item(price_list, product, {"unit": hour})).code == "0x80043b14"
    crm.patch(f"products({product})", {"statecode": 0})
    crm.patch(f"products({product})", {"statecode": 1})
    assert crm.post("productpricelevels", item(price_list, product, unit)).code == "0x80061009"


def test_currencies_are_unique_by_code_and_the_base_rate_is_fixed(crm: Any) -> None:
    pound = crm.get("transactioncurrencies").value[0]
    twin = {"currencyname": "X", "isocurrencycode": "gbp", "currencysymbol": "x", "exchangerate": 2}

    assert (pound["isocurrencycode"], pound["exchangerate"]) == ("GBP", 1)
    assert crm.post("transactioncurrencies", twin).code == "0x80048cf3"
    assert (
        crm.patch(f"transactioncurrencies({pound['transactioncurrencyid']})", {"exchangerate": 2}).code == "0x80048cf5"
    )


def test_the_default_list_of_a_product_stays_active(crm: Any, product: str, price_list: str) -> None:
    crm.patch(f"products({product})", {"pricelevelid@odata.bind": f"/pricelevels({price_list})"})

    assert crm.patch(f"pricelevels({price_list})", {"statecode": 1, "statuscode": 100002}).code == "0x80043b04"
