"""`dataverse-api`: rows single, in batches and in bulk, upsert, and its reading of metadata."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(1200)]

EXPECTED: dict[str, Any] = {
    "schema": {
        "set": "accounts",
        "id": "accountid",
        "image": None,
        "keys": {},
        "bulk": [True, True],
        "single": True,
        "many": True,
    },
    "create_individual": [201, 201, 201],
    "create_threaded": [204] * 5,
    "create_multiple": [2, 2, 1],
    "create_batch": {"statuses": [200], "parts": [2]},
    "read": {
        "pages": [2, 2, 1],
        "first": "Multi 4",
        "state": "Active",
        "top": ["Batch 1", "Batch 2"],
        "owner": ["fullname", "systemuserid"],
    },
    "upsert_by_id": {"statuses": [204, 204, 204], "batch": [200], "parts": 3, "found": ["0", "1", "2"]},
    "upsert_by_alternate_key": {
        "keys": {"new_number_key": ["accountnumber"]},
        "statuses": [204, 204],
        "parts": 2,
        "found": ["A-1", "A-2"],
    },
    "delete_columns": {"statuses": [204], "batch": [200], "left": 0},
    "delete": {"statuses": [204, 204, 204], "batch": [200, 200], "left": 0},
    "own_batch": {"status": 200, "found": True},
    "definitions": {
        "languages": [1033],
        "entity": ["Account", True, "Account"],
        "relation": "contact_customer_accounts",
        "put back": 204,
    },
    "failure": [400, 204],
}


@pytest.fixture(scope="module")
def reported(driven: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return driven("dataverse_api")


@pytest.mark.parametrize("operation", sorted(EXPECTED))
def test_operation(reported: dict[str, Any], operation: str) -> None:
    assert reported[operation] == {"value": EXPECTED[operation]}


def test_every_operation_is_looked_at(reported: dict[str, Any]) -> None:
    assert reported.keys() == EXPECTED.keys()
