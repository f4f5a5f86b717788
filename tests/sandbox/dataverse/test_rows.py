"""Single rows: create, read, upsert, conditions, lookups, refusals."""

from __future__ import annotations

from typing import Any

import pytest

GUID = "11111111-2222-3333-4444-555555555555"


def test_create_answers_204_with_the_address_and_a_representation_on_demand(crm: Any) -> None:
    plain = crm.post("accounts", {"name": "A"})
    shown = crm.post("accounts?$select=name", {"name": "B"}, prefer="return=representation")

    assert (plain.status, plain.body) == (204, b"")
    assert plain.headers["location"] == plain.headers["odata-entityid"]
    assert shown.status == 201
    assert shown.json["name"] == "B"
    assert shown.json["@odata.context"].endswith("#accounts(name)/$entity")
    assert shown.headers["preference-applied"] == "return=representation"


def test_the_caller_may_choose_the_id_once(crm: Any) -> None:
    assert crm.post("accounts", {"accountid": GUID, "name": "A"}).id == GUID

    again = crm.post("accounts", {"accountid": GUID, "name": "A"})

    assert (again.status, again.code) == (412, "0x80040237")


def test_patch_upserts_unless_a_condition_narrows_it(crm: Any) -> None:
    assert crm.patch(f"accounts({GUID})", {"name": "A"}, if_match="*").code == "0x80040217"
    assert crm.patch(f"accounts({GUID})", {"name": "A"}, prefer="return=representation").status == 201
    assert crm.patch(f"accounts({GUID})", {"name": "B"}, prefer="return=representation").status == 200
    assert crm.patch(f"accounts({GUID})", {"name": "C"}, if_none_match="*").status == 412
    assert crm.get(f"accounts({GUID})").json["name"] == "B"


def test_if_match_refuses_a_row_that_moved(crm: Any) -> None:
    key = crm.create("accounts", name="A")
    version = crm.get(f"accounts({key})").headers["etag"]
    crm.patch(f"accounts({key})", {"name": "B"})

    late = crm.patch(f"accounts({key})", {"name": "C"}, if_match=version)
    late_delete = crm.delete(f"accounts({key})", if_match=version)

    assert (late.status, late.code) == (412, "0x80060882")
    assert late_delete.code == "0x80060882"
    assert crm.delete(f"accounts({key})", if_match=crm.get(f"accounts({key})").headers["etag"]).status == 204


def test_if_match_needs_a_table_with_optimistic_concurrency(crm: Any) -> None:
    key = crm.create("uomschedules", name="A", baseuomname="A")

    assert crm.patch(f"uomschedules({key})", {"name": "B"}, if_match='W/"1"').code == "0x8006088d"


def test_get_answers_304_for_the_version_in_hand_and_not_for_null(crm: Any) -> None:
    key = crm.create("accounts", name="A")
    version = crm.get(f"accounts({key})").headers["etag"]

    assert crm.get(f"accounts({key})", if_none_match=version).status == 304
    assert crm.get(f"accounts({key})", if_none_match="null").status == 200


