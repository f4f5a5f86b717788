"""Show the whole product on one machine: two stand-in servers, the site, its workers, a full synchronization.

Runs in the foreground until SIGINT or SIGTERM, which stop everything within ten seconds. Steps: clean `.demo`, start the
stand-ins and prepare the database side by side, start site and workers (Procfile.embedded), connect, synchronize, stay.
What each process says lies in `.demo/logs`. Environment: DEMO_PORT, DEMO_EXIT=1 (end after the synchronization; status 0
only if every line is Finished and no record failed), DEMO_ARGS (arguments for the stand-ins, such as "--customers 5000").
"""

import fcntl
import json
import os
import queue
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any, NoReturn, TextIO

from scripts.children import (
    ROOT,
    Child,
    Family,
    adopt_orphans,
    base_environment,
    die_with_parent,
    end_orphans,
    procfile,
)
from scripts.progress import Progress, without_addresses

DEMO = ROOT / ".demo"
USER = "demo-admin"
STOP_SECONDS = 5.0  # Workers finish the request under way; then they are killed, and their leases run out.
START_SECONDS = 90.0
EARLY_DEATH_SECONDS = 10.0
# What the caller's shell may hold and the demo must not use: it has a database, a queue and keys of its own.
FOREIGN = (
    "DATABASE_URL",
    "REDIS_URL",
    "PRODUCTION",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "ALLOWED_HOSTS",
    "STATIC_ROOT",
    "HTTPS",
)


