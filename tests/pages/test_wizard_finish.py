"""Proof and Finish of the assisted set-up: live, repeatable, in order, and nothing half-configured becomes active."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from connector.errors import AuthenticationError, ServerUnavailable
from connector.models import Connection, ConnectionState, Side
from connector.services import Check
from setup_wizard import finish
from setup_wizard.models import CheckState, PartState, SetupDraft, SetupPart
from setup_wizard.services import SetupResult
from setup_wizard.views import finishing
from sync.choices import JobQueueStatus
from sync.models import AuditEvent, IntegrationTableMapping, JobQueueEntry
from tests import factories
from tests.pages.test_wizard_steps import draft
from tests.pages.wizard import CLIENT_SECRET, NAV_KEY, PASSWORD, TOKEN, Walker, World, parts_of, walker, world

__all__ = ["walker", "world"]
OWN = ["connections", "mappings", "price_list", "checks", "connection_row", "enable"]


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch, world: World) -> dict[str, Any]:
    """What Finish does to both systems, as doubles: note the order, let one fail."""
    state: dict[str, Any] = {"done": [], "fails": "", "rows": []}

    def did(name: str, value: Any = None) -> Any:
        def act(*_arguments: Any, **values: Any) -> Any:
            state["done"].append(name)
            if state["fails"] == name:
                raise ServerUnavailable(f"{name} does not answer.")
            if values:
                state["rows"].append(values)
            return value

        return act

    tested = SetupResult(nav=[Check("a", True, "a", 0.0)], sales=[Check("b", True, "b", 0.0)])

    class Crm:
        def __enter__(self) -> "Crm":
            return self

        def __exit__(self, *_error: object) -> None: ...

        def metadata_forget(self) -> None: ...

    monkeypatch.setattr(finish, "crm_client", lambda _sales: Crm())
    monkeypatch.setattr(finish, "connections_test", did("test", tested))
    monkeypatch.setattr(finish, "services_find", did("services"))
    monkeypatch.setattr(finish, "catalog_refresh", did("catalog", []))
    monkeypatch.setattr(finish, "default_price_list", did("price list"))
    monkeypatch.setattr(finish, "proof_run", did("checks again"))
    monkeypatch.setattr(finish, "connection_row_write", did("row"))
    monkeypatch.setattr(
        finish, "administrator_work_start", lambda _draft, token: state["done"].append(token.access_token)
    )
    return state


def administrator_does(state: str = PartState.DONE, sentence: str = "") -> None:
    """End the administrator's parts as the child process would."""
    SetupPart.objects.filter(needs_administrator=True, state=PartState.WAITING).update(state=state, sentence=sentence)


def states() -> list[str]:
    """Return the states of our own parts, in order."""
    return [parts_of(SetupDraft.objects.get())[key] for key in OWN]


# Proof


def test_leaving_the_tables_stores_both_connections_disabled_and_starts_the_checks(
    walker: Walker, world: World
) -> None:
    walker.to("proof")
    assert set(Connection.objects.values_list("state", flat=True)) == {ConnectionState.DISABLED}
    assert Connection.objects.get(side=Side.ERP).secret_text() == NAV_KEY
    assert Connection.objects.get(side=Side.CRM).secret_text() == CLIENT_SECRET
    assert world.sent == [("setup_wizard.proof", {"draft_id": draft().pk, "keys": None})]


def test_the_list_asks_for_itself_until_all_checks_are_made(walker: Walker) -> None:
    walker.to("proof")
    asks = {"HX-Request": "true"}
    running = walker.client.get(walker.address("proof"), headers=asks)
    assert running.status_code == 200 and b"hx-get" in running.content and b"<h1" not in running.content
    draft().checks.update(state=CheckState.PASSED)
    ended = walker.client.get(walker.address("proof"), headers=asks)
    assert ended.status_code == 286 and b"hx-get" not in ended.content


def test_next_stays_shut_while_a_check_fails_and_says_why(walker: Walker) -> None:
    walker.to("proof")
    draft().checks.update(state=CheckState.PASSED)
    draft().checks.filter(key="currency").update(
        state=CheckState.FAILED, sentence="NAV has GBP, Sales has EUR.", todo="Choose the other environment."
    )
    page = walker.page("proof")
    assert "NAV has GBP, Sales has EUR." in page.text and "Choose the other environment." in page.text
    assert page.select_one("#next") is None and "Next opens when all checks have passed." in page.text
    assert walker.post("proof").status_code == 200
    assert "proof" not in draft().answers["done"]


