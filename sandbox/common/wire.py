"""The request and response both stand-ins speak, and what a stand-in has to offer (`App`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, unquote, unquote_plus

import orjson

from sandbox.common.faults import NO_EFFECTS, Effects

if TYPE_CHECKING:
    from sandbox.common.clock import Clock
    from sandbox.common.faults import FaultBook
    from sandbox.common.stats import Stats


@dataclass(slots=True)
class Request:
    """One HTTP request. `path` and `query_string` are raw (percent-encoded); header names are lower case."""

    verb: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = "127.0.0.1"
    effects: Effects = field(default_factory=lambda: NO_EFFECTS)

    @property
    def base_url(self) -> str:
        """Scheme and host as the caller used them, without a slash at the end."""
        return f"https://{self.headers.get('host', '127.0.0.1')}"

    @property
    def target(self) -> str:
        """Path and query, decoded: what the regular expressions of the fault rules look at."""
        return decoded_target(self.path, self.query_string)

    def segments(self) -> list[str]:
        """The decoded path segments; a slash inside quotes or parentheses does not split."""
        return split_path(self.path)

    def options(self) -> dict[str, str]:
        """The decoded query options, in order; `+` is a space; the last of equal names wins."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    def json(self) -> Any:
        """The decoded JSON body. Raises: ValueError (orjson.JSONDecodeError) if it is none."""
        return orjson.loads(self.body)


@dataclass(slots=True)
class Response:
    """One HTTP response. `rows` is how many rows were written: what `--row-ms` multiplies. `seconds` is more server time."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    rows: int = 0
    seconds: float = 0.0
    later: Callable[[], Awaitable[Response]] | None = None
    """An answer that has to wait for somebody else: the gateway awaits it in the place of this one."""


@dataclass(slots=True)
class TablePage:
    """A part of one table, as `GET /_sandbox/table/NAME` shows it."""

    name: str
    count: int
    rows: Sequence[Mapping[str, Any]]


class App(Protocol):
    """A stand-in server. All of it runs in one thread; nothing here may block."""

    stats: Stats
    faults: FaultBook
    clock: Clock

    def handle(self, request: Request) -> Response:
        """Answer one request (never one under `/_sandbox/`). `request.effects` holds the faults to honour."""

    def error(self, status: int, code: str, message: str) -> Response:
        """An error in this server's own form (used for faults, limits and crashes)."""

    def limit_key(self, request: Request) -> str | None:
        """Who the service protection limits count this request for; None leaves it uncounted."""

    def table_page(self, name: str, skip: int, top: int) -> TablePage | None:
        """Rows of a table in wire names; None if there is no such table."""

    def reset_data(self) -> None:
        """Go back to the data of the start."""

    def act_as(self, user: str | None) -> None:
        """Make the next writes in this user's name; None ends it. Raises: ValueError for an unknown user."""

    def expire_tokens(self) -> None:
        """Refuse every access token issued up to now."""

    def control(self, request: Request, name: str) -> Response | None:
        """A control call of this server alone (`POST /_sandbox/NAME`); None if there is no such call."""


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None, rows: int = 0) -> Response:
    """A plain JSON answer."""
    merged = {"content-type": "application/json; charset=utf-8", **(headers or {})}
    return Response(status, merged, orjson.dumps(value), rows)


def decoded_target(path: str, query_string: str) -> str:
    """Path and query as one readable text."""
    return unquote(path) + (f"?{unquote_plus(query_string)}" if query_string else "")


def split_path(path: str) -> list[str]:
    """Split a raw path at slashes outside quotes and parentheses, decode each part, drop empty ones."""
    if "(" not in path and "%2" not in path:
        return [unquote(part) for part in path.split("/") if part]
    parts: list[str] = []
    current: list[str] = []
    quoted, depth = False, 0
    for char in path.replace("%27", "'").replace("%28", "(").replace("%29", ")"):
        if char == "'":
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
        if char == "/" and not quoted and depth <= 0:
            parts.append("".join(current))
            current = []
        else:
            current.append(char)
    parts.append("".join(current))
    return [unquote(part) for part in parts if part]
