"""Runs the documented operations of the vendor's SDK and reports what each gave: `driver.py READY REPORT`."""

import json
import sys
import time
import uuid
from pathlib import Path

import pandas as pd
from azure.identity import ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.models import ExpandOption, UpsertItem, col

FORMATTED = "OData.Community.Display.V1.FormattedValue"
STEPS = []


def step(operation):
    """Remember an operation to run, in order."""
    STEPS.append(operation)
    return operation


def names(rows):
    return [row["name"] for row in rows]


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@step
def create_and_retrieve(client, kept):
    contact = client.records.create("contact", {"lastname": "Verlaine", "firstname": "Anna"})
    account = client.records.create(
        "account",
        {
            "Name": "Contoso Ltd",
            "accountnumber": "ACC-1",
            "revenue": 1500000.5,
            "paymenttermscode": "Net 45",
            "primarycontactid@odata.bind": f"/contacts({contact})",
        },
    )
    kept["account"], kept["contact"] = account, contact
    row = client.records.retrieve(
        "account",
        account,
        select=["name", "revenue", "paymenttermscode"],
        expand=["primarycontactid"],
        include_annotations="*",
    )
    return {
        "name": row["name"],
        "revenue": row["revenue"],
        "terms": row["paymenttermscode"],
        "terms text": row[f"paymenttermscode@{FORMATTED}"],
        "contact": row["primarycontactid"]["fullname"],
        "missing": client.records.retrieve("account", "00000000-0000-0000-0000-000000000001"),
    }


@step
def update_one(client, kept):
    client.records.update("account", kept["account"], {"telephone1": "555-0199"})
    return client.records.retrieve("account", kept["account"], select=["telephone1"])["telephone1"]


@step
def create_many(client, kept):
    kept["many"] = client.records.create("account", [{"name": f"Bulk {n}", "numberofemployees": n} for n in range(7)])
    return names(client.records.retrieve("account", key, select=["name"]) for key in kept["many"])


@step
def update_many(client, kept):
    client.records.update("account", kept["many"], {"industrycode": "Consulting"})
    client.records.update("account", kept["many"][:2], [{"sic": "1"}, {"sic": "2"}])
    rows = client.records.list("account", filter=col("industrycode") == 7, select=["sic"], orderby=["name asc"])
    return [row["sic"] for row in rows]


@step
def delete_one(client, kept):
    key = client.records.create("account", {"name": "Short-lived"})
    client.records.delete("account", key)
    return client.records.retrieve("account", key)


@step
def delete_many(client, kept):
    keys = client.records.create("account", [{"name": f"Gone {n}"} for n in range(3)])
    job = client.records.delete("account", keys)
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        left = client.records.list("account", filter="startswith(name,'Gone')", select=["name"])
        if not list(left):
            break
        time.sleep(0.2)
    alone = client.records.create("account", [{"name": "Gone 4"}, {"name": "Gone 5"}])
    client.records.delete("account", alone, use_bulk_delete=False)
    left = client.records.list("account", filter="startswith(name,'Gone')", select=["name"])
    return {"job": len(job), "left": names(left)}


@step
def alternate_key(client, kept):
    made = client.tables.create_alternate_key("account", "new_accountnumber_key", ["accountnumber"])
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        found = client.tables.get_alternate_keys("account")
        if found and found[0].status == "Active":
            break
        time.sleep(0.2)
    return {"made": made.status, "found": [[key.schema_name, key.key_attributes, key.status] for key in found]}


@step
def upsert(client, kept):
    one = UpsertItem(alternate_key={"accountnumber": "ACC-1"}, record={"telephone2": "555-0100"})
    client.records.upsert("account", [one])
    items = [
        UpsertItem(alternate_key={"accountnumber": f"ACC-{n}"}, record={"name": f"Upserted {n}"}) for n in (1, 2, 3)
    ]
    client.records.upsert("account", items)
    rows = client.records.list(
        "account",
        filter=col("accountnumber").is_not_null(),
        select=["name", "telephone2"],
        orderby=["accountnumber asc"],
    )
    return [[row["name"], row["telephone2"]] for row in rows]


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def numbered(client):
    return client.query.builder("account").select("name").where(col("name").startswith("Bulk"))


