"""Sends what webhook receivers hear, from threads of its own: the server never waits for a receiver.

A receiver that answers 408, 429 or 5xx, or not at all, is asked again for 36 hours; any other error ends its subscription.
"""

from __future__ import annotations

import logging
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import orjson

logger = logging.getLogger(__name__)

Send = Callable[[str, bytes, float], tuple[int, bytes]]
"""Posts a body to an address within seconds: status and body. Raises OSError when nobody answers."""

DELAY_SECONDS: Final = 30.0
"""How long after the first change its notification is sent."""
HANDSHAKE_SECONDS: Final = 5.0
SEND_SECONDS: Final = 30.0
RETRY_SECONDS: Final = 36 * 3600
_AGAIN: Final = frozenset({408, 429})


class HttpSender:
    """Posts JSON. `authority` is a certificate to trust besides those of this machine, if the file exists."""

    def __init__(self, authority: Path | None = None) -> None:
        self._context = ssl.create_default_context()
        if authority is not None and authority.exists():
            self._context.load_verify_locations(authority)

    def __call__(self, url: str, body: bytes, seconds: float) -> tuple[int, bytes]:
        request = urllib.request.Request(  # noqa: S310 - the address was checked: loopback, http or https
            url, body, {"Content-Type": "application/json"}, method="POST"
        )
        handler = urllib.request.HTTPSHandler(context=self._context)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)
        try:
            with opener.open(request, timeout=seconds) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


class Notifier:
    """Waits, sends, and sends again."""

    def __init__(self, send: Send, delay_seconds: float = DELAY_SECONDS) -> None:
        self._send = send
        self._delay = delay_seconds
        self._lock = threading.Lock()
        self._timers: dict[str, threading.Timer] = {}
        self._removed: set[str] = set()

    def handshake(self, url: str, token: str) -> bool:
        """Whether a receiver echoes the token with 200."""
        target = f"{url}{'&' if '?' in url else '?'}validationToken={quote(token)}"
        try:
            status, body = self._send(target, b"", HANDSHAKE_SECONDS)
        except OSError:
            return False
        return status == 200 and body.decode("utf-8", "replace").strip().strip('"') == token

    def send(
        self, key: str, url: str, payload: Callable[[], dict[str, Any]], delay_seconds: float | None = None
    ) -> None:
        """Send a subscription's notification after the delay; one that waits already takes this change along."""
        with self._lock:
            waiting = self._timers.get(key)
            if waiting is not None and delay_seconds is None:
                return
            if waiting is not None:
                waiting.cancel()
            delay = self._delay if delay_seconds is None else delay_seconds
            self._start(key, delay, lambda: self._deliver(key, url, payload(), 0.0))

    def removed(self) -> set[str]:
        """The subscriptions that their receivers' answers ended since the last question."""
        with self._lock:
            gone, self._removed = self._removed, set()
            return gone

    def cancel(self) -> None:
        """Send nothing that waits."""
        with self._lock:
            for timer in self._timers.values():
                timer.cancel()
            self._timers.clear()

    def _start(self, key: str, delay: float, work: Callable[[], None]) -> None:
        timer = threading.Timer(delay, self._run, [key, work])
        timer.daemon = True
        self._timers[key] = timer
        timer.start()

    def _run(self, key: str, work: Callable[[], None]) -> None:
        with self._lock:
            self._timers.pop(key, None)
        work()

    def _deliver(self, key: str, url: str, payload: dict[str, Any], waited: float) -> None:
        if not payload["value"]:
            return
        try:
            status, _ = self._send(url, orjson.dumps(payload), SEND_SECONDS)
        except OSError as error:
            logger.info("the receiver of %s does not answer: %s", key, error)
            status = 503
        if status < 300:
            return
        with self._lock:
            if status in _AGAIN or (status >= 500 and waited < RETRY_SECONDS):
                delay = max(self._delay, 1.0)
                self._start(f"{key} again", delay, lambda: self._deliver(key, url, payload, waited + delay))
            else:
                self._removed.add(key)
