"""Table, column, relationship and option metadata; the actions on options."""

from __future__ import annotations

from typing import Any

import pytest

LABEL = {"LocalizedLabels": [{"Label": "Net 14", "LanguageCode": 1033}]}


def test_tables_by_filter_and_select(crm: Any) -> None:
    rows = crm.get(
        "EntityDefinitions?$select=LogicalName,EntitySetName,PrimaryIdAttribute,ChangeTrackingEnabled"
        "&$filter=LogicalName eq 'account'"
    ).value
    owned = crm.get(
        "EntityDefinitions?$select=LogicalName&$filter=OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned' "
        "and IsPrivate eq false and CanCreateAttributes/Value eq true"
    ).value

    assert rows[0] | {"MetadataId": ""} == {
        "LogicalName": "account",
        "EntitySetName": "accounts",
        "PrimaryIdAttribute": "accountid",
        "ChangeTrackingEnabled": True,
        "MetadataId": "",
    }
    assert {"account", "contact"} <= {row["LogicalName"] for row in owned}
    assert "product" not in {row["LogicalName"] for row in owned}


def test_one_table_with_its_columns_and_relationships(crm: Any) -> None:
    body = crm.get(
        "EntityDefinitions(LogicalName='contact')?$select=LogicalName&$expand=Attributes($select=LogicalName,AttributeType,"
        "IsValidForCreate,AttributeOf),ManyToOneRelationships($select=ReferencingAttribute,ReferencedEntity,"
        "ReferencingEntityNavigationPropertyName)"
    ).json
    columns = {row["LogicalName"]: row for row in body["Attributes"]}
    navs = {(row["ReferencingAttribute"], row["ReferencedEntity"]): row for row in body["ManyToOneRelationships"]}

    assert columns["fullname"]["IsValidForCreate"] is False
    assert columns["fullname"]["@odata.type"] == "#Microsoft.Dynamics.CRM.StringAttributeMetadata"
    assert columns["parentcustomerid"]["AttributeType"] == "Customer"
    assert columns["parentcustomeridname"]["AttributeOf"] == "parentcustomerid"
    assert navs["parentcustomerid", "account"]["ReferencingEntityNavigationPropertyName"] == "parentcustomerid_account"


@pytest.mark.parametrize(
    ("cast", "column", "expected"),
    [
        ("String", "name", {"MaxLength": 160}),
        ("Money", "creditlimit", {"MinValue": 0, "MaxValue": 1e14, "Precision": 4, "PrecisionSource": 2}),
        ("Integer", "numberofemployees", {"MinValue": 0, "MaxValue": 10**9}),
        ("Lookup", "primarycontactid", {"Targets": ["contact"]}),
    ],
)
def test_casts_show_the_details(crm: Any, cast: str, column: str, expected: dict[str, Any]) -> None:
    path = f"EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.{cast}AttributeMetadata"
    rows = crm.get(f"{path}?$select=LogicalName,{','.join(expected)}").value

    row = next(row for row in rows if row["LogicalName"] == column)
    assert {name: row[name] for name in expected} == expected


def test_options_are_read_added_renamed_and_removed(crm: Any) -> None:
    where = {"EntityLogicalName": "account", "AttributeLogicalName": "paymenttermscode"}
    path = (
        "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='paymenttermscode')/"
        "Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)"
    )

    def options() -> dict[int, str]:
        listed = crm.get(path).json["OptionSet"]["Options"]
        return {option["Value"]: option["Label"]["UserLocalizedLabel"]["Label"] for option in listed}

    assert options() == {1: "Net 30", 2: "2% 10, Net 30", 3: "Net 45", 4: "Net 60"}
    value = crm.post("InsertOptionValue", {**where, "Label": LABEL}).json["NewOptionValue"]
    assert crm.post("UpdateOptionValue", {**where, "Value": 1, "Label": LABEL, "MergeLabels": True}).status == 204
    assert crm.post("PublishXml", {"ParameterXml": "<importexportxml/>"}).status == 204
    assert options() == {1: "Net 14", 2: "2% 10, Net 30", 3: "Net 45", 4: "Net 60", value: "Net 14"}
    assert crm.create("accounts", name="A", paymenttermscode=value)
    assert crm.post("DeleteOptionValue", {**where, "Value": value}).status == 204
    assert value not in options()


def test_state_and_status_options(crm: Any) -> None:
    path = "EntityDefinitions(LogicalName='product')/Attributes/Microsoft.Dynamics.CRM.{}AttributeMetadata?$expand=OptionSet"
    status = crm.get(path.format("Status")).value[0]["OptionSet"]["Options"]
    state = crm.get(path.format("State")).value[0]["OptionSet"]["Options"]

    assert {option["Value"]: option["State"] for option in status} == {1: 0, 2: 1, 0: 2, 3: 3}
    assert {option["Value"]: option["DefaultStatus"] for option in state} == {0: 1, 1: 2, 2: 0, 3: 3}


def test_the_first_calls(crm: Any) -> None:
    who = crm.get("WhoAmI").json
    organization = crm.get(
        "organizations?$select=name,basecurrencysymbol&$expand=basecurrencyid($select=isocurrencycode)"
    ).value
    count = crm.get('RetrieveTotalRecordCount(EntityNames=@p)?@p=["account","role"]').json

    assert crm.get("RetrieveVersion").json["Version"].startswith("9.2.")
    assert who["OrganizationId"] == organization[0]["organizationid"]
    assert organization[0]["basecurrencyid"]["isocurrencycode"] == "GBP"
    assert count["EntityRecordCountCollection"]["Values"] == [0, 4]
    user = crm.get(f"systemusers({who['UserId']})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()").json
    assert "prvCreateAccount" in {row["PrivilegeName"] for row in user["RolePrivileges"]}


def test_what_is_not_there_says_so(crm: Any) -> None:
    assert crm.get("EntityDefinitions(LogicalName='nothing')").status == 404
    assert crm.get("EntityDefinitions?$select=Nothing").status == 400
    assert crm.get("$metadata").status == 501
    assert crm.post("ImportSolution", {}).status == 501
