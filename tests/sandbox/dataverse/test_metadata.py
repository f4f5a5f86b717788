"""Table, column, relationship and option metadata; the actions on options."""

from __future__ import annotations

from typing import Any

import pytest

PUBLISH = {"ParameterXml": "<importexportxml><entities><entity>account</entity></entities></importexportxml>"}
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
        ("Money", "creditlimit", {"MinValue": 0, "MaxValue": 1e14, "Precision": 2, "PrecisionSource": 2}),
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
    assert crm.post("PublishXml", PUBLISH).status == 204
    assert options() == {1: "Net 14", 2: "2% 10, Net 30", 3: "Net 45", 4: "Net 60", value: "Net 14"}
    assert crm.create("accounts", name="A", paymenttermscode=value)
    assert crm.post("DeleteOptionValue", {**where, "Value": value}).status == 204
    assert value in options()
    assert crm.post("PublishAllXml", {}).status == 204
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
    assert crm.post("EntityDefinitions", {"SchemaName": "new_Thing"}).status == 501


# ── paths, keys and relationships ───────────────────────────────────────────────────────────────────────────────────────


def test_one_attribute_shows_its_own_type_s_details(crm: Any) -> None:
    path = "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='{}')"
    name = crm.get(path.format("name")).json
    terms = crm.get(
        path.format("paymenttermscode") + "/Microsoft.Dynamics.CRM.PicklistAttributeMetadata/OptionSet"
    ).json
    by_id = crm.get(f"EntityDefinitions({name['MetadataId']})")

    assert (name["MaxLength"], name["@odata.type"]) == (160, "#Microsoft.Dynamics.CRM.StringAttributeMetadata")
    assert [option["Value"] for option in terms["Options"]] == [1, 2, 3, 4]
    assert by_id.status == 404
    wrong = "/Microsoft.Dynamics.CRM.MoneyAttributeMetadata"
    assert crm.get(path.format("name") + wrong).status == 404


def test_a_table_is_found_by_its_id_and_shows_single_properties(crm: Any) -> None:
    table = crm.get("EntityDefinitions(LogicalName='account')?$select=MetadataId").json

    assert crm.get(f"EntityDefinitions({table['MetadataId']})/EntitySetName").json["value"] == "accounts"
    assert crm.get("EntityDefinitions?$select=LogicalName&$count=true").json["@odata.count"] > 20
    assert crm.get("EntityDefinitions(LogicalName='account')/Nothing").status == 404


@pytest.mark.parametrize(
    "text",
    [
        "OwnershipType eq 1",
        "contains(OwnershipType,'User')",
        "LogicalName eq Microsoft.Dynamics.CRM.OwnershipTypes'account'",
        "IsPrivate eq 'false'",
        "MetadataId eq 'x'",
        "Nothing eq 1",
    ],
)
def test_filters_on_metadata_know_enumerations_from_texts(crm: Any, text: str) -> None:
    assert crm.get(f"EntityDefinitions?$select=LogicalName&$filter={text}").status == 400


def test_an_enumeration_takes_the_name_of_its_member(crm: Any) -> None:
    """The vendor's SDK asks so."""
    path = "EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName,AttributeType&$filter={}"
    kept = crm.get(path.format("AttributeType ne 'Virtual'")).value

    assert kept == crm.get(path.format("AttributeType ne Microsoft.Dynamics.CRM.AttributeTypeCode'Virtual'")).value
    assert "Virtual" not in {row["AttributeType"] for row in kept}


def test_relationships_by_name_and_kind(crm: Any) -> None:
    found = crm.get("RelationshipDefinitions(SchemaName='contact_customer_accounts')").json
    cast = "RelationshipDefinitions/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata?$select=SchemaName"
    hierarchy = crm.get(
        "RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata"
        "?$select=SchemaName&$filter=ReferencedEntity eq 'account' and IsHierarchical eq true"
    )

    assert (found["ReferencingEntity"], found["ReferencingAttribute"]) == ("contact", "parentcustomerid")
    assert found["CascadeConfiguration"]["Delete"] == "Cascade"
    assert {"systemuserroles_association"} <= {row["SchemaName"] for row in crm.get(cast).value}
    assert [row["SchemaName"] for row in hierarchy.value] == ["account_parent_account"]
    names = [row["SchemaName"] for row in crm.get("RelationshipDefinitions?$select=SchemaName").value]
    assert len(names) == len(set(names))