@step
def query_filters(client, kept):
    def found(expression):
        return names(client.query.builder("account").select("name").where(expression).order_by("name").execute())

    return {
        "eq": found(col("name") == "BULK 3"),
        "and or": found((col("numberofemployees") > 1) & (col("numberofemployees") < 4) | (col("sic") == "2")),
        "not": found(~(col("numberofemployees") <= 5) & col("name").startswith("Bulk")),
        "in": found(col("numberofemployees").in_([0, 6])),
        "not in": found(col("numberofemployees").not_in([0, 1, 2, 3, 4]) & col("name").contains("Bulk")),
        "between": found(col("numberofemployees").between(2, 3)),
        "ends": found(col("name").endswith("k 5")),
        "null": found(col("numberofemployees").is_null() & col("name").startswith("Upserted")),
        "guid": found(col("accountid") == uuid.UUID(kept["many"][4])),
    }


@step
def query_order_and_top(client, kept):
    return names(numbered(client).order_by("numberofemployees", descending=True).top(2).execute())


@step
def query_pages(client, kept):
    pages = numbered(client).order_by("name").page_size(3).execute_pages()
    return [names(page) for page in pages]


@step
def query_expand(client, kept):
    option = ExpandOption("contact_customer_accounts").select("lastname").filter("startswith(lastname,'V')")
    option = option.order_by("lastname", descending=True).top(1)
    for name in ("Vogel", "Vos", "Zed"):
        parent = f"/accounts({kept['account']})"
        client.records.create("contact", {"lastname": name, "parentcustomerid_account@odata.bind": parent})
    rows = (
        client.query.builder("account")
        .select("name")
        .where(col("accountnumber") == "ACC-1")
        .expand(option, "primarycontactid")
        .execute()
    )
    row = list(rows)[0]
    return {
        "contacts": [each["lastname"] for each in row["contact_customer_accounts"]],
        "primary": row["primarycontactid"]["lastname"],
    }


@step
def query_formatted_and_count(client, kept):
    query = client.query.builder("account").select("name", "revenue", "paymenttermscode").count()
    rows = list(query.where(col("accountnumber") == "ACC-1").include_formatted_values().execute())
    return {name: value for name, value in rows[0].items() if FORMATTED in name}


@step
def query_dataframe(client, kept):
    frame = numbered(client).order_by("name").to_dataframe()
    return frame["name"].tolist()


@step
def list_pages(client, kept):
    pages = client.records.list_pages(
        "account", filter="startswith(name,'Bulk')", select=["name"], orderby=["name asc"], page_size=5
    )
    return [len(list(page)) for page in pages]


@step
def helpers(client, kept):
    expands = client.query.odata_expands("contact")
    return {
        "select": "emailaddress1" in client.query.odata_select("account"),
        "expand": client.query.odata_expand("contact", "account"),
        "bind": list(client.query.odata_bind("contact", "account", kept["account"])),
        "targets": sorted({each["target_table"] for each in expands} & {"account", "systemuser"}),
    }


@step
def other_languages(client, kept):
    found = {}
    for name, ask in (
        ("sql", lambda: client.query.sql("SELECT TOP 1 name FROM account")),
        ("fetchxml", lambda: client.query.fetchxml('<fetch><entity name="account"/></fetch>').execute()),
    ):
        try:
            ask()
        except Exception as error:
            found[name] = [type(error).__name__, error.status_code]
    return found


