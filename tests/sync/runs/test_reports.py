"""The commands' forms for other programs, as the design fixes them: one JSON object, and an exit status that says how it went."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from sync.choices import COUNTERS
from sync.management.running import RunCommand
from sync.models import IntegrationTableMapping, SynchRun
from sync.services.runs import full_synch_start
from tests.driver import work_off
from tests.sync.runs.conftest import Connected

REPORT = {"schema", "command", "run", "status", "mappings", "requests", "seconds", "errors", "plan_sha256"}
ERROR = {"mapping", "direction", "erp", "crm", "code", "message"}
DUMPS = {
    "couplings": {"mapping", "erp", "crm", "state", "reason"},
    "conflicts": {"id", "mapping", "erp", "crm", "field", "baseline", "erp_value", "crm_value", "state"},
    "errors": ERROR | {"cause", "at"},
    "pending": ERROR | {"cause", "at"},
    "jobs": {"id", "mapping", "direction", "status", "started", "finished", "counters"},
    "mappings": {"name", "direction", "depends_on", "only_coupled"},
    "intents": {"mapping", "state"},
}

Command = Callable[..., tuple[int, Any]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a caller of commands: (exit status, the one object on standard output). Waiting does the workers' work."""
    monkeypatch.setattr(RunCommand, "_wait", lambda _self, run, quiet: work_off(run))

    def call(*arguments: str) -> tuple[int, Any]:
        out = StringIO()
        try:
            call_command(*arguments, "--json", stdout=out)
        except SystemExit as end:
            return int(end.code or 0), json.loads(out.getvalue())
        return 0, json.loads(out.getvalue())

    return call


class TestARunOfEverything:
    """From the first start to the dumps."""

    def test_it_is_reported_in_full(self, connected: Connected, command: Command, tmp_path: Path) -> None:
        status, queued = command("full_synch")
        assert (status, queued["status"]) == (0, "queued")
        held, refused = command("full_synch", "--wait")
        assert (held, refused["run"], refused["status"]) == (4, queued["run"], "refused")
        assert refused.keys() >= REPORT
        [error] = refused["errors"]
        assert error.keys() == ERROR

        work_off(SynchRun.objects.get(pk=queued["run"]))
        plan = tmp_path / "plan.jsonl"
        status, report = command("full_synch", "--plan", str(plan))

        assert status == 0
        assert report.keys() >= REPORT
        assert (report["schema"], report["command"], report["status"], report["errors"]) == (
            1,
            "full_synch",
            "finished",
            [],
        )
        assert len(report["plan_sha256"]) == 64
        assert report["requests"].keys() == {"erp", "crm"}
        assert all(number > 0 for number in report["requests"].values())
        customers = {row["direction"]: row for row in report["mappings"] if row["name"] == "CUSTOMER"}
        assert customers.keys() == {"to", "from"}
        assert customers["to"]["counters"] == dict.fromkeys(COUNTERS, 0) | {"unchanged": 32}
        assert plan.read_text(encoding="utf-8") == ""

        status, shown = command("synch_status")
        assert (status, shown["schema"], shown["run"], shown["status"]) == (0, 1, report["run"], "finished")
        names = {
            "name",
            "job_queue_entry_status",
            "to_int_table_job_status",
            "from_int_table_job_status",
            "done",
            "total",
        }
        assert all(line.keys() >= names | {"recommendation", "waits_for"} for line in shown["lines"])
        assert {line["job_queue_entry_status"] for line in shown["lines"]} == {"finished"}

        for kind, keys in DUMPS.items():
            status, dump = command("dump", kind)
            assert (status, dump["schema"]) == (0, 1)
            assert all(row.keys() >= keys for row in dump["rows"]), kind
        assert len(command("dump", "couplings")[1]["rows"]) > 150
        assert len(command("dump", "mappings")[1]["rows"]) == 12

    def test_a_plan_is_written_line_by_line(self, connected: Connected, command: Command, tmp_path: Path) -> None:
        plan = tmp_path / "plan.jsonl"

        status, report = command(
            "full_synch", "--preview", "--plan", str(plan), "--mappings", "CURRENCY,UNIT OF MEASURE"
        )

        assert status == 0
        assert connected.written() == (0, 1)  # the default price list of the set-up
        lines = [json.loads(line) for line in plan.read_text(encoding="utf-8").splitlines()]
        assert len(lines) == 24
        assert all(
            line.keys() == {"mapping", "direction", "action", "erp", "crm", "fields", "reason"} for line in lines
        )
        euro = next(line for line in lines if line["erp"] == "EUR")
        assert (euro["mapping"], euro["direction"], euro["action"]) == ("CURRENCY", "to", "insert")
        assert euro["crm"] == "new:CURRENCY:EUR"
        assert euro["fields"]["isocurrencycode"] == [None, "EUR"]
        counts = {row["name"]: row["counters"]["inserted"] for row in report["mappings"]}
        assert counts == {"CURRENCY": 12, "UNIT OF MEASURE": 12}


