"""`/api/v2.0/subscriptions`: the HTTP side of webhook subscriptions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from sandbox.common.wire import Request, Response
from sandbox.nav.errors import NavError
from sandbox.nav.replies import no_content, odata
from sandbox.nav.webhooks import Subscription, Webhooks


class Subscriptions:
    """Answers requests for subscriptions. A create or a renewal waits for its receiver outside the server's own loop."""

    def __init__(self, webhooks: Webhooks, error: Callable[[NavError], Response]) -> None:
        self._webhooks = webhooks
        self._error = error

    def handle(self, request: Request, key: str | None, root: str, user: str) -> Response:
        """Answer a request to the collection (`key` None) or to one subscription."""
        context = f"{root}/$metadata#subscriptions"
        if key is None:
            if request.verb == "GET":
                return odata({"@odata.context": context, "value": [found.shown() for found in self._webhooks.all()]})
            if request.verb == "POST":
                new = self._webhooks.prepared(_body(request), user)
                return self._confirmed(new, 201, context, f"{root}/subscriptions('{new.id}')")
            raise _not_allowed(request.verb)
        found = self._webhooks.find(key)
        if request.verb == "GET":
            return odata({"@odata.context": f"{context}/$entity"} | found.shown(), headers={"etag": found.etag})
        _check_match(request, found)
        if request.verb == "DELETE":
            self._webhooks.remove(found)
            return no_content()
        if request.verb != "PATCH":
            raise _not_allowed(request.verb)
        return self._confirmed(self._webhooks.changed(found, _body(request)), 200, context)

    def _confirmed(self, new: Subscription, status: int, context: str, location: str = "") -> Response:
        """The answer once the receiver has said yes."""

        async def wait() -> Response:
            try:
                await asyncio.to_thread(self._webhooks.confirm, new)
            except NavError as error:
                return self._error(error)
            self._webhooks.keep(new)
            headers = {"etag": new.etag} | ({"location": location} if location else {})
            return odata({"@odata.context": f"{context}/$entity"} | new.shown(), status, headers, 1)

        return later(wait)


def later(answer: Callable[[], Awaitable[Response]]) -> Response:
    """An answer that is not there yet; the gateway awaits it."""
    return Response(202, later=answer)


def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise NavError("BadRequest", f"The body of the request is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise NavError("BadRequest", "The body of the request must be one JSON object.")
    return body


def _check_match(request: Request, found: Subscription) -> None:
    match = request.headers.get("if-match")
    if match is None and request.verb == "PATCH":
        raise NavError("BadRequest_InvalidToken", "The request must carry an If-Match header with the record's ETag.")
    if match is not None and match.strip() not in ("*", found.etag):
        raise NavError("Request_EntityChanged", "Another user has already changed the record.")


def _not_allowed(verb: str) -> NavError:
    return NavError("BadRequest_MethodNotAllowed", f"The entity 'subscriptions' does not support the method {verb}.")
