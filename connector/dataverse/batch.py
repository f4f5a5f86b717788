"""The multipart body of `$batch`, written and read as pure functions.

Only single operations are sent (no change sets): each row has its own transaction and its own answer. Source: "Execute
batch operations using the Web API".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from connector.errors import Timeout

# The service refuses a batch with more.
LARGEST_BATCH = 1000


@dataclass(frozen=True, slots=True)
class BatchPart:
    """One operation: `path` is absolute (`/api/data/v9.2/…`)."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """The answer to one operation."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def encode(parts: Sequence[BatchPart], boundary: str | None = None) -> tuple[str, bytes]:
    """Return content type and body of a batch of at most LARGEST_BATCH parts."""
    boundary = boundary or f"batch_{uuid4().hex}"
    lines: list[bytes] = []
    for part in parts:
        lines.append(
            f"--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n".encode()
        )
        headers = {"Accept": "application/json", **part.headers}
        if part.body is not None:
            headers["Content-Type"] = "application/json; type=entry"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        lines.append(f"{part.method} {part.path} HTTP/1.1\r\n{head}\r\n".encode())
        lines.append((part.body or b"") + b"\r\n")
    lines.append(f"--{boundary}--\r\n".encode())
    return f'multipart/mixed; boundary="{boundary}"', b"".join(lines)


def decode(content_type: str, body: bytes) -> list[PartAnswer]:
    """Return the answers in order; change set answers are flattened.

    Raises: Timeout (outcome unknown) when the body ends before its closing boundary.
    """
    boundary = boundary_of(content_type)
    if not boundary:
        raise _cut()
    marker = b"--" + boundary.encode()
    if marker + b"--" not in body:
        raise _cut()
    answers: list[PartAnswer] = []
    for piece in (b"\r\n" + body).split(b"\r\n" + marker)[1:]:
        if piece.startswith(b"--"):
            break
        head, _, content = piece.lstrip(b"\r\n").partition(b"\r\n\r\n")
        headers = header_lines(head)
        inner_type = headers.get("content-type", "")
        if inner_type.startswith("multipart/mixed"):
            answers.extend(decode(inner_type, content))
        else:
            answers.append(part_answer(content))
    return answers


def part_answer(content: bytes) -> PartAnswer:
    """Return one embedded HTTP answer. Raises Timeout when it is not one."""
    content = content.lstrip(b"\r\n")
    first, _, rest = content.partition(b"\r\n")
    words = first.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        raise _cut()
    if rest.startswith(b"\r\n"):
        return PartAnswer(int(words[1]), {}, rest[2:].strip(b"\r\n"))
    head, _, body = rest.partition(b"\r\n\r\n")
    return PartAnswer(int(words[1]), header_lines(head), body.strip(b"\r\n"))


def header_lines(head: bytes) -> dict[str, str]:
    """Return header lines as a dictionary with lower-case names."""
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").splitlines():
        name, sign, value = line.partition(":")
        if sign:
            headers[name.strip().lower()] = value.strip()
    return headers


def boundary_of(content_type: str) -> str:
    """Return the boundary that a Content-Type names, or an empty text."""
    for item in content_type.split(";")[1:]:
        name, _, value = item.strip().partition("=")
        if name.lower() == "boundary":
            return value.strip().strip('"')
    return ""


def _cut() -> Timeout:
    return Timeout(
        "The answer to a batch ended too early. What was carried out is looked up before anything is repeated.",
        code="batch_cut",
        outcome_unknown=True,
    )
