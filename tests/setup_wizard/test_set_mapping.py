"""`set_mapping NAME key=value…`: everything that design 9 names, all or nothing, and written down."""

from collections.abc import Callable

import pytest

from connector.errors import ConfigurationError, IntegrationError
from sync.models import AuditEvent, IntegrationTableMapping, JobQueueEntry, MirrorTable
from sync.services.mapping_changes import mapping_set, settings_of
from sync.services.runs import RunRefused
from tests.factories import LineFactory, MirrorTableFactory, RunFactory
from tests.setup_wizard.conftest import Said

Mappings = dict[str, IntegrationTableMapping]

GOOD = {
    "direction=to": "to",
    "direction=from": "from",
    "only_coupled=false": False,
    "update_conflict=newest": "newest",
    "conflict_scope=record": "record",
    "deletion_conflict=delete": "delete",
    "create_new=false": False,
    "match=E_Mail,No": "E_Mail,No",
    "erp_filter=Blocked=;Country_Region_Code=NL": "Blocked=;Country_Region_Code=NL",
    "crm_filter=statecode=0": "statecode=0",
    "schedule=ready": "ready",
    "interval_minutes=5": 5,
    "mass_change_limit=7.5%": "7.5%",
    "mass_change_limit=40": "40",
}

BAD = {
    "direction=sideways": "to, from, both",
    "only_coupled=yes": "true or false",
    "update_conflict=nav": "ask, erp, crm, newest",
    "conflict_scope=table": "field, record",
    "deletion_conflict=forget": "ask, restore, uncouple, delete",
    "create_new=1": "true or false",
    "match=Shoe_Size": "no field row for Shoe_Size",
    "erp_filter=Blocked": "no comparison",
    "erp_filter=Shoe_Size=44": "no column Shoe_Size",
    "schedule=often": "ready or on_hold",
    "interval_minutes=0": "number of minutes",
    "interval_minutes=soon": "number of minutes",
    "mass_change_limit=all": "a number, a share",
    "mass_change_limit=120%": "a number, a share",
    "colour=blue": "no setting 'colour'",
}


class TestASetting:
    """One setting of CUSTOMER."""

    @pytest.mark.parametrize("text", GOOD)
    def test_is_stored_and_written_down(self, mappings: Mappings, text: str) -> None:
        key, _sign, value = text.partition("=")

        [(changed, _before, after)] = mapping_set("CUSTOMER", {key: value}, "anna")

        assert changed == key
        assert after == GOOD[text]
        assert settings_of(IntegrationTableMapping.objects.get(name="CUSTOMER"))[key] == GOOD[text]
        event = AuditEvent.objects.get(what="mapping_changed")
        assert (event.who, event.on_what) == ("anna", "CUSTOMER")
        assert list(event.details) == [key]

    @pytest.mark.parametrize("text", BAD)
    def test_that_is_wrong_is_named_and_nothing_is_stored(self, mappings: Mappings, text: str) -> None:
        MirrorTableFactory(connection=mappings["CUSTOMER"].erp, table="Customer", metadata={"columns": {"Blocked": {}}})
        before = settings_of(mappings["CUSTOMER"])
        key, _sign, value = text.partition("=")

        with pytest.raises(IntegrationError) as refusal:
            mapping_set("CUSTOMER", {"update_conflict": "erp", key: value} | {key: value}, "anna")

        assert BAD[text] in str(refusal.value)
        assert str(refusal.value).endswith(".")
        assert settings_of(IntegrationTableMapping.objects.get(name="CUSTOMER")) == before
        assert not AuditEvent.objects.exists()


