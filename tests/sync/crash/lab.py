"""The other end of the workshop: a database that can be put back, and what the stand-ins hold in comparable form."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scripts.children import ROOT, die_with_parent
from scripts.stand_ins import StandIns

DATABASE = "connector.sqlite3"


class Killed(Exception):
    """The fork killed itself at the event that it was told."""


class Broken(AssertionError):
    """The work in a fork ended with an error."""


class Workshop:
    """Starts the workshop's process on a state folder and asks it."""

    def __init__(self, state: Path, **environment: str) -> None:
        self.state = state
        foreign = ("DATABASE_URL", "REDIS_URL", "PRODUCTION")
        self.environment = {name: value for name, value in os.environ.items() if name not in foreign}
        self.environment |= {
            "DJANGO_SETTINGS_MODULE": "connector.project.testing",
            "CONNECTOR_TESTS": str(state),
            "STATE_DIR": str(state),
            "ALLOW_STAND_INS": "1",
            # A creation in NAV that is not found after a crash is repeated at once (test_lost_creations.py waits for NAV).
            "NAV_OPERATION_SECONDS": "0",
            **environment,
        }
        self.events: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.state.mkdir(parents=True, exist_ok=True)
        self._log = (self.state / "workshop.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.crash.workshop"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - the tests hold no lock that the child needs
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process and self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self._log.close()

    def ask(self, command: str, *, kill_at: int | None = None, count: bool = False, **arguments: Any) -> Any:
        """Let a fork do something. Raises Killed when it died at `kill_at`, Broken when it failed."""
        assert self.process and self.process.stdin and self.process.stdout
        message = {"do": command, "with": arguments, "kill_at": kill_at, "count": count}
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Broken((self.state / "workshop.log").read_text()[-3000:])
        answer = json.loads(line)
        if "killed" in answer:
            raise Killed(answer["killed"])
        if "error" in answer:
            raise Broken(answer["error"])
        self.events = answer["events"]
        return answer["value"]

    def killed_at(self, event: int, command: str, **arguments: Any) -> bool:
        """Let a fork die right after its n-th event; False when it ended before that."""
        try:
            self.ask(command, kill_at=event, **arguments)
        except Killed:
            return True
        return False

    # The database

    def keep(self, name: str) -> None:
        """Keep the database as it is now under a name."""
        _copy(self.state / DATABASE, self.state / f"{name}.kept")

    def put_back(self, name: str) -> None:
        """Make the database what it was when it was kept under this name."""
        _copy(self.state / f"{name}.kept", self.state / DATABASE)


def _copy(source: Path, target: Path) -> None:
    for suffix in ("", "-wal"):
        here, there = source.with_name(source.name + suffix), target.with_name(target.name + suffix)
        there.unlink(missing_ok=True)
        if here.exists():
            shutil.copy(here, there)
    target.with_name(target.name + "-shm").unlink(missing_ok=True)


# What both systems hold

CRM_TABLES = (
    "account contact product productpricelevel pricelevel transactioncurrency uomschedule uom systemuser".split()
)
NAV_TABLES = "Customer Contact Salesperson Item CustomerPriceGroup SalesPrice".split()
MOVING = frozenset(
    "createdon modifiedon versionnumber overriddencreatedon Last_Date_Modified Last_Modified_Date_Time"
    " Last_DateTime_Modified Last_Time_Modified SystemModifiedAt SystemCreatedAt".split()
)
"""Columns that hold times and versions: no two runs agree on them."""


def contents(stand_ins: StandIns) -> dict[str, list[str]]:
    """Return what both systems hold, row by row as text without times and versions: two equal results are the same data.

    The ids of rows that the connector creates are of its choosing, so they are compared too, and with them every lookup.
    """
    found: dict[str, list[str]] = {}
    # The server chooses the id of a unit group's first unit.
    units = {
        row["uomid"]: f"unit {row['name']} of {row['_uomscheduleid_value']}" for row in stand_ins.table("crm", "uom")
    }
    for side, names in (("crm", CRM_TABLES), ("nav", NAV_TABLES)):
        for name in names:
            rows = stand_ins.table(side, name)  # type: ignore[arg-type]
            found[f"{side} {name}"] = sorted(json.dumps(_still(row, units), sort_keys=True) for row in rows)
    return found


def _still(row: dict[str, Any], units: dict[str, str]) -> dict[str, Any]:
    named = {name: units.get(value, value) if isinstance(value, str) else value for name, value in row.items()}
    return {name: value for name, value in named.items() if name not in MOVING}


def differences(expected: dict[str, list[str]], found: dict[str, list[str]]) -> list[str]:
    """Return, in words, what is missing and what is too much."""
    told = []
    for table, rows in expected.items():
        missing = sorted(set(rows) - set(found[table]))
        extra = sorted(set(found[table]) - set(rows))
        told += [f"{table} lacks {row}" for row in missing] + [f"{table} has beside {row}" for row in extra]
        if len(rows) != len(found[table]):
            told.append(f"{table} has {len(found[table])} rows, not {len(rows)}")
    return [text[:400] for text in told[:20]]
