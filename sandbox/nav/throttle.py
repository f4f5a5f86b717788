"""What limits calls to Business Central online: requests per user in five minutes, the size of a body and of an address.

NAV 2017 limits nothing of this (reference 4.1, 4.2). How many requests of a user run at once is not modelled: the
stand-in does its work one request after the other, so that none ever waits in a queue.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from sandbox.common.clock import Clock
from sandbox.common.wire import Request
from sandbox.nav.errors import NavError

WINDOW_SECONDS: Final = 300
REQUESTS: Final = {"off": 0, "real": 6000, "tenth": 600}
"""Requests per user in the window; 0 is no limit."""
MAX_BODY: Final = 350 * 1024 * 1024
MAX_QUERY: Final = 8100
"""Characters of a query online, beyond which the answer is 414."""


class TooManyRequests(NavError):
    """429, with the seconds until the next request is let in."""

    def __init__(self, retry_after: int) -> None:
        text = "Too many requests reached. Actual requests per user in the last 5 minutes exceed the limit."
        super().__init__("Application_TooManyRequests", text, 429)
        self.retry_after = retry_after


class Throttle:
    """Counts the requests of each user over a sliding window."""

    def __init__(self, kind: str, clock: Clock) -> None:
        self._limit = REQUESTS[kind]
        self._clock = clock
        self._taken: dict[str, deque[float]] = {}

    def admit(self, user: str) -> None:
        """Count a request. Raises TooManyRequests; a refused request does not count."""
        if not self._limit:
            return
        now = self._clock.seconds()
        taken = self._taken.setdefault(user, deque())
        while taken and taken[0] <= now - WINDOW_SECONDS:
            taken.popleft()
        if len(taken) >= self._limit:
            raise TooManyRequests(max(1, math.ceil(taken[0] + WINDOW_SECONDS - now)))
        taken.append(now)


def check_size(request: Request) -> None:
    """Refuse a body or an address that is too long."""
    if len(request.body) > MAX_BODY:
        raise NavError("BadRequest", "The request body is too large.", 413)
    if len(request.query_string) > MAX_QUERY:
        raise NavError("BadRequest_InvalidRequestUrl", "The request URI is too long.", 414)


def check_intent(request: Request) -> None:
    """A write cannot be sent to the replica that is there for reading (reference 3.1)."""
    if request.headers.get("data-access-intent", "").lower() == "readonly" and request.verb != "GET":
        raise NavError("BadRequest", "The data access intent ReadOnly is not allowed for a request that writes.")
