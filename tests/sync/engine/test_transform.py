"""One value from one side to the other."""

import pytest

from sync.engine.errors import MissingDependency, RecordProblem
from sync.engine.model import ColumnFacts
from sync.engine.transform import (
    crm_values,
    erp_code,
    erp_lookup_key,
    erp_values,
    lookups_to_crm,
    lookups_to_erp,
    to_crm,
    to_erp,
)

ID = "00000000-0000-0000-0000-0000000000aa"
UNIT = "00000000-0000-0000-0000-0000000000cc"


class TestToSales:
    @pytest.mark.parametrize(
        ("kind", "value", "expected"),
        [
            ("text", "Deerfield", "Deerfield"),
            ("code", "GB", "GB"),
            ("decimal", "12.345", "12.35"),
            ("integer", 7, 7),
            ("boolean", True, True),
            ("state", True, 1),
            ("state", False, 0),
            ("text", None, None),
            ("lookup", None, None),
        ],
    )
    def test_changes_the_form_of_a_value(self, spec, resolver, kind, value, expected):
        assert to_crm(spec(kind=kind, crm_facts=ColumnFacts(precision=2)), value, resolver) == expected

    def test_finds_coupled_rows_options_and_base_units(self, spec, resolver):
        resolver.references["UNIT OF MEASURE", "PCS"] = ID
        resolver.units[ID] = UNIT
        resolver.options["PAYMENT TERMS", "2%2510"] = 4

        assert to_crm(spec(kind="lookup", target="UNIT OF MEASURE"), "PCS", resolver) == ID
        assert to_crm(spec(kind="base_unit", target="UNIT OF MEASURE"), "PCS", resolver) == UNIT
        assert to_crm(spec(kind="option", target="PAYMENT TERMS"), "2%10", resolver) == 4

    @pytest.mark.parametrize("code", [None, "GBP"], ids=["blank", "the local currency by name"])
    def test_takes_the_local_currency_for_the_base_currency(self, spec, resolver, code):
        assert to_crm(spec(kind="currency", target="CURRENCY"), code, resolver) == resolver.base[0]

    def test_names_the_record_that_a_lookup_waits_for(self, spec, resolver):
        with pytest.raises(MissingDependency) as caught:
            to_crm(spec(kind="lookup", target="CURRENCY"), "EUR", resolver)

        assert (caught.value.target, caught.value.key, caught.value.cause) == ("CURRENCY", "EUR", "CURRENCY:EUR")

    def test_waits_for_an_option_that_is_not_there(self, spec, resolver):
        with pytest.raises(RecordProblem, match="is 30 DAYS, which has no option in Sales") as caught:
            to_crm(spec(kind="option", target="PAYMENT TERMS"), "30 DAYS", resolver)

        assert caught.value.waits

    def test_never_cuts_a_text(self, spec, resolver):
        with pytest.raises(RecordProblem, match="9 characters long, and Sales takes at most 5") as caught:
            to_crm(spec(crm_facts=ColumnFacts(max_length=5)), "Deerfield", resolver)

        assert (caught.value.code, caught.value.field) == ("value_too_long", "Name")

    def test_refuses_to_leave_a_required_column_empty(self, spec, resolver):
        required = ColumnFacts(required=True)

        with pytest.raises(RecordProblem, match="Name is empty, and Sales requires it"):
            to_crm(spec(crm_facts=required), None, resolver)
        assert to_crm(spec(crm_facts=required, not_null=True), None, resolver) is None
        assert to_crm(spec(crm_facts=required, way="from"), None, resolver) is None

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            (ColumnFacts(minimum=0, maximum=100), "from 0 up to 100"),
            (ColumnFacts(maximum=100), "up to 100"),
            (ColumnFacts(minimum=200), "from 200"),
        ],
    )
    def test_refuses_a_number_out_of_range(self, spec, resolver, facts, words):
        with pytest.raises(RecordProblem, match=f"Sales takes numbers {words}"):
            to_crm(spec(kind="decimal", crm_facts=facts), "101", resolver)


class TestToNav:
    @pytest.mark.parametrize(
        ("kind", "value", "expected"),
        [
            ("code", "gb", "GB"),
            ("state", 1, True),
            ("state", 2, False),
            ("state", None, False),
            ("currency", None, None),
            ("decimal", "1.5", "1.5"),
            ("boolean", False, False),
        ],
    )
    def test_changes_the_form_of_a_value(self, spec, resolver, kind, value, expected):
        assert to_erp(spec(kind=kind), value, resolver) == expected

    def test_writes_the_code_and_not_its_key_text(self, spec, resolver):
        resolver.references["CUSTOMER", erp_lookup_key("A;B=50%")] = ID
        resolver.options["PAYMENT TERMS", erp_lookup_key("2%10")] = 4

        assert to_erp(spec(kind="lookup", target="CUSTOMER"), ID, resolver) == "A;B=50%"
        assert to_erp(spec(kind="option", target="PAYMENT TERMS"), 4, resolver) == "2%10"
        assert erp_code("2%2510") == "2%10"

    def test_takes_the_base_currency_for_blank(self, spec, resolver):
        assert to_erp(spec(kind="currency", target="CURRENCY"), resolver.base[0], resolver) is None

    @pytest.mark.parametrize("kind", ["lookup", "currency", "owner"])
    def test_waits_for_a_row_that_is_not_coupled(self, spec, resolver, kind):
        with pytest.raises(MissingDependency):
            to_erp(spec(kind=kind, target="CUSTOMER"), ID, resolver)

    def test_refuses_an_option_without_partner(self, spec, resolver):
        with pytest.raises(RecordProblem, match="holds option 9 in Sales"):
            to_erp(spec(kind="option", target="PAYMENT TERMS"), 9, resolver)


class TestReading:
    def test_names_every_lookup_beforehand(self, spec):
        fields = (spec("Currency_Code", "transactioncurrencyid", kind="currency", target="CURRENCY"), spec())

        assert list(lookups_to_crm(fields, {"Currency_Code": "EUR", "Name": "x"})) == [("CURRENCY", "EUR")]
        assert list(lookups_to_erp(fields, {"transactioncurrencyid": ID, "name": "x"})) == [("CURRENCY", ID)]

    def test_reads_both_sides_in_canonical_form(self, spec):
        fields = (
            spec("Credit_Limit_LCY", "creditlimit", kind="decimal"),
            spec("", "pricingmethodcode", kind="integer"),
        )

        assert erp_values(fields, {"Credit_Limit_LCY": 10.50}) == {"Credit_Limit_LCY": "10.5"}
        assert crm_values(fields, {"creditlimit": None, "pricingmethodcode": 1}) == {
            "creditlimit": None,
            "pricingmethodcode": 1,
        }
