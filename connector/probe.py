"""A look at an address without credentials: does anything answer, over TLS that holds, and which sign-in does it ask for?

The outgoing guard holds here as everywhere; an answer's body never leaves this module, so that an address cannot be used to
read what stands behind it.
"""

import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from connector import odata
from connector.addresses import PinnedAdapter, rules_from_settings
from connector.errors import ConfigurationError, IntegrationError
from connector.retry import Replay
from connector.transport import Answer, Call, TimeLimits, Transport

# A person waits for it: shorter than the limits of work.
LIMITS = TimeLimits(connect=10.0, read=20.0, total=30.0)
_BEARER = re.compile(r"(authorization_uri|resource_id)=\"?([^\s,\"]+)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What an address answers to a call without credentials.

    `schemes` are the sign-ins it offers, in lower case; `authorization_uri` and `resource_id` stand in a bearer challenge.
    `is_page` tells that a web page came. `clock_difference` is their clock minus ours in seconds, None when they tell no time.
    """

    status: int
    schemes: tuple[str, ...] = ()
    authorization_uri: str = ""
    resource_id: str = ""
    is_page: bool = False
    clock_difference: float | None = None


def challenge_of(url: str, verify: str | bool) -> Challenge:
    """GET an address without credentials and return what it asks for.

    Raises ConfigurationError for a refused address, a certificate that does not hold or a redirect, ServerUnavailable or
    Timeout when nothing answers.
    """
    transport = Transport(
        explain=lambda _answer, _call: IntegrationError("answered"),
        adapter=PinnedAdapter(rules_from_settings()),
        headers={"Accept": "application/json"},
        verify=verify,
        limits=LIMITS,
        attempts=1,
    )
    try:
        answer, error = transport.attempt(Call("GET", url, replay=Replay.SAFE, decode=lambda _answer: None))
    finally:
        transport.close()
    if answer is None:
        raise error or ConfigurationError("Nothing answers at this address.", code="no_answer")
    if error is not None and 300 <= answer.status < 400:
        raise error
    return _challenge(answer)


def _challenge(answer: Answer) -> Challenge:
    header = answer.headers.get("WWW-Authenticate", "")
    found = dict(_BEARER.findall(header))
    return Challenge(
        status=answer.status,
        schemes=tuple(
            name for name in ("basic", "bearer", "negotiate", "ntlm") if re.search(rf"\b{name}\b", header, re.I)
        ),
        authorization_uri=found.get("authorization_uri", ""),
        resource_id=found.get("resource_id", ""),
        is_page=odata.looks_like_a_page(answer.content_type, answer.body),
        clock_difference=clock_difference(answer.headers.get("Date", "")),
    )


def clock_difference(date: str) -> float | None:
    """Return a Date header minus our clock in seconds; None for one that is missing or odd."""
    try:
        return parsedate_to_datetime(date).timestamp() - time.time() if date else None
    except ValueError:
        return None


def authority_of(authorization_uri: str) -> tuple[str, str]:
    """Return authority with tenant, and the tenant, from the address that a bearer challenge names; empty when it names none.

    `https://login.microsoftonline.com/{tenant}/oauth2/authorize` gives `https://login.microsoftonline.com/{tenant}`.
    """
    parts = urlsplit(authorization_uri)
    tenant = parts.path.strip("/").partition("/")[0]
    if parts.scheme not in {"https", "http"} or not parts.netloc or not tenant:
        return "", ""
    return f"{parts.scheme}://{parts.netloc}/{tenant}", tenant