def test_lookups_are_written_by_navigation_property_and_read_by_value(crm: Any) -> None:
    account = crm.create("accounts", name="A")
    contact = crm.create(
        "contacts", lastname="B", firstname="Al", parentcustomerid_account__bind=f"/accounts({account})"
    )

    row = crm.get(f"contacts({contact})", prefer='odata.include-annotations="*"').json

    assert row["_parentcustomerid_value"] == row["_accountid_value"] == account
    assert row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    assert (
        row["_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"] == "parentcustomerid_account"
    )
    assert row["fullname"] == "Al B"
    crm.patch(f"contacts({contact})", {"parentcustomerid_account@odata.bind": None})
    assert crm.get(f"contacts({contact})").json["_parentcustomerid_value"] is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"nope": 1}, 400, "0x80048d19"),
        ({"name": 7}, 400, "0x80048d19"),
        ({"name": "x" * 161}, 400, "0x80044331"),
        ({"creditlimit": -1}, 400, "0x80044330"),
        ({"numberofemployees": 10**9 + 1}, 400, "0x8004432f"),
        ({"paymenttermscode": 99}, 400, "0x8004431a"),
        ({"statecode": 1, "statuscode": 2}, 400, "0x80048408"),
        ({"primarycontactid@odata.bind": f"/contacts({GUID})"}, 404, "0x80040217"),
        ({"PrimaryContactId@odata.bind": f"/contacts({GUID})"}, 400, "0x80048d19"),
        ({"_primarycontactid_value": GUID}, 400, "0x80048d19"),
        ({"primarycontactid": GUID}, 400, "0x80048d19"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_value_is_refused_as_the_service_does(crm: Any, body: dict[str, Any], status: int, code: str) -> None:
    answer = crm.post("accounts", {"name": "A", **body})

    assert (answer.status, answer.code) == (status, code)
    assert crm.get("accounts").value == []


def test_read_only_columns_are_dropped_silently(crm: Any) -> None:
    key = crm.create("accounts", name="A", creditlimit_base=7, versionnumber=1, createdon="2001-01-01T00:00:00Z")

    row = crm.get(f"accounts({key})").json

    assert row["creditlimit_base"] is None
    assert row["createdon"] > "2020"


def test_state_and_reason_go_together(crm: Any) -> None:
    key = crm.create("accounts", name="A")

    assert crm.patch(f"accounts({key})", {"statecode": 1}).status == 204
    assert crm.get(f"accounts({key})").json["statuscode"] == 2
    assert crm.patch(f"accounts({key})", {"statecode": 0, "statuscode": 2}).code == "0x80048408"


def test_base_amounts_follow_the_exchange_rate_of_the_row(crm: Any) -> None:
    euro = crm.create(
        "transactioncurrencies",
        currencyname="Euro",
        isocurrencycode="EUR",
        currencysymbol="E",
        currencyprecision=2,
        exchangerate=1.25,
    )
    key = crm.create(
        "accounts", name="A", creditlimit=100, transactioncurrencyid__bind=f"/transactioncurrencies({euro})"
    )
    crm.patch(f"transactioncurrencies({euro})", {"exchangerate": 2})

    before = crm.get(f"accounts({key})?$select=creditlimit_base,exchangerate").json
    crm.patch(f"accounts({key})", {"creditlimit": 50})
    after = crm.get(f"accounts({key})?$select=creditlimit_base,exchangerate").json

    assert (before["creditlimit_base"], before["exchangerate"]) == (80, 1.25)
    assert (after["creditlimit_base"], after["exchangerate"]) == (25, 2)


def test_single_properties_and_references(crm: Any) -> None:
    account = crm.create("accounts", name="A")
    contact = crm.create("contacts", lastname="B")

    assert crm.send("PUT", f"accounts({account})/name", {"value": "C"}).status == 204
    assert crm.get(f"accounts({account})/name").json["value"] == "C"
    reference = {"@odata.id": f"https://127.0.0.1:8443/api/data/v9.2/contacts({contact})"}
    assert crm.send("PUT", f"accounts({account})/primarycontactid/$ref", reference).status == 204
    assert crm.get(f"accounts({account})/primarycontactid").json["lastname"] == "B"
    assert crm.delete(f"accounts({account})/primarycontactid/$ref").status == 204
    assert crm.get(f"accounts({account})/primarycontactid").status == 204


def test_deleting_an_account_takes_its_contacts_but_not_its_invoices(crm: Any) -> None:
    account = crm.create("accounts", name="A")
    crm.create("contacts", lastname="B", parentcustomerid_account__bind=f"/accounts({account})")
    invoice = crm.create("invoices", name="I", customerid_account__bind=f"/accounts({account})")

    refused = crm.delete(f"accounts({account})")
    assert (refused.status, refused.code) == (405, "0x80040227")
    assert len(crm.get("contacts").value) == 1

    crm.delete(f"invoices({invoice})")
    assert crm.delete(f"accounts({account})").status == 204
    assert crm.get("contacts").value == []


def test_alternate_keys_can_be_added_and_are_unique(crm: Any) -> None:
    assert crm.get("accounts(accountnumber='A1')").code == "0x80060890"
    body = {"SchemaName": "new_number", "KeyAttributes": ["accountnumber"]}
    assert crm.post("EntityDefinitions(LogicalName='account')/Keys", body).status == 204
    assert crm.get("accounts(accountnumber='A1')").code == "0x80060890", "its index is not built yet"
    crm.app.clock.offset_seconds += 5

    created = crm.patch("accounts(accountnumber='A''1')", {"name": "A"}, prefer="return=representation")
    updated = crm.patch("accounts(accountnumber='A''1')", {"name": "B"}, prefer="return=representation")
    twin = crm.post("accounts", {"name": "C", "accountnumber": "A'1"})

    assert (created.status, updated.status) == (201, 200)
    assert created.json["accountnumber"] == "A'1"
    assert (twin.status, twin.code) == (412, "0x80060892")
    assert crm.get("accounts(accountnumber='A2')").code == "0x80060891"
