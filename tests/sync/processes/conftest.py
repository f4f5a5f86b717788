"""Sites as they run in a house: the processes of a Procfile, a database, a queue, and commands as a person types them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis

from scripts.children import ROOT, Child, Family, base_environment, procfile
from scripts.stand_ins import StandIns

FOREIGN = ("DATABASE_URL", "REDIS_URL", "PRODUCTION", "SECRET_KEY", "ENCRYPTION_KEYS", "ALLOWED_HOSTS", "STATIC_ROOT")
POSTGRES = "postgresql://postgres@127.0.0.1:5432"
REDIS = "redis://127.0.0.1:6379/11"
POLL_SECONDS = 0.05


def until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Wait for a condition, at most so long; return what it says."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} has not come within {seconds:.0f} seconds"
        time.sleep(POLL_SECONDS)
    return found


def free_port() -> int:
    """Return a port on loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """The processes of one start, on a state folder of their own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        environment = {name: value for name, value in base_environment().items() if name not in FOREIGN}
        environment |= {
            "DJANGO_SETTINGS_MODULE": "connector.project.settings",
            "STATE_DIR": str(folder / "state"),
            "ALLOW_STAND_INS": "1",
            **settings,
        }
        self.family = Family(folder, environment)

    def manage(self, *arguments: str, status: int = 0) -> str:
        """Run a command and return what it prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.family.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
        return done.stdout

    def set_up(self, stand_ins: StandIns) -> None:
        """Make the database and connect both systems."""
        self.manage("migrate", "--no-input", "--verbosity", "0")
        self.manage("setup_connection", "--sandbox", str(stand_ins.ready_file))

    def start(self, file: str, *names: str) -> None:
        """Start processes of a Procfile: those named, or all."""
        for name, command in procfile(file).items():
            if not names or name in names:
                self.family.add(name, command).start()

    def child(self, name: str) -> Child:
        """Return a process by its name."""
        return next(child for child in self.family.members if child.name == name)

    def kill(self, name: str) -> None:
        """Kill a process and all that it has started, as a power cut would."""
        child = self.child(name)
        assert child.process
        everyone = [*psutil.Process(child.process.pid).children(recursive=True), psutil.Process(child.process.pid)]
        for process in everyone:
            process.send_signal(signal.SIGKILL)
        child.process.wait()
        psutil.wait_procs(everyone, timeout=10)

    def full_synch(self) -> Child:
        """Start a full synchronization, with a process that waits for its end."""
        command = [sys.executable, "manage.py", "full_synch", "--wait", "--json"]
        return Child("full_synch", command, self.folder / "full_synch.log", self.family.environment).start(
            stdout=subprocess.PIPE
        )

    def ended(self, command: Child, seconds: float) -> dict[str, Any]:
        """Wait for the end of a full synchronization and return its report."""
        assert command.process
        try:
            out, _nothing = command.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            command.process.kill()
            out, _nothing = command.process.communicate()
            lines = self.manage("synch_status")
            logs = {child.name: child.tail() for child in self.family.members}
            raise AssertionError(f"no end within {seconds:.0f} seconds\n{lines}\n{json.dumps(logs)[-3000:]}") from None
        return dict(json.loads(out))

    def stop(self) -> None:
        """Ask all processes to end, and end those that do not within ten seconds."""
        self.family.stop(10)


def twins(stand_ins: StandIns) -> dict[str, list[Any]]:
    """Return the records that Sales has twice."""
    keys: dict[str, tuple[str, ...]] = {
        "account": ("name", "accountnumber"),
        "contact": ("fullname", "emailaddress1", "_parentcustomerid_value"),
        "product": ("productnumber",),
        "productpricelevel": ("_productid_value", "_pricelevelid_value", "_uomid_value"),
        "pricelevel": ("name",),
        "transactioncurrency": ("isocurrencycode",),
        "uomschedule": ("name",),
    }
    found = {}
    for table, columns in keys.items():
        counts = Counter(tuple(row.get(name) for name in columns) for row in stand_ins.table("crm", table))
        found[table] = [key for key, number in counts.items() if number > 1]
    return {table: rows for table, rows in found.items() if rows}


def counters(report: dict[str, Any], name: str) -> int:
    """Return the sum of a counter over all mappings and directions."""
    return sum(row["counters"][name] for row in report["mappings"])


def database(url: str, statement: str) -> None:
    """Run a statement on the server, outside of any transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture
def site_with(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Return a maker of sites; they end with the test."""
    sites: list[Site] = []

    def make(**settings: str) -> Site:
        sites.append(Site(tmp_path, **settings))
        return sites[-1]

    yield make
    for site in sites:
        site.stop()


@pytest.fixture
def scaled_site(site_with: Callable[..., Site]) -> Iterator[Site]:
    """A site on PostgreSQL and Redis: a database and a Redis number of the test's own."""
    name = f"connector_processes_{os.getpid()}"
    database(f"{POSTGRES}/postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    database(f"{POSTGRES}/postgres", f"CREATE DATABASE {name}")
    store = redis.Redis.from_url(REDIS)
    store.flushdb()
    web, flower = free_port(), free_port()
    # A dead worker's lease runs out by itself there; the test does not wait the three minutes of a real one.
    site = site_with(
        DATABASE_URL=f"{POSTGRES}/{name}",
        REDIS_URL=REDIS,
        LEASE_SECONDS="8",
        PORT=str(web),
        FLOWER_PORT=str(flower),
        FLOWER_URL=f"http://127.0.0.1:{flower}",
        CHUNK_RECORDS="20",
    )
    yield site
    site.stop()
    store.flushdb()
    store.close()
    database(f"{POSTGRES}/postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
