"""Tokens, users, roles, owners, and acting as somebody else."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from sandbox.dataverse.seed import CLIENT_SECRET
from sandbox.dataverse.tokens import decoded_part


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"client_secret": "wrong"}, 7000215),
        ({"client_id": "nobody"}, 700016),
        ({"scope": "https://elsewhere.example/.default"}, 500011),
        ({"grant_type": "nothing"}, 70003),
        ({"grant_type": "password", "username": "admin@contoso.example", "password": "wrong"}, 50126),
        ({"grant_type": "password", "username": "nobody@contoso.example", "password": "wrong"}, 50034),
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


# ── signing in with a page ──────────────────────────────────────────────────────────────────────────────────────────────

BACK = "http://127.0.0.1:8000/back"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def authorize(crm: Any, verb: str = "GET", **change: str | None) -> Any:
    """Ask for the page, or submit its form."""
    given = {
        "client_id": crm.app.ids.client_id,
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "https://127.0.0.1:8443/user_impersonation openid profile offline_access",
        "state": "s1",
        "nonce": "n1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **change,
    }
    text = urlencode({name: value for name, value in given.items() if value is not None})
    path = f"/{crm.app.ids.tenant}/oauth2/v2.0/authorize"
    return crm.get(f"{path}?{text}") if verb == "GET" else crm.send("POST", path, text.encode())


def submit(crm: Any, **change: str | None) -> Any:
    signed: dict[str, Any] = {"username": "admin@contoso.example", "password": "Sandbox-Admin-1", **change}
    return authorize(crm, "POST", **signed)


def returned(answer: Any) -> dict[str, str]:
    assert answer.status == 302, answer.body
    assert answer.headers["location"].startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def redeem(crm: Any, code: str, **change: str) -> dict[str, Any]:
    fields = {
        "grant_type": "authorization_code",
        "client_id": crm.app.ids.client_id,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": BACK,
        "code": code,
        "code_verifier": VERIFIER,
    }
    answer: dict[str, Any] = crm.sign_in(**{**fields, **change})
    return answer


def test_a_person_signs_in_with_code_and_challenge(crm: Any) -> None:
    page = authorize(crm, login_hint="admin@contoso.example").body.decode()
    back = returned(submit(crm))

    token = redeem(crm, back["code"])

    assert 'name="username" autocomplete="username" value="admin@contoso.example"' in page
    assert back["state"] == "s1"
    claims = decoded_part(token["id_token"].split(".")[1])
    assert (claims["nonce"], claims["preferred_username"]) == ("n1", "admin@contoso.example")
    assert token["refresh_token"]
    crm.token = token["access_token"]
    assert crm.get("WhoAmI").json["UserId"] == crm.app.ids.admin
    assert redeem(crm, back["code"])["error_codes"] == [70008]


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"code_verifier": "x" * 50}, 501481),
        ({"code_verifier": ""}, 50148),
        ({"redirect_uri": "http://127.0.0.1:8000/elsewhere"}, 500112),
        ({"client_secret": "wrong"}, 7000215),
    ],
    ids=str,
)
def test_a_code_is_redeemed_by_who_asked_for_it(crm: Any, change: dict[str, str], number: int) -> None:
    code = returned(submit(crm))["code"]

    assert redeem(crm, code, **change)["error_codes"] == [number]


def test_a_code_ages(crm: Any) -> None:
    code = returned(submit(crm))["code"]
    crm.app.clock.offset_seconds = 601

    assert redeem(crm, code)["error_codes"] == [70008]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"client_id": "nobody"}, "AADSTS700016"),
        ({"response_type": "token"}, "AADSTS700054"),
        ({"redirect_uri": "http://example.com/back"}, "AADSTS50011"),
        ({"redirect_uri": None}, "AADSTS50011"),
        ({"response_mode": "smoke"}, "AADSTS900144"),
        ({"prompt": "please"}, "AADSTS90023"),
    ],
    ids=str,
)
def test_a_wrong_request_stays_on_the_page(crm: Any, change: dict[str, Any], text: str) -> None:
    answer = authorize(crm, **change)

    assert answer.status == 400
    assert text in answer.body.decode()
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("change", "number"),
    [({"password": "wrong"}, 50126), ({"username": "nobody@contoso.example"}, 50034)],
    ids=str,
)
def test_the_page_says_why_a_sign_in_failed(crm: Any, change: dict[str, str], number: int) -> None:
    answer = submit(crm, **change)

    assert answer.status == 200
    assert f"AADSTS{number}" in answer.body.decode()
    assert "Sandbox-Admin-1" not in answer.body.decode()


def test_the_browser_goes_back_as_the_mode_says(crm: Any) -> None:
    fragment = submit(crm, response_mode="fragment").headers["location"]
    form = submit(crm, response_mode="form_post").body.decode()
    silent = returned(authorize(crm, prompt="none"))
    cancelled = returned(submit(crm, cancel="1"))

    assert fragment.startswith(f"{BACK}#code=")
    assert f'action="{BACK}"' in form
    assert 'name="code"' in form
    assert silent["error"] == "login_required"
    assert cancelled["error"] == "access_denied"
    assert "asks for: https://127.0.0.1:8443/user_impersonation" in authorize(crm, prompt="consent").body.decode()


def test_refresh_tokens_bring_new_ones(crm: Any) -> None:
    first = redeem(crm, returned(submit(crm))["code"])
    fields = {
        "grant_type": "refresh_token",
        "client_id": crm.app.ids.client_id,
        "scope": "https://127.0.0.1:8443/.default",
    }

    second = crm.sign_in(**fields, refresh_token=first["refresh_token"])

    assert second["access_token"] != first["access_token"]
    assert crm.sign_in(**fields, refresh_token="wrong")["error_codes"] == [700082]
    other = {**fields, "client_id": crm.app.ids.fresh_client_id}
    assert crm.sign_in(**other, refresh_token=first["refresh_token"])["error_codes"] == [700082]


def test_the_older_endpoint_names_a_resource(crm: Any) -> None:
    fields = {
        "grant_type": "client_credentials",
        "client_id": crm.app.ids.client_id,
        "client_secret": CLIENT_SECRET,
        "resource": "https://127.0.0.1:8443/",
    }

    answer = crm.send("POST", f"/{crm.app.ids.tenant}/oauth2/token", urlencode(fields).encode()).json

    crm.token = answer["access_token"]
    assert crm.get("WhoAmI").status == 200


def test_a_wrong_tenant_is_named(crm: Any) -> None:
    for path in ("v2.0/.well-known/openid-configuration", "oauth2/v2.0/authorize"):
        answer = crm.get(f"/nowhere.example/{path}")

        assert (answer.status, answer.json["error"], answer.json["error_codes"]) == (400, "invalid_tenant", [90002])
        assert answer.json["error_description"].startswith("AADSTS90002: Tenant 'nowhere.example' not found.")
