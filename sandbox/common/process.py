"""Runs one stand-in as a process: listens on TLS, says so on stdout, ends with its parent.

A child of the starter (`--child`) holds the read end of a pipe as its standard input; when the starter dies, however
it dies, the pipe closes and the child ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import uvicorn

from sandbox.common import ca
from sandbox.common.clock import Clock
from sandbox.common.faults import FaultBook
from sandbox.common.gateway import Gateway
from sandbox.common.limits import Limits
from sandbox.common.options import Options
from sandbox.common.stats import Stats
from sandbox.common.wire import App

HOST = "127.0.0.1"
CANNOT_START = 2
SHUTDOWN_SECONDS = 0
"""Nothing here is worth waiting for."""


class Kernel:
    """What a stand-in is built on: clock, statistics and fault rules, one of each per server."""

    def __init__(self, options: Options) -> None:
        self.clock = Clock()
        self.stats = Stats()
        self.faults = FaultBook(options.seed)
        if options.faults is not None:
            self.faults.load(orjson.loads(options.faults.read_bytes()))


def serve(
    name: str,
    port: int,
    options: Options,
    kernel: Kernel,
    app: App,
    describe: Callable[[str], dict[str, Any]],
    limits: str = "off",
) -> int:
    """Serve until told to stop; the status to exit with.

    Prints one JSON line when it listens: `{"ca": FILE, NAME: describe(BASE_URL)}`, BASE_URL without a slash at the end.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=f"{name} %(levelname)s %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    try:
        listener = _listener(port)
    except OSError as error:
        sys.stderr.write(f"{name}: cannot listen on {HOST}:{port}: {error.strerror}\n")
        return CANNOT_START
    base_url = f"https://{HOST}:{listener.getsockname()[1]}"
    # Hundreds of thousands of rows live for long: looking through them for garbage again and again is what would be slow.
    gc.set_threshold(100_000, 50, 1000)
    with data_folder(options.data_dir) as folder:
        files = ca.ensure(folder)
        gateway = Gateway(app, Limits(limits, kernel.clock), options.latency_ms, options.row_ms)
        ready = orjson.dumps({"ca": str(files.ca), name: describe(base_url)}).decode()
        server = _Server(_config(gateway, files), ready)
        if options.child:
            threading.Thread(target=_end_with_parent, daemon=True).start()
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(server.serve(sockets=[listener]))
    return 0


@contextlib.contextmanager
def data_folder(chosen: Path | None) -> Iterator[Path]:
    """The folder for certificates: the chosen one, or one that is gone at the end."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen.resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
            yield Path(folder)


class _Server(uvicorn.Server):
    """Says that it listens."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(f"{self._ready}\n")
        sys.stdout.flush()


def _config(gateway: Gateway, files: ca.TlsFiles) -> uvicorn.Config:
    return uvicorn.Config(
        gateway,
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ssl_certfile=str(files.certificate),
        ssl_keyfile=str(files.key),
        h11_max_incomplete_event_size=None,
    )


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


def _listener(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def _end_with_parent() -> None:
    """Wait for the end of standard input, then leave at once: nothing here outlives the process anyway."""
    sys.stdin.buffer.read()
    os._exit(0)
