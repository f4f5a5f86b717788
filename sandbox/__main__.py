"""Starts both stand-ins as child processes and prints one line when they listen: `python -m sandbox`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from sandbox.common import ca, options
from sandbox.common.faults import FaultBook
from sandbox.common.process import CANNOT_START, data_folder

SERVERS = {"nav": "sandbox.nav", "crm": "sandbox.dataverse"}
STOP_SECONDS = 1.5
LOOK_SECONDS = 0.05


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal or until one of the servers ends; the status to exit with."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = options.parse("python -m sandbox", given)
    if chosen.faults is not None and (problem := _faults_problem(chosen.faults)):
        sys.stderr.write(f"{chosen.faults}: {problem}\n")
        return CANNOT_START
    names = [chosen.only] if chosen.only else list(SERVERS)
    starter = Starter()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, starter.stop)
    with data_folder(chosen.data_dir) as folder:
        try:
            return starter.run(names, given, folder)
        finally:
            starter.end()


class Starter:
    """Holds the server processes. Their standard input is a pipe that closes when we end, and ends them with us."""

    def __init__(self) -> None:
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._stopping = False

    def run(self, names: list[str], given: list[str], folder: Path) -> int:
        """Start the servers, say when all listen, and wait; the status to exit with."""
        ca.ensure(folder)
        for name in names:
            if not self._stopping:
                self._children[name] = _start(name, given, folder)
        ready: dict[str, Any] = {}
        for child in self._children.values():
            line = child.stdout.readline() if child.stdout else ""
            if not line:
                return 0 if self._stopping else child.wait() or CANNOT_START
            ready.update(json.loads(line))
        ordered = {name: ready[name] for name in ("ca", *SERVERS) if name in ready}
        sys.stdout.write(json.dumps(ordered) + "\n")
        sys.stdout.flush()
        return self._wait()

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal. It raises nothing: an exception could be raised where Python swallows it."""
        self._stopping = True
        for child in self._children.values():
            child.terminate()

    def end(self) -> None:
        """End the servers, by force if they do not go."""
        self._stopping = True
        for child in self._children.values():
            child.terminate()
        for child in self._children.values():
            try:
                child.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _wait(self) -> int:
        """Wait for a signal, or until one server ends, which none does by itself."""
        while not self._stopping:
            for child in self._children.values():
                if child.poll() is not None:
                    return child.returncode or 1
            time.sleep(LOOK_SECONDS)
        return 0


def _faults_problem(path: Path) -> str | None:
    """What is wrong with a file of fault rules, or None."""
    try:
        FaultBook().load(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        return str(error)
    return None


def _start(name: str, given: list[str], folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", SERVERS[name], *given, "--data-dir", str(folder), "--child"]
    return subprocess.Popen(  # noqa: S603 - our own modules, in this interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


if __name__ == "__main__":
    sys.exit(main())
