"""Processes that end with the program that started them: start, watch, stop."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # Source: linux/prctl.h
TAIL_LINES = 15


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent is killed; where it cannot, the parent's own stop must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent dies, so that `end_orphans` can leave none of them behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_orphans() -> None:
    """Kill every child that is left, adopted ones too. For a program's end: it spares nobody."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while children.is_file() and (pids := children.read_text().split()):
        for pid in map(int, pids):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def procfile(name: str) -> dict[str, str]:
    """Return the commands of a Procfile by process name."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pairs = (line.split(":", 1) for line in lines if line.strip() and not line.startswith("#"))
    return {process.strip(): command.strip() for process, command in pairs}


class Child:
    """One process whose output goes to a log file."""

    def __init__(self, name: str, command: list[str] | str, log: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.command = ["/bin/sh", "-c", command] if isinstance(command, str) else command
        self.log = log
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def start(self, *, stdout: int | None = None) -> "Child":
        """Start it; `stdout=subprocess.PIPE` keeps its standard output for the caller."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log if stdout is None else stdout,
                stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - no thread runs yet that could hold a lock
            )
        self.started = time.monotonic()
        return self

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self.process.poll() if self.process else None

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.started

    def wait(self) -> int:
        """Wait for its end and return its exit status."""
        assert self.process
        return self.process.wait()

    def signal(self, number: int) -> None:
        """Send it a signal if it still runs."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def tail(self) -> str:
        """Return the last lines of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])


class Family:
    """All processes of one start."""

    def __init__(self, logs: Path, environment: dict[str, str]) -> None:
        self.logs = logs
        self.environment = environment
        self.members: list[Child] = []

    def add(self, name: str, command: list[str] | str) -> Child:
        """Return a process of this family, not yet started."""
        child = Child(name, command, self.logs / f"{name}.log", self.environment)
        self.members.append(child)
        return child

    def dead(self) -> list[Child]:
        """Return those that should run and do not."""
        return [child for child in self.members if child.status is not None]

    def stop(self, seconds: float) -> None:
        """End all of them: ask, wait at most `seconds`, then kill what is left."""
        for child in self.members:
            child.signal(signal.SIGTERM)
        until = time.monotonic() + seconds
        while time.monotonic() < until and any(child.process and child.status is None for child in self.members):
            time.sleep(0.05)
        for child in self.members:
            child.signal(signal.SIGKILL)
        for child in self.members:
            if child.process:
                child.wait()


def base_environment() -> dict[str, str]:
    """Return this process's environment with the virtual environment's programs first."""
    programs = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }
