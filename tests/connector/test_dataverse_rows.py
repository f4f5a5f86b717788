"""Rows between our plain form and the wire's: lookups both ways, versions, times."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from connector.dataverse.metadata import TableShape, compact, shape_of
from connector.dataverse.rows import record_of, selected, wire_name, wire_row
from connector.errors import ConfigurationError
from connector.records import Record, Reference

ID = "aaaaaaaa-0000-0000-0000-000000000001"
OTHER = "bbbbbbbb-0000-0000-0000-000000000002"


@pytest.fixture
def shape(sample: Callable[[str], bytes]) -> TableShape:
    """The shape of the sample's account table."""
    return shape_of(compact(orjson.loads(sample("dataverse/account-definition.json"))))


def sets(table: str) -> str:
    """Return the entity set of a table."""
    return {"contact": "contacts", "account": "accounts", "systemuser": "systemusers", "team": "teams"}[table]


class TestReading:
    def test_selects_lookups_by_their_wire_names_and_adds_what_every_row_needs(self, shape: TableShape) -> None:
        assert selected(shape, ["name", "primarycontactid", "name"]) == (
            "name,_primarycontactid_value,modifiedon,_modifiedby_value,accountid"
        )

    @pytest.mark.parametrize(
        ("column", "name"),
        [
            ("name", "name"),
            ("ownerid", "_ownerid_value"),
            ("new_payerid", "_new_payerid_value"),
            ("accountid", "accountid"),
        ],
    )
    def test_filters_by_wire_names(self, shape: TableShape, column: str, name: str) -> None:
        assert wire_name(shape, column) == name

    def test_gives_a_record_in_plain_names(self, shape: TableShape) -> None:
        row = {
            "@odata.etag": 'W/"4190"',
            "accountid": ID.upper(),
            "name": "Contoso",
            "_primarycontactid_value": OTHER.upper(),
            "_primarycontactid_value@OData.Community.Display.V1.FormattedValue": "Ann",
            "_new_payerid_value": None,
            "modifiedon": "2026-01-05T12:00:00Z",
            "_modifiedby_value": OTHER.upper(),
        }

        assert record_of(shape, row) == Record(
            key=ID,
            values={
                "accountid": ID.upper(),
                "name": "Contoso",
                "primarycontactid": OTHER,
                "new_payerid": None,
                "modifiedon": "2026-01-05T12:00:00Z",
                "modifiedby": OTHER,
            },
            etag='W/"4190"',
            modified_at=datetime(2026, 1, 5, 12, tzinfo=UTC),
            modified_by=OTHER,
        )


class TestWriting:
    @pytest.mark.parametrize(
        ("values", "row"),
        [
            pytest.param(
                {"name": "Contoso", "creditlimit": 10}, {"name": "Contoso", "creditlimit": 10}, id="plain values"
            ),
            pytest.param(
                {"primarycontactid": Reference("contact", OTHER)},
                {"primarycontactid@odata.bind": f"/contacts({OTHER})"},
                id="a lookup",
            ),
            pytest.param(
                {"new_regionid": Reference("team", OTHER)},
                {"new_RegionId@odata.bind": f"/teams({OTHER})"},
                id="a lookup in the spelling of its metadata",
            ),
            pytest.param(
                {"new_payerid": Reference("contact", OTHER)},
                {"new_PayerId_contact@odata.bind": f"/contacts({OTHER})"},
                id="a lookup to one of several tables",
            ),
            pytest.param(
                {"ownerid": Reference("systemuser", OTHER)},
                {"ownerid@odata.bind": f"/systemusers({OTHER})"},
                id="an owner",
            ),
            pytest.param(
                {"ownerid": Reference("team", OTHER)}, {"ownerid@odata.bind": f"/teams({OTHER})"}, id="a team"
            ),
            pytest.param({"primarycontactid": None}, {"primarycontactid@odata.bind": None}, id="an emptied lookup"),
            pytest.param(
                {"new_payerid": None}, {"new_PayerId_account@odata.bind": None}, id="an emptied lookup to several"
            ),
        ],
    )
    def test_binds_lookups(self, shape: TableShape, values: dict[str, Any], row: dict[str, Any]) -> None:
        assert wire_row(shape, values, sets) == row

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            pytest.param({"primarycontactid": Reference("account", OTHER)}, "lookup_target", id="another table"),
            pytest.param({"primarycontactid": OTHER}, "lookup_value", id="a bare id"),
            pytest.param({"name": Reference("contact", OTHER)}, "no_lookup", id="no lookup"),
        ],
    )
    def test_refuses_a_reference_that_leads_nowhere(self, shape: TableShape, values: dict[str, Any], code: str) -> None:
        with pytest.raises(ConfigurationError, match="account") as caught:
            wire_row(shape, values, sets)

        assert caught.value.code == code