class TestTheWhole:
    """What holds for any setting."""

    def test_the_same_value_again_changes_nothing_and_writes_nothing_down(self, mappings: Mappings) -> None:
        assert mapping_set("CUSTOMER", {"direction": "both", "update_conflict": "ask"}, "anna") == []
        assert not AuditEvent.objects.exists()

    def test_an_unknown_mapping_names_those_that_there_are(self, mappings: Mappings) -> None:
        with pytest.raises(ConfigurationError, match="no mapping called CUSTOMERS.*CUSTOMER, CONTACT"):
            mapping_set("CUSTOMERS", {"direction": "to"}, "anna")

    def test_a_mapping_that_a_run_holds_is_refused(self, mappings: Mappings) -> None:
        run = RunFactory(erp=mappings["CUSTOMER"].erp, crm=mappings["CUSTOMER"].crm, status="running", finished_at=None)
        LineFactory(run=run, mapping=mappings["CUSTOMER"])

        with pytest.raises(RunRefused, match="still at work on CUSTOMER"):
            mapping_set("CUSTOMER", {"direction": "to"}, "anna")

        assert mapping_set("CURRENCY", {"interval_minutes": "5"}, "anna")

    def test_a_direction_that_no_field_row_goes_is_refused(self, mappings: Mappings) -> None:
        with pytest.raises(ConfigurationError, match="No field row of it goes to NAV"):
            mapping_set("CURRENCY", {"direction": "both"}, "anna")
        with pytest.raises(ConfigurationError, match="choice column go to Sales only"):
            mapping_set("PAYMENT TERMS", {"direction": "from"}, "anna")

    def test_matching_by_other_fields_has_them_read(self, mappings: Mappings) -> None:
        columns = {name: {} for name in ("No", "Name", "E_Mail")}
        mirror = MirrorTableFactory(
            connection=mappings["CUSTOMER"].erp, table="Customer", metadata={"columns": columns}
        )

        mapping_set("CUSTOMER", {"match": "E_Mail"}, "anna")

        assert ["E_Mail"] in MirrorTable.objects.get(pk=mirror.pk).match_columns

    def test_a_job_at_work_is_put_on_hold_and_made_ready_again(self, mappings: Mappings) -> None:
        entries = JobQueueEntry.objects.filter(mapping=mappings["CUSTOMER"])
        entries.update(status="waiting")

        assert mapping_set("CUSTOMER", {"schedule": "ready"}, "anna") == []
        assert entries.get().status == "waiting"
        mapping_set("CUSTOMER", {"schedule": "on_hold"}, "anna")
        assert entries.get().status == "on_hold"


class TestTheCommand:
    """`manage.py set_mapping`."""

    def test_changes_and_prints_one_object(self, mappings: Mappings, command: Callable[..., Said]) -> None:
        answer = command("set_mapping", "CUSTOMER", "direction=to", "schedule=ready", "--json")

        assert answer.status == 0
        assert (answer.json["command"], answer.json["status"], answer.json["errors"]) == ("set_mapping", "finished", [])
        assert answer.json["changes"][0] == {"key": "direction", "before": "both", "after": "to"}

    def test_refuses_with_status_2_and_the_object(self, mappings: Mappings, command: Callable[..., Said]) -> None:
        answer = command("set_mapping", "CUSTOMERS", "direction=to", "--json")

        assert answer.status == 2
        assert answer.json["status"] == "refused"
        assert answer.json["errors"][0]["code"] == "unknown_mapping"

    def test_a_held_mapping_ends_with_status_4_and_the_run(
        self, mappings: Mappings, command: Callable[..., Said]
    ) -> None:
        run = RunFactory(erp=mappings["CUSTOMER"].erp, crm=mappings["CUSTOMER"].crm, status="running", finished_at=None)
        LineFactory(run=run, mapping=mappings["CUSTOMER"])

        answer = command("set_mapping", "CUSTOMER", "direction=to", "--json")

        assert (answer.status, answer.json["run"]) == (4, str(run.pk))

    def test_refuses_a_setting_without_value_or_twice(self, mappings: Mappings, command: Callable[..., Said]) -> None:
        assert "direction has no value" in command("set_mapping", "CUSTOMER", "direction").err
        assert "direction comes twice" in command("set_mapping", "CUSTOMER", "direction=to", "direction=from").err
