"""Each error of the reference's tables (2.4, 4.3 and those of sections 3 and 5): status, code, body, in both flavours."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.nav import throttle

CORRELATION = re.compile(r"  CorrelationId:  [0-9a-f-]{36}\.$")
ORDER = "SalesOrder(Document_Type='Order',No='101001')"


def raised(answer: Any, flavour: str) -> tuple[int, str]:
    """Status and code of an error, whose body has the form of its flavour."""
    body = answer.json
    assert set(body) == {"error"} and set(body["error"]) == {"code", "message"}
    assert answer.headers["content-type"].startswith("application/json") and answer.headers["odata-version"] == "4.0"
    assert bool(CORRELATION.search(body["error"]["message"])) == (flavour == "bc")
    assert ("x-ms-correlation-request-id" in answer.headers) == (flavour == "bc")
    return answer.status, body["error"]["code"]


@pytest.fixture(params=["nav2017", "bc"])
def server(request: pytest.FixtureRequest, make_erp: Callable[..., Any]) -> Any:
    return make_erp("--flavour", request.param)


CASES: list[tuple[str, str, Any, int, str]] = [
    ("POST", "CustomerCard", {"Nme": "x"}, 400, "BadRequest"),
    ("POST", "CurrencyExchangeRates", {"Currency_Code": "EUR", "Starting_Date": "soon"}, 400, "BadRequest"),
    ("GET", "CustomerCard('10000'", None, 404, "BadRequest_ResourceNotFound"),
    ("GET", "CustomerCard(No=10000)", None, 400, "BadRequest_InvalidRequestUrl"),
    ("GET", "CustomerCard(Name='x')", None, 400, "BadRequest_InvalidRequestUrl"),
    ("GET", "CustomerCard('10000')/Nothing", None, 404, "BadRequest_NotFound"),
    ("GET", "CustomerCard?$filter=Name eq", None, 400, "BadRequest_NotFound"),
    ("GET", "CustomerCard?$orderby=Name DESC", None, 400, "BadRequest_NotFound"),
    ("GET", "NoSuchPage", None, 404, "BadRequest_ResourceNotFound"),
    ("POST", "CustomerCard", {"Balance_LCY": 1}, 400, "BadRequest_InvalidOperation"),
    ("PATCH", "CustomerCard('10000')", {"Name": "x"}, 400, "BadRequest_InvalidToken"),
    ("POST", "CustomerList", {"Name": "x"}, 405, "BadRequest_MethodNotAllowed"),
    ("DELETE", "PostedSalesInvoices('103001')", None, 405, "BadRequest_MethodNotAllowed"),
    ("GET", "CustomerCard?$filter=No eq '1' or Name eq 'x'", None, 501, "BadRequest_MethodNotImplemented"),
    ("GET", "CustomerCard?$filter=No in ('1')", None, 501, "BadRequest_MethodNotImplemented"),
    ("GET", "CustomerCard?$apply=aggregate(x)", None, 501, "BadRequest_MethodNotImplemented"),
    ("POST", f"{ORDER}/NAV.release", None, 501, "BadRequest_MethodNotImplemented"),
    ("POST", "SalesOrder", {"SalesOrderSalesLines": []}, 501, "BadRequest_MethodNotImplemented"),
    ("GET", "CustomerCard('NONE')", None, 404, "Internal_RecordNotFound"),
    ("POST", "CustomerCard", {"Name": "x", "Salesperson_Code": "NO"}, 400, "Internal_InvalidTableRelation"),
    ("POST", "CustomerCard", {"Name": "x", "Gen_Bus_Posting_Group": "NO"}, 400, "Internal_InvalidTableRelation"),
    ("POST", "CustomerCard", {"No": "10000"}, 409, "Internal_EntityWithSameKeyExists"),
    ("DELETE", "CustomerCard('10000')", None, 400, "Application_DialogException"),
    ("POST", "PaymentTerms", {"Description": "no code"}, 400, "Application_FieldValidationException"),
    ("POST", "CustomerCard", {"Name": "x" * 101}, 400, "Application_StringExceededLength"),
    ("POST", "PaymentTerms", {"Code": "X", "Due_Date_Calculation": "soon"}, 400, "Application_EvaluateException"),
    ("PATCH*", ORDER, {"Sell_to_Customer_No": "20000"}, 400, "Application_CallbackNotAllowed"),
    ("GET", f"CustomerCard?$filter=No eq '{'x' * 21}'", None, 400, "Application_FilterErrorException"),
    ("POST", "ItemCard", {"Type": "Invalid Type"}, 400, "Unknown"),
]
ONLY_NAV = {"PaymentTerms"}
"""A page that can be edited in NAV 2017 only."""


@pytest.mark.parametrize(("verb", "path", "body", "status", "code"), CASES, ids=lambda value: str(value)[:40])
def test_the_table_of_errors(server: Any, verb: str, path: str, body: Any, status: int, code: str) -> None:
    flavour = server.app.flavour
    more = {"if_match": "*"} if verb.endswith("*") else {}
    answer = server(verb.rstrip("*"), path, body, **more)

    if flavour == "bc" and path in ONLY_NAV:
        status, code = 405, "BadRequest_MethodNotAllowed"
    assert raised(answer, flavour) == (status, code)


def test_messages_that_clients_read(server: Any, bc: Any) -> None:
    def message(answer: Any) -> str:
        return CORRELATION.sub("", answer.json["error"]["message"])

    assert message(server.get("CustomerCard?$select=x")) == (
        "Could not find a property named 'x' on type 'NAV.CustomerCard'."
    )
    assert message(server.get("Nothing")) == "Resource not found for the segment 'Nothing'."
    assert message(server.get("CustomerCard?$filter=No eq '1' or Name eq 'x'")) == (
        "The 'OR' operator is not supported on distinct fields on an OData filter."
    )
    too_long = message(server.patch("SalespersonCard('JO')", {"Name": "y" * 51}))
    assert too_long.startswith(
        "The length of the string is 51, but it must be less than or equal to 50 characters. Value: y"
    )
    assert message(server.patch("ItemCard('1896-S')", {"Type": "Invalid Type"})).startswith(
        "'Invalid Type' is not an option. The existing options are: Inventory,Service,Non-Inventory"
    )
    company = bc.get("/BC/api/v2.0/companies").rows[0]["id"]
    wrong = bc.get(f"/BC/api/v2.0/companies({company})/customers?$select=x")
    assert message(wrong) == "Could not find a property named 'x' on type 'Microsoft.NAV.customer'."


def test_a_stale_etag(server: Any) -> None:
    seen = server.get("CustomerCard('10000')").headers["etag"]
    server.patch("CustomerCard('10000')", {"Fax_No": "1"})
    changed = server.patch("CustomerCard('10000')", {"Fax_No": "2"}, seen)
    assert raised(changed, server.app.flavour) == (409, "Request_EntityChanged")
    assert raised(server.patch("CustomerCard('10000')", {}, "x"), server.app.flavour) == (
        400,
        "BadRequest_InvalidToken",
    )


def test_a_currency_without_a_rate(server: Any) -> None:
    server("DELETE", "CurrencyExchangeRates(Currency_Code='EUR',Starting_Date=2016-01-01)")
    server.patch("CustomerCard('10000')", {"Currency_Code": "EUR"})
    made = server("POST", "SalesOrder", {"Sell_to_Customer_No": "10000"}).json
    line = {"Type": "Item", "No": "1896-S", "Quantity": 1}
    answer = server("POST", f"SalesOrder(Document_Type='Order',No='{made['No']}')/SalesOrderSalesLines", line)
    assert raised(answer, server.app.flavour) == (400, "Internal_DataNotFoundFilter")


def test_sign_in(server: Any) -> None:
    answer = server.get("CustomerCard", authorization="Basic eDp5")
    assert raised(answer, server.app.flavour) == (401, "Authentication_InvalidCredentials")
    assert answer.json["error"]["message"].startswith("The server has rejected the client credentials.")
    assert answer.headers["www-authenticate"].startswith('Basic realm="')


@pytest.mark.parametrize(
    ("verb", "path", "body", "right"),
    [
        ("GET", "CustomerCard?$top=1", None, "Read"),
        ("GET", "CustomerCard/$count", None, "Read"),
        ("GET", "CustomerList('10000')", None, "Read"),
        ("POST", "CustomerCard", {"Name": "x"}, "Insert"),
        ("PATCH", "CustomerCard('10000')", {"Name": "x"}, "Modify"),
        ("DELETE", "CustomerCard('20000')", None, "Delete"),
    ],
)
def test_missing_permissions(server: Any, verb: str, path: str, body: Any, right: str) -> None:
    server.control("users", {"user": "CONNECTOR", "denied": {"Customer": [right]}})
    answer = server(verb, path, body, if_match="*")

    assert raised(answer, server.app.flavour) == (403, "Internal_ServerError")
    named = f"TableData 18 Customer {right}" if server.app.flavour == "bc" else f"TableData Customer: {right}."
    assert named in answer.json["error"]["message"]
    assert server.get("ItemCard?$top=1").status == 200
    server.control("users", {"user": "CONNECTOR", "denied": {}})
    assert server(verb, path, body, if_match="*").status in (200, 201, 204, 400)


def test_permission_to_expanded_lines(server: Any) -> None:
    server.control("users", {"user": "CONNECTOR", "denied": {"SalesLine": ["Read"]}})
    assert server.get(ORDER).status == 200
    assert server.get(f"{ORDER}?$expand=SalesOrderSalesLines").status == 403
    assert server.get(f"{ORDER}/SalesOrderSalesLines").status == 403


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("no_database", 500, "Internal_ServerError"),
        ("no_tenant", 503, "Internal_TenantUnavailable"),
        ("services_off", 405, "BadRequest_MethodNotAllowed"),
    ],
)
def test_what_ails_the_server(server: Any, state: str, status: int, code: str) -> None:
    server.control("state", {"state": state})
    assert raised(server.get("CustomerCard"), server.app.flavour) == (status, code)
    server.control("state", {"state": "running"})
    assert server.get("CustomerCard?$top=1").status == 200


def test_companies(server: Any) -> None:
    for path in (f"{server.root}CustomerCard", f"{server.root}Company('cronus%20international%20ltd.')/CustomerCard"):
        assert raised(server.get(path), server.app.flavour) == (404, "Internal_CompanyNotFound")


def test_what_is_not_json(bc: Any, erp: Any) -> None:
    assert erp.get("/Other/ODataV4").headers["content-type"] == "text/html"
    none = bc.get("/v2.0/Nowhere/api/v2.0/companies")
    assert none.status == 404 and none.headers["content-type"] == "application/xml" and b"NoEnvironment" in none.body
    assert erp.get("/v2.0/Production/ODataV4").headers["content-type"] == "text/html"


@pytest.mark.parametrize(
    ("verb", "path", "body", "status", "code"),
    [
        ("GET", "customers(zero)", None, 400, "Application_InvalidGUID"),
        ("GET", "customers('10000')", None, 400, "BadRequest_InvalidRequestUrl"),
        ("GET", "customers?$filter=id eq 'x'", None, 400, "Application_InvalidGUID"),
        ("POST", "customers", {}, 400, "BadRequest_RequiredParamNotProvided"),
        ("POST", "items", {"displayName": " "}, 400, "BadRequest_RequiredParamNotProvided"),
        (
            "PATCH*",
            "customers({id})",
            {"id": "00000000-0000-0000-0000-000000000000"},
            400,
            "BadRequest_InvalidOperation",
        ),
        ("POST", "currencyExchangeRates", {}, 405, "BadRequest_MethodNotAllowed"),
        ("GET", "vendors", None, 501, "BadRequest_MethodNotImplemented"),
        ("GET", "nothing", None, 404, "BadRequest_ResourceNotFound"),
        ("POST", "customers({id})/Microsoft.NAV.post", None, 501, "BadRequest_MethodNotImplemented"),
        ("GET", "salesOrderLines", None, 400, "Application_DialogException"),
        ("POST", "salesOrders", {"customerNumber": "NOPE"}, 400, "Internal_InvalidTableRelation"),
        ("POST", "salesOrders", {"totalTaxAmount": 1}, 400, "BadRequest_InvalidOperation"),
        ("POST", "items", {"displayName": "x", "inventory": 1}, 400, "BadRequest_InvalidOperation"),
        ("GET", "customers?$schemaversion=9", None, 400, "BadRequest"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_errors_of_the_api(bc: Any, verb: str, path: str, body: Any, status: int, code: str) -> None:
    root = f"/BC/api/v2.0/companies({bc.get('/BC/api/v2.0/companies').rows[0]['id']})"
    path = path.replace("{id}", bc.get(f"{root}/customers?$top=1").rows[0]["id"])
    more = {"if_match": "*"} if verb.endswith("*") else {}
    assert raised(bc(verb.rstrip("*"), f"{root}/{path}", body, **more), "bc") == (status, code)


def test_business_central_limits(make_erp: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    bc = make_erp("--flavour", "bc", "--limits", "tenth")
    for _ in range(600):
        assert bc.get("Salespersons/$count").status == 200
    refused = bc.get("Salespersons/$count")
    assert refused.status == 429 and 299 <= int(refused.headers["retry-after"]) <= 300
    assert bc.app.stats.throttled == 1
    bc.app.clock.offset_seconds = 301
    assert bc.get("Salespersons/$count").status == 200
    assert raised(bc.get(f"CustomerCard?$filter=Name eq '{'x' * 8200}'"), "bc") == (414, "BadRequest_InvalidRequestUrl")
    monkeypatch.setattr(throttle, "MAX_BODY", 10)
    assert bc("POST", "CustomerCard", {"Name": "longer than ten"}).status == 413


def test_nav_2017_limits_nothing(make_erp: Callable[..., Any]) -> None:
    erp = make_erp("--limits", "tenth")
    assert {erp.get("Salespersons/$count").status for _ in range(700)} == {200}
