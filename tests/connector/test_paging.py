"""Following next links: each page once."""

from typing import Any

import pytest

from connector.errors import ServerUnavailable
from connector.paging import pages, rows_of

BOOK: dict[str, dict[str, Any]] = {
    "first": {"value": [1], "@odata.nextLink": "second"},
    "second": {"value": [2], "@odata.nextLink": "third"},
    "third": {"value": [3]},
}


class TestPages:
    def test_come_in_order_with_the_link_behind_each(self) -> None:
        assert [(body["value"], link) for body, link in pages("first", BOOK.__getitem__)] == [
            ([1], "second"),
            ([2], "third"),
            ([3], None),
        ]

    @pytest.mark.parametrize("back_to", ["first", "second"], ids=["a ring", "itself"])
    def test_refuse_a_link_that_was_followed_before(self, back_to: str) -> None:
        book = BOOK | {"second": {"value": [2], "@odata.nextLink": back_to}}

        with pytest.raises(ServerUnavailable) as caught:
            list(pages("first", book.__getitem__))

        assert caught.value.code == "repeated_link"


class TestRowsOf:
    @pytest.mark.parametrize("body", [{}, {"value": None}, {"value": {"a": 1}}], ids=["missing", "null", "an object"])
    def test_refuses_a_page_without_rows(self, body: dict[str, Any]) -> None:
        with pytest.raises(ServerUnavailable, match="no rows"):
            rows_of(body)