class DemoFailed(Exception):
    """The demo cannot go on; the message says why and where to look."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status


def say(text: str) -> None:
    """Print a line at once."""
    print(without_addresses(text), flush=True)


def _stop_requested(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def free_port() -> int:
    """Return a port on loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_folder() -> TextIO:
    """Empty `.demo` and return the lock on it. Raises DemoFailed while another demo runs in this checkout."""
    DEMO.mkdir(exist_ok=True)
    lock = (DEMO / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DemoFailed(
            "A demo is running in this checkout already. Stop it first (Ctrl C in its terminal)."
        ) from error
    for entry in DEMO.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "lock":
            entry.unlink()
    (DEMO / "logs").mkdir()
    return lock


def write_private(path: Path, value: Any) -> None:
    """Write JSON that its owner alone can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)


class Demo:
    """One demo, from a clean folder to the site that stays up."""

    def __init__(self) -> None:
        self.port = int(os.environ.get("DEMO_PORT") or free_port())
        self.password = secrets.token_urlsafe(12)
        settings = {"STATE_DIR": str(DEMO / "state"), "ALLOW_STAND_INS": "1", "PORT": str(self.port)}
        environment = {name: value for name, value in base_environment().items() if name not in FOREIGN}
        self.family = Family(DEMO / "logs", {**environment, **settings, "BIND": "127.0.0.1"})
        write_private(DEMO / "env.json", settings)

    def run(self) -> int:
        """Do everything; return the exit status, or stay until a signal comes."""
        say("Starting the stand-ins and preparing the database …")
        stand_ins = self.family.add("sandbox", self._sandbox_command()).start(stdout=subprocess.PIPE)
        self._prepare()
        ready = self._sandbox_ready(stand_ins)
        say("Starting the site and its workers …")
        for name, command in procfile("Procfile.embedded").items():
            self.family.add(name, command).start()
        self._wait_for_site()
        say("Connecting both systems …")
        status = self._stream("setup_connection", "--sandbox", str(DEMO / "sandbox.json"))
        if status:
            raise DemoFailed("The connection could not be set up.")
        say("Full synchronization:")
        status = self._stream("full_synch", "--wait")
        if os.environ.get("DEMO_EXIT") == "1":
            return self._verdict()
        if status:
            say("The synchronization did not end well; the pages and .demo/logs say why.")
        return self._stay(ready)

    def _sandbox_command(self) -> list[str]:
        command = [sys.executable, "-m", "sandbox", "--data-dir", str(DEMO / "sandbox")]
        return command + shlex.split(os.environ.get("DEMO_ARGS", ""))

    def _prepare(self) -> None:
        self._manage("migrate", "--no-input", "--verbosity", "0")
        self.family.environment["DJANGO_SUPERUSER_PASSWORD"] = self.password
        self._manage("createsuperuser", "--no-input", "--username", USER, "--email", "demo-admin@example.com")
        del self.family.environment["DJANGO_SUPERUSER_PASSWORD"]
        self._manage("collectstatic", "--no-input", "--verbosity", "0")

    def _manage(self, *arguments: str) -> None:
        child = self.family.add(arguments[0], [sys.executable, "manage.py", *arguments]).start()
        if child.wait():
            raise DemoFailed(f"manage.py {arguments[0]} failed:\n{child.tail()}")
        self.family.members.remove(child)

    def _sandbox_ready(self, child: Child) -> dict[str, Any]:
        assert child.process and child.process.stdout
        first = _first_line(child.process.stdout, START_SECONDS)
        try:
            ready: dict[str, Any] = json.loads(first)
        except ValueError as error:
            raise DemoFailed(f"The stand-ins did not start:\n{child.tail()}") from error
        write_private(DEMO / "sandbox.json", ready)
        return ready

    def _wait_for_site(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            self._watch()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/accounts/login/", timeout=5):
                    return
            except urllib.error.HTTPError as error:
                if error.code >= 500:
                    web = next(child for child in self.family.members if child.name == "web")
                    raise DemoFailed(f"The site answers with status {error.code}:\n{web.tail()}") from error
                return
            except OSError:
                time.sleep(0.2)
        raise DemoFailed("The site did not answer in time; .demo/logs/web.log says more.")

    def _stream(self, *arguments: str) -> int:
        """Run a management command with its output on the terminal; its progress lines come on standard error."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.family.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            preexec_fn=die_with_parent,  # noqa: PLW1509 - reading threads hold no lock that the child needs
        )
        lines: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        for name, pipe in (("out", process.stdout), ("err", process.stderr)):
            assert pipe
            threading.Thread(target=_read, args=(pipe, name, lines), daemon=True).start()
        progress = Progress(sys.stdout)
        try:
            ended = 0
            while ended < 2:
                try:
                    source, line = lines.get(timeout=0.5)
                except queue.Empty:
                    self._watch()
                    continue
                if source == "end":
                    ended += 1
                elif source == "err":
                    progress.show(line)
                else:
                    say(line)
            return process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def _watch(self) -> None:
        """Say which process died, show its last lines and start it again; the stand-ins' end is the demo's end."""
        for child in self.family.dead():
            say(f"The process {child.name} ended with status {child.status}. Its last lines:\n{child.tail()}")
            ended_early = bool(child.status and child.status > 0) and child.age < EARLY_DEATH_SECONDS
            if child.name == "sandbox" or ended_early:
                raise DemoFailed(f"The demo cannot go on without {child.name}; see .demo/logs/{child.name}.log.")
            say(f"Starting {child.name} again; the work it held goes on when its lease runs out.")
            child.start()

    def _verdict(self) -> int:
        lines = self._ask("synch_status", "--json")["lines"]
        failed = sum(job["counters"]["failed"] for job in self._ask("dump", "jobs", "--json")["rows"])
        unfinished = [line["name"] for line in lines if str(line["job_queue_entry_status"]).lower() != "finished"]
        if unfinished or failed or not lines:
            say(f"Not finished: {', '.join(unfinished) or 'none'}. Records that failed: {failed}.")
            return 1
        say(f"All {len(lines)} lines are Finished, no record failed.")
        return 0

    def _ask(self, *arguments: str) -> dict[str, Any]:
        command = [sys.executable, "manage.py", *arguments]
        answer = subprocess.run(command, cwd=ROOT, env=self.family.environment, stdout=subprocess.PIPE, check=False)
        return dict(json.loads(answer.stdout))

    def _stay(self, ready: dict[str, Any]) -> NoReturn:
        url = f"http://127.0.0.1:{self.port}"
        write_private(DEMO / "ready.json", {"url": url, "user": USER, "password": self.password, "sandbox": ready})
        say("The site stays up until you press Ctrl C.")
        print(f"DEMO READY {url} user={USER} password={self.password}", flush=True)
        while True:
            time.sleep(0.5)
            self._watch()


def _first_line(pipe: IO[bytes], seconds: float) -> str:
    """Return the first line, or what came until the time was up; go on emptying the pipe, so that it never blocks."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        lines.put(pipe.readline().decode("utf-8", "replace"))
        for _ in pipe:
            continue

    threading.Thread(target=read, daemon=True).start()
    try:
        return lines.get(timeout=seconds)
    except queue.Empty:
        return ""


def _read(pipe: IO[str], name: str, lines: "queue.SimpleQueue[tuple[str, str]]") -> None:
    for line in pipe:
        lines.put((name, line.rstrip("\n")))
    lines.put(("end", name))


def main() -> int:
    """Run the demo and stop all its processes whatever happens."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop_requested)
    demo = None
    try:
        adopt_orphans()
        lock = clean_folder()
        demo = Demo()
        return demo.run()
    except DemoFailed as error:
        print(without_addresses(str(error)), file=sys.stderr, flush=True)
        return error.status
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if demo:
            demo.family.stop(STOP_SECONDS)
            end_orphans()
            lock.close()


if __name__ == "__main__":
    sys.exit(main())
