"""The assisted set-up: each step its own address, back and forward without loss, two tabs, nothing shown that is secret."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from connector.models import Connection, ConnectionState, Side
from setup_wizard.models import SetupDraft
from setup_wizard.storage import DraftIsBehind, draft_save
from sync.models import AuditEvent
from tests import factories
from tests.pages.test_pages import INLINE
from tests.pages.wizard import (
    CLIENT_SECRET,
    COMPANY,
    ENTRIES,
    NAV_ADDRESS,
    NAV_KEY,
    PASSWORD,
    SALES_ADDRESS,
    STEPS,
    TOKEN,
    Walker,
    World,
    walker,
    world,
)

__all__ = ["walker", "world"]
ADDRESSES = [*(f"/assisted-setup/{step}/" for step in STEPS), "/assisted-setup/", "/assisted-setup/done/"]
ADDRESSES += ["/assisted-setup/discard/", "/assisted-setup/sign-in/?to=verify", "/assisted-setup/signed-in/?code=1"]
ADDRESSES += ["/assisted-setup/downloads/object-pack/", "/assisted-setup/downloads/web-services/"]


def draft() -> SetupDraft:
    """Return the one draft."""
    return SetupDraft.objects.get()


# Who may enter


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_who_may_change_connections_enters(person: Any, address: str) -> None:
    other = person("connector.view_connection", "sync.view_synchrun", "sync.add_synchrun")
    assert other.get(address).status_code == 403
    assert other.post(address).status_code in {403, 405}
    assert Client().get(address).status_code == 302
    assert person("connector.change_connection").get(address).status_code in {200, 302}


def test_home_offers_the_set_up_to_who_may_use_it_alone(boss: Client, person: Any) -> None:
    assert b"Begin the set-up" in boss.get("/").content
    other = person("connector.view_connection").get("/").content
    assert b"Begin the set-up" not in other and b"/assisted-setup/" not in other


# Order, resuming, losing nothing


def test_a_look_leaves_no_trace(walker: Walker) -> None:
    walker.page("welcome")
    assert not SetupDraft.objects.exists()


def test_a_step_that_is_not_open_leads_to_the_first_open_one(walker: Walker) -> None:
    walker.to("sales")
    for step in ("tables", "proof", "finish"):
        assert walker.client.get(walker.address(step)).headers["Location"] == walker.address("sales")
        assert walker.post(step).headers["Location"] == walker.address("sales")
    assert draft().parts.count() == 0 and draft().answers["done"] == ["welcome", "nav"]


def test_going_back_and_forward_loses_nothing(walker: Walker) -> None:
    walker.to("tables")
    page = walker.page("nav")
    assert page.select_one("[name=nav-address]")["value"] == NAV_ADDRESS  # type: ignore[index]
    walker.next("nav", address=NAV_ADDRESS, user="CRMSYNC", company=COMPANY)
    assert draft().answers["nav"]["company"] == COMPANY
    assert draft().secret_text("nav") == NAV_KEY


def test_home_leads_back_to_where_the_person_was(walker: Walker) -> None:
    walker.to("administrator")
    walker.post("administrator", "close")
    home = walker.client.get("/").content.decode()
    assert "Go on with the set-up" in home and "step 4 of 8" in home
    assert walker.client.get("/assisted-setup/").headers["Location"] == walker.address("administrator")


def test_save_and_close_keeps_entries_that_are_not_right_yet(walker: Walker, world: World) -> None:
    walker.to("nav")
    response = walker.post("nav", "close", address="nav.example.com", user="CRMSYNC", secret=NAV_KEY)
    assert response.headers["Location"] == "/"
    assert draft().answers["nav"]["user"] == "CRMSYNC" and draft().secret_text("nav") == NAV_KEY
    assert world.asked == []


def test_a_changed_system_opens_the_steps_that_rest_on_it(walker: Walker) -> None:
    walker.to("finish")
    walker.next("sales", address=SALES_ADDRESS, client_id="client-2", secret="another")
    assert not {"administrator", "user", "proof"} & set(draft().answers["done"])


def test_discard_asks_and_then_deletes_secrets_too(walker: Walker) -> None:
    walker.to("sales")
    assert b"Discard this set-up?" in walker.client.get("/assisted-setup/discard/").content
    assert SetupDraft.objects.exists()
    walker.client.post("/assisted-setup/discard/")
    assert not SetupDraft.objects.exists()


# Two tabs


def test_a_tab_that_is_behind_says_so_and_shows_the_newer_values(walker: Walker) -> None:
    walker.to("sales")
    before = draft().version
    walker.post("nav", "close", address="https://new.example.com:7048/NAV/ODataV4", user="NEW")
    response = walker.post(
        "nav", "next", version=before, address="https://old.example.com:7048/NAV/ODataV4", user="OLD"
    )
    page = response.content.decode()
    assert "This page was behind" in page and "https://new.example.com" in page and "old.example.com" not in page
    assert draft().answers["nav"]["user"] == "NEW"


def test_two_saves_at_once_cannot_both_win(walker: Walker) -> None:
    walker.to("sales")
    one, other = draft(), draft()
    one.answers = {**one.answers, "nav": {"user": "ONE"}}
    draft_save(one, one.version)
    with pytest.raises(DraftIsBehind):
        draft_save(other, other.version)
    assert draft().answers["nav"]["user"] == "ONE"


# Secrets


def test_no_secret_is_on_any_page_or_readable_in_the_database(walker: Walker) -> None:
    walker.to("finish")
    stored = json.dumps(list(SetupDraft.objects.values()) + list(Connection.objects.values()), default=str)
    sessions = json.dumps([session.get_decoded() for session in Session.objects.all()], default=str)
    for step in STEPS:
        stored += walker.page(step).decode() if step != "finish" else ""
    for secret in (NAV_KEY, CLIENT_SECRET, PASSWORD, TOKEN):
        assert secret not in stored and secret not in sessions


def test_the_administrators_password_is_not_even_kept_encrypted(walker: Walker) -> None:
    walker.to("user")
    assert PASSWORD not in json.dumps(draft()._secrets())
    assert "Ada Admin" in walker.page("administrator").text


def test_a_kept_key_is_not_sent_to_another_address(walker: Walker, world: World) -> None:
    walker.to("sales")
    world.asked.clear()
    response = walker.post("nav", address="https://evil.example.com:7048/NAV/ODataV4", user="CRMSYNC", company=COMPANY)
    assert response.status_code == 200 and b"Enter the key or secret." in response.content
    assert world.asked == []


def test_the_stored_connections_secret_is_for_its_own_address_alone(walker: Walker, world: World) -> None:
    stored = factories.ErpConnectionFactory(
        address=NAV_ADDRESS, user="CRMSYNC", company=COMPANY, auth_kind="basic", state=ConnectionState.DISABLED
    )
    stored.secret_set("kept-before")
    stored.save()
    walker.next("welcome")
    assert "Kept, encrypted." in walker.page("nav").text
    refused = walker.post("nav", address="https://evil.example.com:7048/NAV/ODataV4", user="CRMSYNC")
    assert refused.status_code == 200 and world.asked == []
    walker.next("nav", address=NAV_ADDRESS, user="CRMSYNC", company=COMPANY)
    assert world.asked == [("nav", NAV_ADDRESS, "kept-before")]


# Errors


def test_errors_are_listed_with_links_and_the_first_field_has_the_focus(walker: Walker) -> None:
    walker.to("nav")
    page = BeautifulSoup(walker.post("nav", address="").content.decode(), "html.parser")
    targets = [str(link["href"])[1:] for link in page.select("#errors a")]
    assert targets == ["id_nav-address", "id_nav-user", "id_nav-secret"]
    assert all(page.find(id=target) for target in targets)
    assert [tag["id"] for tag in page.select("[autofocus]")] == ["id_nav-address"]
    field = page.find(id="id_nav-address")
    assert field["aria-invalid"] == "true" and page.find(id=field["aria-describedby"].split()[-1])  # type: ignore[index,union-attr]


def test_windows_sign_in_is_told_with_the_server_setting(walker: Walker, world: World) -> None:
    walker.to("nav")
    world.nav = replace(world.nav, problem="NAV offers only Windows sign-in here.", code="windows_only")
    page = walker.post("nav", **ENTRIES["nav"]).content.decode()
    assert "Set-NAVServerConfiguration" in page and "NavUserPassword" in page


def test_missing_page_services_are_named_with_how_to_publish_them(walker: Walker, world: World) -> None:
    world.services[1] = replace(world.services[1], published_as="", how_to="Publish page 5050 as ContactCard.")
    world.nav = replace(world.nav, companies=[COMPANY, "Other"])
    walker.to("nav")
    assert walker.post("nav", **ENTRIES["nav"]).status_code == 302
    page = walker.page("nav")
    assert "Publish page 5050 as ContactCard." in page.text and "Choose the company" in page.text
    assert page.select_one("a[href='/assisted-setup/downloads/object-pack/']")
    walker.next("nav", **ENTRIES["nav"], company="Other")
    assert draft().answers["nav"]["company"] == "Other"


def test_a_pasted_address_is_reduced_and_said(walker: Walker) -> None:
    walker.to("sales")
    pasted = f"{SALES_ADDRESS}/main.aspx?appid=1&pagetype=dashboard"
    response = walker.client.post(
        walker.address("sales"),
        {"action": "next", "version": str(draft().version)}
        | {f"sales-{name}": value for name, value in {**ENTRIES["sales"], "address": pasted}.items()},
        follow=True,
    )
    assert draft().answers["sales"]["address"] == SALES_ADDRESS
    assert f"The address was shortened to {SALES_ADDRESS}." in response.content.decode()


def test_a_user_name_without_at_is_refused(walker: Walker) -> None:
    walker.to("sales")
    entries = {"address": SALES_ADDRESS, "auth_kind": "password", "client_id": "c", "user": "sync", "password": "x"}
    assert b"has to be an e-mail address" in walker.post("sales", **entries).content


def test_an_administrator_who_lacks_the_role_is_told_which(walker: Walker, world: World) -> None:
    walker.to("administrator")
    world.administrator = replace(
        world.administrator, problem="Ada Admin lacks System Administrator.", todo="Assign it."
    )
    page = walker.post("administrator", **ENTRIES["administrator"]).content.decode()
    assert "Ada Admin lacks System Administrator. Assign it." in page
    assert "administrator" not in draft().answers["done"]


def test_the_integration_user_must_not_be_the_administrator(walker: Walker, world: World) -> None:
    world.administrator = replace(world.administrator, user_id="user-1")
    walker.to("user")
    assert b"are the same account" in walker.post("user").content
    assert "user" not in draft().answers["done"]


# Addresses


REFUSED = {
    "own service": ("address_refused", "127.0.0.1:6379 is refused: it is this program's own broker."),
    "closed port": ("unreachable", "Nothing listens on 203.0.113.5:81."),
    "silent host": ("Timeout", "203.0.113.5 did not answer in 10 s."),
    "unknown name": ("unknown_host", "No address is known for the host x."),
}


def test_whatever_cannot_be_reached_gets_one_and_the_same_answer(walker: Walker, world: World) -> None:
    walker.to("nav")
    answers = set()
    for code, problem in REFUSED.values():
        world.nav = replace(world.nav, problem=problem, code=code)
        page = BeautifulSoup(walker.post("nav", **ENTRIES["nav"]).content.decode(), "html.parser")
        answers.add(page.select_one("#errors").text)  # type: ignore[union-attr]
    assert len(answers) == 1 and "Nothing that we may use answers" in answers.pop()


def test_who_tries_many_addresses_has_to_wait_and_nothing_more_is_asked(
    walker: Walker, world: World, person: Any
) -> None:
    cache.clear()
    walker.to("nav")
    world.nav = replace(world.nav, problem="No.", code="unreachable")
    for number in range(10):
        walker.post("nav", **{**ENTRIES["nav"], "address": f"https://host:{number + 80}/NAV"})
    world.asked.clear()
    assert b"so we stop looking" in walker.post("nav", **ENTRIES["nav"]).content
    assert world.asked == []
    other = Walker(person("connector.change_connection"))
    assert b"so we stop looking" not in other.post("nav", **ENTRIES["nav"]).content
    assert len(world.asked) == 1


@pytest.mark.parametrize("step", ["nav", "sales"])
def test_the_outgoing_guard_holds_at_each_look(boss: Client, db: None, settings: Any, tmp_path: Any, step: str) -> None:
    settings.STATE_DIR, settings.ALLOW_STAND_INS, settings.ALLOWED_PRIVATE_HOSTS = tmp_path, False, []
    cache.clear()
    person = Walker(boss)
    found = {"found": {}, "address": "x"}
    SetupDraft.objects.create(answers={"done": ["welcome", "nav"], "nav": found, "sales": {}})
    entries = {**ENTRIES[step], "address": "https://127.0.0.1:6379/NAV/ODataV4"}
    assert "Nothing that we may use answers" in person.post(step, **entries).content.decode()
    entries["address"] = "https://10.1.2.3:7048/NAV/ODataV4"
    assert "ALLOWED_PRIVATE_HOSTS=10.1.2.3:7048" in person.post(step, **entries).content.decode()


# What to synchronize


def test_what_a_table_needs_comes_along_with_the_reason(walker: Walker) -> None:
    walker.to("tables")
    response = walker.client.post(
        walker.address("tables"),
        {"action": "next", "version": str(draft().version), "tables-take_2": "on"},
        follow=True,
    )
    chosen = draft().answers["tables"]["mappings"]
    assert {"CONTACT", "CUSTOMER", "SALESPEOPLE", "CURRENCY"} <= set(chosen)
    assert "ITEM-PRODUCT" not in chosen
    assert "Currencies comes along: amounts need their currency." in response.content.decode()


def test_nothing_chosen_is_no_choice(walker: Walker) -> None:
    walker.to("tables")
    assert b"Choose at least one table" in walker.post("tables").content


def test_a_table_that_nav_does_not_serve_is_left_out_and_says_why(walker: Walker, world: World) -> None:
    world.services[1] = replace(world.services[1], published_as="")
    walker.to("tables")
    page = walker.page("tables")
    contact = page.select_one("[name=tables-take_2]")
    assert contact is not None and not contact.has_attr("checked")
    assert page.select_one("[name=tables-take_1]").has_attr("checked")  # type: ignore[union-attr]
    assert b"which Contacts needs" in walker.post("tables", take_2="on").content


def test_a_direction_is_kept_and_cannot_leave_what_the_table_can(walker: Walker) -> None:
    walker.to("tables")
    walker.next("tables", take_1="on", way_1="to")
    assert draft().answers["tables"]["mappings"]["CUSTOMER"] == "to"
    assert walker.post("tables", take_3="on", way_3="from").status_code == 200


def test_item_availability_asks_for_a_key_that_works(walker: Walker, world: World) -> None:
    walker.to("tables")
    refused = walker.post("tables", take_3="on", item_availability="on", odata_user="READER")
    assert b"Enter the web service access key of this user." in refused.content
    world.asked.clear()
    walker.next("tables", take_3="on", item_availability="on")
    assert world.asked == [("nav", NAV_ADDRESS, NAV_KEY)]
    assert draft().answers["tables"]["odata_user"] == "CRMSYNC"


# A connection that is in use


@pytest.fixture
def in_use(db: None) -> Any:
    """Both connections, enabled."""
    erp = factories.ErpConnectionFactory(
        address=NAV_ADDRESS, user="CRMSYNC", company=COMPANY, auth_kind="basic", state=ConnectionState.ENABLED
    )
    return erp, factories.CrmConnectionFactory(state=ConnectionState.ENABLED)


def test_a_connection_in_use_cannot_be_changed_but_passed(walker: Walker, in_use: Any, world: World) -> None:
    walker.next("welcome")
    page = walker.page("nav")
    assert "This connection is in use" in page.text and not page.select("[name=nav-address]")
    walker.next("nav", address="https://evil.example.com:7048/NAV/ODataV4", user="X", secret="x")
    assert draft().answers["nav"]["address"] == NAV_ADDRESS
    assert Connection.objects.get(side=Side.ERP).address == NAV_ADDRESS
    assert world.asked == [] and draft().secret_text("nav") == ""


def test_disabling_first_opens_the_fields(walker: Walker, in_use: Any) -> None:
    walker.next("welcome")
    walker.post("nav", "disable")
    assert not Connection.objects.filter(state=ConnectionState.ENABLED).exists()
    assert walker.page("nav").select("[name=nav-address]")


def test_disabling_stops_what_runs_as_the_page_does(walker: Walker, in_use: Any) -> None:
    run = factories.RunFactory(status="running")
    walker.next("welcome")
    walker.post("nav", "disable")
    run.refresh_from_db()
    assert run.cancel_requested
    assert AuditEvent.objects.filter(what="integration_disabled").exists()


# The administrator's sign-in in the browser


def test_a_sign_in_is_used_once_and_leaves_a_name_only(walker: Walker) -> None:
    walker.to("administrator")
    leaving = walker.post("administrator", "sign_in", choice="ours")
    assert b'http-equiv="refresh"' in leaving.content
    there = walker.client.get("/assisted-setup/sign-in/?to=verify").headers["Location"]
    assert there.startswith("https://login.microsoftonline.com/") and there.endswith("/assisted-setup/signed-in/")
    walker.client.get("/assisted-setup/signed-in/?code=c-1&state=s-1")
    assert draft().answers["administrator"]["found"]["name"] == "Ada Admin"
    kept = json.dumps(list(SetupDraft.objects.values()), default=str) + json.dumps(
        dict(walker.client.session), default=str
    )
    assert TOKEN not in kept and "c-1" not in kept and "setup_sign_in" not in walker.client.session
    again = walker.client.get("/assisted-setup/signed-in/?code=c-2&state=s-1", follow=True)
    assert b"does not belong to the set-up that is open" in again.content


def test_signing_in_later_is_no_dead_end(walker: Walker) -> None:
    walker.to("administrator")
    assert walker.post("administrator", "later", choice="ours").headers["Location"] == walker.address("user")


def test_the_administrator_is_not_asked_for_what_is_there(walker: Walker, world: World) -> None:
    world.presence = replace(world.presence, installed=True, version="1.0.0.0", usable=True)
    walker.to("sales")
    walker.next("sales", **ENTRIES["sales"])
    assert walker.client.get("/assisted-setup/").headers["Location"] == walker.address("user")
    assert "Administrator account" not in walker.page("user").text


# Rules that hold for all pages


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_step_obeys_the_rules_of_all_pages(walker: Walker, language: str) -> None:
    walker.to("finish")
    for step in STEPS:
        page = walker.page(step, language)
        main = page.find("main")
        assert main is not None and not INLINE.search(page.decode()), step
        levels = [int(tag.name[1]) for tag in main.find_all(re.compile(r"^h[1-6]$"))]
        assert levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False)), (step, levels)
        ids = [tag["id"] for tag in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), step
        labelled = {tag["for"] for tag in page.find_all("label") if tag.get("for")}
        for control in main.find_all(["input", "select", "textarea"]):
            assert control.get("type") == "hidden" or control.get("id") in labelled, (step, control)
        for described in main.select("[aria-describedby]"):
            assert set(str(described["aria-describedby"]).split()) <= set(ids), (step, described)
        assert len(page.select(".steps [aria-current=step]")) == 1


def test_downloads_are_files(walker: Walker) -> None:
    walker.to("sales")
    pack = walker.client.get("/assisted-setup/downloads/object-pack/")
    assert pack.content.startswith(b"PK") and "attachment" in pack.headers["Content-Disposition"]
    assert walker.client.get("/assisted-setup/downloads/web-services/").content
