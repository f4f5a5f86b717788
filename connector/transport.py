"""Shared HTTP: one pooled session per client, time limits, the retry loop, redacted logging, request counters.

A transport sends a Call and returns its Answer or raises out of the error tree. It keeps no cookies, follows no
redirect and reads no proxy from the environment (an address is resolved once and pinned, see addresses.py). What an
error answer means is the client's knowledge: it passes in `explain`.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol, cast
from urllib.parse import unquote, urlsplit

import requests
import urllib3.exceptions
from requests.adapters import BaseAdapter
from requests.auth import AuthBase

from connector import odata, retry
from connector.errors import ConfigurationError, IntegrationError, Retryable, ServerUnavailable, Throttled, Timeout
from connector.retry import Replay
from connector.window import SLOW_SECONDS, Outcome, Window, local_window

logger = logging.getLogger("connector.transport")
# It logs whole addresses, keys and filters included, at DEBUG and in a warning; ours are redacted.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)

CONNECT_SECONDS = 20.0
READ_SECONDS = 100.0
# Connecting and reading together; a sender's lease is longer than this.
TOTAL_SECONDS = 120.0
# A worker stays under 200 MB; no page of either system comes near this.
LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
REQUEST_ID_HEADERS = ("x-ms-service-request-id", "REQ_ID", "request-id", "x-ms-correlation-request-id")


@dataclass(slots=True)
class Answer:
    """A complete answer; `data` is what the call's decoder made of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    data: Any = None

    @property
    def content_type(self) -> str:
        """The Content-Type header, or an empty text."""
        return self.headers.get("Content-Type", "")

    @property
    def request_id(self) -> str:
        """The server's id of the request, or an empty text."""
        return next((self.headers[name] for name in REQUEST_ID_HEADERS if self.headers.get(name)), "")


