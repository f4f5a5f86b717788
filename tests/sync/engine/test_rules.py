"""The rules of every entity but contacts, which have a file of their own."""

from decimal import Decimal

import pytest

from sync.engine.errors import RecordProblem
from sync.engine.model import Facts, Need
from sync.engine.rules import RULES
from sync.engine.rules.base import Rule


class TestPlainRule:
    def test_has_no_peculiarities(self, row, related):
        rule, plain, known = Rule(), row("1"), related()

        assert list(rule.needs_of_erp(plain)) == list(rule.needs_of_crm(plain)) == list(rule.needs_to_restore({})) == []
        assert list(rule.more_needs_of_erp(plain, known)) == []
        assert (rule.erp_outside(plain, known), rule.crm_outside(plain, known)) == (None, None)
        assert (rule.derive(plain, known), rule.new_erp_key(set()), rule.match_values({}, known)) == ({}, {}, {})
        assert rule.restore({"@Virtual": 1, "Name": "x"}, plain, known) == {"Name": "x"}
        assert rule.refined({"Name": "x"}, {}, plain, known) == {"Name": "x"}
        assert rule.new_crm_values(known.facts) == {}


def rate(row, code, start, amount, in_relational, relational=""):
    return row(
        f"{code};{start}",
        number=code,
        Currency_Code=code,
        Starting_Date=start,
        Exchange_Rate_Amount=amount,
        Relational_Exch_Rate_Amount=in_relational,
        Relational_Currency_Code=relational,
    )


class TestCurrency:
    rule = RULES["currency"]

    def derived(self, row, related, *rates, code="USD", description="US dollar"):
        return self.rule.derive(
            row(code, Code=code, Description=description), related(erp={"CurrencyExchangeRate": rates})
        )

    def test_turns_nav_s_rate_round(self, row, related):
        values = self.derived(row, related, rate(row, "USD", "2016-01-01", 100, 64.8824))

        assert values["@Exchange_Rate"] == "1.5412500154"

    def test_takes_the_latest_rate_that_is_not_after_today(self, row, related):
        values = self.derived(
            row,
            related,
            rate(row, "USD", "2016-01-01", 100, 50),
            rate(row, "USD", "2017-01-26", 100, 25),
            rate(row, "USD", "2017-01-27", 100, 10),
        )

        assert values["@Exchange_Rate"] == "4"

    def test_follows_a_rate_stated_in_another_currency(self, row, related):
        rates = (rate(row, "DKK", "2016-01-01", 100, 20, "EUR"), rate(row, "EUR", "2016-01-01", 1, 0.5))

        assert self.derived(row, related, *rates, code="DKK")["@Exchange_Rate"] == "10"
        known = related(erp={"CurrencyExchangeRate": rates})
        assert list(self.rule.more_needs_of_erp(row("DKK", Code="DKK"), known)) == [
            Need("erp", "CurrencyExchangeRate", "number", "EUR")
        ]

    @pytest.mark.parametrize(
        ("rates", "code", "words"),
        [
            ([], "no_exchange_rate", "USD has no exchange rate that is valid on 2017-01-26"),
            ([("USD", "2018-01-01", 1, 1, "")], "no_exchange_rate", "USD has no exchange rate"),
            ([("USD", "2016-01-01", 0, 1, "")], "exchange_rate_zero", "of USD from 2016-01-01 is zero"),
            (
                [("USD", "2016-01-01", 1, 1, "EUR"), ("EUR", "2016-01-01", 1, 1, "USD")],
                "exchange_rate_circle",
                "USD and EUR are stated in each other",
            ),
        ],
        ids=["none", "only later ones", "zero", "circle"],
    )
    def test_refuses_a_currency_without_a_usable_rate(self, row, related, rates, code, words):
        with pytest.raises(RecordProblem, match=words) as caught:
            self.derived(row, related, *(rate(row, *given) for given in rates))

        assert caught.value.code == code

    def test_takes_the_code_for_a_blank_description(self, row, related):
        values = self.derived(row, related, rate(row, "USD", "2016-01-01", 1, 1), description="")

        assert values["Description"] == "USD"

    def test_knows_that_the_local_currency_is_the_base(self, row, related):
        assert self.derived(row, related, code="GBP")["@Exchange_Rate"] == "1"

    def test_gives_a_new_currency_the_organization_s_precision(self):
        assert self.rule.new_crm_values(Facts(today="2017-01-26", currency_precision=3)) == {"currencyprecision": 3}