def test_a_failed_line_is_run_again_alone(walker: Walker, world: World) -> None:
    walker.to("proof")
    draft().checks.update(state=CheckState.PASSED)
    draft().checks.filter(key="currency").update(state=CheckState.FAILED)
    world.sent.clear()
    walker.post("proof", "again:currency")
    assert world.sent == [("setup_wizard.proof", {"draft_id": draft().pk, "keys": ["currency"]})]
    assert draft().checks.get(key="currency").state == CheckState.WAITING
    assert not draft().checks.exclude(key="currency").exclude(state=CheckState.PASSED).exists()


def test_checks_that_wait_for_roles_do_not_shut_the_way_while_roles_are_to_come(walker: Walker) -> None:
    walker.to("proof")
    draft().checks.update(state=CheckState.PASSED)
    rights = draft().checks.filter(group="rights").first()
    assert rights is not None
    rights.state, rights.facts = CheckState.FAILED, {"missing": ["prvCreateAccount"]}
    rights.save()
    assert "Some checks have to wait for Finish" in walker.page("proof").text
    assert walker.page("proof").select_one("#next") is not None
    now = draft()
    now.answers = {**now.answers, "administrator": {"choice": "nothing"}}
    now.save()
    assert walker.page("proof").select_one("#next") is None


def test_a_missing_worker_is_said(walker: Walker) -> None:
    walker.to("proof")
    draft().checks.update(checked_at=timezone.now() - timedelta(seconds=60))
    assert "Nobody has taken up the checks" in walker.page("proof").text


# Finish


def test_finish_needs_an_administrator_and_does_nothing_without(walker: Walker, remote: Any, world: World) -> None:
    walker.to("finish")
    assert b"Sign in as an administrator of Sales" in walker.post("finish").content
    world.refusal = AuthenticationError("The user name or the password is wrong.")
    refused = walker.post("finish", admin_user="ada", admin_password="wrong")
    assert b"The user name or the password is wrong." in refused.content and b'value="wrong"' not in refused.content
    assert not draft().parts.exists() and remote["done"] == []


def test_finish_goes_through_its_parts_in_order_and_enables_last(walker: Walker, remote: Any, world: World) -> None:
    walker.to("finish")
    world.sent.clear()
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    assert remote["done"] == [TOKEN]
    assert world.sent == [("setup_wizard.finish", {"draft_id": draft().pk, "looks": 0})]

    finish.finish_work(draft().pk)
    assert set(states()) == {PartState.WAITING}, "our parts wait for the administrator's"

    administrator_does()
    finish.finish_work(draft().pk)
    done = SetupDraft.objects.get()
    assert states() == [PartState.DONE] * 6
    assert [name for name in remote["done"] if name != TOKEN] == ["test", "services", "catalog", "price list", "row"]
    assert set(Connection.objects.values_list("state", flat=True)) == {ConnectionState.ENABLED}
    assert set(JobQueueEntry.objects.values_list("status", flat=True)) == {JobQueueStatus.READY}
    assert done.finished_at and done.secret_answers == ""
    assert AuditEvent.objects.filter(what="setup").count() == 1
    names = set(IntegrationTableMapping.objects.values_list("name", flat=True))
    assert names == set(done.answers["tables"]["mappings"])
    result = walker.client.get(walker.address("finish"), follow=True).content.decode()
    assert "Both systems are connected" in result and "/review/" in result and "/records/salespeople/" in result


@pytest.mark.parametrize(("fails", "stopped"), [("test", 0), ("catalog", 1), ("price list", 2), ("row", 4)])
def test_a_part_that_fails_says_so_stops_the_rest_and_alone_is_repeated(
    walker: Walker, remote: Any, fails: str, stopped: int
) -> None:
    walker.to("finish")
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    administrator_does()
    remote["fails"] = fails
    finish.finish_work(draft().pk)
    assert states() == [PartState.DONE] * stopped + [PartState.FAILED] + [PartState.WAITING] * (5 - stopped)
    assert f"{fails} does not answer." in walker.page("finish").text
    assert not Connection.objects.filter(state=ConnectionState.ENABLED).exists()

    remote["fails"], before = "", len(remote["done"])
    walker.next("finish")
    finish.finish_work(draft().pk)
    assert states() == [PartState.DONE] * 6
    repeated = remote["done"][before:]
    order = ["test", "services", "catalog", "price list", "row"]
    assert repeated == order[{0: 0, 1: 1, 2: 3, 4: 4}[stopped] :]


def test_a_failed_import_keeps_everything_else_from_starting(walker: Walker, remote: Any) -> None:
    walker.to("finish")
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    administrator_does(PartState.FAILED, "The import was refused: another import is running.")
    finish.finish_work(draft().pk)
    assert set(states()) == {PartState.WAITING}
    page = walker.page("finish")
    assert "another import is running" in page.text and "Sign in and go on" in page.text


