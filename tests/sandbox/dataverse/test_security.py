"""Rights: privileges come from roles with a depth; users, application users, roles of units, acting for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.dataverse import seed

BASE = "https://127.0.0.1:8443/api/data/v9.2/"
PETER = "ps@contoso.example"


@pytest.fixture
def admin(sign_in_as: Any) -> Any:
    return sign_in_as("admin")


@pytest.fixture
def sign_in(app: Any, crm: Any) -> Callable[[str], Any]:
    """A client for a person, by user name."""

    def client(user: str) -> Any:
        own = type(crm)(app)
        fields = {"client_id": app.ids.client_id, "username": user, "password": seed.PERSON_PASSWORD}
        own.token = own.sign_in(grant_type="password", **fields)["access_token"]
        return own

    return client


def user_of(client: Any, name: str) -> str:
    return str(client.get(f"systemusers?$filter=startswith(fullname,'{name}')").value[0]["systemuserid"])


def root_unit(client: Any) -> str:
    return str(client.get("businessunits?$filter=_parentbusinessunitid_value eq null").value[0]["businessunitid"])


def unit(admin: Any, name: str, parent: str) -> str:
    return str(admin.create("businessunits", name=name, parentbusinessunitid__bind=f"/businessunits({parent})"))


def grant(admin: Any, name: str, unit: str, **depths: str) -> str:
    """A role of a unit with these privileges."""
    key = admin.create("roles", name=name, businessunitid__bind=f"/businessunits({unit})")
    listed = []
    for privilege, depth in depths.items():
        found = admin.get(f"privileges?$filter=name eq '{privilege}'").value[0]["privilegeid"]
        listed.append({"PrivilegeId": found, "Depth": depth})
    answer = admin.post(f"roles({key})/Microsoft.Dynamics.CRM.AddPrivilegesRole", {"Privileges": listed})
    assert answer.status == 204, answer.body
    return str(key)


def give(admin: Any, user: str, role: str) -> Any:
    body = {"@odata.id": f"{BASE}roles({role})"}
    return admin.post(f"systemusers({user})/systemuserroles_association/$ref", body)


def take(admin: Any, user: str) -> None:
    for row in admin.get(f"systemusers({user})/systemuserroles_association").value:
        address = f"systemusers({user})/systemuserroles_association({row['roleid']})/$ref"
        assert admin.delete(address).status == 204


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def spoiled(token: str) -> str:
    """The token with another payload under the same signature."""
    head, body, signature = token.split(".")
    return f"{head}.{body[:-4]}AAAA.{signature}"


@pytest.mark.parametrize("kind", ["none", "basic", "signature", "audience", "tenant", "expired"])
def test_a_token_that_is_not_right_is_challenged(crm: Any, kind: str) -> None:
    app, right = crm.app, crm.token
    claims = {"aud": "https://127.0.0.1:8443", "tid": app.ids.tenant, "appid": app.ids.client_id, "idtyp": "app"}
    authorization = {
        "none": "",
        "basic": "Basic YTpi",
        "signature": f"Bearer {spoiled(right)}",
        "audience": f"Bearer {app.tokens.issue({**claims, 'aud': 'https://elsewhere.example'})}",
        "tenant": f"Bearer {app.tokens.issue({**claims, 'tid': app.ids.organization})}",
        "expired": f"Bearer {right}",
    }[kind]
    app.clock.offset_seconds = 3600 if kind == "expired" else 0

    answer = crm.get("WhoAmI", authorization=authorization)

    assert answer.status == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith("Bearer authorization_uri=https://127.0.0.1:8443/")
    assert f"/{app.ids.tenant}/oauth2/authorize" in challenge
    assert "resource_id=https://127.0.0.1:8443/" in challenge
    assert answer.code == ("0x80041d52" if kind == "expired" else answer.code)


# ── who may sign in ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("user", "code"),
    [("dora@contoso.example", "0x80040225"), ("nils@contoso.example", "0x8004d24b"), (PETER, None)],
)
def test_disabled_and_unlicensed_users_are_kept_out(sign_in: Any, user: str, code: str | None) -> None:
    answer = sign_in(user).get("WhoAmI")

    assert (answer.status, answer.code if code else None) == (403 if code else 200, code)


def test_a_non_interactive_user_needs_no_licence(admin: Any, sign_in: Any) -> None:
    nils = user_of(admin, "Nils")

    assert admin.patch(f"systemusers({nils})", {"accessmode": 4}).status == 204

    assert sign_in("nils@contoso.example").get("WhoAmI").json["UserId"] == nils


def test_only_an_administrator_changes_the_access_mode(crm: Any, admin: Any) -> None:
    peter = user_of(admin, "Peter")

    answer = crm.patch(f"systemusers({peter})", {"accessmode": 4})

    assert (answer.status, answer.code) == (403, "0x80048d2f")
    assert crm.patch(f"systemusers({peter})", {"isintegrationuser": True}).status == 204
    assert admin.get(f"systemusers({peter})").json["isintegrationuser"] is True


def test_the_access_mode_takes_rights_away(admin: Any, sign_in: Any) -> None:
    peter, client = user_of(admin, "Peter"), sign_in(PETER)
    assert client.post("accounts", {"name": "A"}).status == 204

    admin.patch(f"systemusers({peter})", {"accessmode": 2})
    assert client.get("accounts").status == 200
    assert client.post("accounts", {"name": "A"}).code == "0x80040220"

    admin.patch(f"systemusers({peter})", {"accessmode": 1})
    assert client.get("accounts").code == "0x80040220"
    assert client.get("systemusers").status == 200


def test_an_application_without_user_is_no_member(app: Any, crm: Any, admin: Any) -> None:
    own = type(crm)(app)
    fields = {"client_id": app.ids.fresh_client_id, "client_secret": seed.FRESH_SECRET}
    own.token = own.sign_in(grant_type="client_credentials", **fields)["access_token"]
    first = own.get("WhoAmI")

    root = root_unit(admin)
    body = {"applicationid": app.ids.fresh_client_id, "businessunitid@odata.bind": f"/businessunits({root})"}
    assert crm.post("systemusers", body).code == "0x80040220"
    made = admin.post("systemusers", body)
    second = own.get("WhoAmI")
    role = admin.get(f"roles?$filter=name eq 'Salesperson' and _businessunitid_value eq {root}").value[0]["roleid"]
    give(admin, made.id, role)

    row = admin.get(f"systemusers({made.id})").json
    assert (first.status, first.code) == (403, "0x80072560")
    assert (second.status, second.code) == (403, "0x80042f09")
    assert own.get("WhoAmI").json["UserId"] == made.id
    assert (row["fullname"], row["accessmode"], row["islicensed"]) == ("# Fresh", 4, False)
    assert row["azureactivedirectoryobjectid"]
    assert admin.post("systemusers", body).status == 412


def test_an_application_user_needs_a_registered_application(admin: Any) -> None:
    root = root_unit(admin)
    body = {"applicationid": root, "businessunitid@odata.bind": f"/businessunits({root})"}

    answer = admin.post("systemusers", body)

    assert (answer.status, answer.code) == (400, "0x80072559")
    control = type("Control", (), {"verb": "POST", "json": lambda _self: {"client_id": root, "client_secret": "s"}})
    admin.app.control(control(), "application")
    assert admin.post("systemusers", body).status == 204


# ── roles ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_refusal_names_privilege_user_and_table(sign_in: Any, admin: Any) -> None:
    answer = sign_in(PETER).post("products", {"name": "P"})

    text = answer.json["error"]["message"]
    assert (answer.status, answer.code) == (403, "0x80040220")
    assert text.startswith(f"Principal user (Id={user_of(admin, 'Peter')}, type=8, roleCount=1, privilegeCount=")
    assert "accessMode=0), is missing prvCreateProduct privilege (Id=" in text
    assert "on OTC=1024 for entity 'product' (LocalizedName='Product')" in text


def test_tables_share_privileges_as_the_service_has_them(sign_in: Any, admin: Any) -> None:
    peter = user_of(admin, "Peter")
    take(admin, peter)
    give(admin, peter, grant(admin, "Lists", root_unit(admin), prvReadProduct="Global", prvReadOrder="Global"))
    client = sign_in(PETER)

    assert client.get("pricelevels").status == 200
    assert client.get("salesorderdetails").status == 200
    answer = client.get("systemusers")
    assert "prvReadUser " in answer.json["error"]["message"]


def test_a_role_of_another_unit_cannot_be_given(admin: Any) -> None:
    root = root_unit(admin)
    sales = unit(admin, "Sales", root)
    copy = admin.get(f"roles?$filter=name eq 'Salesperson' and _businessunitid_value eq {sales}").value[0]["roleid"]
    peter = user_of(admin, "Peter")

    answer = give(admin, peter, copy)

    assert answer.status == 400
    assert admin.patch(f"systemusers({peter})", {"businessunitid@odata.bind": f"/businessunits({sales})"}).status == 204
    assert admin.get(f"systemusers({peter})/systemuserroles_association").value == []
    assert give(admin, peter, copy).status == 204


def test_a_role_of_a_team_counts_for_its_members(admin: Any, sign_in: Any) -> None:
    root, peter = root_unit(admin), user_of(admin, "Peter")
    take(admin, peter)
    assert sign_in(PETER).get("WhoAmI").code == "0x80042f09"
    team = admin.create("teams", name="T", businessunitid__bind=f"/businessunits({root})")
    role = grant(admin, "Readers", root, prvReadAccount="Global")
    admin.post(f"teams({team})/teamroles_association/$ref", {"@odata.id": f"{BASE}roles({role})"})
    admin.post(f"teams({team})/teammembership_association/$ref", {"@odata.id": f"{BASE}systemusers({peter})"})

    client = sign_in(PETER)

    assert client.get("accounts").status == 200
    assert client.get("contacts").code == "0x80040220"
    admin.delete(f"teams({team})/teammembership_association({peter})/$ref")
    assert client.get("WhoAmI").code == "0x80042f09"


def test_depth_decides_which_rows_are_seen(admin: Any, sign_in: Any) -> None:
    root, peter = root_unit(admin), user_of(admin, "Peter")
    below = unit(admin, "Below", root)
    admin.create("accounts", name="admin's")
    admin.create("accounts", name="peter's", ownerid__bind=f"/systemusers({peter})")
    team = admin.get(f"teams?$filter=_businessunitid_value eq {below}").value[0]["teamid"]
    admin.create("accounts", name="below", ownerid__bind=f"/teams({team})")
    client = sign_in(PETER)
    seen = {}
    for depth in ("Basic", "Local", "Deep", "Global"):
        take(admin, peter)
        give(admin, peter, grant(admin, depth, root, prvReadAccount=depth))
        seen[depth] = {row["name"] for row in client.get("accounts?$select=name").value}
    take(admin, peter)
    give(admin, peter, grant(admin, "Own", root, prvReadAccount="Basic"))

    assert seen["Basic"] == {"peter's"}
    assert seen["Local"] == {"peter's", "admin's"}
    assert seen["Deep"] == seen["Global"] == {"peter's", "admin's", "below"}
    assert client.get("accounts/$count").body == b"1"
    answer = client.get("accounts?$select=name", prefer="odata.track-changes")
    assert (answer.status, answer.code) == (403, "0x80040220")


def test_depth_decides_which_rows_are_written(admin: Any, sign_in: Any) -> None:
    root, peter = root_unit(admin), user_of(admin, "Peter")
    foreign = admin.create("accounts", name="admin's")
    own = admin.create("accounts", name="peter's", ownerid__bind=f"/systemusers({peter})")
    take(admin, peter)
    depths = {"prvReadAccount": "Global", "prvWriteAccount": "Basic", "prvDeleteAccount": "Basic"}
    give(admin, peter, grant(admin, "Own", root, **depths))
    client = sign_in(PETER)

    answer = client.patch(f"accounts({foreign})", {"name": "B"})

    assert (answer.status, answer.code) == (403, "0x80048306")
    assert "AccessRights: WriteAccess" in answer.json["error"]["message"]
    assert client.delete(f"accounts({foreign})").code == "0x80048306"
    assert client.patch(f"accounts({own})", {"name": "B"}).status == 204
    assert client.delete(f"accounts({own})").status == 204


def test_a_row_out_of_reach_cannot_be_read(admin: Any, sign_in: Any) -> None:
    peter = user_of(admin, "Peter")
    foreign = admin.create("accounts", name="admin's")
    take(admin, peter)
    give(admin, peter, grant(admin, "Own", root_unit(admin), prvReadAccount="Basic"))

    answer = sign_in(PETER).get(f"accounts({foreign})")

    assert (answer.status, answer.code) == (403, "0x80048306")


def test_privileges_of_users_and_roles_can_be_asked_for(admin: Any) -> None:
    peter = user_of(admin, "Peter")
    take(admin, peter)
    role = grant(admin, "Lists", root_unit(admin), prvReadAccount="Local")
    give(admin, peter, role)
    bound = "Microsoft.Dynamics.CRM"
    object_id = admin.get(f"systemusers({peter})").json["azureactivedirectoryobjectid"]

    listed = admin.get(f"systemusers({peter})/{bound}.RetrieveUserPrivileges").json["RolePrivileges"]
    one = admin.get(
        f"systemusers({peter})/{bound}.RetrieveUserPrivilegeByPrivilegeName(PrivilegeName='prvReadContact')"
    )
    of_role = admin.get(f"roles({role})/{bound}.RetrieveRolePrivilegesRole").json["RolePrivileges"]
    roles = admin.get(f"RetrieveAadUserRoles(DirectoryObjectId={object_id})").value
    everything = admin.get(f"systemusers({user_of(admin, 'Ada')})/{bound}.RetrieveUserPrivileges").json

    assert [(row["PrivilegeName"], row["Depth"]) for row in listed] == [("prvReadAccount", "Local")]
    assert one.json["RolePrivileges"] == []
    assert of_role == listed
    assert [row["name"] for row in roles] == ["Lists"]
    assert "prvWriteOrder" in {row["PrivilegeName"] for row in everything["RolePrivileges"]}


def test_privileges_of_a_role_are_replaced(admin: Any) -> None:
    role = grant(admin, "R", root_unit(admin), prvReadAccount="Local")
    found = admin.get("privileges?$filter=name eq 'prvReadContact'").value[0]["privilegeid"]
    body = {"Privileges": [{"PrivilegeId": found, "Depth": 3}]}

    assert admin.post(f"roles({role})/Microsoft.Dynamics.CRM.ReplacePrivilegesRole", body).status == 204

    rows = admin.get(f"roles({role})/Microsoft.Dynamics.CRM.RetrieveRolePrivilegesRole").json["RolePrivileges"]
    assert [(row["PrivilegeName"], row["Depth"]) for row in rows] == [("prvReadContact", "Global")]
    wrong = {"Privileges": [{"PrivilegeId": role, "Depth": "Basic"}]}
    assert admin.post(f"roles({role})/Microsoft.Dynamics.CRM.AddPrivilegesRole", wrong).status == 400


# ── acting for others ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_acting_for_a_disabled_user_is_refused(crm: Any) -> None:
    dora = user_of(crm, "Dora")

    assert crm.post("accounts", {"name": "A"}, mscrmcallerid=dora).code == "0x80040225"


def test_acting_for_nobody_is_refused(crm: Any) -> None:
    nobody = "00000000-0000-0000-0000-000000000001"

    assert crm.post("accounts", {"name": "A"}, callerobjectid=nobody).status == 404


def test_acting_for_others_needs_its_privilege(sign_in: Any, crm: Any) -> None:
    answer = sign_in(PETER).post("accounts", {"name": "A"}, mscrmcallerid=user_of(crm, "Ada"))

    assert (answer.status, answer.code) == (403, "0x80040220")
    assert "prvActOnBehalfOfAnotherUser" in answer.json["error"]["message"]


def test_a_part_of_a_batch_acts_for_others_by_itself(crm: Any) -> None:
    peter, me = user_of(crm, "Peter"), crm.get("WhoAmI").json["UserId"]
    parts = []
    for name, header in (("A", f"MSCRMCallerID: {peter}\r\n"), ("B", "")):
        parts.append(
            "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            f"POST /api/data/v9.2/accounts HTTP/1.1\r\nContent-Type: application/json\r\n{header}\r\n"
            f'{{"name":"{name}"}}\r\n'
        )
    body = ("".join(parts) + "--b--\r\n").encode()

    answer = crm.send("POST", "$batch", body, content_type="multipart/mixed; boundary=b")

    assert answer.status == 200, answer.body
    made = {row["name"]: row["_createdby_value"] for row in crm.get("accounts").value}
    assert made == {"A": peter, "B": me}
