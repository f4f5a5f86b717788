"""A requests adapter that plays prepared answers and keeps what was sent: the network edge of every client test."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
import urllib3
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter

JSON = "application/json; odata.metadata=minimal; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    """One prepared answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """Return an answer that holds JSON; header names are written with underscores."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, orjson.dumps(value), {"Content-Type": JSON} | named)


def error_reply(status: int, code: str, message: str = "refused", **headers: str) -> Reply:
    """Return an OData error answer."""
    return json_reply({"error": {"code": code, "message": message}}, status, **headers)


def page_reply(status: int = 200, content_type: str = "text/html") -> Reply:
    """Return a web page, as a proxy or sign-in form sends it."""
    return Reply(status, b"<!DOCTYPE html><html><body>Sign in</body></html>", {"Content-Type": content_type})


@dataclass(frozen=True)
class Sent:
    """One request as it left."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path, still encoded."""
        return urlsplit(self.url).path

    @property
    def query(self) -> str:
        """The query, decoded."""
        return unquote(urlsplit(self.url).query)

    def json(self) -> Any:
        """Return the body."""
        return orjson.loads(self.body)


Step = Reply | Exception | Callable[[Sent], Reply]


class FakeAdapter(BaseAdapter):
    """Answers by route where one fits, else from the queue; a request that nobody prepared for fails the test."""

    def __init__(self, *queue: Step) -> None:
        super().__init__()
        self.queue = list(queue)
        self.routes: list[tuple[str, re.Pattern[str], list[Step]]] = []
        self.sent: list[Sent] = []
        self.closed = False

    def on(self, method: str, pattern: str, *steps: Step) -> "FakeAdapter":
        """Answer requests whose method is this and whose decoded address matches; the last step repeats."""
        self.routes.append((method, re.compile(pattern), list(steps)))
        return self

    def send(self, request: PreparedRequest, *_args: Any, **_options: Any) -> Response:
        """Keep the request and play the next answer."""
        body = request.body or b""
        sent = Sent(
            str(request.method),
            str(request.url),
            request.headers,
            body if isinstance(body, bytes) else str(body).encode(),
        )
        self.sent.append(sent)
        step = self._step(sent)
        if isinstance(step, Exception):
            raise step
        return response_of(request, step(sent) if callable(step) else step)

    def close(self) -> None:
        """Note that the client closed its connections."""
        self.closed = True

    def paths(self) -> list[str]:
        """Return method and last part of each request's path."""
        return [f"{sent.method} {unquote(sent.path).rsplit('/', 1)[-1]}" for sent in self.sent]

    def _step(self, sent: Sent) -> Step:
        for method, pattern, steps in self.routes:
            if method == sent.method and pattern.search(unquote(sent.url)):
                return steps.pop(0) if len(steps) > 1 else steps[0]
        if not self.queue:
            raise AssertionError(f"no answer is prepared for {sent.method} {unquote(sent.url)}")
        return self.queue.pop(0)


def response_of(request: PreparedRequest, reply: Reply) -> Response:
    """Return a prepared answer as requests would have received it."""
    raw = urllib3.HTTPResponse(
        body=io.BytesIO(reply.body),
        headers=dict(reply.headers),
        status=reply.status,
        preload_content=False,
        decode_content=False,
    )
    response: Response = HTTPAdapter().build_response(request, raw)
    return response
