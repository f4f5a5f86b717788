"""Batch answers made by hand, and batch requests taken apart, without the product's own code."""

from tests.fakes.adapter import Reply, Sent

DONE = 'HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\nETag: W/"7"\r\n\r\n'


def part(status: int, code: str, **headers: str) -> str:
    """Return one refused operation of a batch answer."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f'HTTP/1.1 {status} X\r\nREQ_ID: r-1\r\n{lines}\r\n{{"error":{{"code":"{code}","message":"no"}}}}'


def batch_reply(*parts: str, closed: bool = True) -> Reply:
    """Return a batch answer with these parts."""
    body = "".join(f"--r\r\nContent-Type: application/http\r\n\r\n{text}\r\n" for text in parts) + (
        "--r--\r\n" if closed else ""
    )
    return Reply(200, body.encode(), {"Content-Type": "multipart/mixed; boundary=r"})


def operations(sent: Sent) -> list[tuple[str, dict[str, str], bytes]]:
    """Return the operations of a batch as they left: request line, headers, body."""
    boundary = sent.headers["Content-Type"].split('"')[1].encode()
    found = []
    for piece in sent.body.split(b"--" + boundary)[1:-1]:
        _head, _, content = piece.partition(b"\r\n\r\n")
        head, _, body = content.partition(b"\r\n\r\n")
        line, _, rest = head.partition(b"\r\n")
        found.append((line.decode(), _headers(rest), body.strip()))
    return found


def _headers(lines: bytes) -> dict[str, str]:
    pairs = (line.partition(": ") for line in lines.decode().split("\r\n") if line)
    return {name.lower(): value for name, _sign, value in pairs}
