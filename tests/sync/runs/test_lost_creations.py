"""A creation in NAV whose answer never came: it is looked for, and sent again only when NAV cannot be at it any more."""

from datetime import timedelta
from typing import Any

import pytest

from sync.models import Coupling, PendingRecord, WriteIntent
from tests.sync.runs.conftest import CUSTOMERS, Connected

NAMES = ("Fresh Water", "Fresh Bread")


@pytest.fixture
def asked(connected: Connected) -> Connected:
    """Two accounts that NAV does not have yet; NAV gives up on the first creation with its answer outstanding."""
    connected.full(*CUSTOMERS)
    for name in NAMES:
        connected.sales.create("accounts", name=name, customertypecode=3)
    connected.stand_ins.reset()
    connected.stand_ins.faults("nav", creations({"status": 504}, times=1))
    return connected


def creations(do: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a fault rule about customers being created in NAV."""
    return {"id": "it", "verb": "POST", "path": "ConnectorCustomer", "do": do, **more}


def customers(connected: Connected) -> list[str]:
    """Return which of the two NAV has, each as often as it is there."""
    return sorted(row["Name"] for row in connected.servers.nav("Customer") if row["Name"] in NAMES)


def posted(connected: Connected) -> int:
    """Return how often a creation was asked for."""
    rows = connected.stand_ins.stats("nav")["requests"]
    return sum(row["count"] for row in rows if row["verb"] == "POST" and "ConnectorCustomer" in row["path"])


def time_goes_by(seconds: int) -> None:
    """Let the creations that were sent lie so much further back."""
    for intent in WriteIntent.objects.filter(sent_at__isnull=False):
        WriteIntent.objects.filter(pk=intent.pk).update(sent_at=intent.sent_at - timedelta(seconds=seconds))


def unanswered() -> PendingRecord:
    """Return the record that waits for NAV."""
    return PendingRecord.objects.get(code="answer_lost")


def test_it_waits_while_nav_may_be_at_it_and_the_others_go_on(asked: Connected) -> None:
    run = asked.full("CUSTOMER")

    assert len(customers(asked)) == 1
    assert posted(asked) == 2
    assert asked.counted(run)["CUSTOMER from"]["waiting"] == 1
    assert unanswered().retry_at == WriteIntent.objects.get(state="open").sent_at + timedelta(seconds=480)
    assert run.status == "finished_with_errors"


def test_the_next_run_does_not_repeat_it_too_early(asked: Connected) -> None:
    asked.full("CUSTOMER")
    time_goes_by(470)

    asked.full("CUSTOMER")

    assert posted(asked) == 2
    assert unanswered().attempts == 2


def test_it_is_repeated_once_nav_cannot_be_at_it_any_more(asked: Connected) -> None:
    asked.full("CUSTOMER")
    time_goes_by(480)

    run = asked.full("CUSTOMER")

    assert run.status == "finished", asked.errors(run)
    assert customers(asked) == sorted(NAMES)
    assert not PendingRecord.objects.exists()


def test_it_is_taken_when_nav_has_finished_it_after_all(asked: Connected) -> None:
    asked.full("CUSTOMER")
    missing = next(name for name in NAMES if name not in customers(asked))
    asked.nav.create("ConnectorCustomer", Name=missing, Salesperson_Code="JO")

    run = asked.full("CUSTOMER")

    assert run.status == "finished", asked.errors(run)
    assert customers(asked) == sorted(NAMES)
    identity = asked.row("account", name=missing)["accountid"]
    assert Coupling.objects.filter(mapping__name="CUSTOMER", crm_id=identity).exists()


@pytest.mark.conformance
def test_a_creation_that_nav_surely_did_not_take_is_repeated_at_once(asked: Connected) -> None:
    asked.stand_ins.faults("nav", creations({"status": 429, "headers": {"Retry-After": "0"}}, times=8))

    run = asked.full("CUSTOMER")

    assert run.status == "finished", asked.errors(run)
    assert customers(asked) == sorted(NAMES)


def test_two_equal_creations_without_answer_take_a_record_each(connected: Connected) -> None:
    connected.full(*CUSTOMERS)
    connected.stand_ins.reset()
    ids = {connected.sales.create("accounts", name=name, customertypecode=3) for name in ("Twin Ltd.", "TWIN LTD.")}
    connected.stand_ins.faults("nav", creations({"done_then_cut": True}, times=2))

    run = connected.full("CUSTOMER")

    twins = [row["No"] for row in connected.servers.nav("Customer") if row["Name"].casefold() == "twin ltd."]
    pairs = Coupling.objects.filter(mapping__name="CUSTOMER", crm_id__in=ids)
    assert len(twins) == 2, connected.errors(run)
    assert sorted(pairs.values_list("erp_key", flat=True)) == sorted(twins)


def test_an_equal_creation_is_not_sent_while_one_is_open(connected: Connected) -> None:
    connected.full(*CUSTOMERS)
    for name in ("Fresh Water", "FRESH WATER"):
        connected.sales.create("accounts", name=name, customertypecode=3)
    connected.stand_ins.reset()
    connected.stand_ins.faults("nav", creations({"status": 504}, times=1))

    connected.full("CUSTOMER")

    assert posted(connected) == 1
    assert set(PendingRecord.objects.values_list("code", flat=True)) == {"answer_lost", "equal_one_open"}
    time_goes_by(480)
    run = connected.full("CUSTOMER")
    assert run.status == "finished", connected.errors(run)
    assert [row["Name"].casefold() for row in connected.servers.nav("Customer")].count("fresh water") == 2
