"""Builds the responses of the Web API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sandbox.common.wire import Response
from sandbox.dataverse.call import Call
from sandbox.dataverse.errors import ServiceError

JSON = "application/json; odata.metadata=minimal"


def body(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(status, {"content-type": JSON, **(headers or {})}, orjson.dumps(value))


def empty(headers: Mapping[str, str] | None = None, status: int = 204) -> Response:
    """An answer without a body."""
    return Response(status, dict(headers or {}))


def located(call: Call, set_name: str, key: str) -> dict[str, str]:
    """The headers that name a written row."""
    address = f"{call.base}{set_name}({key})"
    return {"location": address, "odata-entityid": address}


def refusal(error: ServiceError) -> Response:
    """The answer of a refusal."""
    return body({"error": {"code": error.code, "message": error.message}}, error.status, error.headers)
