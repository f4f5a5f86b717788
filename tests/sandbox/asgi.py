"""Speaks to a stand-in's gateway without a network: one request, what came back, and whether the connection broke."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from sandbox.common.gateway import Gateway

HOST = "127.0.0.1:8443"


class Transport:
    """Stands for the TCP connection."""

    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


class Cycle:
    """Stands for uvicorn's request cycle: its `send` keeps the messages."""

    def __init__(self) -> None:
        self.transport = Transport()
        self.disconnected = False
        self.messages: list[MutableMapping[str, Any]] = []

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.messages.append(message)


@dataclass
class Reply:
    """What came back; `status` 0 is a connection that broke before anything did."""

    status: int
    headers: dict[str, str]
    chunks: list[bytes] = field(default_factory=list)
    broke: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def message(self) -> str:
        return str(self.json["error"]["message"])


async def ask(
    gateway: Gateway, verb: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """Send one request; a path without a slash in front is one of the Web API."""
    raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    address, _, query = (path if path.startswith("/") else f"/api/data/v9.2/{path}").partition("?")
    pairs = {"host": HOST, **(headers or {})}
    scope = {
        "type": "http",
        "method": verb,
        "path": address,
        "raw_path": address.encode(),
        "query_string": quote(query, safe="=&$,()'%/:").encode(),
        "headers": [(name.encode(), value.encode()) for name, value in pairs.items()],
        "client": ("127.0.0.1", 1),
    }
    cycle = Cycle()
    await gateway(scope, _receiving(raw), cycle.send)
    return _reply(cycle)


def _receiving(raw: bytes) -> Callable[[], Any]:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    return receive


def _reply(cycle: Cycle) -> Reply:
    if not cycle.messages:
        return Reply(0, {}, broke=cycle.transport.aborted)
    start, *rest = cycle.messages
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return Reply(start["status"], headers, [each["body"] for each in rest], cycle.transport.aborted)