def decoded_json(answer: Answer) -> Any:
    """Decode a JSON object; 204 and 304 have none. Raises as odata.json_body, Timeout for an empty body."""
    if answer.status in {204, 304}:
        return None
    if not answer.body:
        raise Timeout(
            "The server answered with nothing at all. The connection was cut, or a proxy dropped the answer.",
            outcome_unknown=True,
        )
    return odata.json_body(answer.content_type, answer.body)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: an absolute URL, headers beyond the client's own, a body, and whether it may be repeated."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    replay: Replay = Replay.SAFE
    decode: Callable[[Answer], Any] = decoded_json
    record_key: str = ""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Limits of one exchange, in seconds."""

    connect: float = CONNECT_SECONDS
    read: float = READ_SECONDS
    total: float = TOTAL_SECONDS


class Renewable(Protocol):
    """An authentication that can fetch a new token."""

    def renew(self) -> bool:
        """Throw the token away; tell whether another one can be had."""


class Transport:
    """Sends calls for one client. Counts every request sent (`requests`), also repeated ones."""

    def __init__(
        self,
        *,
        explain: Callable[[Answer, Call], IntegrationError],
        auth: AuthBase | None = None,
        adapter: BaseAdapter | None = None,
        headers: Mapping[str, str] | None = None,
        verify: str | bool = True,
        window: Window | None = None,
        limits: TimeLimits | None = None,
        attempts: int = retry.ATTEMPTS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.explain = explain
        self.auth = auth
        self.window = window or local_window()
        self.limits = limits or TimeLimits()
        self.attempts = attempts
        self.pause = pause
        self.requests = 0
        self.last_date: float | None = None
        self._count_lock = threading.Lock()
        self.session = bare_session(adapter, verify)
        self.session.headers.update(headers or {})

    def close(self) -> None:
        """Close the connections and give the lanes back."""
        self.session.close()
        self.window.close()

    def send(self, call: Call) -> Answer:
        """Send a call, repeating it as retry.py allows. Raises the last failure."""
        attempt = 0
        while True:
            attempt += 1
            self.window.enter(retry.PATIENCE_SECONDS)
            answer, error = self.attempt(call)
            self.settle(answer, error)
            if error is None:
                return cast(Answer, answer)
            if not retry.should_repeat(error, call.replay, attempt, attempts=self.attempts):
                raise error
            self.pause(retry.with_jitter(retry.pause_seconds(error, attempt)))

    def attempt(self, call: Call) -> tuple[Answer | None, IntegrationError | None]:
        """Exchange once, without window and repetition; safe to call from a thread."""
        started = time.monotonic()
        answer: Answer | None = None
        error: IntegrationError | None = None
        try:
            answer = self._answer(call)
            error = self._error_of(answer, call)
        except IntegrationError as failure:
            error = failure
        request_id = answer.request_id if answer else ""
        if error is not None:
            error.request_id = error.request_id or request_id
            error.record_key = error.record_key or call.record_key
        _log(call, answer.status if answer else 0, time.monotonic() - started, request_id, error.code if error else "")
        return answer, error

    def settle(self, answer: Answer | None, error: IntegrationError | None) -> None:
        """Tell the window how an exchange went, and give its lane back."""
        asked = isinstance(error, Throttled) or (isinstance(error, Retryable) and error.retry_after > 0)
        throttled = max(cast(Retryable, error).retry_after, 1.0) if asked else None
        hint = answer.headers.get("x-ms-dop-hint", "") if answer else ""
        # A lost answer and a failing server are no sign that more lanes would do good.
        seconds = SLOW_SECONDS if answer is None or isinstance(error, Retryable) else answer.seconds
        self.window.leave(Outcome(seconds, throttled, int(hint) if hint.isdecimal() else None))

    def _answer(self, call: Call) -> Answer:
        answer = self._once(call)
        return self._once(call) if answer.status == 401 and self._renewed() else answer

    def _error_of(self, answer: Answer, call: Call) -> IntegrationError | None:
        if answer.status >= 400:
            return self.explain(answer, call)
        if answer.status >= 300 and answer.status != 304:
            return redirect_error(answer, call)
        answer.data = call.decode(answer)
        return None

    def _renewed(self) -> bool:
        renew = getattr(self.auth, "renew", None)
        return bool(renew and renew())

    def _once(self, call: Call) -> Answer:
        with self._count_lock:
            self.requests += 1
        started = time.monotonic()
        try:
            response = self.session.request(
                call.method,
                call.url,
                headers=dict(call.headers),
                data=call.body,
                auth=self.auth,
                stream=True,
                allow_redirects=False,
                timeout=(self.limits.connect, self.limits.read),
            )
            with response:
                body = read_body(response, started + self.limits.total)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise connection_error(error, call.url, self.limits) from error
        self._note_date(response.headers.get("Date", ""))
        return Answer(response.status_code, response.headers, body, time.monotonic() - started)

    def _note_date(self, text: str) -> None:
        try:
            self.last_date = parsedate_to_datetime(text).timestamp() if text else self.last_date
        except ValueError:
            self.last_date = None


def bare_session(adapter: BaseAdapter | None, verify: str | bool) -> requests.Session:
    """Return a session without cookies, environment proxies or .netrc."""
    session = requests.Session()
    session.trust_env = False
    session.verify = verify
    # Without the affinity cookie load and limits spread over the environment's web servers.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    if adapter is not None:
        session.mount("https://", adapter)
        session.mount("http://", adapter)
    return session


def read_body(response: requests.Response, deadline: float) -> bytes:
    """Read a body until a deadline on the monotonic clock; a server that trickles does not hold us longer."""
    parts: list[bytes] = []
    size = 0
    sock = getattr(getattr(response.raw, "connection", None), "sock", None)
    while True:
        if sock is not None:  # else the last read could go on for its whole time limit behind the deadline
            sock.settimeout(max(0.01, deadline - time.monotonic()))
        piece = response.raw.read1(65536, decode_content=True)
        if piece:
            parts.append(piece)
            size += len(piece)
        else:
            break
        if time.monotonic() > deadline:
            raise requests.ReadTimeout("the total time limit is used up")
        if size > LARGEST_ANSWER_BYTES:
            raise requests.exceptions.ContentDecodingError("the answer is larger than any page may be")
    body = b"".join(parts)
    expected = response.headers.get("Content-Length", "")
    if expected.isdecimal() and not response.headers.get("Content-Encoding") and len(body) < int(expected):
        raise requests.ConnectionError("the body is shorter than its Content-Length")
    return body


def connection_error(error: Exception, url: str, limits: TimeLimits) -> IntegrationError:
    """Return the typed error for a failed exchange: was the request sent at all, and what can be done."""
    host = urlsplit(url).netloc
    text = str(error)
    if isinstance(error, requests.exceptions.SSLError) or "CERTIFICATE_VERIFY_FAILED" in text:
        return certificate_error(text, host)
    if isinstance(error, requests.ConnectTimeout):
        return ServerUnavailable(
            f"{host} did not accept a connection within {limits.connect:.0f} seconds. The server is down, or a firewall "
            "drops the traffic: check host and port from the machine that runs this program.",
            code="connect_timeout",
        )
    if "NewConnectionError" in text or "NameResolutionError" in text or isinstance(error, ConnectionRefusedError):
        reason = (
            "No such host name is known" if "NameResolution" in text else "Nothing listens there, or a firewall refuses"
        )
        return ServerUnavailable(
            f"{host} cannot be reached. {reason}: check host and port in the address, and that the server runs.",
            code="unreachable",
        )
    if isinstance(
        error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema | requests.exceptions.MissingSchema
    ):
        return ConfigurationError(
            f"{host or 'The address'} is not a usable address. Write it as https://host:port/path."
        )
    if isinstance(error, requests.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
        return Timeout(
            f"{host} did not answer completely within {limits.total:.0f} seconds. Whether the request was carried out is not "
            "known; it is looked up before anything is repeated.",
            code="read_timeout",
            outcome_unknown=True,
        )
    return Timeout(
        f"The connection to {host} was cut before the answer was complete. Whether the request was carried out is not known; "
        "it is looked up before anything is repeated.",
        code="connection_cut",
        outcome_unknown=True,
    )


def certificate_error(text: str, host: str) -> ConfigurationError:
    """Return the error for a certificate that does not hold, saying why and what to do."""
    if "expired" in text:
        reason = "has expired. Ask the server's administrator to renew it"
    elif "Hostname mismatch" in text or "doesn't match" in text or "IP address mismatch" in text:
        reason = "is made for another host name. Use the name that stands in the certificate"
    elif "unable to get" in text or "self-signed" in text or "self signed" in text:
        reason = "comes from an authority that is not known here. Give the authority's certificate file (CA) in the connection"
    elif "WRONG_VERSION" in text or "wrong version" in text:
        return ConfigurationError(
            f"{host} does not speak TLS on this port. Check the port, or whether the address has to begin with http.",
            code="no_tls",
        )
    else:
        reason = "is not accepted. Check the address and the server's certificate"
    return ConfigurationError(f"The certificate of {host} {reason}.", code="certificate")


def redirect_error(answer: Answer, call: Call) -> ConfigurationError:
    """Return the error for a redirect, which is never followed."""
    target = urlsplit(answer.headers.get("Location", "")).netloc or "another place"
    return ConfigurationError(
        f"{urlsplit(call.url).netloc} redirects to {target}. Redirects are not followed: enter the address that it leads to, "
        "if that is the right server.",
        code="redirect",
    )


def retry_after_seconds(headers: Mapping[str, str], default: float = 0.0) -> float:
    """Return Retry-After in seconds, given as a number or as a date; the default when it is missing or odd."""
    text = headers.get("Retry-After", "").strip()
    if not text:
        return default
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return max(0.0, float(text))
    try:
        here = parsedate_to_datetime(headers["Date"]).timestamp() if headers.get("Date") else time.time()
        return max(0.0, parsedate_to_datetime(text).timestamp() - here)
    except ValueError:
        return default


def redacted_path(url: str) -> str:
    """Return a URL's path for a log: no host, no text keys, query options by name only."""
    parts = urlsplit(url)
    path = re.sub(r"'(?:[^']|'')*'", "'…'", unquote(parts.path))
    names = [part.partition("=")[0] for part in parts.query.split("&") if part]
    return path + ("?" + "&".join(names) if names else "")


def _log(call: Call, status: int, seconds: float, request_id: str, code: str) -> None:
    level = logging.DEBUG if 200 <= status < 400 else logging.INFO
    logger.log(
        level,
        "%s %s %s %d ms request %s%s",
        call.method,
        redacted_path(call.url),
        status or "no answer",
        seconds * 1000,
        request_id or "-",
        f" {code}" if code else "",
    )