class TestEndsThatAreNotWell:
    """Each has its exit status."""

    def test_a_refused_record_is_status_1_and_dumped(self, connected: Connected, command: Command) -> None:
        connected.stand_ins.faults("crm", {"do": {"reject_row": "isocurrencycode=EUR"}})

        status, report = command("full_synch", "--wait", "--mappings", "CURRENCY")

        assert (status, report["status"]) == (1, "finished_with_errors")
        [error] = report["errors"]
        assert (error["mapping"], error["direction"], error["erp"]) == ("CURRENCY", "to", "EUR")
        for kind in ("errors", "pending"):
            [row] = command("dump", kind)[1]["rows"]
            assert (row["erp"], row["code"], row["message"]) == ("EUR", error["code"], error["message"])

    def test_what_cannot_run_is_status_2(self, connected: Connected, command: Command) -> None:
        status, report = command("synch", "NOBODY", "--wait")
        assert (status, report["status"]) == (2, "refused")
        assert "There is no mapping called NOBODY" in report["errors"][0]["message"]

        IntegrationTableMapping.objects.filter(name="CURRENCY").update(depends_on=["VENDOR"])
        status, report = command("full_synch", "--wait", "--mappings", "CURRENCY")
        assert (status, report["status"]) == (2, "failed")
        assert "VENDOR" in report["errors"][0]["message"]

    def test_before_any_run_there_is_no_status(self, connected: Connected, command: Command) -> None:
        status, shown = command("synch_status")

        assert (status, shown) == (2, {"schema": 1, "run": "", "status": "", "lines": []})

    def test_the_mass_change_stop_is_status_3(self, customers: Connected, command: Command) -> None:
        for row in customers.servers.sales("account")[:21]:
            customers.sales.delete("accounts", row["accountid"])

        status, report = command("synch", "CUSTOMER", "--wait")

        assert (status, report["status"]) == (3, "stopped")
        assert "21 of 32" in report["message"]
        status, report = command("synch", "CUSTOMER", "--wait", "--allow-mass-change")
        assert status in (0, 1)
        assert report["status"] != "stopped"

    def test_a_conflict_is_dumped_with_both_values(self, customers: Connected, command: Command) -> None:
        account = customers.row("account", name="The Cannon Group PLC")["accountid"]
        customers.nav.change("ConnectorCustomer", "10000", Address="NAV Street")
        customers.sales.change("accounts", account, address1_line1="Sales Street")

        command("synch", "CUSTOMER", "--wait")

        [row] = command("dump", "conflicts")[1]["rows"]
        assert {name: row[name] for name in row if name != "id"} == {
            "mapping": "CUSTOMER",
            "erp": "10000",
            "crm": account,
            "field": "address1_line1",
            "baseline": "192 Market Square",
            "erp_value": "NAV Street",
            "crm_value": "Sales Street",
            "state": "open",
        }


def test_a_run_of_somebody_else_is_named_with_its_number(connected: Connected, command: Command) -> None:
    run = full_synch_start(user="anna", mappings=["CURRENCY"])

    status, report = command("synch", "CURRENCY", "--wait")

    assert (status, report["run"]) == (4, str(run.pk))
    assert "anna" in report["errors"][0]["message"]
