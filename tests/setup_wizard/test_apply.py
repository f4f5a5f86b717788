"""A set-up file applied: the difference first, then all of it or nothing, and a way back."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.errors import ConfigurationError, IntegrationError
from connector.models import Connection, ConnectionState
from setup_wizard.models import SetupVersion
from setup_wizard.setup_text.applying import (
    defaults_apply,
    defaults_preview,
    setup_apply,
    setup_preview,
    version_return,
)
from setup_wizard.setup_text.document import document_bytes, document_sha256, setup_document
from sync.models import AuditEvent, IntegrationFieldMapping, IntegrationTableMapping, OptionMapping
from sync.services.mapping_changes import mapping_set
from sync.services.runs import RunRefused
from tests.factories import CouplingFactory, LineFactory, MirrorTableFactory, RecordFactory, RunFactory
from tests.setup_wizard.conftest import Bench, Said

Mappings = dict[str, IntegrationTableMapping]
Text = dict[str, Any]


def part_of(document: Text, name: str) -> Text:
    """Return one mapping of a document, to be changed in place."""
    return next(text for text in document["mappings"] if text["name"] == name)


def row_of(document: Text, name: str, field: str) -> Text:
    """Return one field row of a document, to be changed in place."""
    return next(row for row in part_of(document, name)["fields"] if row["erp"] == field)


class TestTheSameFile:
    """What was exported is applied again."""

    def test_changes_nothing_and_writes_nothing(self, mappings: Mappings) -> None:
        document = json.loads(document_bytes(setup_document()))

        change = setup_apply(document, "anna")

        assert change.is_empty
        assert change.words == []
        assert not SetupVersion.objects.exists()
        assert not AuditEvent.objects.exists()


class TestADifference:
    """What the preview says, and what applying does."""

    def test_is_told_by_mapping_and_field_and_then_made(self, mappings: Mappings) -> None:
        document = setup_document()
        part_of(document, "CUSTOMER")["update_conflict"] = "erp"
        row_of(document, "CUSTOMER", "Name")["direction"] = "to"
        row_of(document, "CUSTOMER", "No").pop("enabled")
        part_of(document, "CUSTOMER")["schedule"]["status"] = "ready"

        preview = setup_preview(copy.deepcopy(document))

        assert {
            "mappings[CUSTOMER].update_conflict: ask becomes erp.",
            "mappings[CUSTOMER].fields[Name – name].direction: both becomes to.",
            "mappings[CUSTOMER].fields[No – accountnumber].enabled: off becomes on.",
            "mappings[CUSTOMER].schedule.status: on_hold becomes ready.",
        } <= set(preview.words)
        assert mappings["CUSTOMER"].fields.get(erp_field="Name").direction == "both"

        setup_apply(document, "anna")

        assert setup_preview(document).is_empty
        assert document_sha256(setup_document()) == document_sha256(document)
        assert AuditEvent.objects.get(what="setup_applied").who == "anna"

    def test_keeps_the_ids_of_rows_on_which_baselines_hang(self, mappings: Mappings) -> None:
        ids = dict(mappings["CUSTOMER"].fields.values_list("crm_field", "pk"))
        document = setup_document()
        part_of(document, "CUSTOMER")["fields"].reverse()
        row_of(document, "CUSTOMER", "Name")["not_null"] = True

        setup_apply(document, "anna")

        assert dict(IntegrationTableMapping.objects.get(name="CUSTOMER").fields.values_list("crm_field", "pk")) == ids
        assert setup_preview(document).is_empty

    def test_adds_and_removes_field_rows_criteria_and_mappings(self, mappings: Mappings) -> None:
        document = setup_document()
        customer = part_of(document, "CUSTOMER")
        customer["fields"] = [row for row in customer["fields"] if row["erp"] != "Home_Page"]
        customer["fields"].append({"erp": "Name_2", "crm": "description", "direction": "to"})
        customer["match"] = [{"erp": "E_Mail", "crm": "emailaddress1", "automatic": True}]
        document["mappings"] = [text for text in document["mappings"] if text["name"] != "SALESPRC-PRODPRICE"]

        words = setup_apply(document, "anna").words

        assert "mappings[CUSTOMER].fields[Home_Page – websiteurl] is removed." in words
        assert "mappings[CUSTOMER].fields[Name_2 – description] is added." in words
        assert "mappings[SALESPRC-PRODPRICE] is removed." in words
        assert not IntegrationFieldMapping.objects.filter(mapping__name="CUSTOMER", erp_field="Home_Page").exists()
        assert [row.erp_field for row in mappings["CUSTOMER"].criteria.all()] == ["E_Mail"]
        assert not IntegrationTableMapping.objects.filter(name="SALESPRC-PRODPRICE").exists()

    def test_leaves_alone_what_the_file_does_not_name(self, mappings: Mappings) -> None:
        document = setup_document()
        del document["connections"]
        text = part_of(document, "CUSTOMER")
        for key in ("templates", "match", "schedule", "update_conflict"):
            del text[key]

        assert setup_preview(document).is_empty

    def test_says_how_many_records_it_concerns(self, mappings: Mappings) -> None:
        mirror = MirrorTableFactory(
            connection=mappings["CUSTOMER"].erp, table="Customer", columns=["No", "Name", "City"]
        )
        for city in ("Delft", "Delft", "Gouda"):
            RecordFactory(mirror_table=mirror, values={"No": "1", "Name": "x", "City": city})
        CouplingFactory(mapping=mappings["CUSTOMER"])
        document = setup_document()
        part_of(document, "CUSTOMER")["erp_filter"] = [["City", "=", "Delft"]]
        row_of(document, "CUSTOMER", "Name")["direction"] = "to"

        [change] = setup_preview(document).mappings

        assert (change.records["enter"], change.records["leave"], change.records["compare"]) == (0, 1, 1)
        assert "CUSTOMER: 1 fall out of the filter" in change.words

    def test_says_so_where_the_number_is_not_known_yet(self, mappings: Mappings) -> None:
        document = setup_document()
        part_of(document, "CUSTOMER")["erp_filter"] = [["City", "=", "Delft"]]

        [change] = setup_preview(document).mappings

        assert change.records["leave"] is None
        assert "an unknown number fall out of the filter" in change.words


def _spoil(path: str, value: Any) -> Callable[[Text], None]:
    def spoil(document: Text) -> None:
        *way, last = path.split("/")
        part: Any = document
        for step in way:
            part = part_of(document, step) if step.isupper() else part[int(step) if step.isdigit() else step]
        part[last] = value

    return spoil


WRONG: dict[str, tuple[Callable[[Text], None], str]] = {
    "another schema": (_spoil("schema", 7), "In schema: it is 7"),
    "unknown part": (_spoil("colours", {}), "'colours' is not known"),
    "unknown setting": (_spoil("CUSTOMER/colour", "blue"), "In mappings[CUSTOMER]: 'colour' is not known"),
    "unknown direction": (
        _spoil("CUSTOMER/direction", "up"),
        "In mappings[CUSTOMER].direction: 'up' is not one of to, from, both",
    ),
    "no switch": (
        _spoil("CUSTOMER/only_coupled", "yes"),
        "In mappings[CUSTOMER].only_coupled: 'yes' is not true or false",
    ),
    "unreadable filter": (_spoil("CUSTOMER/erp_filter", [["City"]]), "In mappings[CUSTOMER].erp_filter[1]"),
    "unknown field setting": (
        _spoil("CUSTOMER/fields/1/size", 4),
        "In mappings[CUSTOMER].fields[Name – name]: 'size' is not known",
    ),
    "unknown kind": (_spoil("CUSTOMER/fields/1/kind", "poem"), "fields[Name – name].kind: 'poem' is not one of"),
    "unknown target": (
        _spoil("CUSTOMER/fields/1/target", "VENDOR"),
        "fields[Name – name].target: there is no mapping VENDOR",
    ),
    "unknown prerequisite": (
        _spoil("CUSTOMER/depends_on", ["VENDOR"]),
        "In mappings[CUSTOMER].depends_on: there is no mapping VENDOR",
    ),
    "circle": (_spoil("CURRENCY/depends_on", ["CUSTOMER"]), "in a circle"),
    "no interval": (
        _spoil("CUSTOMER/schedule/interval_minutes", 0),
        "In mappings[CUSTOMER].schedule.interval_minutes: it is at least 1",
    ),
    "a mass change of all": (_spoil("CUSTOMER/mass_change_limit", "all"), "neither a number nor a share"),
    "a table that cannot be named": (
        _spoil("CUSTOMER/crm_filter", [["ownerid", "=", {"table": "robot", "name": "R2"}]]),
        "a row of robot cannot be named",
    ),
    "unknown connection": (_spoil("connections/erp", {}), "'erp' is not known; known are nav, sales"),
    "address of an enabled connection": (
        _spoil("connections/nav/address", "https://other.example.com:7048/NAV/ODataV4"),
        "In connections.nav.address: the connection CRONUS NAV is enabled",
    ),
}


class TestAWrongFile:
    """One thing in the file is wrong."""

    @pytest.mark.parametrize("case", WRONG)
    def test_ends_in_a_sentence_naming_the_place_and_stores_nothing(self, mappings: Mappings, case: str) -> None:
        spoil, words = WRONG[case]
        before = document_sha256(setup_document())
        document = setup_document()
        part_of(document, "CONTACT")["update_conflict"] = "crm"
        spoil(document)

        with pytest.raises(IntegrationError) as refusal:
            setup_apply(document, "anna")

        assert words in str(refusal.value)
        assert str(refusal.value).endswith(".")
        assert document_sha256(setup_document()) == before
        assert not SetupVersion.objects.exists()

    def test_an_address_that_must_not_be_called_is_refused(self, mappings: Mappings) -> None:
        Connection.objects.update(state=ConnectionState.DISABLED)
        document = setup_document()
        document["connections"]["nav"]["address"] = "https://169.254.169.254/NAV/ODataV4"

        with pytest.raises(ConfigurationError, match="169.254.169.254:443 is refused"):
            setup_apply(document, "anna")

        assert "169.254" not in Connection.objects.get(side="erp").address

    def test_a_mapping_with_couplings_does_not_go_by_being_left_out(self, mappings: Mappings) -> None:
        CouplingFactory(mapping=mappings["CUSTOMER"])
        document = setup_document()
        document["mappings"] = [text for text in document["mappings"] if text["name"] not in ("CUSTOMER", "CONTACT")]

        with pytest.raises(ConfigurationError, match=r"mappings\[CUSTOMER\], which has 1 couplings"):
            setup_apply(document, "anna")

        assert IntegrationTableMapping.objects.filter(name="CUSTOMER").exists()

    def test_a_file_without_secrets_makes_no_connection(self, mappings: Mappings) -> None:
        document = setup_document()
        IntegrationTableMapping.objects.all().delete()
        Connection.objects.all().delete()

        with pytest.raises(ConfigurationError, match="Run setup_connection first"):
            setup_apply(document, "anna")

    def test_a_mapping_that_a_run_holds_leaves_everything_as_it_was(self, mappings: Mappings) -> None:
        run = RunFactory(erp=mappings["CUSTOMER"].erp, crm=mappings["CUSTOMER"].crm, status="running", finished_at=None)
        LineFactory(run=run, mapping=mappings["CUSTOMER"])
        document = setup_document()
        part_of(document, "CUSTOMER")["update_conflict"] = "erp"
        part_of(document, "CONTACT")["update_conflict"] = "erp"

        with pytest.raises(RunRefused):
            setup_apply(document, "anna")

        assert IntegrationTableMapping.objects.get(name="CONTACT").update_conflict == "ask"
        assert not SetupVersion.objects.exists()


class TestAnotherEnvironment:
    """Names stand for ids, and options for their values."""

    def test_a_name_becomes_the_id_that_it_has_here(self, bench: Bench) -> None:
        bench.set_up()
        sales = Connection.objects.get(side="crm")
        document = setup_document()
        name = {"table": "transactioncurrency", "name": "GBP"}
        part_of(document, "CUSTOMER")["crm_filter"] = [["transactioncurrencyid", "=", name]]

        setup_apply(document, "anna")

        [[_column, _sign, value]] = IntegrationTableMapping.objects.get(name="CUSTOMER").crm_filter
        assert value == sales.setting("base_currency_id")
        assert setup_preview(document).is_empty

    def test_a_name_that_is_not_here_is_told_with_its_place(self, bench: Bench) -> None:
        bench.set_up()
        document = setup_document()
        name = {"table": "pricelevel", "name": "Nobody's prices"}
        part_of(document, "CUSTOMER")["crm_filter"] = [["defaultpricelevelid", "=", name]]

        with pytest.raises(
            ConfigurationError, match=r"mappings\[CUSTOMER\]: pricelevel has no row called Nobody's prices"
        ):
            setup_apply(document, "anna")

    def test_an_option_is_tied_by_its_label(self, bench: Bench) -> None:
        bench.set_up()
        mapping = IntegrationTableMapping.objects.get(name="PAYMENT TERMS")
        document = setup_document()
        labels = bench_options(bench)
        value, label = next(iter(labels.items()))
        part_of(document, "PAYMENT TERMS")["options"] = [
            {"erp": "HERE", "label": label},
            {"erp": "GONE", "label": "No such terms"},
        ]

        change = setup_apply(document, "anna")

        assert OptionMapping.objects.get(mapping=mapping).value == value
        assert any("GONE has no option in Sales yet" in note for note in change.notes)

    def test_the_default_price_list_is_found_by_its_name(self, bench: Bench) -> None:
        bench.set_up()
        document = setup_document()
        document["options"]["default_price_list"] = "Nobody's prices"

        with pytest.raises(ConfigurationError, match="pricelevel has no row called Nobody's prices"):
            setup_apply(document, "anna")


def bench_options(bench: Bench) -> dict[int, str]:
    """Return the payment terms that Sales knows."""
    from sync.adapters import crm_client

    with crm_client(bench.sales()) as client:
        return client.options("account", "paymenttermscode")


class TestTheDefaults:
    """*Use Default Synchronization Setup*."""

    def test_the_preview_tells_exactly_what_people_changed(self, mappings: Mappings) -> None:
        assert defaults_preview().is_empty
        mapping_set("CUSTOMER", {"direction": "to"}, "anna")
        mappings["CONTACT"].fields.filter(erp_field="Pager").update(status="disabled")

        words = defaults_preview().words

        assert [line for line in words if line.startswith("mappings[")] == [
            "mappings[CONTACT].fields[Pager – pager].enabled: off becomes on.",
            "mappings[CUSTOMER].direction: to becomes both.",
        ]

    def test_it_keeps_a_version_that_leads_back_to_the_same_bytes(self, mappings: Mappings) -> None:
        mapping_set("CUSTOMER", {"direction": "to", "match": "E_Mail", "schedule": "ready"}, "anna")
        IntegrationTableMapping.objects.filter(name="SALESPRC-PRODPRICE").delete()
        before = document_bytes(setup_document())

        defaults_apply("anna")

        assert IntegrationTableMapping.objects.filter(name="SALESPRC-PRODPRICE").exists()
        assert defaults_preview().is_empty
        version = SetupVersion.objects.get()
        assert (version.who, version.reason) == ("anna", "Use Default Synchronization Setup")
        version_return(version, "anna")
        assert document_bytes(setup_document()) == before
        assert SetupVersion.objects.count() == 2


class TestTheCommands:
    """`manage.py export_setup` and `apply_setup`."""

    def test_what_one_writes_the_other_reads(
        self, mappings: Mappings, command: Callable[..., Said], tmp_path: Path
    ) -> None:
        file = tmp_path / "setup.json"
        assert command("export_setup", str(file)).status == 0
        file.write_text(file.read_text().replace('"update_conflict": "ask"', '"update_conflict": "erp"', 1))

        preview = command("apply_setup", str(file), "--preview", "--json")
        assert (preview.status, preview.json["status"], preview.json["applied"]) == (0, "previewed", False)
        [mapping] = preview.json["change"]["mappings"]
        assert mapping["differences"][0]["after"] == "erp"
        assert not IntegrationTableMapping.objects.filter(update_conflict="erp").exists()

        applied = command("apply_setup", str(file))
        assert "update_conflict: ask becomes erp." in applied.out
        assert IntegrationTableMapping.objects.filter(update_conflict="erp").count() == 1
        assert command("export_setup").out.encode() == file.read_bytes()

    def test_a_wrong_file_ends_with_status_2(
        self, mappings: Mappings, command: Callable[..., Said], tmp_path: Path
    ) -> None:
        file = tmp_path / "setup.json"
        file.write_text('{"schema": 1, "mapping": []}')

        answer = command("apply_setup", str(file), "--json")

        assert answer.status == 2
        assert "'mapping' is not known" in answer.json["errors"][0]["message"]

    def test_only_some_parts_are_applied_where_asked(
        self, mappings: Mappings, command: Callable[..., Said], tmp_path: Path
    ) -> None:
        document = setup_document()
        document["connections"]["nav"]["address"] = "https://other.example.com:7048/NAV/ODataV4"
        file = tmp_path / "setup.json"
        file.write_bytes(document_bytes(document))

        assert command("apply_setup", str(file)).status == 2
        assert command("apply_setup", str(file), "--parts", "mappings,options").status == 0
        assert "no part 'map'" in command("apply_setup", str(file), "--parts", "map").err
