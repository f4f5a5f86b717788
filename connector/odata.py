"""OData 4.0 as pure functions: literals, keys, filters, next and delta links, versions, bodies and error bodies.

Nothing here opens a connection or knows which of the two systems it serves.
Source: OASIS, OData Version 4.0 Part 2 (URL conventions) and JSON format.
"""

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import orjson

from connector.errors import ConfigurationError, IntegrationError, ServerUnavailable, Timeout

# Types whose literals stand bare in a URL; everything else is text in single quotes.
BARE_TYPES = frozenset(
    {
        "Edm.Int16",
        "Edm.Int32",
        "Edm.Int64",
        "Edm.Byte",
        "Edm.Decimal",
        "Edm.Double",
        "Edm.Single",
        "Edm.Boolean",
        "Edm.Date",
        "Edm.DateTimeOffset",
        "Edm.Guid",
    }
)
_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The server's own words about a refusal; both parts may be empty."""

    code: str
    message: str


def quoted(text: str) -> str:
    """Return a text literal: in single quotes, apostrophes doubled, not percent-encoded."""
    return "'" + text.replace("'", "''") + "'"


def literal(value: Any, edm_type: str = "") -> str:
    """Return the literal of a value; `edm_type` decides for text that stands for a date, number or id."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, int | float | Decimal):
        return format(Decimal(str(value)), "f")
    return str(value) if edm_type in BARE_TYPES else quoted(str(value))


def key_segment(parts: Mapping[str, Any], types: Mapping[str, str] | None = None) -> str:
    """Return a key in parentheses, percent-encoded: positional when there is one part, else named in order."""
    known = types or {}
    written = {name: quote(literal(value, known.get(name, "")), safe="'") for name, value in parts.items()}
    if len(written) == 1:
        return "(" + next(iter(written.values())) + ")"
    return "(" + ",".join(f"{name}={value}" for name, value in written.items()) + ")"


def compare(column: str, operator: str, value: Any, edm_type: str = "") -> str:
    """Return one comparison of a filter, such as `No eq '10000'`."""
    return f"{column} {operator} {literal(value, edm_type)}"


def any_of(column: str, values: Iterable[Any], edm_type: str = "") -> str:
    """Return `(column eq a or column eq b …)`; servers differ on `in`, so it is not used."""
    return "(" + " or ".join(compare(column, "eq", value, edm_type) for value in values) + ")"


def all_of(conditions: Iterable[str]) -> str:
    """Join the conditions that are not empty with `and`."""
    return " and ".join(condition for condition in conditions if condition)


def query(options: Mapping[str, str | int | None]) -> str:
    """Return a query string from options such as `$select`; empty ones are left out."""
    kept = [(name, str(value)) for name, value in options.items() if value not in (None, "")]
    if not kept:
        return ""
    return "?" + "&".join(f"{name}={quote(value, safe=SAFE_IN_QUERY)}" for name, value in kept)


# Kept readable in a query: neither server gives them a meaning of its own there.
SAFE_IN_QUERY = "$'(),:;=/@*!~"


def next_link(body: Mapping[str, Any]) -> str | None:
    """Return the link to the next page, or None on the last one."""
    link = body.get("@odata.nextLink")
    return str(link) if link else None


def delta_link(body: Mapping[str, Any]) -> str | None:
    """Return the link that later brings what changed since, or None when this page has none."""
    link = body.get("@odata.deltaLink")
    return str(link) if link else None


def etag(row: Mapping[str, Any]) -> str | None:
    """Return the row's version exactly as the server wrote it, `W/` included."""
    value = row.get("@odata.etag")
    return str(value) if value else None


def plain_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without its annotations."""
    return {name: value for name, value in row.items() if "@" not in name}


def same_server(link: str, base: str) -> bool:
    """Tell whether a link leads to the scheme, host and port of `base`."""
    try:
        one, other = urlsplit(link), urlsplit(base)
        return (one.scheme, one.hostname, _port(one)) == (other.scheme, other.hostname, _port(other))
    except ValueError:  # a port that is no number, a half-open bracket
        return False


def _port(parts: Any) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def utc_time(value: Any) -> datetime | None:
    """Return a wire time as an aware UTC time; None for empty, for NAV's year 1 and for what is no time."""
    text = str(value or "")
    if not text or text.startswith("0001-01-01"):
        return None
    # Servers write up to seven decimals of a second; Python reads six.
    text = re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00"))
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def looks_like_a_page(content_type: str, body: bytes) -> bool:
    """Tell whether an answer is a web page (a proxy, a sign-in form, an IIS error), whatever its header says."""
    start = body[:200].lstrip(codecs.BOM_UTF8 + b" \r\n\t").lower()
    return "html" in content_type.lower() or start.startswith((b"<!doctype html", b"<html"))


def body_text(content_type: str, body: bytes) -> str:
    """Return a body as text by its charset (UTF-8 when none is named), without a byte-order mark.

    Raises: ServerUnavailable (outcome unknown) when the bytes are not in that charset.
    """
    match = _CHARSET.search(content_type)
    name = match.group(1) if match else "utf-8"
    try:
        return body.decode("utf-8-sig" if name.lower() in {"utf-8", "utf8"} else name)
    except (LookupError, UnicodeError) as error:
        raise ServerUnavailable(
            f"The server's answer is not readable as {name}, the character set that it names. "
            "Something between here and the server changes answers: check proxies and gateways.",
            outcome_unknown=True,
        ) from error


def json_body(content_type: str, body: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises: ServerUnavailable for a web page or another kind of body, Timeout for JSON that ends too early; both say
    that the request may have been carried out.
    """
    if looks_like_a_page(content_type, body):
        raise page_error()
    text = body_text(content_type, body)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) - 1 or not text.rstrip().endswith("}"):
            raise Timeout(
                "The server's answer ended too early. The connection was cut, or a proxy shortened it.",
                outcome_unknown=True,
            ) from error
        raise ServerUnavailable("The server's answer is not valid JSON.", outcome_unknown=True) from error
    if not isinstance(value, dict):
        raise ServerUnavailable("The server's answer is not a JSON object as OData demands.", outcome_unknown=True)
    return value


def page_error() -> IntegrationError:
    """Return the error for a web page where data was expected."""
    return ServerUnavailable(
        "The address answers with a web page instead of data. A proxy, a sign-in page or another web site stands "
        "there: check the address, and whether a proxy lets this host through.",
        code="html",
        outcome_unknown=True,
    )


def wrong_instance_error(path: str) -> ConfigurationError:
    """Return the error for a web server's own not-found page: the server runs, the service path is wrong."""
    return ConfigurationError(
        f"The server is there, but nothing answers under {path}. The instance name in the address is wrong, or its "
        "OData services are switched off: compare the address with the server's administration page.",
        code="wrong_instance",
    )


def error_body(content_type: str, body: bytes) -> ErrorBody:
    """Return code and message of an error answer in any of its known forms; empty parts where there are none."""
    try:
        value = orjson.loads(body_text(content_type, body)) if body else {}
    except (orjson.JSONDecodeError, IntegrationError):
        return ErrorBody("", "")
    if not isinstance(value, dict):
        return ErrorBody("", "")
    error = value.get("error")
    if isinstance(error, dict):
        message = error.get("message", "")
        if isinstance(message, dict):  # OData V3 wraps the text with its language
            message = message.get("value", "")
        return ErrorBody(str(error.get("code") or ""), str(message or ""))
    if isinstance(error, str):  # identity servers: {"error": "invalid_client", "error_description": …}
        return ErrorBody(error, str(value.get("error_description") or ""))
    return ErrorBody("", str(value.get("Message") or ""))
