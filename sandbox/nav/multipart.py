"""`$batch` as multipart/mixed: parts and change sets read into entries, replies written back (OData 4.0, part 1, 11.7)."""

from __future__ import annotations

import email
import email.policy
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.common.wire import Response
from sandbox.nav.errors import NavError

_LINE_END: Final = b"\r\n"


@dataclass
class Entry:
    """One request inside a batch. `group` is the change set it belongs to, None on its own."""

    verb: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    id: Any = None
    group: int | None = None


def entries(body: bytes, content_type: str) -> list[Entry]:
    """The entries of a multipart batch. Raises NavError for a body that is none."""
    message = _message(b"Content-Type: " + content_type.encode("latin-1") + _LINE_END * 2 + body)
    if not message.is_multipart():
        raise NavError("BadRequest", "The body of the batch is not multipart/mixed with the boundary of its header.")
    found: list[Entry] = []
    for group, part in enumerate(message.iter_parts()):
        if part.get_content_type() == "multipart/mixed":
            found += [_entry(inner, group) for inner in part.iter_parts()]
        else:
            found.append(_entry(part, None))
    return found


def _message(data: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(data, policy=email.policy.HTTP)
    if not isinstance(parsed, EmailMessage):
        raise NavError("BadRequest", "The batch cannot be read.")
    return parsed


def _entry(part: Any, group: int | None) -> Entry:
    """The HTTP request a part holds."""
    if part.get_content_type() != "application/http":
        raise NavError("BadRequest", f"A part of a batch must be application/http, not {part.get_content_type()}.")
    content: bytes = part.get_payload(decode=True) or b""
    head, _, body = content.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode("utf-8", "replace").strip().split("\n")
    words = first.split(" ")
    if len(words) != 3:
        raise NavError("BadRequest", f"'{first}' is not a request line.")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Entry(words[0], words[1], headers, body.strip(), part.get("Content-ID") or headers.get("content-id"), group)


def relative(url: str, tree: str) -> str:
    """An entry's address relative to the service root, absolute ones included."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    found = path.partition(tree + "/")
    return found[2] if found[1] else path


def written(replies: list[tuple[Entry, Response]]) -> tuple[str, bytes]:
    """Content type and body of the answer."""
    outer = f"batchresponse_{uuid.uuid4()}"
    parts: list[bytes] = []
    index = 0
    while index < len(replies):
        entry = replies[index][0]
        size = sum(1 for other, _ in replies[index:] if other.group == entry.group) if entry.group is not None else 1
        members = replies[index : index + size]
        parts.append(_part(*members[0]) if entry.group is None else _change_set(members))
        index += size
    return f"multipart/mixed; boundary={outer}", _joined(outer, parts)


def _change_set(members: list[tuple[Entry, Response]]) -> bytes:
    """A change set; one that failed is answered by its one error."""
    failed = next(((entry, response) for entry, response in members if response.status >= 400), None)
    if failed is not None:
        return _part(*failed)
    boundary = f"changesetresponse_{uuid.uuid4()}"
    head = f"Content-Type: multipart/mixed; boundary={boundary}".encode()
    return head + _LINE_END * 2 + _joined(boundary, [_part(*member) for member in members])


def _part(entry: Entry, response: Response) -> bytes:
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {entry.id}"] if entry.id is not None else []
    lines += ["", f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join(lines).encode() + _LINE_END * 2 + response.body


def _joined(boundary: str, parts: list[bytes]) -> bytes:
    mark = f"--{boundary}".encode()
    return b"".join(mark + _LINE_END + part + _LINE_END for part in parts) + mark + b"--" + _LINE_END
