"""`tap-ms-dynamics`: what a Singer tap makes of `$metadata`, and its extractions."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def reported(driven: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return {name: answer.get("value", answer) for name, answer in driven("tap_ms_dynamics").items()}


def test_discovery_finds_the_tables_with_their_kinds_of_columns(reported: dict[str, Any]) -> None:
    found = reported["discovery"]

    assert {"account", "contact", "salesorder", "invoicedetail", "product", "uom", "systemuser"} <= set(
        found["streams"]
    )
    assert (found["key"], found["method"]) == (["accountid"], ["INCREMENTAL", "modifiedon"])
    assert found["kinds"] == {
        "name": ["null", "string", None],
        "numberofemployees": ["null", "integer", None],
        "creditlimit": ["null", "number", None],
        "donotphone": ["null", "boolean", None],
        "modifiedon": ["null", "string", "date-time"],
        "_primarycontactid_value": ["null", "string", None],
        "versionnumber": ["null", "integer", None],
        "statecode": ["null", "integer", None],
    }
    assert found["birthdate"] == "date-time"


def test_a_full_extraction_pages_through_the_rows(reported: dict[str, Any]) -> None:
    assert reported["full_extraction"] == {
        "schemas": ["account", "contact", "organization"],
        "names": [f"Tap {number}" for number in range(7)],
        "row": [3, 3.25, True, 0],
        "birthdate": "1980-02-29T00:00:00.000000Z",
        "bookmark": True,
    }


def test_an_incremental_extraction_asks_from_its_bookmark_on(reported: dict[str, Any]) -> None:
    assert reported["incremental_extraction"] == {"again": True, "later": 0}


def test_the_tap_keeps_the_refresh_token_it_got_last(reported: dict[str, Any]) -> None:
    assert reported["refreshed_credential"] is True
