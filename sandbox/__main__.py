"""Starts both stand-ins as child processes and prints one line when they listen: `python -m sandbox`."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from sandbox.common import ca, options
from sandbox.common.process import CANNOT_START, data_folder

SERVERS = {"nav": "sandbox.nav", "crm": "sandbox.dataverse"}
STOP_SECONDS = 1.5


class _Stopped(Exception):
    """A signal asked us to stop."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal or until one of the servers ends; the status to exit with."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = options.parse("python -m sandbox", given)
    names = [chosen.only] if chosen.only else list(SERVERS)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        with data_folder(chosen.data_dir) as folder, _children(names, given, folder) as children:
            return _run(children)
    except _Stopped:
        return 0


def _run(children: dict[str, subprocess.Popen[str]]) -> int:
    ready: dict[str, Any] = {}
    for child in children.values():
        line = child.stdout.readline() if child.stdout else ""
        if not line:
            return child.wait() or CANNOT_START
        ready.update(json.loads(line))
    ordered = {name: ready[name] for name in ("ca", *SERVERS) if name in ready}
    sys.stdout.write(json.dumps(ordered) + "\n")
    sys.stdout.flush()
    return _first_to_end(children)


def _first_to_end(children: dict[str, subprocess.Popen[str]]) -> int:
    """Wait until one server ends (which none does by itself) and tell its status."""
    ended = threading.Event()
    for child in children.values():
        threading.Thread(target=_watch, args=(child, ended), daemon=True).start()
    while not ended.wait(timeout=3600):
        continue
    return next((child.returncode for child in children.values() if child.returncode is not None), 0) or 1


def _watch(child: subprocess.Popen[str], ended: threading.Event) -> None:
    child.wait()
    ended.set()


@contextlib.contextmanager
def _children(names: list[str], given: list[str], folder: Path) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """The server processes. Their standard input is a pipe that closes when we end, and ends them with us."""
    ca.ensure(folder)
    children: dict[str, subprocess.Popen[str]] = {}
    try:
        for name in names:
            command = [sys.executable, "-m", SERVERS[name], *given, "--data-dir", str(folder), "--child"]
            children[name] = subprocess.Popen(  # noqa: S603 - our own modules, in this interpreter
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        yield children
    finally:
        _end(list(children.values()))


def _end(children: list[subprocess.Popen[str]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise _Stopped


if __name__ == "__main__":
    sys.exit(main())
