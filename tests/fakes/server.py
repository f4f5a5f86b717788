"""A bare server on loopback for what only a real connection shows: cut bodies, trickles, cookies, refused ports."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

Script = Callable[[socket.socket, bytes], None]


class RawServer:
    """Reads one request per connection and hands the connection to the next script; the last script repeats."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.requests: list[bytes] = []
        self.stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and wait for the thread."""
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self.requests.append(_request(connection))
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                script(connection, self.requests[-1])


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        data += piece
        if not piece or data[:1] == b"\x16":  # the client ended, or began to speak TLS
            return data
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def says(text: bytes) -> Script:
    """Return a script that sends this and closes."""
    return lambda connection, _request: connection.sendall(text)


@contextlib.contextmanager
def serving(*scripts: Script) -> Iterator[RawServer]:
    """Run a server for one test."""
    server = RawServer(*scripts)
    try:
        yield server
    finally:
        server.close()