def test_a_key_becomes_active_once_its_index_is_built(crm: Any) -> None:
    body = {"SchemaName": "new_number", "KeyAttributes": ["accountnumber"]}
    path = "EntityDefinitions(LogicalName='account')/Keys"

    made = crm.post(path, body)
    pending = crm.get(path).value[0]
    crm.app.clock.offset_seconds += 5
    active = crm.get(made.headers["odata-entityid"]).json

    assert pending["EntityKeyIndexStatus"] in ("Pending", "InProgress")
    assert active["EntityKeyIndexStatus"] == "Active"
    assert active["KeyAttributes"] == ["accountnumber"]
    assert crm.post(path, body).code == "0x80060893"
    assert crm.post(path, {**body, "SchemaName": "new_twin"}).code == "0x80060894"
    assert crm.post(path, {"SchemaName": "new_memo", "KeyAttributes": ["description"]}).code == "0x80060890"
    again = {"EntityLogicalName": "account", "EntityKeyLogicalName": "new_number"}
    assert crm.post("ReactivateEntityKey", again).code == "0x80060897"
    assert crm.delete(f"{path}({active['MetadataId']})").status == 204
    assert crm.get(path).value == []


@pytest.mark.parametrize("character", "/<>*%&:\\?+")
def test_some_characters_do_not_go_into_a_key(crm: Any, character: str) -> None:
    from urllib.parse import quote

    crm.post("EntityDefinitions(LogicalName='account')/Keys", {"SchemaName": "k", "KeyAttributes": ["accountnumber"]})
    crm.app.clock.offset_seconds += 5
    crm.create("accounts", name="A", accountnumber=f"a{character}b")

    path = f"accounts(accountnumber='{quote(f'a{character}b', safe='')}')"
    assert (crm.get(path).status, crm.patch(path, {"fax": "1"}).status) == (400, 400)
    assert crm.get("accounts(accountnumber='ab')").status == 404


def test_a_definition_put_back_changes_change_tracking_alone(crm: Any) -> None:
    path = "EntityDefinitions(LogicalName='productpricelevel')"
    whole = crm.get(path).json

    assert crm.send("PUT", path, {**whole, "ChangeTrackingEnabled": True}).status == 204
    assert crm.get(path).json["ChangeTrackingEnabled"] is True
    assert crm.send("PUT", path, {**whole, "ChangeTrackingEnabled": False}).status == 400
    assert crm.send("PUT", path, {"IsPrivate": True}).status == 501
    assert crm.get(path).json["IsPrivate"] is False


def test_a_table_has_at_most_ten_keys_of_sixteen_columns(crm: Any) -> None:
    path = "EntityDefinitions(LogicalName='account')/Keys"
    texts = crm.get(
        "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata"
        "?$select=LogicalName"
    ).value
    names = [row["LogicalName"] for row in texts]

    assert crm.post(path, {"SchemaName": "wide", "KeyAttributes": names[:17]}).code == "0x80060890"
    for number in range(10):
        assert crm.post(path, {"SchemaName": f"k{number}", "KeyAttributes": [names[number]]}).status == 204
    assert crm.post(path, {"SchemaName": "k10", "KeyAttributes": [names[10]]}).code == "0x80060890"


# ── drafts and global option sets ───────────────────────────────────────────────────────────────────────────────────────

TERMS = {"EntityLogicalName": "account", "AttributeLogicalName": "paymenttermscode"}


def test_an_option_counts_once_it_is_published(crm: Any) -> None:
    value = crm.post("InsertOptionValue", {**TERMS, "Label": LABEL}).json["NewOptionValue"]

    assert crm.post("accounts", {"name": "A", "paymenttermscode": value}).status == 400
    other = PUBLISH["ParameterXml"].replace("account", "contact")
    assert crm.post("PublishXml", {"ParameterXml": other}).status == 204
    assert crm.post("accounts", {"name": "A", "paymenttermscode": value}).status == 400
    assert crm.post("PublishXml", PUBLISH).status == 204
    assert crm.post("accounts", {"name": "A", "paymenttermscode": value}).status == 204
    assert crm.post("InsertOptionValue", {**TERMS, "Value": value, "Label": LABEL}).code == "0x80048403"


