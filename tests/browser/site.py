"""The whole site as a person meets it: stand-ins, gunicorn and both workers as real processes on loopback."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from scripts.children import ROOT, Child, Family, base_environment, procfile
from scripts.stand_ins import StandIns

START_SECONDS = 60.0
STOP_SECONDS = 6.0
FOREIGN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "STATIC_ROOT", "DJANGO_SETTINGS_MODULE")
PASSWORD = "Loopback-7-otters"
# Sign-in name → (first name, last name, group); a blank group is the superuser.
PEOPLE = {
    "annette": ("Annette", "Hill", "Integration administrator"),
    "peter": ("Peter", "Saddow", "Salesperson"),
    "ilse": ("Ilse", "de Wit", "IT operator"),
    "root": ("Root", "Admin", ""),
}
MAKE_PEOPLE = """
import json
from django.contrib.auth.models import Group, User
for login, (first, last, group) in json.loads(PEOPLE).items():
    make = User.objects.create_user if group else User.objects.create_superuser
    user = make(login, f"{login}@example.com", PASSWORD, first_name=first, last_name=last)
    if group:
        user.groups.add(Group.objects.get(name=group))
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Site:
    """Everything that runs behind the address, from `start` (or `with`) to `stop`."""

    def __init__(self, *arguments: str, folder: Path | None = None, connect: bool = True) -> None:
        self.connect = connect
        self.folder = folder or Path(tempfile.mkdtemp(prefix="browser-site-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.stand_ins = StandIns(*arguments)
        environment = {name: value for name, value in base_environment().items() if name not in FOREIGN}
        own = {
            "DJANGO_SETTINGS_MODULE": "connector.project.settings",
            "STATE_DIR": str(self.folder / "state"),
            "ALLOW_STAND_INS": "1",
            "PORT": str(self.port),
            "BIND": "127.0.0.1",
            "CHUNK_RECORDS": "25",
        }
        self.environment = {**environment, **own}
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        self.family = Family(self.folder / "logs", self.environment)
        self.children: dict[str, Child] = {}

    def start(self) -> Self:
        """Bring all of it up: servers, database, people, site, workers, connections."""
        self.stand_ins.start()
        # Twice: the roles are made before the permissions are, and get them when the database is brought up to date again.
        for _time in range(2):
            self.manage("migrate", "--no-input", "--verbosity", "0")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        self._people()
        for name, command in procfile("Procfile.embedded").items():
            self.children[name] = self.family.add(name, command).start()
        self._wait_for_site()
        if self.connect:
            self.manage("setup_connection", "--sandbox", str(self.stand_ins.ready_file))
        return self

    def stop(self) -> None:
        """End all of it and remove what it wrote."""
        self.family.stop(STOP_SECONDS)
        self.stand_ins.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def workers_stop(self) -> None:
        """End both workers; the site stays."""
        for name in ("quick", "bulk"):
            self.children[name].signal(15)
        for name in ("quick", "bulk"):
            self.children[name].wait()

    def workers_start(self) -> None:
        """Start both workers again."""
        for name in ("quick", "bulk"):
            self.children[name].start()

    def web_restart(self) -> None:
        """Start the site's process anew, with its templates as they are now."""
        self.children["web"].signal(15)
        self.children["web"].wait()
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        self.children["web"].start()
        self._wait_for_site()

    def manage(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> str:
        """Run a management command and return what it said. Raises RuntimeError with its words when it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode not in accept:
            raise RuntimeError(f"manage.py {arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def shell(self, code: str) -> str:
        """Run Python lines inside the site's own settings, for what no page and no command can set."""
        return self.manage("shell", "--no-imports", "--command", code)

    def _people(self) -> None:
        names = f"PASSWORD, PEOPLE = {PASSWORD!r}, {json.dumps(PEOPLE)!r}\n"
        self.shell(names + MAKE_PEOPLE)

    def _wait_for_site(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=5):
                    return
            except urllib.error.HTTPError as error:
                raise RuntimeError(f"The site answers with {error.code}:\n{self.children['web'].tail()}") from error
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"The site did not answer in time:\n{self.children['web'].tail()}")

    def slow(self, seconds: float) -> None:
        """Let every request to Sales take longer, so that a run can be watched."""
        self.stand_ins.faults("crm", {"id": "slow", "do": {"delay": seconds}})

    def quick(self) -> None:
        """Let both servers answer as fast as they can."""
        self.stand_ins.faults("nav")
        self.stand_ins.faults("crm")

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_exc: object) -> None:
        self.stop()
