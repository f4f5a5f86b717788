"""Who wrote a row and when; bulk messages with a row twice; the columns the reference lists."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.dataverse.tables import TABLES

ACCOUNT = "Microsoft.Dynamics.CRM.account"
EARLY = "2001-02-03T04:05:06Z"


def targets(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"Targets": [{"@odata.type": ACCOUNT, **row} for row in rows]}


class TestStamps:
    def test_every_write_raises_the_version_of_the_whole_database(self, crm: Any) -> None:
        account, other = (crm.create("accounts", name=name) for name in "AB")
        before = [crm.get(f"accounts({key})").json["versionnumber"] for key in (account, other)]
        crm.patch(f"accounts({account})", {"name": "A"})
        after = crm.get(f"accounts({account})")

        assert before[0] < before[1] < after.json["versionnumber"]
        assert after.headers["etag"] == f'W/"{after.json["versionnumber"]}"'

    def test_created_and_modified_say_when_and_by_whom(self, crm: Any, sign_in_as: Any, app: Any) -> None:
        key = crm.create("accounts", name="A")
        first = crm.get(f"accounts({key})").json
        app.clock.offset_seconds = 60
        admin = sign_in_as("admin")
        admin.patch(f"accounts({key})", {"name": "B"})
        second = crm.get(f"accounts({key})").json
        me, other = (client.get("WhoAmI").json["UserId"] for client in (crm, admin))

        assert first["createdon"] == first["modifiedon"] == second["createdon"] < second["modifiedon"]
        assert (first["_createdby_value"], first["_modifiedby_value"]) == (me, me)
        assert (second["_createdby_value"], second["_modifiedby_value"]) == (me, other)

    def test_a_row_that_is_brought_in_tells_when_it_was_made(self, crm: Any) -> None:
        key = crm.create("accounts", name="A", overriddencreatedon=EARLY)
        row = crm.get(f"accounts({key})").json
        crm.patch(f"accounts({key})", {"overriddencreatedon": "2002-01-01T00:00:00Z"})

        assert (row["createdon"], row["modifiedon"] > EARLY) == (EARLY, True)
        assert crm.get(f"accounts({key})").json["createdon"] == EARLY

    def test_acting_for_another_user_is_written_down(self, sign_in_as: Any) -> None:
        admin = sign_in_as("admin")
        me = admin.get("WhoAmI").json["UserId"]
        peter = admin.get("systemusers?$filter=lastname eq 'Saddow'").value[0]["systemuserid"]
        key = admin.post("accounts", {"name": "A"}, mscrmcallerid=peter).id
        row = admin.get(f"accounts({key})").json
        admin.patch(f"accounts({key})", {"name": "B"})
        own = admin.get(f"accounts({key})").json

        assert (row["_createdby_value"], row["_createdonbehalfby_value"]) == (peter, me)
        assert (row["_modifiedby_value"], row["_modifiedonbehalfby_value"]) == (peter, me)
        assert (own["_modifiedby_value"], own["_modifiedonbehalfby_value"]) == (me, None)
        assert own["_createdonbehalfby_value"] == me


class TestBulk:
    UPDATE = "accounts/Microsoft.Dynamics.CRM.UpdateMultiple"
    UPSERT = "accounts/Microsoft.Dynamics.CRM.UpsertMultiple"

    def test_of_a_row_twice_in_one_update_the_first_counts(self, crm: Any) -> None:
        key = crm.create("accounts", name="A")
        answer = crm.post(
            self.UPDATE, targets({"accountid": key, "name": "B"}, {"accountid": key, "name": "C", "sic": "7"})
        )
        row = crm.get(f"accounts({key})").json

        assert answer.status == 204
        assert (row["name"], row["sic"]) == ("B", None)

    def test_and_so_it_is_in_an_upsert_by_key(self, crm: Any) -> None:
        body = {"SchemaName": "new_number", "KeyAttributes": ["accountnumber"]}
        assert crm.post("EntityDefinitions(LogicalName='account')/Keys", body).status == 204
        crm.app.clock.offset_seconds += 5
        rows = [("xb", "A"), ("XB", "B"), ("yc", "C")]
        body = targets(*({"@odata.id": f"accounts(accountnumber='{number}')", "name": name} for number, name in rows))

        assert crm.post(self.UPSERT, body).status == 204
        made = crm.get("accounts?$select=name,accountnumber&$orderby=name").value
        assert [(row["name"], row["accountnumber"]) for row in made] == [("A", "xb"), ("C", "yc")]

    def test_a_switch_makes_the_service_refuse_it(self, crm: Any) -> None:
        key = crm.create("accounts", name="A")
        twice = targets({"accountid": key, "name": "B"}, {"accountid": key, "name": "C"})
        crm.app.store.repeated_rows = "refuse"
        answer = crm.post(self.UPDATE, twice)

        assert (answer.status, answer.code) == (400, "0x80040203")
        assert crm.get(f"accounts({key})").json["name"] == "A"

    def test_deleting_many_is_for_other_tables(self, crm: Any) -> None:
        answer = crm.post("accounts/Microsoft.Dynamics.CRM.DeleteMultiple", targets({}))

        assert answer.status == 501
        assert answer.json["error"]["message"] == "DeleteMultiple has not yet been implemented."

    @pytest.mark.parametrize("table", ["account", "contact", "product", "pricelevel", "salesorder", "salesorderdetail"])
    def test_bulk_messages_are_there_for_the_tables_the_connector_writes_much(self, table: str) -> None:
        assert TABLES[table].bulk


def test_a_note_keeps_the_size_of_its_file_up_to_the_largest(crm: Any, sign_in_as: Any) -> None:
    admin = sign_in_as("admin")
    organization = admin.get("organizations").value[0]["organizationid"]
    admin.patch(f"organizations({organization})", {"maxuploadfilesize": 4})
    account = crm.create("accounts", name="A")
    bind = {"objectid_account@odata.bind": f"/accounts({account})"}
    key = crm.post("annotations", {"subject": "N", "documentbody": "YWJj", **bind}).id
    row = crm.get(f"annotations({key})?$select=filesize,objecttypecode").json

    assert (row["filesize"], row["objecttypecode"]) == (3, "account")
    assert crm.post("annotations", {"subject": "N", "documentbody": "YWJjZGU=", **bind}).code == "0x80044a02"
    assert crm.post("annotations", {"subject": "N", "documentbody": "!", **bind}).code == "0x80040203"


COLUMNS = {
    "account": "territoryid originatingleadid slaid opendeals_state:R masterid:R merged:R defaultpricelevelid",
    "contact": "originatingleadid masterid:R fullname:R accountid:R",
    "systemuser": "queueid positionid territoryid emailrouteraccessapproval:U",
    "team": "queueid administratorid teamtype:C isdefault:R",
    "businessunit": "address1_city address2_line1 isdisabled:R",
    "product": "subjectid parentproductid:C pricelevelid:U productstructure:C hierarchypath:R stageid",
    "productpricelevel": "discounttypeid pricelevelid:C transactioncurrencyid:U productnumber:R",
    "quote": "campaignid slaid revisionnumber:R quotenumber:C totalamount:U skippricecalculation",
    "quotedetail": "parentbundleidref shipto_freighttermscode shipto_contactname quotestatecode:R isproductoverridden:C",
    "salesorder": "campaignid quoteid ispricelocked:U ordernumber:C ordercreationmethod shipto_addressid",
    "salesorderdetail": "quotedetailid ordercreationmethod salesorderispricelocked:R baseamount:U volumediscountamount:R",
    "invoice": "invoicenumber:C duedate salesorderid ispricelocked:U",
    "invoicedetail": "salesorderdetailid shippingtrackingnumber invoiceispricelocked:R actualdeliveryon",
    "opportunity": "budgetstatus need purchaseprocess purchasetimeframe initialcommunication campaignid originatingleadid",
    "opportunityproduct": "opportunityid productid opportunitystatecode:R",
}


@pytest.mark.parametrize("table", list(COLUMNS))
def test_a_table_has_its_columns_with_their_access(table: str) -> None:
    wrong = []
    for word in COLUMNS[table].split():
        name, _, access = word.partition(":")
        column = TABLES[table].columns.get(name)
        expected = {"": column.access if column and column.access else "CU", "R": ""}.get(access, access)
        if column is None or column.access != expected:
            wrong.append(word)

    assert wrong == []


def test_what_the_reference_leaves_out_of_a_table_is_not_there() -> None:
    """Invoices and their lines have addresses without contact and id."""
    absent = {"invoice": "billto_contactname shipto_addressid", "invoicedetail": "shipto_contactname shipto_addressid"}

    assert [name for table, names in absent.items() for name in names.split() if name in TABLES[table].columns] == []


def test_every_lookup_points_to_a_table_that_is_there_and_neighbours_hold_nothing(crm: Any, sign_in_as: Any) -> None:
    dangling = [
        (table.name, column.name)
        for table in TABLES.values()
        for column in table.columns.values()
        for target in column.targets
        if target.table not in TABLES
    ]
    admin = sign_in_as("admin")

    assert dangling == []
    assert admin.get("territories").value == []
    assert admin.post("territories", {"name": "North"}).code == "0x80040800"


def test_metadata_tell_what_money_is_rounded_to(crm: Any) -> None:
    """Source: the table reference, which was generated from a live organisation."""
    address = (
        "EntityDefinitions(LogicalName='productpricelevel')/Attributes/Microsoft.Dynamics.CRM.MoneyAttributeMetadata"
    )
    columns = {row["LogicalName"]: row for row in crm.get(address).value}
    told = {name: (row["Precision"], row["PrecisionSource"]) for name, row in columns.items()}

    assert told["amount"] == (2, 1)
    assert told["amount_base"] == (4, 0)
