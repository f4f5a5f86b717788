"""The Web API's fixed parts around a transport: base address, headers, JSON bodies, row addresses."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from connector import odata
from connector.errors import ConfigurationError, ServerUnavailable
from connector.retry import Replay
from connector.transport import Answer, Call, Transport

# A filter may hold an address too, so `://` alone says nothing.
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
API_PATH = "/api/data/v9.2/"
HEADERS = {
    "Accept": "application/json",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
    # Keeps a caching layer from answering 304; the documentation asks for it literally.
    "If-None-Match": "null",
}


class Wire:
    """Sends requests to one environment."""

    def __init__(self, address: str, transport: Transport) -> None:
        self.address = address.rstrip("/")
        self.base = self.address + API_PATH
        self.transport = transport

    def get(self, path: str, *, prefer: str = "", record_key: str = "") -> dict[str, Any]:
        """GET a path below the base, or an absolute link of this server, as JSON."""
        url = self.url(path)
        headers = {"Prefer": prefer} if prefer else {}
        answer = self.transport.send(Call("GET", url, headers, record_key=record_key))
        if not isinstance(answer.data, dict):
            raise ServerUnavailable("Sales answered a read without data.", code="no_data")
        return answer.data

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        replay: Replay = Replay.ONCE,
        record_key: str = "",
    ) -> Answer:
        """Send a write; `body` becomes JSON."""
        sent = dict(headers or {})
        content = None
        if body is not None:
            content = orjson.dumps(body)
            sent["Content-Type"] = "application/json"
        return self.transport.send(Call(method, self.url(path), sent, content, replay, record_key=record_key))

    def url(self, path: str) -> str:
        """Return the absolute address of a path. Raises ConfigurationError for a link to another server."""
        if not _ABSOLUTE.match(path):
            return self.base + path
        if not odata.same_server(path, self.base):
            raise ConfigurationError(
                f"Sales sent a link that leads to {urlsplit(path).netloc}, another server. It is not followed: a proxy changes "
                "links, or the environment's address in the connection is not its own.",
                code="foreign_link",
            )
        return path

    def part_path(self, path: str) -> str:
        """Return the path of an operation inside a batch."""
        return urlsplit(self.base).path + path


def row_path(entity_set: str, key: str) -> str:
    """Return the address of a row by its id."""
    return f"{entity_set}({key})"
