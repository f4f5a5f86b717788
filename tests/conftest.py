"""What all tests share: the stand-in servers as real processes, and commands run as a person runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.children import ROOT
from scripts.stand_ins import StandIns


@pytest.fixture(scope="session")
def running_stand_ins() -> Iterator[StandIns]:
    """Both servers with the CRONUS data, started once per test process."""
    with StandIns() as stand_ins:
        yield stand_ins


@pytest.fixture
def sandbox(running_stand_ins: StandIns) -> Iterator[StandIns]:
    """Both servers as they were at the start: data, faults, clock and statistics are set back before each test."""
    running_stand_ins.reset(data=True)
    yield running_stand_ins


@pytest.fixture
def stand_ins_with() -> Iterator[Callable[..., StandIns]]:
    """Return a starter of stand-ins with arguments of the test's own, such as `"--flavour", "bc"`."""
    started: list[StandIns] = []

    def start(*arguments: str) -> StandIns:
        started.append(StandIns(*arguments))
        return started[-1].start()

    yield start
    for stand_ins in started:
        stand_ins.remove()


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on standard output."""
        return json.loads(self.out)


@pytest.fixture
def manage(tmp_path: Path) -> Callable[..., Answer]:
    """Return a runner of `manage.py` commands in processes of their own, on a state folder of the test's own."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "connector.project.settings",
        "STATE_DIR": str(tmp_path / "state"),
        "ALLOW_STAND_INS": "1",
    }

    def run(*arguments: str, timeout: float = 120, **extra: str) -> Answer:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**environment, **extra},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return run
