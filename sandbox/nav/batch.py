"""JSON `$batch` of Business Central (reference 3.5): entries run in order, each its own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import orjson

from sandbox.common.faults import FaultBook
from sandbox.common.stats import Stats
from sandbox.common.wire import Request, Response, decoded_target
from sandbox.nav.errors import NavError, not_supported

MAX_ENTRIES: Final = 100
_SAFE: Final = "/?&=()',$:%"


def run(
    request: Request, tree: str, faults: FaultBook, stats: Stats, answer: Callable[[Request], Response]
) -> tuple[list[dict[str, Any]], int]:
    """The replies to the entries of a batch, and how many rows they wrote. `tree` is the path entries start from."""
    if "json" not in request.headers.get("content-type", ""):
        raise not_supported("A multipart $batch is not supported by this stand-in; send JSON.")
    if request.headers.get("isolation"):
        raise not_supported("Isolation of a $batch is not supported by this stand-in.")
    entries = _entries(request)
    go_on = "continue-on-error" in request.headers.get("prefer", "").lower()
    replies: list[dict[str, Any]] = []
    rows = 0
    for entry in entries:
        part = _part(request, tree, entry)
        part.effects = faults.effects(part.verb, part.target, part=True).joined(request.effects)
        stats.count_part(part.verb, decoded_target(part.path, ""))
        response = answer(part)
        rows += response.rows
        replies.append(_reply(entry.get("id"), response))
        if response.status >= 400 and not go_on:
            break
    return replies, rows


def _entries(request: Request) -> list[Mapping[str, Any]]:
    try:
        body = orjson.loads(request.body)
        entries = body["requests"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise NavError("BadRequest", "A batch is a JSON object with the member 'requests'.") from None
    if len(entries) > MAX_ENTRIES:
        raise NavError("BadRequest", f"The batch holds {len(entries)} requests; the limit is {MAX_ENTRIES}.")
    return list(entries)


def _part(request: Request, tree: str, entry: Mapping[str, Any]) -> Request:
    """The request one entry stands for; a company named in its headers goes into the query."""
    path, _, query = str(entry["url"]).lstrip("/").partition("?")
    headers = {name.lower(): str(value) for name, value in (entry.get("headers") or {}).items()}
    company = headers.get("companyid") or headers.get("company")
    if company:
        query = f"{query}&company={quote(company)}".lstrip("&")
    inherited = {name: request.headers[name] for name in ("host", "authorization") if name in request.headers}
    return Request(
        verb=str(entry["method"]).upper(),
        path=f"{tree}/{quote(path, safe=_SAFE)}",
        query_string=quote(query, safe=_SAFE + "+"),
        headers=inherited | headers,
        body=orjson.dumps(entry["body"]) if entry.get("body") is not None else b"",
        client=request.client,
    )


def _reply(entry_id: Any, response: Response) -> dict[str, Any]:
    reply: dict[str, Any] = {"id": entry_id, "status": response.status, "headers": {}}
    if response.status == 204:
        return reply
    reply["headers"] = {"content-type": response.headers.get("content-type", ""), "odata-version": "4.0"}
    plain = response.headers.get("content-type", "").startswith("text/plain")
    reply["body"] = response.body.decode("utf-8-sig") if plain else orjson.loads(response.body)
    return reply
