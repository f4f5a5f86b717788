"""The order of the mappings, the verdicts, and the lines and hash of a plan."""

import pytest

from sync.engine.conflicts import Verdict, first_verdict, verdict
from sync.engine.errors import MappingInvalid
from sync.engine.ordering import cycle_of, ordered, unknown_prerequisites
from sync.engine.plan import PlanHash, born_key, is_unborn, plan_line, unborn


class TestOrder:
    def test_puts_prerequisites_first_and_names_in_order_within_a_step(self):
        places = ordered({"CONTACT": ["CUSTOMER"], "CUSTOMER": ["CURRENCY", "ABSENT"], "CURRENCY": [], "ALPHA": []})

        assert [(place.name, place.step) for place in places] == [
            ("ALPHA", 1),
            ("CURRENCY", 1),
            ("CUSTOMER", 2),
            ("CONTACT", 3),
        ]
        assert places[2].depends_on == ("CURRENCY",)

    def test_refuses_a_circle_and_names_it(self):
        with pytest.raises(MappingInvalid, match="depend on each other in a circle: .* → .* → "):
            ordered({"A": ["B"], "B": ["C"], "C": ["A"]})

        assert len(cycle_of({"A": ["B"], "B": ["A"]})) == 3
        assert cycle_of({"A": ["B"], "B": []}) == []

    def test_names_unknown_prerequisites(self):
        assert unknown_prerequisites(["A", "B"], ["A"]) == ["B"]


class TestVerdicts:
    def test_leaves_a_field_that_nobody_moved(self):
        assert verdict("both", erp_moved=False, crm_moved=False, policy="erp", newer="") is Verdict.LEAVE

    def test_lets_a_one_way_field_flow_at_first_coupling(self):
        assert first_verdict("to", "crm") is Verdict.TO
        assert first_verdict("from", "erp") is Verdict.FROM


class TestPlan:
    def test_reads_an_unborn_reference_back(self):
        reference = unborn("SALESPRC-PRODPRICE", "Item_No=1;Sales_Code=A:B")

        assert is_unborn(reference)
        assert born_key(reference) == ("SALESPRC-PRODPRICE", "Item_No=1;Sales_Code=A:B")
        assert not is_unborn(None)

    def test_hashes_equal_lines_equally_and_others_not(self):
        def hashed(*fields):
            digest = PlanHash()
            for field in fields:
                digest.add(
                    plan_line("CUSTOMER", "to", "insert", "10000", "new:CUSTOMER:10000", field, "Not in Sales yet.")
                )
            return digest.text()

        assert hashed({"a": [None, 1], "b": [None, "é"]}) == hashed({"b": [None, "é"], "a": [None, 1]})
        assert hashed({"a": [None, 1]}) != hashed({"a": [None, "1"]})
        assert hashed({"a": 1}, {"b": 1}) != hashed({"b": 1}, {"a": 1})
