"""Tokens, users, roles, owners, and acting as somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.dataverse.seed import CLIENT_SECRET


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"client_secret": "wrong"}, 7000215),
        ({"client_id": "nobody"}, 700016),
        ({"scope": "https://elsewhere.example/.default"}, 500011),
        ({"grant_type": "nothing"}, 70003),
        ({"grant_type": "password", "username": "admin@contoso.example", "password": "wrong"}, 50126),
        ({"grant_type": "authorization_code", "code": "wrong"}, 70008),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_sign_in_names_its_aadsts_number(crm: Any, change: dict[str, str], number: int) -> None:
    fields = {"grant_type": "client_credentials", "client_id": crm.app.ids.client_id, "client_secret": CLIENT_SECRET}

    answer = crm.sign_in(**{**fields, **change})

    assert answer["error_codes"] == [number]
    assert answer["error_description"].startswith(f"AADSTS{number}: ")


def test_a_call_without_a_good_token_is_challenged(crm: Any) -> None:
    crm.app.clock.offset_seconds = 4000
    expired = crm.get("WhoAmI")
    crm.token = "nonsense"
    unknown = crm.get("WhoAmI")

    assert (expired.status, expired.code) == (401, "0x80041d52")
    assert unknown.status == 401
    assert "resource_id=https://127.0.0.1:8443/" in unknown.headers["www-authenticate"]
    assert f"authorization_uri=https://127.0.0.1:8443/{crm.app.ids.tenant}/" in unknown.headers["www-authenticate"]


def test_an_application_needs_its_user_and_a_role(crm: Any, sign_in_as: Any) -> None:
    admin = sign_in_as("admin")
    user = crm.get("WhoAmI").json["UserId"]
    role = admin.get(f"systemusers({user})/systemuserroles_association").value[0]["roleid"]
    assert admin.delete(f"systemusers({user})/systemuserroles_association({role})/$ref").status == 204

    assert crm.get("WhoAmI").code == "0x80042f09"

    body = {"@odata.id": f"https://127.0.0.1:8443/api/data/v9.2/roles({role})"}
    assert admin.post(f"systemusers({user})/systemuserroles_association/$ref", body).status == 204
    admin.patch(f"systemusers({user})", {"isdisabled": True})
    assert crm.get("WhoAmI").code == "0x80040225"
    admin.patch(f"systemusers({user})", {"isdisabled": False, "applicationid": crm.app.ids.tenant})
    assert crm.get("WhoAmI").code == "0x80072560"


def test_an_administrator_makes_an_application_user(sign_in_as: Any, crm: Any) -> None:
    admin = sign_in_as("admin")
    unit = admin.get("businessunits?$filter=_parentbusinessunitid_value eq null").value[0]["businessunitid"]
    body = {"applicationid": unit, "businessunitid@odata.bind": f"/businessunits({unit})"}

    assert crm.post("systemusers", body).code == "0x80040220"
    assert admin.post("systemusers", body).status == 204


def test_a_missing_privilege_is_named(crm: Any) -> None:
    answer = crm.post("roles", {"name": "X"})

    assert (answer.status, answer.code) == (403, "0x80040220")
    assert "prvCreateRole" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("Peter Saddow", None), ("Dora Disabled", "0x80040225"), ("Nils Nolicence", "0x8004d24b")],
)
def test_only_an_enabled_licensed_user_owns_rows(crm: Any, name: str, code: str | None) -> None:
    owner = crm.get(f"systemusers?$filter=fullname eq '{name}'").value[0]["systemuserid"]

    answer = crm.post("accounts", {"name": "A", "ownerid@odata.bind": f"/systemusers({owner})"})

    if code is None:
        assert crm.get(f"accounts({answer.id})").json["_owninguser_value"] == owner
    else:
        assert answer.code == code


def test_acting_as_a_user_signs_the_next_writes(crm: Any) -> None:
    key = crm.create("accounts", name="A")
    me = crm.get("WhoAmI").json["UserId"]
    crm.app.act_as("Peter Saddow")
    crm.patch(f"accounts({key})", {"name": "B"})
    theirs = crm.get(f"accounts({key})").json["_modifiedby_value"]
    crm.app.act_as(None)
    crm.patch(f"accounts({key})", {"name": "C"})

    assert theirs == crm.get("systemusers?$filter=firstname eq 'Peter'").value[0]["systemuserid"]
    assert crm.get(f"accounts({key})").json["_modifiedby_value"] == me
    with pytest.raises(ValueError, match="no user"):
        crm.app.act_as("Nobody")


def test_impersonation_needs_the_right_and_intersects_rights(crm: Any, sign_in_as: Any) -> None:
    peter = crm.get("systemusers?$filter=firstname eq 'Peter'").value[0]["systemuserid"]

    key = crm.post("accounts", {"name": "A"}, mscrmcallerid=peter).id

    assert crm.get(f"accounts({key})").json["_createdby_value"] == peter
    assert crm.post("pricelevels", {"name": "L"}, mscrmcallerid=peter).code == "0x80040220"


def test_faults_inside_the_app(crm: Any) -> None:
    load = crm.app.faults.load
    load([{"id": "r", "times": 1, "do": {"revoke": "prvCreateAccount"}}])
    assert crm.post("accounts", {"name": "A"}).code == "0x80040220"
    assert crm.post("accounts", {"name": "A"}).status == 204

    load([{"id": "x", "do": {"reject_row": "name=Bad"}}, {"id": "u", "do": {"rewrite": {"name": "UPPER"}}}])
    assert crm.post("accounts", {"name": "Bad"}).code == "0x80040265"
    assert crm.get(f"accounts({crm.create('accounts', name='good')})").json["name"] == "GOOD"

    load([{"id": "d", "do": {"drop_column": "account.sic"}}])
    assert crm.get("accounts?$select=sic").code == "0x80060888"
    assert crm.post("accounts", {"name": "A", "sic": "1"}).status == 400
    names = crm.get("EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName").value
    assert "sic" not in {row["LogicalName"] for row in names}

    load([])
    link = crm.get("accounts?$select=name", prefer="odata.track-changes").json["@odata.deltaLink"]
    load([{"id": "s", "times": 1, "do": {"stale_delta": True}}])
    assert crm.get(link).code == "0x80044352"
    assert crm.get(link).status == 200
    assert crm.app.faults.report() == [{"id": "s", "fired": 1}]


def test_reset_brings_the_start_back(crm: Any) -> None:
    crm.create("accounts", name="A")

    crm.app.reset_data()

    assert crm.get("accounts").value == []
    assert crm.get("WhoAmI").status == 200
    page = crm.app.table_page("systemuser", 0, 2)
    assert page is not None
    assert (page.count, len(page.rows)) == (6, 2)
