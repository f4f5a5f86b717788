"""Start both stand-in servers as processes and speak to their control calls; for tests and benchmarks.

Nothing of the stand-ins is imported: they share no code with anything (docs/decisions/0006-the-stand-ins-share-no-code.md).
"""

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import requests

from scripts.children import ROOT, die_with_parent

Side = Literal["nav", "crm"]
START_SECONDS = 60.0
CONTROL_SECONDS = 30.0


class StandIns:
    """Both servers, from `start` (or `with`) to `stop`. `ready` is the line they print when they listen."""

    def __init__(self, *arguments: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stand-ins-"))
        self.arguments = arguments
        self.ready: dict[str, Any] = {}
        self.process: subprocess.Popen[str] | None = None
        self._http = requests.Session()
        self._http.trust_env = False

    def start(self) -> Self:
        """Start them and wait until they listen. Raises RuntimeError with what they said when they do not."""
        command = [sys.executable, "-m", "sandbox", "--data-dir", str(self.folder), *self.arguments]
        log = self.folder / "stand-ins.log"
        with log.open("w") as file:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - the tests' own threads hold no lock that the child needs
            )
        assert self.process.stdout
        # The first line must come in time; a timer that ends the process turns a silent start into an empty line.
        timer = threading.Timer(START_SECONDS, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        try:
            self.ready = json.loads(line)
        except ValueError as error:
            self.stop()
            raise RuntimeError(f"The stand-ins did not start: {line}{log.read_text()[-2000:]}") from error
        self.ready_file.write_text(line, encoding="utf-8")
        return self

    def stop(self) -> None:
        """Stop them and remove their folder."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()
        self._http.close()

    def remove(self) -> None:
        """Stop them and take away what they wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def ready_file(self) -> Path:
        """The file for `setup_connection --sandbox`."""
        return self.folder / "ready.json"

    def stats(self, side: Side) -> dict[str, Any]:
        """Return what one server counted: requests, rows, throttled, faults."""
        return dict(self._call(side, "GET", "stats"))

    def requests(self, side: Side) -> int:
        """Return how many requests one server has answered since the last reset."""
        return sum(int(row["count"]) for row in self.stats(side)["requests"])

    def written(self, side: Side) -> int:
        """Return how many rows one server has inserted, changed or deleted since the last reset."""
        kinds = ("inserted", "updated", "deleted")
        return sum(int(row.get(kind, 0)) for row in self.stats(side)["rows"].values() for kind in kinds)

    def table(self, side: Side, name: str) -> list[dict[str, Any]]:
        """Return all rows of a table, in wire names."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self._call(side, "GET", f"table/{name}?$skip={len(rows)}&$top=5000")
            rows += page["rows"]
            if not page["rows"] or len(rows) >= page["count"]:
                return rows

    def faults(self, side: Side, *rules: dict[str, Any]) -> None:
        """Set the fault rules of one server; none clears them."""
        self._call(side, "POST", "faults", list(rules))

    def clock(self, offset_seconds: float) -> None:
        """Move the clock of both servers away from ours."""
        for side in ("nav", "crm"):
            self._call(side, "POST", "clock", {"offset_seconds": offset_seconds})

    def act_as(self, side: Side, user: str | None) -> None:
        """Let the next writes on one server be this user's; None goes back to who signs in."""
        self._call(side, "POST", "as", {"user": user})

    def do(self, side: Side, action: str, body: dict[str, Any]) -> Any:
        """Call any other control action, such as `rename` or `ship` in NAV."""
        return self._call(side, "POST", action, body)

    def reset(self, *, data: bool = False) -> None:
        """Clear the statistics of both; with `data`, go back to the data and settings of the start too."""
        for side in ("nav", "crm"):
            self._call(side, "POST", "reset", {"data": data})
            if data:
                self._call(side, "POST", "faults", [])
                self._call(side, "POST", "as", {"user": None})
        if data:
            self.clock(0)

    def _call(self, side: str, verb: str, path: str, body: Any = None) -> Any:
        parts = urlsplit(self.ready[side]["url"])
        address = f"{parts.scheme}://{parts.netloc}/_sandbox/{path}"
        answer = self._http.request(verb, address, json=body, verify=self.ready["ca"], timeout=CONTROL_SECONDS)
        if not answer.ok:
            raise RuntimeError(f"{verb} /_sandbox/{path} on {side}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()
