"""The Business Central flavour: SystemId, API v2.0, tokens, `$batch`."""

from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.common.wire import Request
from sandbox.nav.auth import CLIENT_ID, CLIENT_SECRET, SCOPE, TOKEN_PATH

API = "/BC/api/v2.0"


@pytest.fixture
def company(bc: Any) -> str:
    """The address of the first company."""
    return f"{API}/companies({bc.get(f'{API}/companies').rows[0]['id']})"


def test_connector_pages_show_id_and_modified_time(bc: Any) -> None:
    row = bc.get("ConnectorCustomer('10000')").json
    assert row["SystemModifiedAt"] == "2017-01-26T08:00:00Z" and len(row["SystemId"]) == 36
    assert "SystemId" not in bc.get("CustomerCard('10000')").json
    assert "County" in bc.get("CustomerCard('10000')").json
    changed = bc.patch("ConnectorCustomer('10000')", {"Name": "X" * 100}).json
    found = bc.get("ConnectorCustomer?$filter=SystemModifiedAt gt 2017-01-26T08:00:00Z").rows
    assert [row["No"] for row in found] == ["10000"] and changed["SystemId"] == row["SystemId"]


def test_api_entities(bc: Any, company: str) -> None:
    customer = bc.get(f"{company}/customers?$filter=number eq '10000'").rows[0]
    assert (
        customer["blocked"] == "_x0020_"
        and customer["currencyCode"] == "GBP"
        and customer["currencyId"].startswith("0000")
    )
    terms = bc.get(f"{company}/paymentTerms({customer['paymentTermsId']})").json
    assert terms["code"] == "1M(8D)"
    assert bc.get(f"{company}/companyInformation").rows[0]["currencyCode"] == "GBP"
    assert bc.get(f"{company}/salespeoplePurchasers/$count").body.endswith(b"8")
    blocked = bc.get(f"{company}/customers?$filter=blocked eq 'All'&$select=number").rows
    assert [row["number"] for row in blocked] == ["33002984"]


def test_api_writes(bc: Any, company: str) -> None:
    eur = bc.get(f"{company}/currencies?$filter=code eq 'EUR'").rows[0]["id"]
    made = bc("POST", f"{company}/customers", {"displayName": "API Ltd.", "currencyId": eur, "blocked": "_x0020_"})
    assert made.status == 201 and made.json["currencyCode"] == "EUR" and made.json["id"] in made.headers["location"]
    path = f"{company}/customers({made.json['id']})"
    renamed = bc.patch(path, {"number": "A1", "currencyCode": "GBP"}, made.headers["etag"]).json
    assert (renamed["number"], renamed["currencyCode"], renamed["id"]) == ("A1", "GBP", made.json["id"])
    assert bc.get("CustomerCard('A1')").json["Currency_Code"] == ""
    assert bc("POST", f"{company}/customers", {}).code == "BadRequest_RequiredParamNotProvided"
    assert bc.patch(path, {"id": eur}).status == 400
    assert bc("POST", f"{company}/currencyExchangeRates", {}).code == "BadRequest_MethodNotAllowed"
    assert bc("DELETE", path).status == 204


def test_api_pages_by_id(bc: Any, company: str) -> None:
    first = bc.get(f"{company}/customers?$select=number", prefer="odata.maxpagesize=20")
    assert len(first.rows) == 20
    second = bc.follow(first.json["@odata.nextLink"])
    assert len({row["number"] for row in first.rows + second.rows}) == 32


def test_refusals_carry_a_correlation_id(bc: Any, company: str) -> None:
    answer = bc.get(f"{company}/customers('10000')")
    assert answer.status == 400 and "  CorrelationId:  " in answer.json["error"]["message"]
    assert bc.get(f"{company}/nothing").status == 404
    assert bc.get(f"{company}/customers(zero)").code == "Application_InvalidGUID"


def test_tokens(bc: Any) -> None:
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "scope": SCOPE}

    def ask(values: dict[str, str]) -> Any:
        return bc.app.handle(Request("POST", TOKEN_PATH, body=urlencode(values).encode()))

    assert ask(form | {"client_secret": "wrong"}).status == 401
    bearer = "Bearer " + Request("GET", "/", body=ask(form).body).json()["access_token"]
    assert bc.get(f"{API}/companies", authorization=bearer).status == 200
    bc.app.clock.offset_seconds = 4000
    assert bc.get(f"{API}/companies", authorization=bearer).status == 401
    assert bc.get(f"{API}/companies").status == 200


def test_batch_runs_in_order_and_stops_at_a_failure(bc: Any, company: str) -> None:
    company_id = company[company.index("(") + 1 : -1]
    entries = [
        {"method": "GET", "id": "a", "url": f"{company.removeprefix(API + '/')}/customers?$top=1&$select=number"},
        {
            "method": "POST",
            "id": "b",
            "url": "items",
            "headers": {"CompanyId": company_id},
            "body": {"displayName": "Ü"},
        },
        {"method": "GET", "id": "c", "url": f"{company.removeprefix(API + '/')}/nothing"},
        {"method": "GET", "id": "d", "url": f"{company.removeprefix(API + '/')}/customers/$count"},
    ]
    body = {"requests": entries}
    replies = bc("POST", f"{API}/$batch", body).json["responses"]
    assert [(reply["id"], reply["status"]) for reply in replies] == [("a", 200), ("b", 201), ("c", 404)]
    replies = bc("POST", f"{API}/$batch", body, prefer="odata.continue-on-error").json["responses"]
    assert [reply["status"] for reply in replies] == [200, 201, 404, 200]
    assert bc("POST", f"{API}/$batch", body, isolation="serializable").status == 400
    assert bc("POST", f"{API}/$batch", {"requests": entries * 30}).status == 400


def test_nav_2017_has_no_batch(erp: Any) -> None:
    assert erp("POST", erp.root + "$batch", {"requests": []}).status == 501