# ── batches ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@step
def batch(client, kept):
    batch = client.batch.new()
    batch.records.create("account", {"name": "Batched 1"})
    batch.records.create("account", [{"name": "Batched 2"}, {"name": "Batched 3"}])
    batch.records.update("account", kept["many"][0], {"fax": "1"})
    batch.records.update("account", kept["many"][1:3], {"fax": "2"})
    batch.records.upsert("account", [{"alternate_key": {"accountnumber": "ACC-9"}, "record": {"name": "Batched 9"}}])
    batch.records.retrieve("account", kept["many"][0], select=["fax"])
    batch.records.list("account", filter=col("fax") == "2", select=["name"], orderby=["name asc"])
    batch.tables.get("account")
    batch.tables.list(filter="LogicalName eq 'contact'", select=["LogicalName"])
    batch.records.delete("account", kept["many"][6])
    result = batch.execute()
    return {
        "statuses": [response.status_code for response in result.responses],
        "fax": result.responses[5].data["fax"],
        "listed": names(result.responses[6].data["value"]),
        "table": result.responses[7].data["value"][0]["EntitySetName"],
        "ids": len(result.entity_ids),
    }


@step
def batch_with_changeset(client, kept):
    batch = client.batch.new()
    with batch.changeset() as changes:
        contact = changes.records.create("contact", {"lastname": "Set"})
        account = changes.records.create("account", {"name": "Of a set", "primarycontactid@odata.bind": contact})
        changes.records.update("account", account, {"telephone1": "9"})
    result = batch.execute()
    rows = client.records.list(
        "account", filter="name eq 'Of a set'", select=["telephone1"], expand=["primarycontactid"]
    )
    row = list(rows)[0]
    return {
        "statuses": [response.status_code for response in result.responses],
        "content ids": [response.content_id for response in result.responses],
        "row": [row["telephone1"], row["primarycontactid"]["lastname"]],
    }


@step
def batch_changeset_that_fails(client, kept):
    batch = client.batch.new()
    with batch.changeset() as changes:
        changes.records.create("account", {"name": "Undone"})
        changes.records.create("account", {"name": "x" * 161})
    result = batch.execute(continue_on_error=True)
    left = client.records.list("account", filter="name eq 'Undone'", select=["name"])
    failed = result.failed[0]
    return {
        "status": failed.status_code,
        "code": failed.error_code,
        "left": names(left),
        "parts": len(result.responses),
    }


@step
def batch_that_goes_on_and_that_does_not(client, kept):
    found = {}
    for go_on in (True, False):
        batch = client.batch.new()
        batch.records.create("account", {"name": "y" * 161})
        batch.records.create("account", {"name": f"After {go_on}"})
        found[str(go_on)] = [response.status_code for response in batch.execute(continue_on_error=go_on).responses]
    found["left"] = names(client.records.list("account", filter="startswith(name,'After')", select=["name"]))
    return found


# ── metadata ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@step
def tables(client, kept):
    info = client.tables.get("account")
    listed = client.tables.list(filter="OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'")
    return {
        "account": [info.logical_name, info.entity_set_name, info.primary_name_attribute, info.primary_id_attribute],
        "missing": client.tables.get("new_nothing"),
        "listed": sorted({each["LogicalName"] for each in listed} & {"account", "contact", "product"}),
    }


@step
def columns(client, kept):
    strings = client.tables.list_columns(
        "account",
        select=["LogicalName", "AttributeType"],
        filter="AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'String'",
    )
    typed = {each["LogicalName"]: each for each in client.tables.list_columns("account", typed=True)}
    one = client.tables.get_column("account", "emailaddress1", typed=True)
    plain = client.tables.get_column("account", "name")
    return {
        "kinds": sorted({each["AttributeType"] for each in strings}),
        "name": typed["name"]["MaxLength"],
        "employees": [typed["numberofemployees"]["MinValue"], typed["numberofemployees"]["MaxValue"]],
        "email": one["MaxLength"],
        "plain": [plain["SchemaName"], plain["@odata.type"]],
        "missing": client.tables.get_column("account", "nothing"),
    }


@step
def relationships(client, kept):
    one_to_many = client.tables.list_relationships(
        filter="RelationshipType eq Microsoft.Dynamics.CRM.RelationshipType'OneToManyRelationship'"
    )
    of_contact = client.tables.list_table_relationships("contact")
    found = client.tables.get_relationship("contact_customer_accounts")
    return {
        "kinds": sorted({each["RelationshipType"] for each in one_to_many}),
        "of contact": sorted(
            {each["SchemaName"] for each in of_contact} & {"contact_customer_accounts", "contactorders_association"}
        ),
        "found": [found.referenced_entity, found.referencing_entity, found.lookup_schema_name],
        "missing": client.tables.get_relationship("new_nothing"),
    }


