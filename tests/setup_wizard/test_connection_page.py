"""The page *Dynamics 365 Connection Setup*: switching on and off, what Sales says, the defaults and the way back."""

import json
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from connector.models import Connection
from setup_wizard.models import SetupVersion
from setup_wizard.sales_facts import is_version_supported
from sync.models import AuditEvent, IntegrationTableMapping, JobQueueEntry, SynchRun
from tests import factories
from tests.setup_wizard.conftest import Bench


@pytest.fixture
def boss(db: None) -> Client:
    """A client that may do everything."""
    client = Client()
    client.force_login(factories.UserFactory(is_superuser=True))
    return client


@pytest.fixture
def set_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Both stand-ins, connected and enabled."""
    monkeypatch.setattr("sync.services.dispatch._send", lambda *_arguments, **_more: None)
    bench.set_up()
    return bench


def text_of(answer: Any) -> str:
    """Return what stands on a page."""
    assert answer.status_code == 200, answer.status_code
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


def states() -> set[str]:
    """Return the states of the connections."""
    return set(Connection.objects.values_list("state", flat=True))


class TestWithoutConnections:
    def test_leads_to_the_assisted_setup(self, boss: Client) -> None:
        page = boss.get("/setup/")

        assert "The systems are not connected yet" in text_of(page)
        assert b"/assisted-setup/" in page.content

    def test_says_what_is_missing_when_enabled_all_the_same(self, boss: Client) -> None:
        assert "There is no connection to NAV yet" in text_of(boss.post("/setup/enable/", follow=True))


class TestDisabling:
    def test_asks_first_and_says_what_stays(self, set_up: Bench, boss: Client) -> None:
        assert "Couplings, mappings, addresses and credentials stay" in text_of(boss.get("/setup/disable/"))
        assert states() == {"enabled"}

    def test_stops_what_runs_and_puts_the_jobs_on_hold(self, set_up: Bench, boss: Client) -> None:
        boss.post("/setup/synchronize-modified/")
        JobQueueEntry.objects.update(status="ready")

        page = text_of(boss.post("/setup/disable/", follow=True))

        assert "The connection is disabled" in page
        assert states() == {"disabled"}
        assert set(JobQueueEntry.objects.values_list("status", flat=True)) == {"on_hold"}
        assert SynchRun.objects.get().status == "cancelled"
        assert IntegrationTableMapping.objects.exists()
        assert AuditEvent.objects.filter(what="integration_disabled").exists()

    def test_forgets_what_only_mirrors_sales(self, set_up: Bench, boss: Client) -> None:
        boss.post("/setup/sales/")
        assert Connection.objects.get(side="crm").setting("sales_facts")["version"]

        boss.post("/setup/disable/")

        assert not Connection.objects.get(side="crm").setting("sales_facts", {})


class TestEnabling:
    @pytest.fixture(autouse=True)
    def _disabled(self, set_up: Bench, boss: Client) -> None:
        boss.post("/setup/disable/")
        set_up.stand_ins.reset()

    def test_tests_both_and_makes_the_jobs_ready(self, boss: Client) -> None:
        page = text_of(boss.post("/setup/enable/", follow=True))

        assert "The connection is enabled" in page
        assert states() == {"enabled"}
        assert set(JobQueueEntry.objects.values_list("status", flat=True)) == {"ready"}

    def test_enables_nothing_when_a_test_fails_and_keeps_the_settings(self, boss: Client) -> None:
        nav = Connection.objects.get(side="erp")
        nav.secret_set("wrong")
        nav.save()

        page = text_of(boss.post("/setup/enable/", follow=True))

        assert "Nothing was enabled. NAV refuses user and web service access key." in page
        assert states() == {"disabled"}
        assert Connection.objects.get(side="erp").address == nav.address

    def test_enables_nothing_when_the_currencies_differ(self, boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("connector.services._sales_currency", other_currency)

        page = text_of(boss.post("/setup/enable/", follow=True))

        assert "NAV's local currency is GBP, the base currency of Sales is SEK" in page
        assert states() == {"disabled"}

    def test_installs_the_default_mappings_where_there_are_none(self, boss: Client) -> None:
        IntegrationTableMapping.objects.all().delete()

        boss.post("/setup/enable/")

        assert IntegrationTableMapping.objects.count() == 12

    def test_keeps_mappings_that_are_there(self, boss: Client) -> None:
        IntegrationTableMapping.objects.filter(name="CUSTOMER").update(update_conflict="crm")

        boss.post("/setup/enable/")

        assert IntegrationTableMapping.objects.get(name="CUSTOMER").update_conflict == "crm"


def other_currency(connection: Connection, _client: Any) -> str:
    """Stand in for a check that finds crowns."""
    connection.settings = {**connection.settings, "base_currency_code": "SEK"}
    return "The base currency is SEK."


class TestWhatSalesSays:
    def test_is_asked_while_enabled_and_kept(self, set_up: Bench, boss: Client) -> None:
        page = text_of(boss.post("/setup/sales/"))

        assert "Version 9." in page
        assert "Dynamics NAV Integration Solution Imported" in page
        assert "Version 9." in text_of(boss.get("/setup/"))

    def test_is_a_fragment_for_htmx(self, set_up: Bench, boss: Client) -> None:
        assert b"<html" not in boss.post("/setup/sales/", headers={"HX-Request": "true"}).content

    def test_is_not_asked_while_disabled(self, set_up: Bench, boss: Client) -> None:
        boss.post("/setup/disable/")
        set_up.stand_ins.reset()

        boss.post("/setup/sales/")

        assert set_up.stand_ins.stats("crm")["requests"] == []

    def test_that_cannot_be_asked_says_so(self, set_up: Bench, boss: Client) -> None:
        set_up.stand_ins.faults("crm", {"id": "it", "path": "RetrieveVersion", "do": {"status": 403}})

        assert "Sales could not be asked" in text_of(boss.post("/setup/sales/"))

    @pytest.mark.parametrize(
        ("version", "supported"),
        [("9.2.24011.10001", True), ("7.0.1", True), ("7.1.3", False), ("6.1", False), ("", False)],
    )
    def test_knows_the_versions_that_work(self, version: str, *, supported: bool) -> None:
        assert is_version_supported(version) is supported


class TestAddresses:
    def test_are_refused_when_no_browser_opens_them(self, set_up: Bench, boss: Client) -> None:
        page = text_of(boss.post("/setup/addresses/", {"web_client_url": "javascript:alert(1)"}))

        assert "Write the whole address, beginning with https://." in page

    def test_of_item_availability_need_a_user(self, set_up: Bench, boss: Client) -> None:
        page = text_of(boss.post("/setup/addresses/", {"odata_url": "https://nav.example/OData/Items"}))

        assert "Item availability needs both the address and a user, or neither." in page

    def test_cannot_be_written_without_the_solution(self, set_up: Bench, boss: Client) -> None:
        page = text_of(boss.post("/setup/reset-web-client-url/", follow=True))

        assert "the solution is not imported" in page


class TestDefaults:
    def test_show_what_would_go_and_change_nothing(self, set_up: Bench, boss: Client) -> None:
        IntegrationTableMapping.objects.filter(name="CUSTOMER").update(update_conflict="crm")

        page = text_of(boss.get("/setup/defaults/"))

        assert "CUSTOMER" in page
        assert IntegrationTableMapping.objects.get(name="CUSTOMER").update_conflict == "crm"

    def test_are_used_and_can_be_taken_back(self, set_up: Bench, boss: Client) -> None:
        shipped = IntegrationTableMapping.objects.get(name="CUSTOMER").update_conflict
        IntegrationTableMapping.objects.filter(name="CUSTOMER").update(update_conflict="crm")

        boss.post("/setup/defaults/")
        assert IntegrationTableMapping.objects.get(name="CUSTOMER").update_conflict == shipped
        kept = SetupVersion.objects.get()
        assert "CUSTOMER" in text_of(boss.get(f"/setup/versions/{kept.pk}/"))
        boss.post(f"/setup/versions/{kept.pk}/")

        assert IntegrationTableMapping.objects.get(name="CUSTOMER").update_conflict == "crm"
        assert SetupVersion.objects.count() == 2

    def test_say_when_nothing_would_change(self, set_up: Bench, boss: Client) -> None:
        assert "Nothing would change" in text_of(boss.get("/setup/defaults/"))

    def test_no_earlier_setups_says_when_there_will_be(self, boss: Client) -> None:
        assert "There are no earlier set-ups" in text_of(boss.get("/setup/versions/"))


def test_export_holds_no_secret(set_up: Bench, boss: Client) -> None:
    answer = boss.get("/setup/export/")

    secrets = {connection.secret_text() for connection in Connection.objects.all()}
    assert json.loads(answer.content)["mappings"]
    assert not any(secret in answer.content.decode() for secret in secrets)
    assert "attachment" in answer.headers["Content-Disposition"]


def test_page_shows_no_secret(set_up: Bench, boss: Client) -> None:
    page = boss.get("/setup/").content.decode()

    assert not any(connection.secret_text() in page for connection in Connection.objects.all())


def test_modified_records_are_synchronized_in_the_background(set_up: Bench, boss: Client) -> None:
    assert "Every mapping runs once" in text_of(boss.get("/setup/synchronize-modified/"))

    answer = boss.post("/setup/synchronize-modified/")

    run = SynchRun.objects.get()
    assert run.kind == "scheduled"
    assert answer.headers["Location"] == f"/runs/{run.number}/"