class TestUnitOfMeasure:
    rule = RULES["unit_of_measure"]

    def test_names_the_unit_group(self, row, related):
        assert self.rule.derive(row("PCS", Code="PCS"), related()) == {"@Name": "NAV PCS"}

    @pytest.mark.parametrize(
        ("state", "units", "code"),
        [
            (0, [{"isschedulebaseuom": True, "quantity": 1}], None),
            (0, [], None),
            (1, [{"isschedulebaseuom": True, "quantity": 1}], "unit_group_inactive"),
            (0, [{"isschedulebaseuom": True}, {"isschedulebaseuom": False}], "unit_group_units"),
            (0, [{"isschedulebaseuom": False, "quantity": 1}], "unit_group_base"),
            (0, [{"isschedulebaseuom": True, "quantity": 12}], "unit_group_quantity"),
        ],
        ids=["fine", "units unknown", "inactive", "two units", "not the base", "a dozen"],
    )
    def test_judges_a_unit_group_that_is_already_there(self, row, related, state, units, code):
        group = row("g1", name="NAV PCS", name_="", statecode=state)
        known = related(crm={"uom": [row(f"u{i}", number="g1", name="PCS", **unit) for i, unit in enumerate(units)]})

        assert list(self.rule.needs_of_crm(group)) == [Need("crm", "uom", "number", "g1")]
        if code is None:
            assert self.rule.refined({"Code": "PCS"}, {}, group, known) == {"Code": "PCS"}
            return
        with pytest.raises(RecordProblem, match="unit group NAV PCS") as caught:
            self.rule.refined({"Code": "PCS"}, {}, group, known)
        assert caught.value.code == code


class TestSalespeople:
    def test_gives_a_new_salesperson_the_first_free_code(self):
        assert RULES["salespeople"].new_erp_key({"SP NO. 1", "JR"}) == {"Code": "SP NO. 2"}


class TestCustomer:
    def test_leaves_merged_accounts_out(self, row, related):
        assert "merged" in str(RULES["customer"].crm_outside(row("a", merged=True), related()))
        assert RULES["customer"].crm_outside(row("a", merged=False), related()) is None


class TestProducts:
    @pytest.mark.parametrize(("name", "kind"), [("item", 1), ("resource", 3)])
    def test_gets_type_structure_decimals_and_base_currency(self, name, kind):
        values = RULES[name].new_crm_values(Facts(today="2017-01-26", base_currency_id="b0"))

        assert values == {
            "producttypecode": kind,
            "productstructure": 1,
            "quantitydecimal": 2,
            "transactioncurrencyid": {"v": "b0", "k": "currency", "t": "transactioncurrency"},
        }

    def test_sends_zero_for_a_negative_price(self, row, related):
        assert RULES["item"].derive(row("1000", Unit_Price=-4, Unit_Cost=2), related()) == {"Unit_Price": 0}

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"productstructure": 2}, "family"),
            ({"productstructure": 3}, "bundle"),
            ({"statecode": 1}, "retired"),
            ({}, None),
        ],
    )
    def test_makes_no_item_of_families_bundles_and_retired_products(self, row, related, values, words):
        reason = RULES["item"].crm_outside(row("p", **values), related())

        assert words in str(reason) if words else reason is None

    def test_is_born_in_steps(self):
        assert RULES["item"].steps == ("default_price", "publish", "default_price_list", "retire")


def price(row, key, **values):
    given = {
        "Item_No": "1896-S",
        "Sales_Type": "Customer Price Group",
        "Sales_Code": "RETAIL",
        "Unit_of_Measure_Code": "PCS",
        "Minimum_Quantity": 0,
        "Starting_Date": "2017-01-01",
        "Ending_Date": "0001-01-01",
        "Currency_Code": "",
        "Variant_Code": "",
        **values,
    }
    return row(key, number=given["Item_No"], name=given["Sales_Code"], **given)


