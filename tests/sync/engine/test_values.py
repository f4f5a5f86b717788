"""Canonical values, match keys and filters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.engine.errors import MappingInvalid
from sync.engine.filters import filter_text, meets, parse_filter
from sync.engine.values import canonical_crm, canonical_erp, decimal_text, joined_key, match_key, rounded


class TestCanonicalForm:
    @pytest.mark.parametrize(
        ("kind", "erp", "crm"),
        [
            ("text", "", None),
            ("text", " Deerfield ", "Deerfield"),
            ("decimal", 0, 0.0),
            ("decimal", 1234.50, "1234.5000"),
            ("date", "0001-01-01", None),
            ("date", "2017-01-26", "2017-01-26T00:00:00Z"),
            ("datetime", "2017-01-26T10:00:00+01:00", "2017-01-26T09:00:00Z"),
            ("boolean", True, True),
            ("integer", 3, 3),
        ],
    )
    def test_makes_two_spellings_of_one_fact_equal(self, kind, erp, crm):
        assert canonical_erp(kind, erp) == canonical_crm(kind, crm)

    def test_reads_references_options_and_states(self):
        assert canonical_erp("lookup", " pcs ") == "PCS"
        assert canonical_crm("lookup", "ABCD-EF") == "abcd-ef"
        assert canonical_crm("lookup", "00000000-0000-0000-0000-000000000000") is None
        assert canonical_crm("lookup", "new:CUSTOMER:ABC") == "new:CUSTOMER:ABC"
        assert canonical_crm("state", 2) == 2
        assert canonical_erp("state", " ") is None

    @pytest.mark.parametrize("value", ["", None, "ten", "NaN", "Infinity"])
    def test_takes_what_is_no_number_for_empty(self, value):
        assert decimal_text(value) is None

    def test_rounds_half_up(self):
        assert [rounded(text, 2) for text in ("0.125", "0.135", "-0.125", None)] == ["0.13", "0.14", "-0.13", None]
        assert rounded("1.23456", None) == "1.23456"

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**9), max_value=10**9))
    def test_is_stable(self, number):
        text = decimal_text(number)

        assert decimal_text(text) == text
        assert "E" not in str(text)


class TestMatchKeys:
    def test_ignores_case_blanks_and_composition(self):
        assert match_key(" Møbel  Cafe\u0301 ") == match_key("møbel café")
        assert match_key("Straße") == match_key("STRASSE")
        assert match_key("ABC", case_sensitive=True) != match_key("abc", case_sensitive=True)

    def test_matches_nothing_when_a_part_is_empty(self):
        assert joined_key(["a", ""]) == ""
        assert joined_key(["A", "b"]) == "a|b"
        assert match_key(None) == ""


class TestFilters:
    def test_reads_and_writes_the_same_text(self):
        text = "Type=Person;Company_No<>;Unit_Price>=10"

        assert parse_filter(text) == [("Type", "=", "Person"), ("Company_No", "<>", ""), ("Unit_Price", ">=", "10")]
        assert filter_text(parse_filter(text)) == text

    def test_splits_at_the_first_operator(self):
        assert parse_filter("Note>a=b") == [("Note", ">", "a=b")]

    def test_names_the_part_that_cannot_be_read(self):
        with pytest.raises(MappingInvalid, match="“Person” has no comparison"):
            parse_filter("Type=Person;Person")

    @pytest.mark.parametrize(
        ("present", "operator", "wanted", "result"),
        [
            ("Person", "=", "person", True),
            ("", "<>", "", False),
            (None, "=", "", True),
            (False, "=", False, True),
            (True, "=", "true", True),
            (3, "=", 3, True),
            (3, "=", "3", True),
            (1.0, "=", "1", True),
            ("01", "=", "1", False),
            (12, ">", "9", True),
            (12, "<=", 12, True),
            (8, ">=", 9, False),
            ("b", ">", "a", True),
            ("2017-01-26", "<", "2017-02-01", True),
        ],
    )
    def test_meets(self, present, operator, wanted, result):
        assert meets({"column": present}, [("column", operator, wanted)]) is result

    def test_wants_every_condition_met(self):
        assert not meets({"a": 1, "b": 2}, [("a", "=", 1), ("b", "=", 1)])
