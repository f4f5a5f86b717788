"""A client that speaks to the stand-in without a network, signed in as the integration's application user."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from sandbox.common import options
from sandbox.common.process import Kernel
from sandbox.common.wire import Request, Response
from sandbox.dataverse import seed
from sandbox.dataverse.app import DataverseApp

HOST = "127.0.0.1:8443"
BASE = f"https://{HOST}/api/data/v9.2/"
PEOPLE = [
    {
        "fullname": "Peter Saddow",
        "firstname": "Peter",
        "lastname": "Saddow",
        "internalemailaddress": "ps@contoso.example",
        "mobilephone": "+44 1",
    }
]


@dataclass
class Answer:
    """A response, decoded."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def value(self) -> list[dict[str, Any]]:
        return self.json["value"]

    @property
    def code(self) -> str:
        return self.json["error"]["code"]

    @property
    def parts(self) -> list[Answer]:
        """The answers inside the answer of a batch, those of change sets among them."""
        found = []
        for part in re.split(rb"\r\nHTTP/1\.1 ", self.body)[1:]:
            head, _, rest = part.partition(b"\r\n\r\n")
            status, *lines = head.decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            found.append(Answer(int(status.split()[0]), headers, re.split(rb"\r\n--", rest)[0]))
        return found

    @property
    def id(self) -> str:
        match = re.search(r"\(([0-9a-f-]{36})\)$", self.headers["odata-entityid"])
        assert match is not None
        return match[1]


def _part(verb: str, path: str, body: Any = None) -> list[str]:
    """The lines of one request of a batch."""
    text = [] if body is None else ["Content-Type: application/json", "", orjson.dumps(body).decode()]
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary", ""]
    return [*head, f"{verb} {path if path.startswith('$') else f'/api/data/v9.2/{path}'} HTTP/1.1", *text, ""]


@dataclass
class Client:
    """Sends requests to the app as the gateway would."""

    app: DataverseApp
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, verb: str, path: str, body: Any = None, **headers: str) -> Answer:
        """`path` is relative to the API or absolute; header names have underscores for dashes."""
        path, _, query = path.removeprefix(BASE).partition("?")
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers = {"host": HOST, "authorization": f"Bearer {self.token}", **self.headers, **named}
        full = path if path.startswith("/") else f"/api/data/v9.2/{path}"
        request = Request(verb, full, query, all_headers, raw)
        request.effects = self.app.faults.effects(verb, request.target)
        response: Response = self.app.handle(request)
        return Answer(response.status, response.headers, response.body)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.send("DELETE", path, **headers)

    def create(self, set_name: str, **values: Any) -> str:
        """Create a row; `nav__bind` is an `@odata.bind`."""
        body = {name.replace("__bind", "@odata.bind"): value for name, value in values.items()}
        answer = self.post(set_name, body)
        assert answer.status == 204, answer.body
        return answer.id

    def pages(self, path: str, **headers: str) -> list[Answer]:
        """All pages of a list."""
        found = [self.get(path, **headers)]
        while "@odata.nextLink" in found[-1].json:
            found.append(self.get(found[-1].json["@odata.nextLink"], **headers))
        return found

    def batch(self, items: list[Any], **headers: str) -> Answer:
        """Send a batch of (verb, path, body) and of change sets, which are lists of them."""
        lines: list[str] = []
        number = 0
        for item in items:
            lines.append("--batch")
            if not isinstance(item, list):
                lines += _part(*item)
                continue
            lines += ["Content-Type: multipart/mixed; boundary=set", ""]
            for each in item:
                number += 1
                lines += ["--set", f"Content-ID: {number}", *_part(*each)]
            lines.append("--set--")
        body = "\r\n".join([*lines, "--batch--", ""]).encode()
        return self.send("POST", "$batch", body, content_type="multipart/mixed; boundary=batch", **headers)

    def sign_in(self, **fields: str) -> dict[str, Any]:
        """Ask the token endpoint."""
        body = urlencode({"scope": f"https://{HOST}/.default", **fields}).encode()
        path = f"/{self.app.ids.tenant}/oauth2/v2.0/token"
        return self.send("POST", path, body).json


@pytest.fixture
def app() -> DataverseApp:
    return DataverseApp(Kernel(options.parse("test", [])), people=PEOPLE)


@pytest.fixture
def crm(app: DataverseApp) -> Client:
    """Signed in as the application user with the role NAV Sales Connector Integration."""
    client = Client(app)
    fields = {"client_id": app.ids.client_id, "client_secret": seed.CLIENT_SECRET}
    client.token = client.sign_in(grant_type="client_credentials", **fields)["access_token"]
    return client


@pytest.fixture
def sign_in_as(app: DataverseApp) -> Callable[[str], Client]:
    """A client for `admin` or `integration`."""

    def sign_in(name: str) -> Client:
        client = Client(app)
        account = app.directory.accounts[f"{name}@{seed.DOMAIN}"]
        answer = client.sign_in(
            grant_type="password", client_id=app.ids.client_id, username=account.user, password=account.password
        )
        client.token = answer["access_token"]
        return client

    return sign_in


@pytest.fixture
def unit(crm: Client) -> dict[str, str]:
    """A unit group "PCS" with its base unit: `group` and `unit`."""
    group = crm.create("uomschedules", name="PCS", baseuomname="PCS")
    found = crm.get(f"uoms?$select=uomid&$filter=_uomscheduleid_value eq {group}").value
    return {"group": group, "unit": found[0]["uomid"]}


@pytest.fixture
def product(crm: Client, unit: dict[str, str]) -> str:
    """A draft product."""
    return crm.create(
        "products",
        name="Bicycle",
        productnumber="1000",
        defaultuomid__bind=f"/uoms({unit['unit']})",
        defaultuomscheduleid__bind=f"/uomschedules({unit['group']})",
    )


@pytest.fixture
def price_list(crm: Client) -> str:
    """A price list in pounds."""
    return crm.create("pricelevels", name="Default")
