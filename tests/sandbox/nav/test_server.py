"""What administrators set: users and their keys, the kind of sign-in, published services, fields, companies, start options."""

import copy
import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.nav.auth import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, SCOPE


def basic(user: str, key: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{user}:{key}".encode()).decode()}


def test_a_key_expires(erp: Any) -> None:
    erp.control("users", {"user": "PETRA", "key": "secret", "expires": "2030-01-01T00:00:00Z"})
    who = basic("petra", "secret")
    assert erp.get("CustomerCard?$top=1", **who).status == 200
    erp.control("users", {"user": "PETRA", "expires": "2020-01-01T00:00:00Z"})
    expired = erp.get("CustomerCard?$top=1", **who)
    wrong = erp.get("CustomerCard?$top=1", **basic("petra", "nonsense"))
    assert expired.status == wrong.status == 401 and expired.json["error"] == wrong.json["error"]
    erp.control("users", {"user": "PETRA", "expires": None})
    assert erp.get("CustomerCard?$top=1", **who).status == 200
    erp.control("users", {"user": "PETRA", "enabled": False})
    assert erp.get("CustomerCard?$top=1", **who).status == 401


def test_the_clock_makes_a_key_expire(erp: Any) -> None:
    erp.control("users", {"user": "CONNECTOR", "expires": "2030-01-01T00:00:00Z"})
    assert erp.get("CustomerCard?$top=1").status == 200
    erp.app.clock.offset_seconds = 10 * 365 * 86400
    assert erp.get("CustomerCard?$top=1").status == 401


@pytest.mark.parametrize(
    "body",
    [{"user": "NEW"}, {"user": "X", "key": "k", "colour": 1}, {"user": "CONNECTOR", "denied": {"Nothing": ["Read"]}}],
)
def test_wrong_users_are_refused(erp: Any, body: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        erp.control("users", body)


def test_permissions_are_each_users_own(erp: Any) -> None:
    erp.control("users", {"user": "READER", "key": "k", "denied": {"Customer": ["Insert", "Modify", "Delete"]}})
    reader = basic("READER", "k")
    assert erp.get("CustomerCard('10000')", **reader).status == 200
    assert erp("PATCH", "CustomerCard('10000')", {"Name": "x"}, if_match="*", **reader).status == 403
    assert erp.patch("CustomerCard('10000')", {"Name": "x"}).status == 200


@pytest.mark.parametrize(("kind", "offered"), [("windows", "Negotiate"), ("ntlm", "Negotiate, NTLM")])
def test_windows_sign_in_only(erp: Any, kind: str, offered: str) -> None:
    erp.control("auth", {"kind": kind})
    answer = erp.get("CustomerCard")
    assert answer.status == 401 and answer.headers["www-authenticate"] == offered
    assert erp.get(erp.root + "$metadata").status == 401
    erp.control("auth", {"kind": "basic"})
    assert erp.get("CustomerCard?$top=1").status == 200


def test_services_can_be_unpublished(erp: Any) -> None:
    erp.control("services", {"unpublish": ["CustomerCard"]})
    gone = erp.get("CustomerCard")
    assert (gone.status, gone.code) == (404, "BadRequest_ResourceNotFound")
    assert "CustomerCard" not in {row["name"] for row in erp.get(erp.root).rows}
    assert b'Name="CustomerCard"' not in erp.get(erp.root + "$metadata").body
    assert erp.get("CustomerList?$top=1").status == 200
    erp.control("services", {"publish": ["CustomerCard"]})
    assert erp.get("CustomerCard?$top=1").status == 200
    with pytest.raises(ValueError, match="no service"):
        erp.control("services", {"unpublish": ["Nothing"]})


def test_fields_can_be_hidden(erp: Any) -> None:
    erp.control("services", {"hide": ["CustomerCard.E_Mail"]})
    assert "E_Mail" not in erp.get("CustomerCard('10000')").json
    assert erp.patch("CustomerCard('10000')", {"E_Mail": "a@b.example"}).code == "BadRequest"
    assert "E_Mail" in erp.get("ConnectorCustomer('10000')").json
    erp.control("services", {"show": ["CustomerCard.E_Mail"]})
    assert "E_Mail" in erp.get("CustomerCard('10000')").json
    for wrong in ("CustomerCard.Nothing", "CustomerCard.No", "Nothing.No"):
        with pytest.raises(ValueError, match=r"field|key"):
            erp.control("services", {"hide": [wrong]})


def test_start_options(make_erp: Callable[..., Any]) -> None:
    erp = make_erp(unpublish=["ItemCard"], hide=["CustomerCard.Name"])
    assert erp.get("ItemCard").status == 404 and "Name" not in erp.get("CustomerCard?$top=1").rows[0]
    erp.control("services", {"publish": ["ItemCard"]})
    erp.app.reset_data()
    assert erp.get("ItemCard").status == 404  # as at the start again
    with pytest.raises(ValueError, match="no service"):
        make_erp(unpublish=["Nothing"])


@pytest.mark.parametrize("arguments", [["--unpublish", "Nothing"], ["--hide", "CustomerCard.No"]])
def test_a_wrong_start_option_ends_the_start(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "sandbox.nav", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and done.stderr.startswith("nav: ")


def test_reset_forgets_what_was_set(bc: Any) -> None:
    bc.control("users", {"user": "CONNECTOR", "denied": {"Customer": ["Read"]}})
    bc.control("state", {"state": "no_tenant"})
    bc.app.reset_data()
    assert bc.get("CustomerCard?$top=1").status == 200


def token(bc: Any, **more: str) -> Any:
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "scope": SCOPE}
    text = "&".join(f"{name}={value}" for name, value in (form | more).items())
    return bc.raw("/contoso.com/oauth2/v2.0/token", text.encode(), "application/x-www-form-urlencoded")


def test_tokens_of_an_application_and_of_a_person(bc: Any) -> None:
    bearer = {"authorization": f"Bearer {token(bc).json['access_token']}"}
    assert bc.get("CustomerCard?$top=1", **bearer).status == 200
    bc.control("users", {"user": CLIENT_ID, "enabled": False})  # registered, but not enabled in the ERP
    assert bc.get("CustomerCard?$top=1", **bearer).code == "Authentication_InvalidCredentials"
    person = token(bc, grant_type="refresh_token", refresh_token=REFRESH_TOKEN).json
    assert person["refresh_token"] == REFRESH_TOKEN
    assert bc.get("CustomerCard?$top=1", authorization=f"Bearer {person['access_token']}").status == 200
    bc.app.expire_tokens()
    assert bc.get("CustomerCard?$top=1", authorization=f"Bearer {person['access_token']}").status == 401


@pytest.mark.parametrize(
    ("more", "status", "error"),
    [
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"scope": "x"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "client_id": "x"}, 400, "invalid_client"),
    ],
)
def test_tokens_that_are_refused(bc: Any, more: dict[str, str], status: int, error: str) -> None:
    answer = token(bc, **more)
    assert (answer.status, answer.json["error"]) == (status, error)