class TestCustomerPriceGroup:
    rule = RULES["customer_price_group"]

    @pytest.mark.parametrize(
        ("currencies", "expected"),
        [([], None), (["EUR", "EUR"], "EUR"), ([""], None), (["GBP", ""], None)],
        ids=["no prices", "one foreign currency", "local by blank", "local by both names"],
    )
    def test_takes_the_currency_of_its_prices(self, row, related, currencies, expected):
        prices = [price(row, str(number), Currency_Code=code) for number, code in enumerate(currencies)]

        values = self.rule.derive(row("RETAIL", Code="RETAIL"), related(erp={"SalesPrice": prices}))

        assert values == {"@Currency_Code": expected}

    def test_refuses_mixed_currencies(self, row, related):
        prices = [price(row, "1", Currency_Code="EUR"), price(row, "2")]

        with pytest.raises(RecordProblem, match=r"several currencies \(EUR, local currency\)"):
            self.rule.derive(row("RETAIL", Code="RETAIL"), related(erp={"SalesPrice": prices}))

    def test_looks_only_at_prices_that_count_today(self, row, related):
        prices = [price(row, "1", Currency_Code="EUR"), price(row, "2", Ending_Date="2017-01-25")]

        assert self.rule.derive(row("RETAIL", Code="RETAIL"), related(erp={"SalesPrice": prices})) == {
            "@Currency_Code": "EUR"
        }


class TestSalesPrice:
    rule = RULES["sales_price"]

    def known(self, row, related, *prices):
        item = row("1896-S", Base_Unit_of_Measure="PCS")
        return related(erp={"Item": [item], "SalesPrice": prices})

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({}, None),
            ({"Minimum_Quantity": 1}, None),
            ({"Unit_of_Measure_Code": ""}, None),
            ({"Ending_Date": "2017-01-26"}, None),
            ({"Starting_Date": "0001-01-01"}, None),
            ({"Minimum_Quantity": 10}, "starts at a quantity of 10"),
            ({"Starting_Date": "2017-01-27"}, "valid from 2017-01-27 only"),
            ({"Ending_Date": "2017-01-25"}, "was valid until 2017-01-25"),
            ({"Unit_of_Measure_Code": "SET"}, "per SET; Sales knows the item 1896-S in its base unit PCS"),
            ({"Variant_Code": "RED"}, "for the variant RED"),
        ],
    )
    def test_says_why_a_price_is_outside(self, row, related, values, words):
        reason = self.rule.erp_outside(price(row, "p", **values), self.known(row, related))

        assert words in str(reason) if words else reason is None

    def test_puts_the_base_unit_where_the_price_is_for_any(self, row, related):
        any_unit = price(row, "p", Unit_of_Measure_Code="")

        assert self.rule.derive(any_unit, self.known(row, related, any_unit)) == {"Unit_of_Measure_Code": "PCS"}

    def test_refuses_two_prices_that_fall_on_one_row_and_names_both(self, row, related):
        first = price(row, "1", Unit_of_Measure_Code="")
        second = price(row, "2", Starting_Date="2017-01-20", Minimum_Quantity=1)

        with pytest.raises(RecordProblem) as caught:
            self.rule.derive(first, self.known(row, related, first, second))

        assert "unit (any), minimum quantity 0, from 2017-01-01" in str(caught.value)
        assert "unit PCS, minimum quantity 1, from 2017-01-20" in str(caught.value)

    @pytest.mark.parametrize(
        "other",
        [{"Sales_Code": "EXPORT"}, {"Sales_Type": "Campaign"}, {"Minimum_Quantity": 10}, {"Ending_Date": "2017-01-02"}],
        ids=["another list", "a campaign", "a larger quantity", "an expired price"],
    )
    def test_lets_prices_stand_that_fall_on_other_rows(self, row, related, other):
        first, second = price(row, "1"), price(row, "2", **other)

        assert self.rule.derive(first, self.known(row, related, first, second)) == {"Unit_of_Measure_Code": "PCS"}

    def test_asks_for_the_item_and_its_prices(self, row):
        assert [
            (need.table, need.by, need.value) for need in self.rule.needs_of_erp(price(row, "1", Item_No="50%"))
        ] == [
            ("Item", "key", "50%25"),
            ("SalesPrice", "number", "50%"),
        ]

    def test_lets_a_new_item_be_sold_in_any_quantity(self):
        assert self.rule.new_crm_values(Facts(today="2017-01-26")) == {"quantitysellingcode": 1}


def test_writes_quantities_without_exponent(row, related):
    reason = RULES["sales_price"].erp_outside(price(row, "p", Minimum_Quantity=Decimal("100")), related())

    assert "a quantity of 100;" in str(reason)
