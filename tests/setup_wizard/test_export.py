"""The set-up as a file: whole, readable, the same every time, and without secrets or ids of this environment."""

import json
from typing import Any

import pytest

from connector.errors import ConfigurationError
from connector.models import Connection
from setup_wizard.setup_text.document import checked, document_bytes, document_sha256, setup_document
from sync.models import ConfigTemplate, IntegrationFieldMapping, IntegrationTableMapping, JobQueueEntry, OptionMapping
from tests.factories import MirrorTableFactory, RecordFactory
from tests.setup_wizard.conftest import Bench

Mappings = dict[str, IntegrationTableMapping]
PRICE_LIST = "6f1c2a52-6f0b-4a5b-9d0e-5a4f0e6d9c11"


def mapping_in(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return one mapping of a document."""
    return next(text for text in document["mappings"] if text["name"] == name)


class TestTheFile:
    """What `export_setup` writes."""

    def test_the_same_set_up_gives_the_same_bytes(self, mappings: Mappings) -> None:
        first = document_bytes(setup_document())

        for row in IntegrationFieldMapping.objects.order_by("-pk"):
            row.save()

        assert document_bytes(setup_document()) == first
        assert first.endswith(b"}\n")

    def test_it_is_json_that_the_reader_takes(self, mappings: Mappings) -> None:
        document = setup_document()

        assert checked(json.loads(document_bytes(document))) == document
        assert [text["name"] for text in document["mappings"]] == list(mappings)

    def test_it_holds_every_setting_of_a_mapping(self, mappings: Mappings) -> None:
        customer = mappings["CUSTOMER"]
        customer.update_conflict, customer.deletion_conflict, customer.mass_change_limit = "erp", "uncouple", "5%"
        customer.save()
        JobQueueEntry.objects.filter(mapping=customer).update(status="ready", minutes_between_runs=7)
        OptionMapping.objects.create(
            mapping=mappings["PAYMENT TERMS"], erp_key="14 DAYS", value=100000003, label="14 DAYS"
        )

        document = setup_document()

        text = mapping_in(document, "CUSTOMER")
        assert (text["update_conflict"], text["deletion_conflict"], text["mass_change_limit"]) == (
            "erp",
            "uncouple",
            "5%",
        )
        assert text["schedule"] == {"status": "ready", "interval_minutes": 7, "inactivity_minutes": 720}
        assert text["match"][0] == {"erp": "No", "crm": "accountnumber", "automatic": True, "case_sensitive": False}
        assert text["templates"] == [{"direction": "to", "code": "NSCCRM", "values": {"customertypecode": 3}}]
        assert len(text["fields"]) == customer.fields.count()
        assert mapping_in(document, "PAYMENT TERMS")["options"] == [{"erp": "14 DAYS", "label": "14 DAYS"}]

    def test_it_holds_no_secret_and_no_state(self, mappings: Mappings) -> None:
        for connection in Connection.objects.all():
            connection.secret_set("bm90IHRvIGJlIHNlZW4=")
            connection.settings = {"integration_user_id": PRICE_LIST, "organization_id": PRICE_LIST}
            connection.save()

        written = document_bytes(setup_document()).decode()

        assert "bm90IHRvIGJlIHNlZW4=" not in written
        assert Connection.objects.first().secret not in written
        assert PRICE_LIST not in written
        assert "100000003" not in written

    def test_a_field_that_this_server_lacks_is_wanted_all_the_same(self, mappings: Mappings) -> None:
        before = document_sha256(setup_document())

        mappings["CUSTOMER"].fields.filter(erp_field="County").update(status="unavailable", reason="not served")

        assert document_sha256(setup_document()) == before


class TestIdsOfThisEnvironment:
    """They are written by name."""

    def test_an_id_that_the_mirror_knows_is_written_by_its_name(self, mappings: Mappings) -> None:
        mirror = MirrorTableFactory(
            connection=mappings["CUSTOMER"].crm, table="pricelevel", name_column="name", number_column=""
        )
        RecordFactory(mirror_table=mirror, key=PRICE_LIST, number="", name="Retail", values={"name": "Retail"})
        ConfigTemplate.objects.filter(mapping=mappings["CUSTOMER"]).update(values={"defaultpricelevelid": PRICE_LIST})

        text = mapping_in(setup_document(), "CUSTOMER")

        assert text["templates"][0]["values"] == {"defaultpricelevelid": {"table": "pricelevel", "name": "Retail"}}

    def test_an_id_that_it_does_not_know_is_asked_for_in_sales(self, bench: Bench) -> None:
        bench.set_up()
        customer = IntegrationTableMapping.objects.get(name="CUSTOMER")
        currency = str(customer.crm.setting("base_currency_id"))
        customer.crm_filter = [["transactioncurrencyid", "=", currency]]
        customer.save()

        text = mapping_in(setup_document(), "CUSTOMER")

        assert text["crm_filter"] == [["transactioncurrencyid", "=", {"table": "transactioncurrency", "name": "GBP"}]]

    def test_an_id_that_nobody_knows_is_named(self, bench: Bench) -> None:
        bench.set_up()
        customer = IntegrationTableMapping.objects.get(name="CUSTOMER")
        customer.crm_filter = [["transactioncurrencyid", "=", PRICE_LIST]]
        customer.save()

        with pytest.raises(ConfigurationError, match=PRICE_LIST):
            setup_document()
