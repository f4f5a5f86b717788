"""Workers die and oversleep, and somebody deletes half of a system: what stands between that and a twin or a loss."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from connector.dataverse.client import DataverseClient
from sync.models import Coupling, SynchJob, SynchRunLine
from sync.services import crm_writes, erp_writes, lines
from sync.services.runs import full_synch_start, synch_start
from tests.driver import leases_end, work_off
from tests.sync.runs.conftest import CUSTOMERS, Connected


class Killed(BaseException):
    """The worker's end: no handler of the connector's may catch it."""


def killed_once(real: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    """Return a function that kills the worker the first time it is called, before or after its work."""
    calls: list[bool] = []

    def call(*arguments: Any, **more: Any) -> Any:
        calls.append(True)
        if len(calls) > 1:
            return real(*arguments, **more)
        if after:
            real(*arguments, **more)
        raise Killed

    return call


class TestAWorkerIsKilled:
    """A successor takes up the run when the lease has ended."""

    @pytest.mark.parametrize(
        ("place", "name", "after"),
        [
            (crm_writes, "creations_store", False),
            pytest.param(crm_writes, "creations_store", True, marks=pytest.mark.conformance),
            pytest.param(DataverseClient, "create_many", True, marks=pytest.mark.conformance),
            pytest.param(DataverseClient, "update_many", True, marks=pytest.mark.conformance),
            pytest.param(crm_writes, "modifications_store", False, marks=pytest.mark.conformance),
        ],
        ids=lambda value: value if isinstance(value, str) else None,
    )
    def test_the_copy_is_exact_and_nothing_is_doubled(
        self, connected: Connected, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, after: bool
    ) -> None:
        monkeypatch.setattr(place, name, killed_once(getattr(place, name), after=after))
        run = full_synch_start(user="test")

        with pytest.raises(Killed):
            work_off(run)
        leases_end()
        run = work_off(run)

        assert run.status == "finished", connected.errors(run)
        assert connected.differences() == []
        connected.stand_ins.reset()
        connected.full()
        assert connected.written() == (0, 0)

    def test_rows_that_sales_has_created_are_looked_for_and_not_sent_again(
        self, connected: Connected, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(crm_writes, "creations_store", killed_once(crm_writes.creations_store, after=False))
        run = full_synch_start(user="test", mappings=["CURRENCY"])

        with pytest.raises(Killed):
            work_off(run)
        leases_end()
        run = work_off(run)

        assert run.status == "finished", connected.errors(run)
        sent = [
            row for row in connected.stand_ins.stats("crm")["batched"] if row["path"].endswith("/transactioncurrencies")
        ]
        assert [(row["verb"], row["count"]) for row in sent if row["verb"] == "POST"] == [("POST", 12)]

    def test_a_record_that_nav_has_created_is_found_again(
        self, customers: Connected, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        customers.sales.create("accounts", name="Born in Sales", customertypecode=3, address1_city="Arnhem")
        monkeypatch.setattr(erp_writes, "creation_store", killed_once(erp_writes.creation_store, after=False))
        run = full_synch_start(user="test", mappings=["CUSTOMER"])

        with pytest.raises(Killed):
            work_off(run)
        leases_end()
        run = work_off(run)

        assert run.status == "finished", customers.errors(run)
        [customer] = [row for row in customers.servers.nav("Customer") if row["Name"] == "Born in Sales"]
        assert Coupling.objects.get(mapping__name="CUSTOMER", erp_key=customer["No"])


class TestAWorkerOversleeps:
    """Its lease ends while it waits for an answer, and another worker does the work."""

    def test_what_it_comes_back_with_is_not_stored_over_the_other_s(
        self, connected: Connected, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connected.full(*CUSTOMERS[:-1])
        real = DataverseClient.create_many
        slept: list[uuid.UUID] = []

        def sleep(self: DataverseClient, table: str, rows: Any, *more: Any, **named: Any) -> Any:
            answers = real(self, table, rows, *more, **named)
            if table == "account" and not slept:
                slept.append(uuid.uuid4())
                leases_end()
                for line in SynchRunLine.objects.filter(job_queue_entry_status="in_process"):
                    lines.chunks_work(line.pk)
            return answers

        monkeypatch.setattr(DataverseClient, "create_many", sleep)

        run = connected.full("CUSTOMER")

        assert slept
        assert run.status == "finished", connected.errors(run)
        assert Coupling.objects.filter(mapping__name="CUSTOMER").count() == 32
        job = SynchJob.objects.get(line__run=run, line__pass_number=1, direction="to")
        assert (job.inserted, job.failed) == (32, 0)
        assert len(connected.servers.sales("account")) == 32


class TestMassChange:
    """More than twenty accounts are gone at once."""

    def test_a_run_stops_before_its_first_write_and_can_be_let_through(self, customers: Connected) -> None:
        accounts = customers.servers.sales("account")
        for row in accounts[:21]:
            customers.sales.delete("accounts", row["accountid"])
        customers.nav.change("ConnectorCustomer", "10000", Address="1 New Street")
        customers.stand_ins.reset()

        run = customers.synch("CUSTOMER")

        assert run.status == "stopped"
        assert "21 of 32 coupled records of CUSTOMER" in run.message
        assert any(row["name"] in run.message for row in accounts[:21])
        assert customers.written() == (0, 0)
        assert Coupling.objects.filter(mapping__name="CUSTOMER").count() == 32

        allowed = work_off(synch_start(user="test", mappings=["CUSTOMER"], allow_mass_change=True))
        assert allowed.status != "stopped"
        assert customers.acted(allowed)["CUSTOMER to"]["conflicts"] == 21
        assert len(customers.servers.sales("account")) == 11

    def test_one_deletion_asks_and_makes_nothing_new(self, customers: Connected) -> None:
        customers.sales.delete("accounts", customers.row("account", name="The Cannon Group PLC")["accountid"])
        customers.stand_ins.reset()

        run = customers.full("CUSTOMER")

        assert customers.rows_written("crm") == {}
        assert customers.acted(run)["CUSTOMER to"] == {"conflicts": 1}
        coupling = Coupling.objects.get(mapping__name="CUSTOMER", erp_key="10000")
        assert coupling.state == "conflict"
        assert "gone in Sales" in coupling.reason
