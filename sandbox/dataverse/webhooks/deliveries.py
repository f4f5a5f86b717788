"""Posts to webhooks in threads of its own; a request never waits for one.

Only loopback addresses are called: this is a stand-in on somebody's machine. The certificate of such a receiver is not
checked, and plain http is let through, which the real service refuses.
"""

from __future__ import annotations

import http.client
import ipaddress
import queue
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 60
REPEATED = frozenset({408, 429, 502, 503, 504})
RETRIES = 3
PAUSE_SECONDS = 1.0
"""Before the first repetition; it doubles. How long the real service waits is not published."""
WORKERS = 4


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post. `operation` is its system job."""

    operation: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a post ended. `status` 0 means that nobody answered."""

    operation: str
    status: int
    retries: int
    message: str

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it."""
        return 200 <= self.status < 300


class Deliveries:
    """The queue of posts and the threads that work on it. They start with the first post and end with the process."""

    def __init__(self, pause: float = PAUSE_SECONDS, timeout: float = TIMEOUT_SECONDS) -> None:
        self._pause = pause
        self._timeout = timeout
        self._waiting: queue.Queue[Delivery] = queue.Queue()
        self._done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def send(self, delivery: Delivery) -> None:
        """Queue a post."""
        self._waiting.put(delivery)
        if len(self._threads) < WORKERS:
            thread = threading.Thread(target=self._work, name="webhooks", daemon=True)
            self._threads.append(thread)
            thread.start()

    def outcomes(self) -> list[Outcome]:
        """What has ended since this was last asked."""
        found = []
        while True:
            try:
                found.append(self._done.get_nowait())
            except queue.Empty:
                return found

    def settle(self) -> None:
        """Wait until everything queued has ended."""
        self._waiting.join()

    def _work(self) -> None:
        while True:
            delivery = self._waiting.get()
            try:
                self._done.put(self._deliver(delivery))
            finally:
                self._waiting.task_done()

    def _deliver(self, delivery: Delivery) -> Outcome:
        status, message = 0, ""
        for attempt in range(RETRIES + 1):
            if attempt:
                time.sleep(self._pause * 2 ** (attempt - 1))
            try:
                status, message = self._post(delivery), ""
            except (OSError, http.client.HTTPException, ValueError) as error:
                status, message = 0, f"{type(error).__name__}: {error}"
                if isinstance(error, ValueError):
                    break
            if status not in REPEATED:
                break
        if not message and not 200 <= status < 300:
            message = f"The webhook call failed because the http request got status code {status}."
        return Outcome(delivery.operation, status, attempt, message)

    def _post(self, delivery: Delivery) -> int:
        parts = urlsplit(delivery.url)
        host = parts.hostname or ""
        if not is_loopback(host):
            raise ValueError(f"the sandbox calls loopback addresses only, not '{host}'")
        connection = self._connection(parts.scheme, host, parts.port)
        try:
            target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.request("POST", target, delivery.body, dict(delivery.headers))
            return connection.getresponse().status
        finally:
            connection.close()

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        if scheme != "https":
            raise ValueError(f"'{scheme}' is no scheme of a webhook")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine. Names are not resolved: what they point to could change."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
