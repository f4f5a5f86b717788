"""Keys as text: whatever a key holds comes back the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import ConfigurationError
from connector.records import key_parts, key_text

NAMES = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4, unique=True)


class TestKeyText:
    @pytest.mark.parametrize(
        ("parts", "text"),
        [
            pytest.param("10000", "10000", id="a text"),
            pytest.param(["10000"], "10000", id="a list of one"),
            pytest.param({"No": "10000"}, "10000", id="one part stands alone"),
            pytest.param([("No", "A=1;50%")], "A%3D1%3B50%25", id="marks are encoded"),
            pytest.param({"Type": "Order", "No": "1"}, "Type=Order;No=1", id="several in key order"),
            pytest.param({"Code": "", "Line": 10000}, "Code=;Line=10000", id="an empty part, a number"),
            pytest.param({"Code": "A", "From": 1e-05}, "Code=A;From=0.00001", id="a small number without exponent"),
            pytest.param({"Code": "A", "Default": True}, "Code=A;Default=true", id="truth as OData writes it"),
        ],
    )
    def test_writes(self, parts: Any, text: str) -> None:
        assert key_text(parts) == text

    @given(st.data())
    def test_is_read_back_unchanged(self, data: st.DataObject) -> None:
        names = data.draw(NAMES)
        parts = {name: data.draw(st.text(max_size=20)) for name in names}

        assert key_parts(key_text(parts), names) == parts

    @given(NAMES, st.data())
    def test_differs_for_different_keys(self, names: list[str], data: st.DataObject) -> None:
        one, other = ({name: data.draw(st.text(max_size=3)) for name in names} for _ in range(2))

        assert (key_text(one) == key_text(other)) == (one == other)


class TestKeyParts:
    def test_reads_a_single_part_by_name_too(self) -> None:
        assert key_parts("No=10000", ["No"]) == {"No": "10000"}

    def test_gives_parts_in_key_order(self) -> None:
        assert list(key_parts("No=1;Type=Order", ["Type", "No"])) == ["Type", "No"]

    @pytest.mark.parametrize(
        "text",
        [
            "Type=Order",
            "Type=Order;No=1;Line=2",
            "Type=Order;Nr=1",
            "Order;1",
            "Type=Order;No=1;junk",
            "Type=Order;No",
            "No=1;No=2;Type=Order",
            "",
        ],
        ids=[
            "one missing",
            "one too many",
            "another name",
            "no names",
            "a loose part",
            "a part without its value",
            "one twice",
            "empty",
        ],
    )
    def test_refuses_other_parts(self, text: str) -> None:
        with pytest.raises(ConfigurationError, match="Type, No"):
            key_parts(text, ["Type", "No"])
