"""The ASGI side of a stand-in: control, limits, faults and sleeps around the synchronous `App`."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.common.control import PREFIX, Control
from sandbox.common.faults import body_acts, next_link_rule
from sandbox.common.limits import Limits
from sandbox.common.wire import App, Request, Response

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PROXY_PAGE = (
    b"<!DOCTYPE html><html><head><title>Proxy</title></head>"
    b"<body><h1>Sign in to the network</h1><p>This page was sent by a proxy.</p></body></html>"
)
TRICKLE_SECONDS = 0.05
"""How often a trickling answer sends a few bytes."""
FLUSH_SECONDS = 0.05
"""How long the bytes before a cut get to leave the socket."""
_NEXT_LINK = re.compile(rb'("@odata\.nextLink"\s*:\s*")((?:[^"\\]|\\.)*)(")')


class Gateway:
    """The ASGI application uvicorn serves."""

    def __init__(self, app: App, limits: Limits, latency_ms: float = 0.0, row_ms: float = 0.0) -> None:
        self._app = app
        self._limits = limits
        self._control = Control(app)
        self._latency = latency_ms / 1000
        self._per_row = row_ms / 1000

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        request = await _read(scope, receive)
        if request.path.startswith(PREFIX):
            await _send(send, self._control.handle(request))
            return
        self._app.stats.count_request(request.verb, unquote(request.path))
        request.effects = self._app.faults.effects(request.verb, request.target)
        acts = request.effects.acts
        if "delay" in acts:
            await asyncio.sleep(float(acts["delay"]))
        response = await self._answer(request)
        if acts.get("done_then_cut"):
            _abort(send)
            return
        spoils = body_acts(request.effects, response.body)
        response = _spoiled(request, response, spoils)
        if "cut_after" in acts:
            await _send_and_cut(send, response, int(acts["cut_after"]))
        elif "trickle" in spoils:
            await _send_slowly(send, response, float(spoils["trickle"]))
        else:
            await _send(send, response)

    async def _answer(self, request: Request) -> Response:
        """The app's answer, or the one a fault or a limit gives instead of it. Half of the latency is the way here."""
        await self._travel()
        response = _instead(self._app, request) or await self._limited(request)
        await self._travel()
        return response

    async def _travel(self) -> None:
        """Let half a round trip pass. The server does not work meanwhile, so no limit counts it."""
        if self._latency:
            await asyncio.sleep(self._latency / 2)

    async def _limited(self, request: Request) -> Response:
        """The app's answer, or the refusal of a limit."""
        user = self._app.limit_key(request)
        if user is None:
            response, _seconds = await self._timed(request)
            return response
        refusal = self._limits.refuse(user)
        if refusal is not None:
            self._app.stats.throttled += 1
            response = self._app.error(429, refusal.code, refusal.message)
            response.headers.update(self._limits.headers(user))
            response.headers["retry-after"] = str(refusal.retry_after)
            return response
        self._limits.begin(user)
        seconds = 0.0
        try:
            response, seconds = await self._timed(request)
        finally:
            self._limits.end(user, seconds)
        response.headers.update(self._limits.headers(user))
        return response

    async def _timed(self, request: Request) -> tuple[Response, float]:
        """The answer and its execution time, which the time for the rows is part of."""
        started = time.perf_counter()
        response = self._handled(request)
        if response.later is not None:
            response = await response.later()
        pause = self._per_row * response.rows + response.seconds
        if pause:
            await asyncio.sleep(pause)
        return response, time.perf_counter() - started

    def _handled(self, request: Request) -> Response:
        try:
            return self._app.handle(request)
        except Exception:
            logger.exception("crashed at %s %s", request.verb, request.path)
            return self._app.error(500, "0x80040216", "An unexpected error occurred.")


