"""Prices and amounts of lines and documents."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.dataverse.shop import SETS, Shop


@pytest.fixture
def shop(crm: Any) -> Shop:
    return Shop(crm)


@pytest.fixture
def set_organization(sign_in_as: Any) -> Any:
    """Changes settings of the organisation."""

    def write(**values: Any) -> None:
        admin = sign_in_as("admin")
        organization = admin.get("organizations").value[0]["organizationid"]
        assert admin.patch(f"organizations({organization})", values).status == 204

    return write


@pytest.mark.parametrize("table", list(SETS))
def test_a_line_takes_the_list_price_and_the_document_its_totals(shop: Shop, table: str) -> None:
    document = shop.document(table, discountpercentage=10, discountamount=1, freightamount=5)
    key = shop.line(table, document, quantity=4, tax=3, manualdiscountamount=10)
    line, head = shop.lines(table, document)[0], shop.row(table, document)

    assert (line["priceperunit"], line["baseamount"], line["extendedamount"]) == (12.5, 50, 43)
    assert (line["volumediscountamount"], line["pricingerrorcode"], line["productname"]) == (0, 0, "Product 1000")
    assert head["totallineitemamount"] == 40
    assert head["totallineitemdiscountamount"] == 10
    assert head["totaldiscountamount"] == 15
    assert head["totalamountlessfreight"] == 35
    assert (head["totaltax"], head["totalamount"], head["totalamount_base"]) == (3, 43, 43)
    shop.client.delete(f"{SETS[table][1]}({key})")
    assert shop.row(table, document)["totalamount"] == 4


def test_freight_and_discount_count_before_there_are_lines(shop: Shop) -> None:
    quote = shop.document("quote", freightamount=5, discountamount=2)

    assert shop.row("quote", quote)["totalamount"] == 3


def test_a_given_price_counts_only_where_it_overrides_the_list(shop: Shop) -> None:
    quote = shop.document("quote")
    shop.line("quote", quote, quantity=1, priceperunit=99)
    shop.line("quote", quote, quantity=1, priceperunit=99, ispriceoverridden=True)

    assert [row["priceperunit"] for row in shop.lines("quote", quote)] == [12.5, 99]


def test_totals_that_the_server_calculates_are_not_overwritten(shop: Shop) -> None:
    order = shop.document("salesorder")
    shop.line("salesorder", order, quantity=2)
    shop.client.patch(f"salesorders({order})", {"totalamount": 999})

    assert shop.row("salesorder", order)["totalamount"] == 25


def test_without_the_built_in_engine_the_given_amounts_stay(shop: Shop, set_organization: Any) -> None:
    set_organization(oobpricecalculationenabled=False)
    order = shop.document("salesorder")
    key = shop.line("salesorder", order, quantity=2)
    shop.client.patch(f"salesorderdetails({key})", {"baseamount": 7, "extendedamount": 8})
    shop.client.patch(f"salesorders({order})", {"totalamount": 999})

    assert shop.lines("salesorder", order)[0]["extendedamount"] == 8
    assert shop.row("salesorder", order)["totalamount"] == 999


def test_a_line_that_skips_the_calculation_keeps_its_amounts(shop: Shop) -> None:
    order = shop.document("salesorder")
    key = shop.line("salesorder", order, quantity=2, skippricecalculation=3)
    shop.client.patch(f"salesorderdetails({key})", {"baseamount": 7, "extendedamount": 8})

    assert shop.lines("salesorder", order)[0]["baseamount"] == 7
    assert shop.row("salesorder", order)["totallineitemamount"] == 7


def test_a_discount_per_unit_counts_for_every_unit(shop: Shop, set_organization: Any) -> None:
    set_organization(discountcalculationmethod=1)
    quote = shop.document("quote")
    shop.line("quote", quote, quantity=4, manualdiscountamount=2)

    assert shop.lines("quote", quote)[0]["extendedamount"] == 42
    assert shop.row("quote", quote)["totallineitemdiscountamount"] == 8


def test_amounts_keep_the_decimals_of_the_currency_and_prices_those_of_the_organisation(
    shop: Shop, set_organization: Any
) -> None:
    set_organization(pricingdecimalprecision=4)
    quote = shop.document("quote")
    shop.line("quote", quote, quantity=1, priceperunit=1.23456, ispriceoverridden=True, tax=0.005)
    line = shop.lines("quote", quote)[0]

    assert (line["priceperunit"], line["tax"], line["baseamount"]) == (1.2346, 0.01, 1.23)


@pytest.mark.parametrize(
    ("method", "percentage", "rounding", "price"),
    [
        (2, 50, {}, 50),
        (3, 25, {}, 75),
        (4, 25, {}, 80),
        (5, 10, {}, 44),
        (6, 20, {}, 50),
        (2, 51.3, {"roundingpolicycode": 2, "roundingoptioncode": 2, "roundingoptionamount": 5}, 55),
        (2, 51.3, {"roundingpolicycode": 3, "roundingoptioncode": 2, "roundingoptionamount": 5}, 50),
        (2, 51.3, {"roundingpolicycode": 4, "roundingoptioncode": 2, "roundingoptionamount": 5}, 50),
        (2, 51.3, {"roundingpolicycode": 2, "roundingoptioncode": 1, "roundingoptionamount": 0.99}, 51.99),
        (2, 51.3, {"roundingpolicycode": 4, "roundingoptioncode": 1, "roundingoptionamount": 9}, 49),
    ],
)
def test_a_price_by_percentage_follows_its_method_and_its_rounding(
    shop: Shop, method: int, percentage: float, rounding: dict[str, Any], price: float
) -> None:
    pound = shop.client.get("organizations").value[0]["_basecurrencyid_value"]
    costs = {"price": 100, "currentcost": 60, "standardcost": 40}
    product = shop.new_product("2000", transactioncurrencyid__bind=f"/transactioncurrencies({pound})", **costs)
    shop.priced(product, pricingmethodcode=method, percentage=percentage, **rounding)
    shop.activate(product)
    quote = shop.document("quote")
    shop.product = product
    shop.line("quote", quote, quantity=1)

    assert shop.lines("quote", quote)[0]["priceperunit"] == price


def test_what_is_missing_for_a_price_stands_in_the_error_code(shop: Shop) -> None:
    """No list, an inactive list, no quantity, no unit price, a product that is not in the list."""
    other = shop.client.create("pricelevels", name="Old")
    shop.client.patch(f"pricelevels({other})", {"statecode": 1, "statuscode": 100002})
    without = shop.document("quote", pricelevelid__bind=None)
    inactive = shop.document("quote", pricelevelid__bind=f"/pricelevels({other})")
    good = shop.document("quote")
    shop.line("quote", without, quantity=1)
    shop.line("quote", inactive, quantity=1)
    shop.line("quote", good)
    assert shop.write_in("quote", good, quantity=1).status == 204
    shop.product = shop.new_product("2000")
    shop.activate(shop.product)
    shop.line("quote", good, quantity=1)

    codes = [row["pricingerrorcode"] for key in (without, inactive, good) for row in shop.lines("quote", key)]
    assert codes == [2, 3, 4, 5, 11]
    assert shop.row("quote", good)["pricingerrorcode"] == 1


def test_whole_units_are_not_sold_in_fractions(shop: Shop) -> None:
    shop.client.patch(f"productpricelevels({shop.item})", {"quantitysellingcode": 2})
    quote = shop.document("quote")
    shop.line("quote", quote, quantity=1.5)

    assert shop.lines("quote", quote)[0]["pricingerrorcode"] == 29


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"productdescription": "X"}, "0x80043afb"),
        ({"productid@odata.bind": None, "productdescription": "X"}, "0x80043afa"),
        ({"productid@odata.bind": None, "uomid@odata.bind": None}, "0x80043b11"),
        ({"uomid@odata.bind": None}, "0x80043b0d"),
        ({"quoteid@odata.bind": None}, "0x80040203"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_line_names_a_product_with_unit_or_a_description(shop: Shop, change: dict[str, Any], code: str) -> None:
    quote = shop.document("quote")
    answer = shop.client.post("quotedetails", shop.line_body("quote", quote, quantity=1) | change)

    assert (answer.status, answer.code) == (400, code)
    assert shop.lines("quote", quote) == []


def test_only_active_products_in_a_unit_of_their_group_are_sold(shop: Shop) -> None:
    quote = shop.document("quote")
    group = shop.client.create("uomschedules", name="HOUR", baseuomname="HOUR")
    hour = shop.client.get(f"uoms?$filter=_uomscheduleid_value eq {group}").value[0]["uomid"]
    foreign = shop.line_body("quote", quote, quantity=1) | {"uomid@odata.bind": f"/uoms({hour})"}
    draft = shop.new_product("2000")
    drafted = shop.line_body("quote", quote, quantity=1) | {"productid@odata.bind": f"/products({draft})"}

    assert shop.client.post("quotedetails", foreign).code == "0x80043b14"
    assert shop.client.post("quotedetails", drafted).code == "0x8004f908"


def test_another_product_brings_its_own_price(shop: Shop) -> None:
    quote = shop.document("quote")
    key = shop.line("quote", quote, quantity=2)
    other = shop.new_product("2000")
    shop.priced(other, amount=3)
    shop.activate(other)
    shop.client.patch(f"quotedetails({key})", {"productid@odata.bind": f"/products({other})"})
    line = shop.lines("quote", quote)[0]

    assert (line["priceperunit"], line["baseamount"], line["productname"]) == (3, 6, "Product 2000")


def test_a_line_that_moves_to_another_document_is_counted_there(shop: Shop) -> None:
    first, second = shop.document("quote"), shop.document("quote")
    key = shop.line("quote", first, quantity=2)
    shop.client.patch(f"quotedetails({key})", {"quoteid@odata.bind": f"/quotes({second})"})

    assert [shop.row("quote", each)["totalamount"] for each in (first, second)] == [0, 25]


def test_lines_follow_the_state_and_the_lock_of_their_document(shop: Shop) -> None:
    order = shop.document("salesorder")
    shop.line("salesorder", order, quantity=1)
    shop.client.patch(f"salesorders({order})", {"ispricelocked": True})
    shop.move("salesorder", order, 1, 3)
    line = shop.lines("salesorder", order)[0]

    assert (line["salesorderstatecode"], line["salesorderispricelocked"]) == (1, True)


def test_an_opportunity_estimates_its_revenue_from_its_lines_if_it_is_to(shop: Shop) -> None:
    counted = shop.document("opportunity", isrevenuesystemcalculated=True)
    guessed = shop.document("opportunity", estimatedvalue=7)
    for key in (counted, guessed):
        shop.line("opportunity", key, quantity=2)

    assert [shop.row("opportunity", key)["estimatedvalue"] for key in (counted, guessed)] == [25, 7]
