"""A whole set-up on a folder of its own: database, queue, workers, connected to stand-ins; driven by the commands alone."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scripts.children import ROOT, Family, base_environment, procfile
from scripts.stand_ins import StandIns

FOREIGN = ("DATABASE_URL", "REDIS_URL", "PRODUCTION", "SECRET_KEY", "ENCRYPTION_KEYS")
RUN_SECONDS = 3600.0


class CommandFailed(Exception):
    """A command that a scenario needs could not run; the message holds what it said."""


class Site:
    """The embedded set-up without its web server."""

    def __init__(self, stand_ins: StandIns) -> None:
        self.stand_ins = stand_ins
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        kept = {name: value for name, value in base_environment().items() if name not in FOREIGN}
        settings = {"STATE_DIR": str(self.folder / "state"), "ALLOW_STAND_INS": "1"}
        self.family = Family(self.folder, {**kept, **settings})

    def manage(self, *arguments: str, well: tuple[int, ...] = (0,)) -> str:
        """Run a command and return its standard output. Raises CommandFailed when its status is not among `well`."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.family.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        if done.returncode not in well:
            raise CommandFailed(
                f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-1500:]}{done.stdout[-500:]}"
            )
        return done.stdout

    def full_synch(self) -> dict[str, Any]:
        """Run a full synchronization to its end and return its report; records that failed are the report's business."""
        return dict(json.loads(self.manage("full_synch", "--wait", "--json", "--allow-mass-change", well=(0, 1))))

    def __enter__(self) -> Self:
        try:
            self.manage("migrate", "--no-input", "--verbosity", "0")
            self.manage("setup_connection", "--sandbox", str(self.stand_ins.ready_file))
            for name, command in procfile("Procfile.embedded").items():
                if name != "web":
                    self.family.add(name, command).start()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stop the workers and remove the folder."""
        self.family.stop(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
