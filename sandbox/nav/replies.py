"""Answers with the headers a server of ours sends on every reply (reference 1.8)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

import orjson

from sandbox.common.wire import Response

JSON: Final = "application/json; odata.metadata=minimal; odata.streaming=true"
BOM: Final = b"\xef\xbb\xbf"


def base_headers() -> dict[str, str]:
    """What every reply carries."""
    return {
        "odata-version": "4.0",
        "cache-control": "no-cache, no-store",
        "access-control-expose-headers": "Date, Content-Length, Server, OData-Version",
        "request-id": str(uuid.uuid4()),
    }


def odata(value: Any, status: int = 200, headers: Mapping[str, str] | None = None, rows: int = 0) -> Response:
    """A JSON answer; `rows` is how many rows were written."""
    return Response(status, base_headers() | {"content-type": JSON} | dict(headers or {}), orjson.dumps(value), rows)


def plain_number(number: int) -> Response:
    """The answer to `/$count`: bare digits behind a byte-order mark."""
    return Response(200, base_headers() | {"content-type": "text/plain"}, BOM + str(number).encode())


def no_content(headers: Mapping[str, str] | None = None, rows: int = 1) -> Response:
    """204."""
    return Response(204, base_headers() | dict(headers or {}), b"", rows)