def test_a_check_that_still_fails_after_the_roles_keeps_the_connection_off(walker: Walker, remote: Any) -> None:
    walker.to("finish")
    draft().checks.filter(key="currency").update(state=CheckState.FAILED, sentence="NAV has GBP, Sales has EUR.")
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    administrator_does()
    finish.finish_work(draft().pk)
    assert "checks again" in remote["done"]
    assert states()[3:] == [PartState.FAILED, PartState.WAITING, PartState.WAITING]
    assert "NAV has GBP, Sales has EUR." in walker.page("finish").text


def test_a_crash_in_a_part_is_shown_and_can_be_repeated(
    walker: Walker, remote: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    walker.to("finish")
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    administrator_does()
    with monkeypatch.context() as broken:
        broken.setattr(finish, "default_price_list", lambda *_arguments: 1 / 0)
        finish.finish_work(draft().pk)
    assert "ZeroDivisionError" in walker.page("finish").text
    walker.next("finish")
    finish.finish_work(draft().pk)
    assert states() == [PartState.DONE] * 6


def test_two_workers_share_no_part(walker: Walker, remote: Any) -> None:
    walker.to("finish")
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    administrator_does()
    SetupPart.objects.filter(key="connections").update(state=PartState.RUNNING, heard_at=timezone.now())
    finish.finish_work(draft().pk)
    assert "test" not in remote["done"]
    SetupPart.objects.filter(key="connections").update(heard_at=timezone.now() - timedelta(minutes=6))
    finish.finish_work(draft().pk)
    assert states() == [PartState.DONE] * 6


def test_mappings_with_couplings_stay_when_they_are_left_out(walker: Walker, remote: Any) -> None:
    walker.to("finish")
    nav, sales = Connection.objects.get(side=Side.ERP), Connection.objects.get(side=Side.CRM)
    finish.defaults_install(nav, sales)
    item = IntegrationTableMapping.objects.get(name="ITEM-PRODUCT")
    factories.CouplingFactory(mapping=item)
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    administrator_does()
    finish.finish_work(draft().pk)
    assert IntegrationTableMapping.objects.filter(name="ITEM-PRODUCT").exists()
    assert not IntegrationTableMapping.objects.filter(name="RESOURCE-PRODUCT").exists()
    assert item.job_queue_entry.status == JobQueueStatus.ON_HOLD
    assert "ITEM-PRODUCT stay" in SetupPart.objects.get(key="mappings").sentence


def test_the_availability_key_goes_to_sales_alone(walker: Walker, remote: Any, world: World) -> None:
    walker.to("tables")
    walker.next("tables", take_3="on", item_availability="on", schedule="15", conflicts="erp")
    draft().checks.update(state=CheckState.PASSED)
    walker.next("proof")
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    administrator_does()
    finish.finish_work(draft().pk)
    row = remote["rows"][-1]
    assert row["odata_user"] == "CRMSYNC" and row["odata_key"] == NAV_KEY
    assert row["odata_url"].endswith("/ProductItemAvailability")
    mapping = IntegrationTableMapping.objects.get(name="CURRENCY")
    assert mapping.interval_minutes == 15 and mapping.update_conflict == "erp"
    assert mapping.job_queue_entry.minutes_between_runs == 15
    assert not any(NAV_KEY in str(part.facts) + part.sentence for part in SetupPart.objects.all())


def test_the_page_asks_for_itself_while_work_goes_on_and_leads_on_at_the_end(walker: Walker, remote: Any) -> None:
    walker.to("finish")
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    page = walker.page("finish")
    assert page.select_one("#live[hx-get]") is not None and page.select_one("#next") is None
    administrator_does()
    finish.finish_work(draft().pk)
    ended = walker.client.get(walker.address("finish"), headers={"HX-Request": "true"})
    assert ended.headers["HX-Redirect"] == "/assisted-setup/done/"


def test_work_that_has_stopped_can_be_taken_up_again(walker: Walker, remote: Any) -> None:
    walker.to("finish")
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    administrator_does()
    session = walker.client.session
    session[finishing.STARTED_KEY] = timezone.now().timestamp() - 100
    session.save()
    page = walker.page("finish")
    assert "The work has stopped" in page.text and page.select_one("#next").text == "Go on"  # type: ignore[union-attr]


def test_home_says_finished_after_it(walker: Walker, remote: Any) -> None:
    walker.to("finish")
    walker.next("finish", admin_user="ada", admin_password=PASSWORD)
    administrator_does()
    finish.finish_work(draft().pk)
    box = BeautifulSoup(walker.client.get("/").content.decode(), "html.parser").select_one("#assisted-setup")
    assert box is not None and "Finished" in box.text
    assert walker.client.get("/assisted-setup/").headers["Location"] == "/assisted-setup/done/"