@pytest.mark.parametrize(
    "xml", ["<importexportxml>", "", "<importexportxml><entities><entity>nope</entity></entities></importexportxml>"]
)
def test_a_publication_that_cannot_be_read_is_refused(crm: Any, xml: str) -> None:
    assert crm.post("PublishXml", {"ParameterXml": xml}).status == 400


def test_a_global_option_set_is_shared_by_its_columns(crm: Any) -> None:
    from dataclasses import replace

    from sandbox.dataverse.schema import extended
    from sandbox.dataverse.store import OptionSet

    store = crm.app.store
    shared = store.option_sets["new_colours"] = OptionSet("new_colours", "Colours", {1: "Red"})
    for name in ("account", "contact"):
        column = replace(store.tables[name].columns["paymenttermscode"], name="new_colour", option_set="new_colours")
        store.put_table(extended(store.tables[name], [column]))
        store.options[name, "new_colour"] = shared.options
    path = (
        "EntityDefinitions(LogicalName='{}')/Attributes(LogicalName='new_colour')/Microsoft.Dynamics.CRM."
        "PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet($select=Name,Options)"
    )

    first = crm.get(path.format("account")).json
    assert first["GlobalOptionSet"]["Name"] == "new_colours"
    assert first["OptionSet"]["Options"] == first["GlobalOptionSet"]["Options"]
    here = {"EntityLogicalName": "account", "AttributeLogicalName": "new_colour", "Value": 2, "Label": LABEL}
    assert crm.post("InsertOptionValue", here).status == 400
    assert crm.post("InsertOptionValue", {"OptionSetName": "new_colours", "Value": 2, "Label": LABEL}).status == 200
    crm.post("PublishXml", PUBLISH)
    assert crm.post("contacts", {"lastname": "A", "new_colour": 2}).status == 400
    xml = "<importexportxml><optionsets><optionset>new_colours</optionset></optionsets></importexportxml>"
    assert crm.post("PublishXml", {"ParameterXml": xml}).status == 204
    assert crm.post("contacts", {"lastname": "A", "new_colour": 2}).status == 204
    options = crm.get("GlobalOptionSetDefinitions(Name='new_colours')").json["Options"]
    assert [option["Value"] for option in options] == [1, 2]
    assert [row["Name"] for row in crm.get("GlobalOptionSetDefinitions").value] == ["new_colours"]
    assert crm.get("GlobalOptionSetDefinitions(Name='new_nothing')").status == 404


# ── everything in one answer ────────────────────────────────────────────────────────────────────────────────────────────


def test_metadata_changes_answer_what_was_asked_for(crm: Any) -> None:
    import json
    from urllib.parse import quote

    def equals(name: str, value: str) -> dict[str, Any]:
        condition = {"PropertyName": name, "ConditionOperator": "Equals", "Value": {"Value": value}}
        return {"Conditions": [condition]}

    query = {
        "Properties": {"PropertyNames": ["LogicalName", "Attributes"]},
        "Criteria": equals("LogicalName", "account"),
        "AttributeQuery": {
            "Properties": {"PropertyNames": ["LogicalName", "MaxLength"]},
            "Criteria": equals("AttributeType", "String"),
        },
    }

    answer = crm.get(f"RetrieveMetadataChanges(Query=@p)?@p={quote(json.dumps(query))}").json

    tables = answer["EntityMetadata"]
    assert [table["LogicalName"] for table in tables] == ["account"]
    assert "Keys" not in tables[0]
    lengths = {row["LogicalName"]: row.get("MaxLength") for row in tables[0]["Attributes"]}
    assert lengths["name"] == 160 and "creditlimit" not in lengths
    assert crm.get("RetrieveMetadataChanges(Query=@p)?@p=nope").status == 400
    since = "RetrieveMetadataChanges(Query=@p,ClientVersionStamp=@s)?@p={}&@s='1'"
    assert crm.get(since).status == 501
