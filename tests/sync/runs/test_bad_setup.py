"""A set-up that cannot work is told so in a sentence, and nothing is half-configured."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connector.errors import ConfigurationError
from connector.models import Connection
from connector.services import connection_enable
from scripts.stand_ins import StandIns
from setup_wizard.answers import SetupAnswers, answers_from_stand_ins
from setup_wizard.services import setup_run
from sync.models import AuditEvent, IntegrationFieldMapping, IntegrationTableMapping, SynchRun, SynchRunLine
from sync.services.catalog import catalog_refresh
from sync.services.runs import RunRefused, full_synch_start
from tests.driver import work_off
from tests.sync.oracle.people import free_port_address
from tests.sync.runs.conftest import Connected


def of_nav(**values: Any) -> Callable[[SetupAnswers], SetupAnswers]:
    """Return what changes the answers about NAV."""
    return lambda answers: replace(answers, nav=replace(answers.nav, **values))


def of_sales(**values: Any) -> Callable[[SetupAnswers], SetupAnswers]:
    """Return what changes the answers about Sales."""
    return lambda answers: replace(answers, sales=replace(answers.sales, **values))


def nobody_in_nav(answers: SetupAnswers) -> SetupAnswers:
    """Return answers whose NAV does not listen."""
    return of_nav(address=free_port_address(answers.nav.address))(answers)


def nobody_in_sales(answers: SetupAnswers) -> SetupAnswers:
    """Return answers whose Sales does not listen."""
    return of_sales(address=free_port_address(answers.sales.address))(answers)


def other_tenant(answers: SetupAnswers) -> SetupAnswers:
    """Return answers with a tenant that the authority does not know."""
    base = answers.sales.authority.rpartition("/")[0]
    return of_sales(authority=f"{base}/{uuid.UUID(int=7)}")(answers)


WRONG = {
    "nav does not listen": (nobody_in_nav, "nav", "reached"),
    "sales does not listen": (nobody_in_sales, "sales", "address"),
    "wrong key": (of_nav(secret="bm90IHRoZSBrZXk="), "nav", "web service access key"),
    "wrong secret": (of_sales(secret="not the secret"), "sales", "secret"),
    "unknown company": (of_nav(company="Nowhere Ltd."), "nav", "Nowhere Ltd."),
    "unknown tenant": (other_tenant, "sales", "tenant"),
    "unknown application": (of_sales(client_id=str(uuid.UUID(int=9))), "sales", "application"),
}


@pytest.mark.django_db
class TestWrongAnswers:
    """One answer of the set-up is wrong."""

    @pytest.mark.parametrize("case", WRONG)
    def test_a_sentence_says_what_and_nothing_is_enabled(self, sandbox: StandIns, case: str) -> None:
        spoil, side, word = WRONG[case]

        result = setup_run(spoil(answers_from_stand_ins(sandbox.ready_file)), "test")

        failed = [check for check in getattr(result, side) if not check.ok]
        assert len(failed) == 1
        assert word.casefold() in failed[0].text.casefold(), failed[0].text
        assert failed[0].text.endswith(".")
        assert not result.ok
        assert not result.enabled
        assert not Connection.objects.filter(state="enabled").exists()
        assert not IntegrationTableMapping.objects.exists()
        assert sandbox.written("crm") == 0
        assert not AuditEvent.objects.filter(what="setup").exists()

    def test_a_run_says_which_connection_is_missing(self, sandbox: StandIns) -> None:
        setup_run(WRONG["wrong key"][0](answers_from_stand_ins(sandbox.ready_file)), "test")

        with pytest.raises(Exception, match="connection to NAV is disabled") as refusal:
            full_synch_start(user="test")

        assert type(refusal.value).__name__ == "ConfigurationError"
        assert not SynchRun.objects.exists()


def line_of(run: SynchRun, name: str) -> SynchRunLine:
    """Return the line of a mapping."""
    return run.lines.get(name=name, pass_number=1)


def states(run: SynchRun) -> dict[str, str]:
    """Return how each line ended."""
    return dict(run.lines.filter(pass_number=1).values_list("name", "job_queue_entry_status"))


class TestAMappingThatCannotRun:
    """The others do."""

    def test_a_service_that_nav_does_not_publish_is_an_issue_of_its_mapping(self, connected: Connected) -> None:
        nav = Connection.objects.get(side="erp")
        nav.settings["services"].pop("Resource")
        nav.save()

        [issue] = catalog_refresh(list(IntegrationTableMapping.objects.all()))
        run = connected.full()

        assert "Resource" in issue
        assert IntegrationTableMapping.objects.get(name="RESOURCE-PRODUCT").issue == issue
        assert line_of(run, "RESOURCE-PRODUCT").message == issue
        ended = states(run)
        assert ended.pop("RESOURCE-PRODUCT") == "error"
        assert set(ended.values()) == {"finished"}
        assert run.status == "failed"
        resources = [("Resource", (row["No"],)) for row in connected.servers.nav("Resource")]
        assert connected.differences(resources) == []

    def test_a_mapping_without_field_rows_ends_in_error_and_holds_its_dependants(self, connected: Connected) -> None:
        IntegrationFieldMapping.objects.filter(mapping__name="CUSTPRCGRP-PRICE").delete()

        run = connected.full("CUSTPRCGRP-PRICE", "SALESPRC-PRODPRICE", "UNIT OF MEASURE")

        assert run.status == "failed"
        assert "CUSTPRCGRP-PRICE" in line_of(run, "CUSTPRCGRP-PRICE").message
        assert states(run)["CUSTPRCGRP-PRICE"] == "error"
        dependant = line_of(run, "SALESPRC-PRODPRICE")
        assert dependant.job_queue_entry_status == ""
        assert "CUSTPRCGRP-PRICE, which ended in an error" in dependant.message
        assert states(run)["UNIT OF MEASURE"] == "finished"

    def test_a_circle_of_dependencies_is_named_and_the_rest_runs(self, connected: Connected) -> None:
        IntegrationTableMapping.objects.filter(name="CURRENCY").update(depends_on=["CUSTOMER"])

        run = connected.full("CURRENCY", "CUSTOMER", "UNIT OF MEASURE")

        assert run.status == "failed"
        for name in ("CURRENCY", "CUSTOMER"):
            assert "in a circle" in line_of(run, name).message
        assert states(run)["UNIT OF MEASURE"] == "finished"
        assert connected.servers.sales("account") == []

    def test_an_unknown_prerequisite_is_named(self, connected: Connected) -> None:
        IntegrationTableMapping.objects.filter(name="CURRENCY").update(depends_on=["VENDOR"])

        run = connected.full("CURRENCY", "UNIT OF MEASURE")

        assert "VENDOR" in line_of(run, "CURRENCY").message
        assert states(run) == {"CURRENCY": "error", "UNIT OF MEASURE": "finished"}

    def test_a_mapping_is_held_by_one_run_at_a_time(self, connected: Connected) -> None:
        first = full_synch_start(user="anna", mappings=["CURRENCY"])

        with pytest.raises(RunRefused, match="anna") as refusal:
            full_synch_start(user="bert")

        assert refusal.value.run == first
        assert SynchRun.objects.count() == 1
        other = full_synch_start(user="bert", mappings=["UNIT OF MEASURE"])
        assert work_off(first).status == work_off(other).status == "finished"
        assert full_synch_start(user="bert").number == 3


class TestASignInThatIsRefusedInMidRun:
    """Going on would lock the account; nothing of the set-up is lost."""

    @pytest.fixture
    def refused(self, connected: Connected) -> Connected:
        """NAV's key was changed by somebody after the set-up."""
        nav = Connection.objects.get(side="erp")
        nav.secret_set("bm90IHRoZSBrZXk=")
        nav.save()
        return connected

    def test_switches_the_connection_off_and_says_why(self, refused: Connected) -> None:
        run = refused.full("CURRENCY")

        nav = Connection.objects.get(side="erp")
        assert run.status == "failed"
        assert not nav.is_enabled and Connection.objects.get(side="crm").is_enabled
        assert "disabled by itself" in nav.state_reason and "web service access key" in nav.state_reason
        assert AuditEvent.objects.filter(what="connection_disabled").count() == 1

    def test_the_next_start_is_refused_with_the_reason(self, refused: Connected) -> None:
        refused.full("CURRENCY")

        with pytest.raises(ConfigurationError, match="disabled by itself"):
            refused.full("CURRENCY")

    def test_goes_on_once_the_key_is_right_and_it_is_enabled(self, refused: Connected) -> None:
        refused.full("CURRENCY")
        nav = Connection.objects.get(side="erp")
        nav.secret_set(refused.stand_ins.ready["nav"]["key"])
        nav.save()
        connection_enable(nav)

        assert refused.full("CURRENCY").status == "finished"
