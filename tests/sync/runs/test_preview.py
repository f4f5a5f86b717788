"""A preview shows what a run would do, and does nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from sync.models import Coupling, FieldConflict, OptionMapping, PendingRecord, PlanItem, SynchJob, SynchRun, WriteIntent
from sync.services.planstore import plan_lines
from tests.sync.runs.conftest import Connected


def half_fill(connected: Connected) -> None:
    """Put records into Sales that a run will find: some to couple, some that wait, some that are new to NAV."""
    sales = connected.sales
    names = [row["Name"] for row in connected.servers.nav("Customer")]
    for name in names[:5]:
        sales.create("accounts", name=name, customertypecode=3)
    sales.create(
        "accounts", name=names[6], customertypecode=3, accountnumber=connected.servers.nav("Customer")[6]["No"]
    )
    account = sales.create("accounts", name="Born in Sales", customertypecode=3, address1_city="Arnhem")
    sales.create(
        "contacts",
        firstname="Anna",
        lastname="Arnhem",
        **{"parentcustomerid_account@odata.bind": f"/accounts({account})"},
    )
    sales.create(
        "transactioncurrencies",
        isocurrencycode="EUR",
        currencysymbol="€",
        currencyname="Euro",
        exchangerate=1.1,
        currencyprecision=2,
    )


def stored() -> dict[str, int]:
    """Return how many rows there are of everything that only a run may make."""
    kinds: tuple[Any, ...] = (Coupling, OptionMapping, PendingRecord, FieldConflict, WriteIntent, SynchJob)
    return {kind.__name__: kind.objects.count() for kind in kinds}


class TestBeforeTheFirstRun:
    """An empty Sales, or one that is filled by half."""

    @pytest.mark.parametrize(
        "prepare",
        [pytest.param(lambda connected: None, marks=pytest.mark.conformance), half_fill],
        ids=["empty", "half filled"],
    )
    def test_it_writes_nothing_and_plans_what_the_run_then_does(
        self, connected: Connected, prepare: Callable[[Connected], None]
    ) -> None:
        prepare(connected)
        connected.stand_ins.reset()

        preview = connected.full(preview=True)
        again = connected.full(preview=True)

        assert preview.status == "finished" or preview.status == "finished_with_errors"
        assert connected.written() == (0, 0)
        assert connected.write_requests() == []
        assert stored() == dict.fromkeys(stored(), 0)
        assert (
            len(list(plan_lines(preview)))
            == PlanItem.objects.filter(plan__run=preview).exclude(action="unchanged").count()
            > 0
        )
        assert list(plan_lines(again)) == list(plan_lines(preview))
        assert preview.plan_sha256 == again.plan_sha256 != ""

        run = connected.full()

        assert run.plan_sha256 == preview.plan_sha256
        assert planned(preview) == connected.counted(run)


def planned(preview: SynchRun) -> dict[str, dict[str, int]]:
    """Return what a preview says it would do, counted as a run counts."""
    from sync.services.report import run_report

    rows = run_report(preview, "test")["mappings"]
    counts = {
        f"{row['name']} {row['direction']}": {name: number for name, number in row["counters"].items() if number}
        for row in rows
    }
    return {name: numbers for name, numbers in counts.items() if numbers}


class TestAfterARun:
    """Only what people changed is in the plan."""

    def test_edits_and_conflicts_are_shown_and_left(self, customers: Connected) -> None:
        account = customers.row("account", name="The Cannon Group PLC")["accountid"]
        customers.nav.change("ConnectorCustomer", "10000", Address="NAV Street", City="Leeds")
        customers.sales.change("accounts", account, address1_line1="Sales Street", telephone1="+44 7")
        customers.stand_ins.reset()
        before = stored()

        preview = customers.full("CUSTOMER", preview=True)

        assert customers.written() == (0, 0)
        assert stored() == before
        actions = {(line["direction"], line["action"]): line["fields"] for line in plan_lines(preview)}
        assert actions == {
            ("to", "modify"): {"address1_city": ["Birmingham", "Leeds"]},
            ("from", "modify"): {"Phone_No": ["+01 555-0101", "+44 7"]},
            ("to", "conflict"): {"address1_line1": ["NAV Street", "Sales Street"]},
        }
        assert customers.full("CUSTOMER").plan_sha256 == preview.plan_sha256

    def test_nothing_to_do_is_an_empty_plan(self, full: Connected) -> None:
        preview = full.full(preview=True)

        assert list(plan_lines(preview)) == []
        assert preview.status == "finished"
