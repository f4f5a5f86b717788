"""A NAV stand-in in this process, asked the way the gateway asks it."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from sandbox.common.options import parse
from sandbox.common.process import Kernel
from sandbox.common.wire import Request, Response
from sandbox.nav.app import NavApp
from sandbox.nav.auth import KEY, USER

BASIC = "Basic " + base64.b64encode(f"{USER}:{KEY}".encode()).decode()


@dataclass
class Answer:
    """A response, decoded."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.json["value"]
        return rows

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


class Erp:
    """Calls one server; paths are relative to the first company's services unless they begin with a slash."""

    def __init__(self, *arguments: str, auth: str = "basic", **more: Any) -> None:
        options = parse("test", ["--objects", "pack", *arguments])
        self.app = NavApp(Kernel(options), options, auth, **more)
        self.root = f"/{self.app.instance}/ODataV4/"
        self.company = self.root + "Company('CRONUS%20International%20Ltd.')/"

    def __call__(self, verb: str, path: str, body: Any = None, **headers: str) -> Answer:
        path, _, query = path.partition("?")
        target = path if path.startswith("/") else self.company + quote(path, safe="/()',=%$")
        given = {"authorization": BASIC, "host": "127.0.0.1:7048", "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = Request(verb, target, quote(query, safe="$&=%',()"), given, content)
        request.effects = self.app.faults.effects(verb, request.target)
        response: Response = self.app.handle(request)
        if response.later is not None:
            response = asyncio.run(_awaited(response.later()))
        return Answer(response.status, response.headers, response.body)

    def get(self, path: str, **headers: str) -> Answer:
        return self("GET", path, **headers)

    def found(self, service: str, text: str) -> list[dict[str, Any]]:
        """The rows a filter lets through, whatever signs it holds."""
        target = self.company + service
        request = Request(
            "GET", target, f"$filter={quote(text, safe='')}", {"authorization": BASIC, "host": "127.0.0.1:7048"}
        )
        response = self.app.handle(request)
        assert response.status == 200, (text, response.body)
        rows: list[dict[str, Any]] = json.loads(response.body)["value"]
        return rows

    def raw(self, path: str, body: bytes, content_type: str, **headers: str) -> Answer:
        """A POST of something that is not JSON."""
        return self("POST", path, body, content_type=content_type, **headers)

    def follow(self, link: str) -> Answer:
        """An absolute next link."""
        parts = urlsplit(link)
        return self("GET", f"{parts.path}?{parts.query}")

    def patch(self, path: str, body: Any, if_match: str = "*") -> Answer:
        return self("PATCH", path, body, if_match=if_match)

    def control(self, name: str, body: Any) -> Answer:
        response = self.app.control(Request("POST", f"/_sandbox/{name}", body=json.dumps(body).encode()), name)
        assert response is not None
        return Answer(response.status, response.headers, response.body)


async def _awaited(answer: Awaitable[Response]) -> Response:
    return await answer


@pytest.fixture
def erp() -> Erp:
    """NAV 2017 with the object pack."""
    return Erp()


@pytest.fixture
def bc() -> Erp:
    """Business Central with the object pack."""
    return Erp("--flavour", "bc")


@pytest.fixture
def make_erp() -> Callable[..., Erp]:
    return Erp
