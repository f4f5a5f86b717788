"""Every kind of fault works on the ERP's server, and the statistics say what fired."""

import asyncio
import base64
import json
from typing import Any

import pytest

from sandbox.common.gateway import Gateway
from sandbox.common.limits import Limits
from tests.sandbox.nav.conftest import BASIC, Erp

CARD = "/DynamicsNAV100/ODataV4/Company('CRONUS%20International%20Ltd.')/CustomerCard"


class Connection:
    """What uvicorn is to the gateway: keeps what is sent, and can be cut."""

    def __init__(self) -> None:
        self.transport = self
        self.disconnected = False
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.pieces = 0

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message["body"]
            self.pieces += bool(message["body"])

    def abort(self) -> None:
        self.disconnected = True

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Faulty:
    """A server behind its gateway, with fault rules."""

    def __init__(self, *rules: dict[str, Any], flavour: str = "nav2017", customers: str = "32") -> None:
        self.erp = Erp("--flavour", flavour, "--customers", customers)
        self.gateway = Gateway(self.erp.app, Limits("off", self.erp.app.clock))
        self.erp.app.faults.load([{"id": str(number), **rule} for number, rule in enumerate(rules)])

    def __call__(
        self, verb: str, path: str, query: str = "", body: Any = None, authorization: str = BASIC
    ) -> Connection:
        content = b"" if body is None else json.dumps(body).encode()
        headers = [(b"host", b"127.0.0.1:7048"), (b"authorization", authorization.encode()), (b"if-match", b"*")]
        scope = {
            "method": verb,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.replace(" ", "%20").encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
        }
        connection = Connection()

        async def receive() -> Any:
            return {"type": "http.request", "body": content, "more_body": False}

        asyncio.run(self.gateway(scope, receive, connection.send))
        return connection

    @property
    def fired(self) -> list[int]:
        return [rule["fired"] for rule in self.erp.app.stats.report(self.erp.app.faults)["faults"]]


def test_status_with_code_message_and_headers() -> None:
    do = {
        "status": 429,
        "code": "Application_TooManyRequests",
        "message": "Slow down.",
        "headers": {"Retry-After": "7"},
    }
    server = Faulty({"do": do, "times": 1})
    answer = server("GET", CARD, "$top=1")
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")
    assert answer.json["error"] == {"code": "Application_TooManyRequests", "message": "Slow down."}
    assert server("GET", CARD, "$top=1").status == 200 and server.fired == [1]


def test_a_status_without_a_code_and_in_the_other_flavour() -> None:
    assert Faulty({"do": {"status": 503}})("GET", CARD).json["error"]["code"] == "Internal_ServerError"
    body = Faulty({"do": {"status": 400, "code": "0x80040216"}}, flavour="bc")("GET", "/BC/ODataV4").json["error"]
    assert body["code"] == "Unknown" and "CorrelationId" in body["message"]


def test_html_json_cut_empty_and_charset() -> None:
    assert b"<html>" in Faulty({"do": {"html": True}})("GET", CARD).body
    assert Faulty({"do": {"json_cut": 9}})("GET", CARD, "$top=1").body == b'{"@odata.'
    assert Faulty({"do": {"empty": True}})("GET", CARD, "$top=1").body == b""
    answer = Faulty({"do": {"charset": "utf-16"}})("GET", CARD, "$top=1")
    assert json.loads(answer.body.decode("utf-16"))["value"] and "charset=utf-16" in answer.headers["content-type"]


@pytest.mark.parametrize(("do", "status"), [({"cut_after": 20}, 200), ({"done_then_cut": True}, 0)])
def test_a_cut_connection_comes_after_the_work(do: dict[str, Any], status: int) -> None:
    server = Faulty({"verb": "PATCH", "do": do})
    answer = server("PATCH", f"{CARD}('10000')", body={"Name": "Cut"})
    assert answer.disconnected and answer.status == status and len(answer.body) in (0, 20)
    assert server.erp.get("CustomerCard('10000')").json["Name"] == "Cut"


