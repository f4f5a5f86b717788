"""What the state of a sales document allows, and how a PATCH may change it; who owns orders with order integration."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.dataverse.shop import SETS, Shop


@pytest.fixture
def shop(crm: Any) -> Shop:
    return Shop(crm)


def code(answer: Any) -> str:
    return "" if answer.status == 204 else f"{answer.status} {answer.code}"


@pytest.mark.parametrize(
    ("table", "moves"),
    [
        (
            "quote",
            [(1, 2, ""), (0, 1, "400 0x80043af9"), (2, 4, "400 0x80043af9"), (3, 6, ""), (1, 2, "400 0x80043af9")],
        ),
        ("salesorder", [(2, 4, "400 0x80043af9"), (1, 3, ""), (0, 1, "400 0x80043af9"), (3, 100001, "400 0x80043af9")]),
        (
            "invoice",
            [(1, 3, "400 0x80043b25"), (2, 100001, ""), (3, 100003, "400 0x80100001"), (0, 1, "400 0x80043af9")],
        ),
        ("invoice", [(0, 4, ""), (3, 100003, ""), (2, 100001, "400 0x80100000")]),
        ("opportunity", [(1, 3, "400 0x80100005"), (2, 4, "400 0x80100005"), (0, 2, "")]),
    ],
    ids=lambda value: str(value)[:14],
)
def test_a_patch_moves_a_document_only_where_it_may(shop: Shop, table: str, moves: list[tuple[int, int, str]]) -> None:
    key = shop.document(table)
    answers = [code(shop.move(table, key, state, reason)) for state, reason, _answer in moves]

    assert answers == [answer for _state, _reason, answer in moves]


@pytest.mark.parametrize("table", ["quote", "salesorder", "invoice"])
def test_a_document_has_a_customer(shop: Shop, table: str) -> None:
    assert code(shop.client.post(SETS[table][0], {"name": "D"})) == "400 0x80040203"
    assert shop.client.get(SETS[table][0]).value == []


@pytest.mark.parametrize("table", list(SETS))
def test_a_state_is_not_set_on_create_and_a_reason_only_of_the_first_state(shop: Shop, table: str) -> None:
    """`statecode` is dropped, so that a reason of another state does not fit."""
    bind = {"customerid_account@odata.bind": f"/accounts({shop.account})", "name": "D"}
    reason = {"opportunity": 3, "quote": 2, "salesorder": 3, "invoice": 100001}[table]
    refused = shop.client.post(SETS[table][0], {**bind, "statecode": 1, "statuscode": reason})
    taken = shop.client.post(SETS[table][0], {**bind, "statecode": 1})

    assert code(refused) == "400 0x80048408"
    assert shop.row(table, taken.id)["statecode"] == 0


@pytest.mark.parametrize(
    ("table", "state", "reason"), [("quote", 1, 2), ("invoice", 2, 100001), ("invoice", 3, 100003)]
)
def test_a_closed_document_and_its_lines_are_read_only(shop: Shop, table: str, state: int, reason: int) -> None:
    key = shop.document(table)
    line = shop.line(table, key, quantity=1)
    shop.move(table, key, state, reason)
    lines = SETS[table][1]

    assert code(shop.client.patch(f"{SETS[table][0]}({key})", {"name": "X"})) == "400 0x8004022e"
    assert code(shop.client.patch(f"{lines}({line})", {"quantity": 2})) == "400 0x80043b09"
    assert code(shop.client.delete(f"{lines}({line})")) == "400 0x80043b09"
    assert code(shop.client.post(lines, shop.line_body(table, key, quantity=1))) == "400 0x80043b09"
    assert shop.lines(table, key)[0]["quantity"] == 1


def test_a_closed_document_can_be_deleted_with_its_lines(shop: Shop) -> None:
    key = shop.document("quote")
    shop.line("quote", key, quantity=1)
    shop.move("quote", key, 1, 2)

    assert shop.client.delete(f"quotes({key})").status == 204
    assert shop.client.get("quotedetails").value == []


def test_an_opportunity_is_opened_again_by_patch(shop: Shop) -> None:
    key = shop.document("opportunity")
    shop.close("LoseOpportunity", key, 5)
    refused = shop.client.patch(f"opportunities({key})", {"name": "X"})
    reopened = shop.client.patch(f"opportunities({key})", {"statecode": 0, "statuscode": 1, "name": "X"})

    assert code(refused) == "400 0x8004022e"
    assert reopened.status == 204
    assert shop.row("opportunity", key)["name"] == "X"


class TestOrderIntegration:
    """With it the ERP owns orders and invoices."""

    def test_a_submitted_order_is_read_only_but_for_the_erp(self, shop: Shop, sign_in_as: Any) -> None:
        admin = sign_in_as("admin")
        shop.integrate(admin)
        order = shop.document("salesorder")
        line = shop.line("salesorder", order, quantity=1)
        shop.move("salesorder", order, 1, 3)

        assert code(admin.patch(f"salesorders({order})", {"name": "X"})) == "400 0x8004022e"
        assert code(admin.patch(f"salesorderdetails({line})", {"quantity": 2})) == "400 0x80043b09"
        assert shop.client.patch(f"salesorders({order})", {"name": "X"}).status == 204
        assert shop.client.patch(f"salesorderdetails({line})", {"quantity": 2}).status == 204

    @pytest.mark.parametrize("table", ["salesorder", "invoice"])
    def test_the_numbers_of_the_erp_stay(self, shop: Shop, sign_in_as: Any, table: str) -> None:
        shop.integrate(sign_in_as("admin"))
        key = shop.document(table)
        shop.line(table, key, quantity=2, priceperunit=7)
        shop.client.patch(f"{SETS[table][0]}({key})", {"totalamount": 99})

        assert shop.row(table, key)["totalamount"] == 99
        assert shop.lines(table, key)[0]["priceperunit"] == 7

    @pytest.mark.parametrize("table", ["opportunity", "quote"])
    def test_opportunities_and_quotes_are_always_calculated(self, shop: Shop, sign_in_as: Any, table: str) -> None:
        shop.integrate(sign_in_as("admin"))
        key = shop.document(table)
        shop.line(table, key, quantity=2)
        shop.client.patch(f"{SETS[table][0]}({key})", {"totalamount": 99})

        assert shop.row(table, key)["totalamount"] == 25

    def test_an_order_that_people_write_is_calculated_until_it_is_submitted(self, shop: Shop, sign_in_as: Any) -> None:
        admin = sign_in_as("admin")
        shop.integrate(admin)
        people = Shop.__new__(Shop)
        people.__dict__ |= shop.__dict__ | {"client": admin}
        order = people.document("salesorder")
        people.line("salesorder", order, quantity=2)
        calculated = people.row("salesorder", order)["totalamount"]
        people.move("salesorder", order, 1, 3)
        shop.line("salesorder", order, quantity=2)

        assert calculated == 25
        assert people.row("salesorder", order)["totalamount"] == 25

    def test_only_the_erp_closes_a_submitted_order(self, shop: Shop, sign_in_as: Any) -> None:
        admin = sign_in_as("admin")
        shop.integrate(admin)
        order = shop.document("salesorder")
        shop.move("salesorder", order, 1, 3)
        close = {"Status": 4, "OrderClose": {"salesorderid@odata.bind": f"/salesorders({order})"}}

        assert code(admin.post("CancelSalesOrder", close)) == "400 0x8004022e"
        assert shop.client.post("CancelSalesOrder", close).status == 204


class TestCurrencies:
    @pytest.fixture
    def euro(self, crm: Any) -> str:
        key: str = crm.create(
            "transactioncurrencies", currencyname="Euro", isocurrencycode="EUR", currencysymbol="E", exchangerate=1.25
        )
        return key

    @pytest.mark.parametrize(
        ("table", "refusal"),
        [
            ("opportunity", "0x80048cef"),
            ("quote", "0x80048cf6"),
            ("salesorder", "0x80048cee"),
            ("invoice", "0x80048ced"),
        ],
    )
    def test_a_document_has_the_currency_of_its_price_list(
        self, shop: Shop, euro: str, table: str, refusal: str
    ) -> None:
        body = {
            "name": "D",
            "customerid_account@odata.bind": f"/accounts({shop.account})",
            "pricelevelid@odata.bind": f"/pricelevels({shop.price_list})",
            "transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro})",
        }

        assert code(shop.client.post(SETS[table][0], body)) == f"400 {refusal}"

    @pytest.mark.parametrize(
        ("table", "source", "refusal"),
        [
            ("quote", "opportunity", "0x80048cef"),
            ("salesorder", "quote", "0x80048cee"),
            ("invoice", "salesorder", "0x80048ced"),
        ],
    )
    def test_and_that_of_the_document_it_comes_from(
        self, shop: Shop, euro: str, table: str, source: str, refusal: str
    ) -> None:
        origin = shop.document(source)
        body = {
            "name": "D",
            "customerid_account@odata.bind": f"/accounts({shop.account})",
            f"{source}id@odata.bind": f"/{SETS[source][0]}({origin})",
            "transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro})",
        }

        assert code(shop.client.post(SETS[table][0], body)) == f"400 {refusal}"

    @pytest.mark.parametrize(
        ("table", "refusal"),
        [
            ("opportunity", "0x80048479"),
            ("quote", "0x8004480e"),
            ("salesorder", "0x80048cea"),
            ("invoice", "0x80048cea"),
        ],
    )
    def test_lines_lock_the_currency(self, shop: Shop, euro: str, table: str, refusal: str) -> None:
        key = shop.document(table, pricelevelid__bind=None)
        change = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro})"}
        assert shop.client.patch(f"{SETS[table][0]}({key})", change).status == 204
        shop.write_in(table, key, quantity=1, priceperunit=1)
        back = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({pound(shop)})"}

        assert code(shop.client.patch(f"{SETS[table][0]}({key})", back)) == f"400 {refusal}"
        assert shop.lines(table, key)[0]["baseamount_base"] == 0.8

    def test_a_user_has_a_default_currency(self, shop: Shop, sign_in_as: Any, euro: str) -> None:
        me = shop.client.get("WhoAmI").json["UserId"]
        own = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro})"}
        assert sign_in_as("admin").patch(f"systemusers({me})", own).status == 204
        account = shop.client.create("accounts", name="E", creditlimit=10)

        assert shop.client.get(f"accounts({account})").json["creditlimit_base"] == 8

    def test_money_needs_a_currency(self, shop: Shop) -> None:
        account = shop.client.create("accounts", name="E", creditlimit=10)
        change = {"transactioncurrencyid@odata.bind": None}

        assert code(shop.client.patch(f"accounts({account})", change)) == "400 0x80048cfb"

    def test_money_that_is_too_large_in_the_base_currency_is_refused(self, shop: Shop) -> None:
        tiny = shop.client.create(
            "transactioncurrencies", currencyname="T", isocurrencycode="TTT", currencysymbol="T", exchangerate=0.0001
        )
        bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({tiny})"}

        assert code(shop.client.post("accounts", {"name": "A", "creditlimit": 1e13, **bind})) == "400 0x80048cec"


def pound(shop: Shop) -> str:
    return str(shop.client.get("organizations").value[0]["_basecurrencyid_value"])