@step
def changes_of_the_schema(client, kept):
    found = {}
    for name, ask in (
        ("table", lambda: client.tables.create("new_Project", {"new_Budget": "money"})),
        ("column", lambda: client.tables.add_columns("account", {"new_Status": "string"})),
        ("lookup", lambda: client.tables.create_lookup_field("contact", "new_AccountId", "account")),
        ("change", lambda: client.tables.update_column("account", "name", {"max_length": 100})),
    ):
        try:
            ask()
        except Exception as error:
            found[name] = getattr(error, "status_code", str(error))
    return found


@step
def delete_alternate_key(client, kept):
    key = client.tables.get_alternate_keys("account")[0]
    client.tables.delete_alternate_key("account", key.metadata_id)
    return client.tables.get_alternate_keys("account")


# ── DataFrames ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@step
def dataframes(client, kept):
    frame = pd.DataFrame(
        [
            {"name": "Framed 1", "numberofemployees": 5, "creditlimit": 10.5},
            {"name": "Framed 2", "numberofemployees": 6, "creditlimit": None},
        ]
    )
    frame["accountid"] = client.dataframe.create("account", frame)
    changed = pd.DataFrame({"accountid": frame["accountid"], "telephone1": ["1", "2"], "creditlimit": [None, 7.25]})
    client.dataframe.update("account", changed, id_column="accountid")
    client.dataframe.update(
        "account", pd.DataFrame({"accountid": frame["accountid"], "fax": [None, "3"]}), "accountid", clear_nulls=True
    )
    read = client.query.builder("account").select("name", "creditlimit", "telephone1")
    read = read.where(col("name").startswith("Framed")).order_by("name").to_dataframe()
    client.dataframe.delete("account", frame["accountid"], use_bulk_delete=False)
    left = client.records.list("account", filter="startswith(name,'Framed')", select=["name"])
    return {
        "read": read[["name", "creditlimit", "telephone1"]].values.tolist(),
        "left": names(left),
    }


@step
def batch_dataframes(client, kept):
    batch = client.batch.new()
    batch.dataframe.create("account", pd.DataFrame([{"name": "Batch frame 1"}, {"name": "Batch frame 2"}]))
    result = batch.execute()
    listed = client.records.list(
        "account", filter="startswith(name,'Batch frame')", select=["name"], orderby=["name asc"]
    )
    return {"statuses": [response.status_code for response in result.responses], "listed": names(listed)}


@step
def errors(client, kept):
    found = {}
    for name, ask in (
        ("too long", lambda: client.records.create("account", {"name": "z" * 161})),
        ("no column", lambda: client.records.create("account", {"nothing": 1})),
        ("no table", lambda: client.records.create("new_nothing", {"name": "a"})),
        ("not there", lambda: client.records.update("account", "00000000-0000-0000-0000-000000000001", {"name": "a"})),
        ("no property", lambda: client.records.list("account", filter="nothing eq 1")),
    ):
        try:
            ask()
        except Exception as error:
            details = getattr(error, "details", None) or {}
            found[name] = [type(error).__name__, getattr(error, "status_code", None), details.get("service_error_code")]
    return found


def main():
    ready = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["crm"]
    credential = ClientSecretCredential(
        ready["tenant"],
        ready["client_id"],
        ready["client_secret"],
        authority=ready["authority"],
        disable_instance_discovery=True,
    )
    report, kept = {}, {}
    with DataverseClient(ready["url"], credential) as client:
        for operation in STEPS:
            try:
                report[operation.__name__] = {"value": operation(client, kept)}
            except Exception as error:
                report[operation.__name__] = {"error": f"{type(error).__name__}: {error}"}
    Path(sys.argv[2]).write_text(json.dumps(report, default=str), encoding="utf-8")


main()
