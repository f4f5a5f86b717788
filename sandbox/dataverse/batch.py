"""`$batch`: multipart in, multipart out, change sets as transactions.

Accepts CRLF and LF, quoted and bare boundaries, absolute and rooted addresses, `$1` references inside a change set.
Source: learn.microsoft.com, "Execute batch operations using the Web API".
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.common.wire import Response
from sandbox.dataverse import errors

MAX_REQUESTS = 1000
MAX_ADDRESS = 65_536
"""Characters of an address inside a batch; outside it is half of that."""
_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)"?', re.IGNORECASE)
_REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    412: "Precondition Failed",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


@dataclass(slots=True)
class Part:
    """One request of a batch."""

    verb: str
    address: str
    headers: dict[str, str]
    body: bytes
    content_id: str | None = None


@dataclass(slots=True)
class ChangeSet:
    """Requests that succeed or fail together."""

    parts: list[Part] = field(default_factory=list)


Item = Part | ChangeSet
RunPart = Callable[[Part], Response]
RunChangeSet = Callable[[ChangeSet], list[Response]]


def parse(content_type: str, body: bytes) -> list[Item]:
    """The requests of a batch body. Raises: ServiceError 400 if it is malformed."""
    items = [_item(headers, content) for headers, content in _pieces(content_type, body)]
    total = sum(len(item.parts) if isinstance(item, ChangeSet) else 1 for item in items)
    if not items:
        raise _malformed("it holds no requests")
    if total > MAX_REQUESTS:
        raise errors.bad_request("0x80060888", f"The batch holds more than {MAX_REQUESTS} requests.")
    _check_content_ids(items)
    return items


def _check_content_ids(items: list[Item]) -> None:
    """Refuse a Content-ID that stands twice. Raises: ServiceError 400."""
    seen: set[str] = set()
    for part in (part for item in items if isinstance(item, ChangeSet) for part in item.parts):
        if part.content_id in seen:
            text = f"The content ID '{part.content_id}' was found more than once in the same batch."
            raise errors.bad_request("0x80060888", text)
        seen.add(str(part.content_id))


def run(items: list[Item], *, go_on: bool, run_part: RunPart, run_change_set: RunChangeSet) -> Response:
    """Run a batch in order; without `go_on` it ends at the first failure and answers with its status."""
    boundary = f"batchresponse_{uuid.uuid4()}"
    lines: list[bytes] = []
    status, rows = 200, 0
    for item in items:
        responses = run_change_set(item) if isinstance(item, ChangeSet) else [run_part(item)]
        failed = next((each for each in responses if each.status >= 400), None)
        rows += sum(each.rows for each in responses)
        lines.append(f"--{boundary}\r\n".encode())
        if isinstance(item, ChangeSet) and failed is None:
            lines.append(_change_set(item, responses))
        else:
            lines.append(_http(failed or responses[0], None))
        if failed is not None and not go_on:
            status = failed.status
            break
    lines.append(f"--{boundary}--\r\n".encode())
    headers = {"content-type": f"multipart/mixed; boundary={boundary}"}
    return Response(status, headers, b"".join(lines), rows)


def _item(headers: dict[str, str], content: bytes) -> Item:
    kind = headers.get("content-type", "")
    if not kind.lower().startswith("multipart/mixed"):
        return _part(headers, content)
    pieces = _pieces(kind, content)
    if any(inner.get("content-type", "").lower().startswith("multipart/mixed") for inner, _text in pieces):
        raise errors.bad_request("0x80060888", "A change set holds no change sets.")
    parts = [_part(inner, text) for inner, text in pieces]
    for part in parts:
        if part.verb == "GET":
            raise errors.bad_request("0x80060888", "GET requests are not allowed inside a change set.")
        if part.content_id is None:
            raise errors.bad_request("0x80060888", "Every request of a change set needs a Content-ID.")
    return ChangeSet(parts)


def _pieces(content_type: str, body: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Headers and content between the boundaries."""
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise _malformed("the content type has no boundary")
    mark = b"--" + match[1].encode()
    chunks = (b"\n" + body).split(b"\n" + mark)
    if len(chunks) < 2:
        raise _malformed("the boundary is not found")
    pieces = []
    for chunk in chunks[1:]:
        if chunk.startswith(b"--"):
            break
        pieces.append(_headers_and_rest(chunk.partition(b"\n")[2]))
    return pieces


def _headers_and_rest(text: bytes) -> tuple[dict[str, str], bytes]:
    headers: dict[str, str] = {}
    while text:
        line, _, text = text.partition(b"\n")
        line = line.rstrip(b"\r")
        if not line:
            break
        name, _, value = line.partition(b":")
        headers[name.strip().lower().decode("latin-1")] = value.strip().decode("utf-8", "replace")
    return headers, text


def _part(headers: dict[str, str], content: bytes) -> Part:
    first, _, rest = content.lstrip(b"\r\n").partition(b"\n")
    words = first.strip().decode("utf-8", "replace").split(" ")
    if len(words) < 3 or not words[-1].startswith("HTTP/"):
        raise _malformed(f"'{first.decode('utf-8', 'replace').strip()[:80]}' is no request line")
    inner, body = _headers_and_rest(rest)
    content_id = headers.get("content-id") or inner.get("content-id")
    address = " ".join(words[1:-1])
    if len(address) > MAX_ADDRESS:
        raise errors.bad_request("0x80060888", f"An address of the batch is longer than {MAX_ADDRESS} characters.")
    if urlsplit(address).path.rstrip("/").endswith("$batch"):
        raise errors.bad_request("0x80060888", "A batch holds no batches.")
    return Part(words[0].upper(), address, inner, body.strip(), content_id)


def _change_set(item: ChangeSet, responses: list[Response]) -> bytes:
    boundary = f"changesetresponse_{uuid.uuid4()}"
    lines = [f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode()]
    for part, response in zip(item.parts, responses, strict=True):
        lines.append(f"--{boundary}\r\n".encode())
        lines.append(_http(response, part.content_id))
    lines.append(f"--{boundary}--\r\n".encode())
    return b"".join(lines)


def _http(response: Response, content_id: str | None) -> bytes:
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id is not None:
        head.append(f"Content-ID: {content_id}")
    head += ["", f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Status')}", "OData-Version: 4.0"]
    names = {"odata-entityid": "OData-EntityId", "etag": "ETag"}
    head += [f"{names.get(name, name.title())}: {value}" for name, value in response.headers.items()]
    return "\r\n".join([*head, "", ""]).encode() + response.body + b"\r\n"


def _malformed(why: str) -> errors.ServiceError:
    return errors.bad_request("0x80048d19", f"The batch request cannot be read: {why}.")
