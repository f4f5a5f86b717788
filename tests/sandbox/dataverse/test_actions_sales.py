"""Actions of opportunities, quotes, orders and invoices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.dataverse.shop import CLOSINGS, SETS, Shop

NOBODY = "11111111-2222-3333-4444-555555555555"
ALL = {"ColumnSet": {"AllColumns": True}}


@pytest.fixture
def shop(crm: Any) -> Shop:
    return Shop(crm)


def code(answer: Any) -> str:
    return "" if answer.status in (200, 204) else f"{answer.status} {answer.code}"


class TestClosings:
    @pytest.mark.parametrize(
        ("action", "status", "state", "activity"),
        [
            ("WinOpportunity", 3, 1, "Opportunity_OpportunityClose"),
            ("LoseOpportunity", 5, 2, "Opportunity_OpportunityClose"),
            ("WinQuote", 4, 2, "Quote_QuoteClose"),
            ("CloseQuote", 6, 3, "Quote_QuoteClose"),
            ("FulfillSalesOrder", 100002, 3, "SalesOrder_OrderClose"),
            ("CancelSalesOrder", 4, 2, "SalesOrder_OrderClose"),
        ],
    )
    def test_an_action_closes_once_and_keeps_an_activity(
        self, shop: Shop, sign_in_as: Any, action: str, status: int, state: int, activity: str
    ) -> None:
        table = CLOSINGS[action][1]
        key = shop.document(table)
        shop.line(table, key, quantity=1)
        if table == "quote":
            shop.move("quote", key, 1, 2)
        first, second = shop.close(action, key, status, description="Why"), shop.close(action, key, status)
        row = sign_in_as("admin").get(f"{SETS[table][0]}({key})?$expand={activity}").json

        assert (first.status, first.body) == (204, b"")
        assert (row["statecode"], row["statuscode"]) == (state, status)
        assert shop.lines(table, key)[0][f"{table}statecode"] == state
        assert [each["description"] for each in row[activity]] == ["Why"]
        assert code(second) == ("400 0x80040515" if table == "opportunity" else "400 0x80043af9")

    def test_minus_one_takes_the_reason_of_the_state(self, shop: Shop) -> None:
        key = shop.document("opportunity", estimatedvalue=10)
        shop.close("WinOpportunity", key)
        row = shop.row("opportunity", key)

        assert (row["statuscode"], row["actualvalue"]) == (3, 10)
        assert row["actualclosedate"] == row["modifiedon"][:10]

    def test_what_was_earned_stands_in_the_activity(self, shop: Shop) -> None:
        key = shop.document("opportunity", estimatedvalue=10)
        shop.close("WinOpportunity", key, 3, actualrevenue=12, actualend="2020-05-06T07:08:09Z")
        row = shop.row("opportunity", key)

        assert (row["actualvalue"], row["actualclosedate"]) == (12, "2020-05-06")

    @pytest.mark.parametrize(
        ("body", "refusal"),
        [
            ({"Status": 3}, "400 0x80040203"),
            ({"OpportunityClose": {"opportunityid@odata.bind": "/opportunities({key})"}}, "400 0x80040203"),
            ({"Status": 3, "OpportunityClose": {"subject": "S"}}, "400 0x80040203"),
            (
                {"Status": 4, "OpportunityClose": {"opportunityid@odata.bind": "/opportunities({key})"}},
                "400 0x80048408",
            ),
            (
                {"Status": "3", "OpportunityClose": {"opportunityid@odata.bind": "/opportunities({key})"}},
                "400 0x80048d19",
            ),
            (
                {"Status": 3, "OpportunityClose": {"opportunityid@odata.bind": f"/opportunities({NOBODY})"}},
                "404 0x80040217",
            ),
            (
                {"Status": 3, "OpportunityClose": {"nope": 1, "opportunityid@odata.bind": "/opportunities({key})"}},
                "400 0x80048d19",
            ),
        ],
        ids=range(7),
    )
    def test_a_wrong_call_is_refused(self, shop: Shop, body: dict[str, Any], refusal: str) -> None:
        key = shop.document("opportunity")
        for value in body.values():
            if isinstance(value, dict) and "opportunityid@odata.bind" in value:
                value["opportunityid@odata.bind"] = value["opportunityid@odata.bind"].replace("{key}", key)

        assert code(shop.client.post("WinOpportunity", body)) == refusal
        assert shop.row("opportunity", key)["statecode"] == 0

    def test_closings_are_not_made_by_hand(self, sign_in_as: Any) -> None:
        assert code(sign_in_as("admin").post("opportunitycloses", {"subject": "S"})) == "400 0x80040800"


class TestConversions:
    def quote(self, shop: Shop) -> str:
        """A won quote with a catalogue line and a write-in line."""
        quote = shop.document("quote", discountpercentage=10, freightamount=5, billto_city="Ghent")
        shop.line("quote", quote, quantity=2, manualdiscountamount=1)
        shop.write_in("quote", quote, quantity=1, priceperunit=4)
        shop.move("quote", quote, 1, 2)
        shop.close("WinQuote", quote, 4)
        return quote

    def test_a_won_quote_becomes_an_order_with_its_prices(self, shop: Shop) -> None:
        quote = self.quote(shop)
        shop.client.patch(f"productpricelevels({shop.item})", {"amount": 99})
        answer = shop.client.post("ConvertQuoteToSalesOrder", {"QuoteId": quote, **ALL})
        order = answer.json
        lines = shop.lines("salesorder", order["salesorderid"])

        assert answer.status == 200
        assert order["@odata.context"].endswith("$metadata#salesorders/$entity")
        assert (order["_quoteid_value"], order["_customerid_value"], order["billto_city"]) == (
            quote,
            shop.account,
            "Ghent",
        )
        assert order["ordernumber"].startswith("ORD-")
        assert (order["ispricelocked"], order["ordercreationmethod"]) == (True, 776160001)
        assert [row["priceperunit"] for row in lines] == [12.5, 4]
        assert [row["_quotedetailid_value"] for row in lines] == [
            row["quotedetailid"] for row in shop.lines("quote", quote)
        ]
        assert shop.row("salesorder", order["salesorderid"])["totalamount"] == shop.row("quote", quote)["totalamount"]

    def test_only_a_won_quote_becomes_an_order(self, shop: Shop) -> None:
        quote = shop.document("quote")

        assert code(shop.client.post("ConvertQuoteToSalesOrder", {"QuoteId": quote, **ALL})) == "400 0x80043af9"
        assert code(shop.client.post("ConvertQuoteToSalesOrder", {"QuoteId": NOBODY, **ALL})) == "404 0x80040217"
        assert code(shop.client.post("ConvertQuoteToSalesOrder", {"QuoteId": "x"})) == "400 0x80048d19"
        assert code(shop.client.post("ConvertQuoteToSalesOrder", ALL)) == "400 0x80040203"

    def test_the_column_set_says_what_is_answered(self, shop: Shop) -> None:
        quote = self.quote(shop)
        body = {"QuoteId": quote, "ColumnSet": {"Columns": ["name", "customerid"]}}
        order = shop.client.post("ConvertQuoteToSalesOrder", body).json
        wrong = shop.client.post("ConvertQuoteToSalesOrder", {"QuoteId": quote, "ColumnSet": {"Columns": ["nope"]}})

        assert {name for name in order if "@" not in name} == {"salesorderid", "name", "_customerid_value"}
        assert code(wrong) == "400 0x80041103"
        assert len(shop.client.get("salesorders").value) == 1

    def test_an_order_becomes_an_invoice(self, shop: Shop) -> None:
        order = shop.document("salesorder")
        line = shop.line("salesorder", order, quantity=2)
        invoice = shop.client.post("ConvertSalesOrderToInvoice", {"SalesOrderId": order, **ALL}).json
        made = shop.lines("invoice", invoice["invoiceid"])

        assert (invoice["_salesorderid_value"], invoice["ispricelocked"]) == (order, True)
        assert [row["_salesorderdetailid_value"] for row in made] == [line]
        assert shop.row("invoice", invoice["invoiceid"])["totalamount"] == 25
        shop.close("CancelSalesOrder", order, 4)
        assert code(shop.client.post("ConvertSalesOrderToInvoice", {"SalesOrderId": order})) == "400 0x80043af9"

    @pytest.mark.parametrize(
        ("action", "table"),
        [
            ("GenerateQuoteFromOpportunity", "quote"),
            ("GenerateSalesOrderFromOpportunity", "salesorder"),
            ("GenerateInvoiceFromOpportunity", "invoice"),
        ],
    )
    def test_an_opportunity_becomes_a_document(self, shop: Shop, action: str, table: str) -> None:
        opportunity = shop.document("opportunity")
        shop.line("opportunity", opportunity, quantity=3)
        made = shop.client.post(action, {"OpportunityId": opportunity, **ALL}).json

        assert (made["_opportunityid_value"], made["_customerid_value"]) == (opportunity, shop.account)
        assert shop.row(table, made[f"{table}id"])["totalamount"] == 37.5

    @pytest.mark.parametrize(
        ("action", "table", "parameter"),
        [
            ("GetQuoteProductsFromOpportunity", "quote", "QuoteId"),
            ("GetSalesOrderProductsFromOpportunity", "salesorder", "SalesOrderId"),
            ("GetInvoiceProductsFromOpportunity", "invoice", "InvoiceId"),
        ],
    )
    def test_the_lines_of_an_opportunity_go_into_a_document(
        self, shop: Shop, action: str, table: str, parameter: str
    ) -> None:
        opportunity, key = shop.document("opportunity"), shop.document(table)
        shop.line("opportunity", opportunity, quantity=3)

        assert shop.client.post(action, {"OpportunityId": opportunity, parameter: key}).status == 204
        assert shop.row(table, key)["totalamount"] == 37.5

    def test_lines_do_not_go_into_a_closed_document(self, shop: Shop) -> None:
        opportunity, quote = shop.document("opportunity"), shop.document("quote")
        shop.move("quote", quote, 1, 2)
        body = {"OpportunityId": opportunity, "QuoteId": quote}

        assert code(shop.client.post("GetQuoteProductsFromOpportunity", body)) == "400 0x80043b09"

    def test_a_closed_quote_is_revised_under_its_number(self, shop: Shop) -> None:
        quote = shop.document("quote")
        shop.line("quote", quote, quantity=2)
        shop.move("quote", quote, 1, 2)
        open_still = shop.client.post("ReviseQuote", {"QuoteId": quote, **ALL})
        shop.close("CloseQuote", quote, 7)
        revised = shop.client.post("ReviseQuote", {"QuoteId": quote, **ALL}).json
        again = shop.client.post("ReviseQuote", {"QuoteId": quote, **ALL})

        assert code(open_still) == "400 0x80048d00"
        assert revised["quotenumber"] == shop.row("quote", quote)["quotenumber"]
        assert (revised["revisionnumber"], revised["statecode"]) == (1, 0)
        assert shop.row("quote", revised["quoteid"])["totalamount"] == 25
        assert code(again) == "400 0x80048d00"

    def test_a_won_quote_is_not_revised(self, shop: Shop) -> None:
        assert code(shop.client.post("ReviseQuote", {"QuoteId": self.quote(shop), **ALL})) == "400 0x80043af9"


class TestPrices:
    @pytest.mark.parametrize(
        ("table", "lock", "unlock", "parameter"),
        [
            ("salesorder", "LockSalesOrderPricing", "UnlockSalesOrderPricing", "SalesOrderId"),
            ("invoice", "LockInvoicePricing", "UnlockInvoicePricing", "InvoiceId"),
        ],
    )
    @pytest.mark.parametrize("bound", [False, True], ids=["unbound", "bound"])
    def test_locked_prices_stay_and_unlocked_ones_follow_the_list(
        self, shop: Shop, table: str, lock: str, unlock: str, parameter: str, bound: bool
    ) -> None:
        key = shop.document(table)
        shop.line(table, key, quantity=2)

        def call(action: str) -> Any:
            if bound:
                return shop.client.post(f"{SETS[table][0]}({key})/Microsoft.Dynamics.CRM.{action}", {})
            return shop.client.post(action, {parameter: key})

        assert code(call(unlock)) == "400 0x80043b1e"
        assert call(lock).status == 204
        assert code(call(lock)) == "400 0x80043b1d"
        shop.client.patch(f"productpricelevels({shop.item})", {"amount": 20})
        calculate = {"Target": {"@odata.type": f"Microsoft.Dynamics.CRM.{table}", f"{table}id": key}}
        assert shop.client.post("CalculatePrice", calculate).status == 204
        assert shop.row(table, key)["totalamount"] == 25
        assert call(unlock).status == 204
        assert shop.row(table, key)["totalamount"] == 40

    def test_prices_of_a_closed_document_are_not_locked(self, shop: Shop) -> None:
        invoice = shop.document("invoice")
        shop.move("invoice", invoice, 2, 100001)

        assert code(shop.client.post("LockInvoicePricing", {"InvoiceId": invoice})) == "400 0x8004022e"

    def test_calculate_price_takes_the_list_anew(self, shop: Shop) -> None:
        quote = shop.document("quote")
        shop.line("quote", quote, quantity=2)
        shop.client.patch(f"productpricelevels({shop.item})", {"amount": 20})
        before = shop.row("quote", quote)["totalamount"]
        body = {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.quote", "quoteid": quote}}

        assert shop.client.post("CalculatePrice", body).status == 204
        assert (before, shop.row("quote", quote)["totalamount"]) == (25, 40)

    @pytest.mark.parametrize(
        ("target", "refusal"),
        [
            (None, "400 0x80040203"),
            ({"quoteid": NOBODY}, "400 0x80048d19"),
            ({"@odata.type": "Microsoft.Dynamics.CRM.quote"}, "400 0x80040203"),
            ({"@odata.type": "Microsoft.Dynamics.CRM.quote", "quoteid": NOBODY}, "404 0x80040217"),
        ],
        ids=range(4),
    )
    def test_calculate_price_needs_a_document(self, shop: Shop, target: Any, refusal: str) -> None:
        assert code(shop.client.post("CalculatePrice", {"Target": target})) == refusal

    def test_calculate_price_is_for_documents_alone(self, shop: Shop) -> None:
        body = {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": shop.account}}

        assert code(shop.client.post("CalculatePrice", body)) == "400 0x80040800"


@pytest.mark.parametrize("action", ["CloseOpportunity", "QualifyLead", "CloneProduct"])
def test_an_action_that_is_not_there_answers_501(crm: Any, action: str) -> None:
    assert crm.post(action, {}).status == 501
