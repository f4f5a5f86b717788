"""The vendor's own SDK, `PowerPlatform-Dataverse-Client`: its documented operations against the stand-in."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(1200)]

EXPECTED: dict[str, Any] = {
    "create_and_retrieve": {
        "name": "Contoso Ltd",
        "revenue": 1500000.5,
        "terms": 3,
        "terms text": "Net 45",
        "contact": "Anna Verlaine",
        "missing": None,
    },
    "update_one": "555-0199",
    "create_many": [f"Bulk {number}" for number in range(7)],
    "update_many": ["1", "2", None, None, None, None, None],
    "delete_one": None,
    "delete_many": {"job": 36, "left": []},
    "alternate_key": {"made": "Pending", "found": [["new_accountnumber_key", ["accountnumber"], "Active"]]},
    "upsert": [["Upserted 1", "555-0100"], ["Upserted 2", None], ["Upserted 3", None]],
    "query_filters": {
        "eq": ["Bulk 3"],
        "and or": ["Bulk 1", "Bulk 2", "Bulk 3"],
        "not": ["Bulk 6"],
        "in": ["Bulk 0", "Bulk 6"],
        "not in": ["Bulk 5", "Bulk 6"],
        "between": ["Bulk 2", "Bulk 3"],
        "ends": ["Bulk 5"],
        "null": ["Upserted 1", "Upserted 2", "Upserted 3"],
        "guid": ["Bulk 4"],
    },
    "query_order_and_top": ["Bulk 6", "Bulk 5"],
    "query_pages": [["Bulk 0", "Bulk 1", "Bulk 2"], ["Bulk 3", "Bulk 4", "Bulk 5"], ["Bulk 6"]],
    "query_expand": {"contacts": ["Vos"], "primary": "Verlaine"},
    "query_formatted_and_count": {
        "revenue@OData.Community.Display.V1.FormattedValue": "£1,500,000.50",
        "paymenttermscode@OData.Community.Display.V1.FormattedValue": "Net 45",
        "_transactioncurrencyid_value@OData.Community.Display.V1.FormattedValue": "Pound Sterling",
    },
    "query_dataframe": [f"Bulk {number}" for number in range(7)],
    "list_pages": [5, 2],
    "helpers": {
        "select": True,
        "expand": "accountid",
        "bind": ["accountid@odata.bind"],
        "targets": ["account", "systemuser"],
    },
    "other_languages": {"sql": ["HttpError", 501], "fetchxml": ["HttpError", 501]},
    "batch": {
        "statuses": [204, 200, 204, 204, 204, 200, 200, 200, 200, 204],
        "fax": "1",
        "listed": ["Bulk 1", "Bulk 2"],
        "table": "accounts",
        "ids": 3,
    },
    "batch_with_changeset": {"statuses": [204, 204, 204], "content ids": ["1", "2", "3"], "row": ["9", "Set"]},
    "batch_changeset_that_fails": {"status": 400, "code": "0x80044331", "left": [], "parts": 1},
    "batch_that_goes_on_and_that_does_not": {"True": [400, 204], "False": [400], "left": ["After True"]},
    "tables": {
        "account": ["account", "accounts", "name", "accountid"],
        "missing": None,
        "listed": ["account", "contact"],
    },
    "columns": {
        "kinds": ["String"],
        "name": 160,
        "employees": [0, 10**9],
        "email": 100,
        "plain": ["Name", "#Microsoft.Dynamics.CRM.StringAttributeMetadata"],
        "missing": None,
    },
    "relationships": {
        "kinds": ["OneToManyRelationship"],
        "of contact": ["contact_customer_accounts", "contactorders_association"],
        "found": ["account", "contact", "parentcustomerid_account"],
        "missing": None,
    },
    "changes_of_the_schema": {"table": 501, "column": 501, "lookup": 501, "change": 501},
    "delete_alternate_key": [],
    "dataframes": {"read": [["Framed 1", 10.5, "1"], ["Framed 2", 7.25, "2"]], "left": []},
    "batch_dataframes": {"statuses": [200], "listed": ["Batch frame 1", "Batch frame 2"]},
    "errors": {
        "too long": ["HttpError", 400, "0x80044331"],
        "no column": ["HttpError", 400, "0x80048d19"],
        "no table": ["MetadataError", None, None],
        "not there": ["HttpError", 404, "0x80040217"],
        "no property": ["HttpError", 400, "0x80060888"],
    },
}


@pytest.fixture(scope="module")
def reported(driven: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return driven("powerplatform")


@pytest.mark.parametrize("operation", sorted(EXPECTED))
def test_operation(reported: dict[str, Any], operation: str) -> None:
    assert reported[operation] == {"value": EXPECTED[operation]}


def test_every_operation_is_looked_at(reported: dict[str, Any]) -> None:
    assert reported.keys() == EXPECTED.keys()