def _instead(app: App, request: Request) -> Response | None:
    """What a fault answers before the app has seen the request."""
    acts = request.effects.acts
    if acts.get("expire_tokens"):
        app.expire_tokens()
    if acts.get("html"):
        return Response(int(acts.get("status", 200)), {"content-type": "text/html; charset=utf-8"}, PROXY_PAGE)
    if "status" not in acts:
        return None
    response = app.error(int(acts["status"]), str(acts.get("code", "")), str(acts.get("message", "A fault was set.")))
    response.headers.update({str(name).lower(): str(value) for name, value in acts.get("headers", {}).items()})
    return response


def _spoiled(request: Request, response: Response, acts: Mapping[str, Any]) -> Response:
    """The answer with the faults on it."""
    if request.effects.inside and _NEXT_LINK.search(response.body):
        response.body = _spoiled_link(request, response.body)
    if "charset" in acts:
        charset = str(acts["charset"])
        response.body = response.body.decode().encode(charset, errors="replace")
        plain = response.headers.get("content-type", "application/json").partition("; charset=")[0]
        response.headers["content-type"] = f"{plain}; charset={charset}"
    if "json_cut" in acts:
        response.body = response.body[: int(acts["json_cut"])]
    if acts.get("empty"):
        response.body = b""
    return response


def _spoiled_link(request: Request, body: bytes) -> bytes:
    rule = next_link_rule(request.effects)
    if rule is None:
        return body
    if rule.do.get("next_link_repeat"):
        link = f"{request.base_url}{request.path}" + (f"?{request.query_string}" if request.query_string else "")
        return _NEXT_LINK.sub(lambda match: match[1] + link.encode() + match[3], body)
    host = str(rule.do["next_link_host"])
    return _NEXT_LINK.sub(lambda match: match[1] + _with_host(match[2].decode(), host).encode() + match[3], body)


def _with_host(link: str, host: str) -> str:
    parts = urlsplit(link)
    scheme, _, name = host.rpartition("://")
    return parts._replace(scheme=scheme or parts.scheme, netloc=name).geturl()


async def _read(scope: Mapping[str, Any], receive: Receive) -> Request:
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = bool(message.get("more_body")) and message["type"] == "http.request"
    client = scope.get("client")
    return Request(
        verb=scope["method"],
        path=scope.get("raw_path", scope["path"].encode()).decode("utf-8", "replace").partition("?")[0],
        query_string=scope["query_string"].decode("utf-8", "replace"),
        headers=_headers(scope["headers"]),
        body=b"".join(chunks),
        client=client[0] if client else "",
    )


def _headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header names in lower case; repeated ones are joined with commas."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _start(response: Response) -> Message:
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    if response.status not in (204, 304):
        pairs.append((b"content-length", str(len(response.body)).encode()))
    return {"type": "http.response.start", "status": response.status, "headers": pairs}


async def _send(send: Send, response: Response) -> None:
    await send(_start(response))
    await send({"type": "http.response.body", "body": response.body})


async def _send_slowly(send: Send, response: Response, bytes_per_second: float) -> None:
    await send(_start(response))
    step = max(1, int(bytes_per_second * TRICKLE_SECONDS))
    for position in range(0, len(response.body), step):
        await send({"type": "http.response.body", "body": response.body[position : position + step], "more_body": True})
        await asyncio.sleep(step / bytes_per_second)
    await send({"type": "http.response.body", "body": b""})


async def _send_and_cut(send: Send, response: Response, number: int) -> None:
    """Promise the whole body, send the first bytes of it and drop the connection."""
    await send(_start(response))
    await send({"type": "http.response.body", "body": response.body[:number], "more_body": True})
    await asyncio.sleep(FLUSH_SECONDS)
    _abort(send)


def _abort(send: Send) -> None:
    """Drop the TCP connection. `send` is a method of uvicorn's request cycle, which holds the transport."""
    cycle = getattr(send, "__self__", None)
    if cycle is None:
        raise RuntimeError("this server does not show its transport; the connection cannot be cut")
    cycle.disconnected = True
    cycle.transport.abort()
