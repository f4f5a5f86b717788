"""Runs what `dataverse-api` can do and reports what each operation gave: `driver.py READY REPORT`."""

import json
import sys
import time
from pathlib import Path

import pandas as pd
import requests
from dataverse_api import DataverseClient
from dataverse_api.utils.batching import BatchCommand, RequestMethod

STEPS = []


def step(operation):
    """Remember an operation to run, in order."""
    STEPS.append(operation)
    return operation


def statuses(responses):
    return [response.status_code for response in responses]


@step
def schema(client, kept):
    account = kept["account"] = client.entity("account")
    relationships = account.relationships
    return {
        "set": account.entity_set_name,
        "id": account.primary_id_attr,
        "image": account.primary_img_attr,
        "keys": account.alternate_keys,
        "bulk": [account.supports_create_multiple, account.supports_update_multiple],
        "single": "primarycontactid" in relationships.single_valued,
        "many": "contact_customer_accounts" in relationships.collection_valued,
    }


@step
def create_individual(client, kept):
    rows = [{"name": f"Single {n}", "numberofemployees": n} for n in range(3)]
    answers = kept["account"].create(rows, return_created=True)
    kept["ids"] = [answer.json()["accountid"] for answer in answers]
    return statuses(answers)


@step
def create_threaded(client, kept):
    return sorted(statuses(kept["account"].create([{"name": f"Thread {n}"} for n in range(5)], threading=True)))


@step
def create_multiple(client, kept):
    rows = [{"name": f"Multi {n}"} for n in range(5)]
    answers = kept["account"].create(rows, mode="multiple", batch_size=2)
    return [len(answer.json()["Ids"]) for answer in answers]


@step
def create_batch(client, kept):
    frame = pd.DataFrame({"name": ["Batch 1", "Batch 2"], "creditlimit": [1.5, None]})
    answers = kept["account"].create(frame, mode="batch")
    return {"statuses": statuses(answers), "parts": [answer.text.count("HTTP/1.1 204") for answer in answers]}


@step
def read(client, kept):
    account = kept["account"]
    paged = account.read(
        select=["name"], filter="startswith(name,'Multi')", order_by="name desc", page_size=2, return_responses=True
    )
    formatted = account.read(
        select=["numberofemployees", "statecode"], filter="name eq 'Single 1'", return_formatted_values=True
    )
    top = account.read(select=["name"], top=2, order_by="name")
    expanded = account.read(select=["name"], top=1, expand="owninguser($select=fullname)")
    return {
        "pages": [len(answer.json()["value"]) for answer in paged],
        "first": paged[0].json()["value"][0]["name"],
        "state": formatted[0]["statecode@OData.Community.Display.V1.FormattedValue"],
        "top": [row["name"] for row in top],
        "owner": sorted(expanded[0]["owninguser"].keys() & {"fullname", "systemuserid"}),
    }


@step
def upsert_by_id(client, kept):
    rows = [{"accountid": key, "telephone1": str(n)} for n, key in enumerate(kept["ids"])]
    answers = kept["account"].upsert(rows)
    batched = kept["account"].upsert([{**row, "fax": "1"} for row in rows], mode="batch")
    found = kept["account"].read(select=["telephone1"], filter="fax eq '1'", order_by="telephone1")
    return {
        "statuses": statuses(answers),
        "batch": statuses(batched),
        "parts": batched[0].text.count("HTTP/1.1 204"),
        "found": [row["telephone1"] for row in found],
    }


@step
def upsert_by_alternate_key(client, kept):
    """The client's own way to add a key fails before it asks anything, so the key is added without it."""
    account = kept["account"]
    key = {"SchemaName": "new_number_key", "KeyAttributes": ["accountnumber"]}
    url = f"{kept['url']}/api/data/v9.2/EntityDefinitions(LogicalName='account')/Keys"
    assert kept["session"].post(url, json=key).status_code == 204
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        if kept["session"].get(url).json()["value"][0]["EntityKeyIndexStatus"] == "Active":
            break
        time.sleep(0.2)
    account.update_schema("altkeys")
    rows = [{"accountnumber": "A-1", "name": "By key"}, {"accountnumber": "A-2", "name": "By key"}]
    first = account.upsert(rows, altkey_name="new_number_key")
    second = account.upsert([{**row, "fax": "7"} for row in rows], altkey_name="new_number_key", mode="batch")
    found = account.read(select=["accountnumber"], filter="fax eq '7' and name eq 'By key'", order_by="accountnumber")
    return {
        "keys": account.alternate_keys,
        "statuses": statuses(first),
        "parts": second[0].text.count("HTTP/1.1 204"),
        "found": [row["accountnumber"] for row in found],
    }


@step
def delete_columns(client, kept):
    answers = kept["account"].delete_columns(["fax"], ids=kept["ids"][:1])
    batched = kept["account"].delete_columns(["fax"], filter="fax eq '1'", mode="batch")
    left = kept["account"].read(select=["fax"], filter="fax eq '1'")
    return {"statuses": statuses(answers), "batch": statuses(batched), "left": len(left)}


@step
def delete(client, kept):
    account = kept["account"]
    alone = account.delete(ids=kept["ids"])
    batched = account.delete(mode="batch", filter="startswith(name,'Multi')", batch_size=3)
    left = account.read(select=["name"], filter="startswith(name,'Multi') or startswith(name,'Single')")
    return {"statuses": statuses(alone), "batch": statuses(batched), "left": len(left)}


@step
def own_batch(client, kept):
    commands = [
        BatchCommand("contacts", RequestMethod.POST, data={"lastname": "O'Neil"}),
        BatchCommand("contacts?$select=lastname", RequestMethod.GET),
    ]
    answer = client.submit_batch(commands)[0]
    return {"status": answer.status_code, "found": "O'Neil" in answer.text}


@step
def definitions(client, kept):
    entity = client.get_entity_definition("account")
    relation = client.get_relationship_definition("contact_customer_accounts")
    return {
        "languages": client.get_language_codes(),
        "entity": [entity.schema_name, entity.has_notes, entity.display_name.localized_labels[0].label],
        "relation": relation.schema_name,
        "put back": client.update_entity(entity).status_code,
    }


@step
def failure(client, kept):
    """The client keeps refusals among its answers and says which they were."""
    return statuses(kept["account"].create([{"name": "x" * 161}, {"name": "Fine"}]))


def main():
    ready = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["crm"]
    session = requests.Session()
    form = {
        "grant_type": "client_credentials",
        "client_id": ready["client_id"],
        "client_secret": ready["client_secret"],
        "scope": f"{ready['url']}/.default",
    }
    token = session.post(f"{ready['authority']}/{ready['tenant']}/oauth2/v2.0/token", data=form).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    client, report = DataverseClient(session, ready["url"]), {}
    kept = {"session": session, "url": ready["url"]}
    for operation in STEPS:
        try:
            report[operation.__name__] = {"value": operation(client, kept)}
        except Exception as error:
            report[operation.__name__] = {"error": f"{type(error).__name__}: {error}"}
    Path(sys.argv[2]).write_text(json.dumps(report, default=str), encoding="utf-8")


main()