def test_nav_2017_issues_no_tokens(erp: Any) -> None:
    assert token(erp).status == 404


def test_control_calls_refuse_what_they_do_not_know(erp: Any) -> None:
    for name, body in (
        ("state", {"state": "x"}),
        ("numbers", {"table": "Currency", "manual": True}),
        ("auth", {"kind": "x"}),
    ):
        with pytest.raises((ValueError, KeyError)):
            erp.control(name, body)
    request = json.dumps({"table": "Nothing", "from": "a", "to": "b"})
    with pytest.raises(ValueError, match="no table"):
        erp.control("rename", json.loads(request))


def test_writes_never_touch_the_rows_of_the_start(erp: Any) -> None:
    """They are shared by every server and every reset of this process."""
    shared = erp.app.companies.start_tables()
    before = copy.deepcopy(shared)
    erp.patch("CustomerCard('10000')", {"Name": "Other", "City": "Utrecht"})
    erp.control("rename", {"table": "Customer", "from": "10000", "to": "10009"})
    erp.control("rename", {"table": "UnitOfMeasure", "from": "PCS", "to": "STK"})
    erp.control("ship", {"no": "101016"})
    posted = erp.control("invoice", {"no": "101016"}).json["row"]["No"]
    erp.control("pay", {"no": posted})
    erp.patch("CurrencyExchangeRates(Currency_Code='EUR',Starting_Date=2016-01-01)", {"Exchange_Rate_Amount": 2})
    erp("DELETE", "ShipmentMethods('CFR')")
    assert shared == before
