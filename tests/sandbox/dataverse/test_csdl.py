"""`$metadata`: every table, property and navigation property that rows and metadata know, and no other."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
KINDS = {
    "Edm.String": str,
    "Edm.Guid": str,
    "Edm.DateTimeOffset": str,
    "Edm.Date": str,
    "Edm.Boolean": bool,
    "Edm.Int32": int,
    "Edm.Int64": int,
    "Edm.Decimal": (int, float),
    "Edm.Double": (int, float),
}


@pytest.fixture
def schema(crm: Any) -> ElementTree.Element:
    answer = crm.get("$metadata")
    assert answer.headers["content-type"] == "application/xml"
    found = ElementTree.fromstring(answer.body).find(f".//{EDM}Schema")
    assert found is not None
    return found


def types(schema: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {each.get("Name", ""): each for each in schema.iterfind(f"{EDM}EntityType")}


def test_every_entity_set_has_its_type(crm: Any, schema: ElementTree.Element) -> None:
    sets = {
        each.get("Name"): each.get("EntityType") for each in schema.iterfind(f"{EDM}EntityContainer/{EDM}EntitySet")
    }

    assert sets.keys() == {row["name"] for row in crm.get("").value}
    assert {name.rpartition(".")[2] for name in sets.values() if name} <= types(schema).keys()


def test_properties_are_those_of_the_rows_and_of_the_metadata(crm: Any, schema: ElementTree.Element) -> None:
    crm.create("accounts", name="A", creditlimit=1, numberofemployees=2)
    properties = {
        each.get("Name"): each.get("Type", "") for each in types(schema)["account"].iterfind(f"{EDM}Property")
    }
    row = crm.get("accounts").value[0]
    attributes = crm.get(
        "EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=AttributeOf eq null"
    ).value

    assert properties.keys() == row.keys() - {"@odata.etag"}
    assert len(properties) == len(attributes)
    for name, value in row.items():
        if name != "@odata.etag" and value is not None:
            assert isinstance(value, KINDS[properties[name]]), name


def test_the_key_is_the_primary_id(schema: ElementTree.Element) -> None:
    keys = {name: each.find(f"{EDM}Key/{EDM}PropertyRef") for name, each in types(schema).items()}

    assert keys["salesorder"] is not None and keys["salesorder"].get("Name") == "salesorderid"
    assert [name for name, key in keys.items() if key is None] == ["crmbaseentity"]


def test_navigation_properties_match_the_relationships(crm: Any, schema: ElementTree.Element) -> None:
    navs = {each.get("Name"): each for each in types(schema)["contact"].iterfind(f"{EDM}NavigationProperty")}
    path = "EntityDefinitions(LogicalName='contact')"
    to_one = {row["ReferencingEntityNavigationPropertyName"] for row in crm.get(f"{path}/ManyToOneRelationships").value}
    to_many = {row["ReferencedEntityNavigationPropertyName"] for row in crm.get(f"{path}/OneToManyRelationships").value}
    both = {row["Entity1NavigationPropertyName"] for row in crm.get(f"{path}/ManyToManyRelationships").value}

    assert navs.keys() == to_one | to_many | both
    company = navs["parentcustomerid_account"]
    constraint = company.find(f"{EDM}ReferentialConstraint")
    assert company.get("Type") == "mscrm.account" and constraint is not None
    assert (constraint.get("Property"), constraint.get("ReferencedProperty")) == (
        "_parentcustomerid_value",
        "accountid",
    )
    assert navs["ownerid"].get("Type") == "mscrm.principal"


def test_every_navigation_property_can_be_expanded(crm: Any, schema: ElementTree.Element) -> None:
    crm.create("accounts", name="A")
    for nav in types(schema)["account"].iterfind(f"{EDM}NavigationProperty"):
        answer = crm.get(f"accounts?$select=name&$expand={nav.get('Name')}")
        assert answer.status in (200, 403), (nav.get("Name"), answer.body)


def test_annotations_say_which_sets_track_changes(crm: Any) -> None:
    assert b"ChangeTracking" not in crm.get("$metadata").body
    found = ElementTree.fromstring(crm.get("$metadata?annotations=true").body)
    tracked = {
        each.get("Name") for each in found.iterfind(f".//{EDM}EntitySet") if each.find(f"{EDM}Annotation") is not None
    }

    definitions = crm.get("EntityDefinitions?$select=EntitySetName&$filter=ChangeTrackingEnabled eq true").value
    assert tracked == {row["EntitySetName"] for row in definitions}