def test_delay_and_trickle_give_the_whole_answer() -> None:
    plain = Faulty()("GET", CARD, "$top=1").json["value"]
    assert Faulty({"do": {"delay": 0.01}})("GET", CARD, "$top=1").json["value"] == plain
    slow = Faulty({"do": {"trickle": 1_000_000}})("GET", CARD)
    assert len(slow.json["value"]) == 32


def test_next_links() -> None:
    other = Faulty({"do": {"next_link_host": "evil.example"}}, customers="1500")("GET", CARD, "$select=No").json
    assert other["@odata.nextLink"].startswith("https://evil.example/DynamicsNAV100/")
    again = Faulty({"do": {"next_link_repeat": True}}, customers="1500")("GET", CARD, "$select=No").json
    assert again["@odata.nextLink"] == f"https://127.0.0.1:7048{CARD}?$select=No"
    server = Faulty({"do": {"next_link_repeat": True}})
    assert "@odata.nextLink" not in server("GET", CARD).json and server.fired == [0]


def test_expired_tokens() -> None:
    server = Faulty({"path": "CustomerCard", "do": {"expire_tokens": True}, "times": 1}, flavour="bc")
    server.erp.app.authority._tokens["abc"] = 2e12, "CONNECTOR"
    card = CARD.replace("DynamicsNAV100", "BC")
    assert server("GET", "/BC/ODataV4", authorization="Bearer abc").status == 200
    assert server("GET", card, "$top=1", authorization="Bearer abc").status == 401 and server.fired == [1]


def test_a_revoked_right() -> None:
    server = Faulty({"do": {"revoke": "Customer.Modify"}, "times": 1})
    assert server("GET", CARD, "$top=1").status == 200
    refused = server("PATCH", f"{CARD}('10000')", body={"Name": "x"})
    assert refused.status == 403 and "TableData Customer: Modify" in refused.json["error"]["message"]
    assert server("PATCH", f"{CARD}('10000')", body={"Name": "x"}).status == 200 and server.fired == [1]


def test_a_stale_page_token() -> None:
    server = Faulty({"do": {"stale_delta": True}}, customers="1500")
    assert server("GET", CARD, "$select=No").status == 200
    assert server("GET", CARD, "$select=No&$skiptoken='10000'").status == 410 and server.fired == [1]


def test_a_dropped_column_is_in_no_page_and_no_metadata() -> None:
    server = Faulty({"do": {"drop_column": "Customer.E_Mail"}}, flavour="bc")
    card = CARD.replace("DynamicsNAV100", "BC")
    assert "E_Mail" not in server("GET", card, "$top=1").json["value"][0]
    document = server("GET", "/BC/ODataV4/$metadata").body.partition(b'<EntityType Name="CustomerCard">')[2]
    assert b"E_Mail" not in document.partition(b"</EntityType>")[0]
    assert server("PATCH", f"{card}('10000')", body={"E_Mail": "a@b.example"}).status == 400
    company = json.loads(server("GET", "/BC/api/v2.0/companies").body)["value"][0]["id"]
    assert "email" not in server("GET", f"/BC/api/v2.0/companies({company})/customers", "$top=1").json["value"][0]


def test_rows_refused_and_rewritten() -> None:
    rules = {"do": {"reject_row": "Name=Bad"}}, {"do": {"rewrite": {"City": "UPPER", "Fax_No": "0"}}, "times": 1}
    server = Faulty(*rules)
    refused = server("POST", CARD, body={"Name": "Bad"})
    assert refused.json["error"]["code"] == "Application_DialogException"
    made = server("POST", CARD, body={"Name": "Good", "City": "Utrecht", "Fax_No": "12"}).json
    assert (made["City"], made["Fax_No"]) == ("UTRECHT", "0") and server.fired == [1, 1]


def test_user_names_in_other_cases_and_broken_credentials() -> None:
    server = Faulty()
    name, _, key = base64.b64decode(BASIC[6:]).decode().partition(":")
    lower = "Basic " + base64.b64encode(f"{name.lower()}:{key}".encode()).decode()
    assert server("GET", CARD, "$top=1", authorization=lower).status == 200
    for wrong in ("Basic %%%", "Basic", "", "Digest x"):
        assert server("GET", CARD, "$top=1", authorization=wrong).status == 401
