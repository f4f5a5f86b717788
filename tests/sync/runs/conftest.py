"""What the tests of whole runs share: both systems connected, and the workers' work done in this process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import override_settings

from scripts.stand_ins import Side, StandIns
from setup_wizard.answers import answers_from_stand_ins
from setup_wizard.services import setup_run
from sync.models import IntegrationTableMapping, SynchRun
from sync.services.report import run_report
from sync.services.runs import full_synch_start, synch_start
from tests.driver import work_off
from tests.sync.oracle.differences import differences
from tests.sync.oracle.people import NavUser, SalesUser
from tests.sync.oracle.servers import Servers, one

CUSTOMERS = ("SALESPEOPLE", "CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT", "CUSTOMER")


@dataclass
class Connected:
    """Both stand-ins with the connector set up between them."""

    stand_ins: StandIns

    @property
    def nav(self) -> NavUser:
        """Somebody at work in NAV."""
        return NavUser(self.stand_ins)

    @property
    def sales(self) -> SalesUser:
        """Somebody at work in Sales."""
        return SalesUser(self.stand_ins)

    @property
    def servers(self) -> Servers:
        """What both hold now."""
        return Servers(self.stand_ins)

    @property
    def names(self) -> list[str]:
        """All mappings."""
        return list(IntegrationTableMapping.objects.values_list("name", flat=True))

    def customer(self, number: str) -> dict[str, Any]:
        """Return a customer as NAV holds it now."""
        return one(self.servers.nav("Customer"), No=number)

    def row(self, table: str, **values: Any) -> dict[str, Any]:
        """Return the one row of a table in Sales that holds these values."""
        return one(self.servers.sales(table), **values)

    def full(self, *names: str, **options: Any) -> SynchRun:
        """Run a full synchronization to its end."""
        return work_off(full_synch_start(user="test", mappings=list(names) or None, **options))

    def synch(self, *names: str, **options: Any) -> SynchRun:
        """Run a synchronization of what changed to its end."""
        return work_off(synch_start(user="test", mappings=list(names) or self.names, **options))

    def counted(self, run: SynchRun) -> dict[str, dict[str, int]]:
        """Return what a run did, as `MAPPING direction` → counters that are not zero; nothing for what had nothing to do."""
        rows = run_report(run, "test")["mappings"]
        counters = {
            f"{row['name']} {row['direction']}": {name: number for name, number in row["counters"].items() if number}
            for row in rows
        }
        return {name: counts for name, counts in counters.items() if counts}

    def acted(self, run: SynchRun) -> dict[str, dict[str, int]]:
        """The same without the records that needed nothing."""
        counters = {
            name: {counter: number for counter, number in counts.items() if counter != "unchanged"}
            for name, counts in self.counted(run).items()
        }
        return {name: counts for name, counts in counters.items() if counts}

    def errors(self, run: SynchRun) -> list[dict[str, Any]]:
        """Return the errors that a run reports."""
        return list(run_report(run, "test")["errors"])

    def differences(self, *arguments: Any, **options: Any) -> list[str]:
        """Return how Sales differs from what it must hold."""
        return differences(self.stand_ins, *arguments, **options)

    def written(self) -> tuple[int, int]:
        """Return how many rows have been written since the last reset, in NAV and in Sales."""
        return self.stand_ins.written("nav"), self.stand_ins.written("crm")

    def rows_written(self, side: Side) -> dict[str, int]:
        """Return how many rows of each table one server has written since the last reset, its own rules' writes included."""
        kinds = ("inserted", "updated", "deleted")
        rows = self.stand_ins.stats(side)["rows"]
        counts = {table: sum(int(row[kind]) for kind in kinds) for table, row in rows.items()}
        return {table: count for table, count in counts.items() if count}

    def write_requests(self) -> list[str]:
        """Return the requests since the last reset that were no reads; signing in is none."""
        sides: tuple[Side, ...] = ("nav", "crm")
        return [
            f"{side} {row['verb']} {row['path']}"
            for side in sides
            for row in self.stand_ins.stats(side)["requests"]
            if row["verb"] not in ("GET", "HEAD") and not row["path"].endswith("/token")
        ]


def connect(stand_ins: StandIns) -> Connected:
    """Set the connector up between these stand-ins."""
    result = setup_run(answers_from_stand_ins(stand_ins.ready_file), "test")
    assert result.enabled, [check.text for check in (*result.nav, *result.sales) if not check.ok]
    return Connected(stand_ins)


@contextmanager
def without_messages() -> Iterator[None]:
    """Allow the stand-ins, send no message to workers, and repeat a failed request without a long pause."""
    with pytest.MonkeyPatch.context() as patch, override_settings(ALLOW_STAND_INS=True):
        patch.setattr("sync.services.dispatch._send", lambda *_arguments, **_more: None)
        patch.setattr("connector.retry.FIRST_PAUSE_SECONDS", 0.01)
        patch.setattr("connector.retry.LONGEST_PAUSE_SECONDS", 0.02)
        yield


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    with without_messages():
        yield


@pytest.fixture(scope="session")
def running_stand_ins() -> Iterator[StandIns]:
    """Both servers, NAV with the object pack: then every mapped field is served."""
    with StandIns("--objects", "pack") as stand_ins:
        yield stand_ins


@pytest.fixture
def connected(sandbox: StandIns, transactional_db: None) -> Connected:
    """Both systems with the demonstration data and nothing in Sales yet."""
    return connect(sandbox)


@pytest.fixture
def full(connected: Connected) -> Connected:
    """The same after a full synchronization, with the statistics at zero."""
    run = connected.full()
    assert run.status == "finished", connected.errors(run)
    connected.stand_ins.reset()
    return connected


@pytest.fixture
def customers(connected: Connected) -> Connected:
    """The same with customers only, and what they refer to: in a quarter of the time."""
    run = connected.full(*CUSTOMERS)
    assert run.status == "finished", connected.errors(run)
    connected.stand_ins.reset()
    return connected


@pytest.fixture
def connected_with(stand_ins_with: Callable[..., StandIns], transactional_db: None) -> Callable[..., Connected]:
    """Return a connector of stand-ins with arguments of the test's own."""
    return lambda *arguments: connect(stand_ins_with(*arguments))
