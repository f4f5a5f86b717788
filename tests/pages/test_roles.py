"""A role sees and does its own, on the page and behind it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from tests.pages.addresses import EMPTY

SEES = {
    "/status/": "connector.view_connection",
    "/review/": "sync.view_synchrun",
    "/mappings/": "sync.view_integrationtablemapping",
    "/jobs/": "sync.view_synchjob",
    "/job-queue-log/": "sync.view_jobqueuelogentry",
    "/errors/": "sync.view_synchjoberror",
    "/errors/list/": "sync.view_synchjoberror",
    "/conflicts/": "sync.view_fieldconflict",
    "/setup/": "connector.view_connection",
    "/records/customers/": "sync.view_mirrorrecord",
    "/review/start/": "sync.add_synchrun",
    "/review/reset/": "sync.add_synchrun",
}
SALESPERSON = (
    "sync.view_mirrorrecord",
    "sync.view_fieldconflict",
    "sync.view_synchjoberror",
    "sync.view_synchjob",
    "sync.view_integrationtablemapping",
)
MORE = ("sync.view_synchrun", "sync.add_synchrun", "sync.view_jobqueuelogentry", "connector.view_connection")
ACTIONS = ["/review/start/", "/review/reset/", "/runs/{run}/pause/", "/runs/{run}/resume/", "/runs/{run}/stop/"]


@pytest.mark.parametrize(("address", "permission"), SEES.items())
def test_page_needs_its_permission(person: Callable[..., Client], address: str, permission: str) -> None:
    refused = person("sync.view_plan").get(address)
    assert refused.status_code == 403
    assert b"Your role does not include this" in refused.content
    assert person(permission).get(address).status_code == 200


def test_every_page_but_the_start_page_and_search_is_guarded(person: Callable[..., Client]) -> None:
    client = person()
    answers = {address: client.get(address).status_code for address in EMPTY}
    assert {address for address, code in answers.items() if code == 200} == {"/", "/search/?q=cust"}


@pytest.mark.parametrize("permissions", [SALESPERSON, (*SALESPERSON, *MORE)], ids=["salesperson", "business admin"])
def test_no_link_leads_where_the_role_may_not_go(
    person: Callable[..., Client], company: Any, permissions: tuple[str, ...]
) -> None:
    client, todo, seen = person(*permissions), ["/"], {"/"}
    while todo and len(seen) < 150:
        address = todo.pop(0)
        response = client.get(address)
        assert response.status_code == 200, address
        for link in BeautifulSoup(response.content.decode(), "html.parser").find_all("a", href=True):
            target = urljoin(address, str(link["href"])).split("#")[0]
            if target.startswith("/") and not target.startswith("/accounts/") and target not in seen:
                seen.add(target)
                todo.append(target)
    assert len(seen) > 30


def test_search_finds_no_records_for_who_may_not_see_them(person: Callable[..., Client], company: Any) -> None:
    number = company.records[0].number
    assert b"Selangorian" in person("sync.view_mirrorrecord").get(f"/search/?q={number}").content
    assert b"Selangorian" not in person().get(f"/search/?q={number}").content


def test_navigation_shows_a_role_its_own_entries(person: Callable[..., Client]) -> None:
    page = person("sync.view_mirrorrecord").get("/").content.decode()
    assert "/records/customers/" in page
    assert "/job-queue-log/" not in page and "Administration" not in page


@pytest.mark.parametrize("address", ACTIONS)
def test_action_is_refused_behind_the_page_too(person: Callable[..., Client], company: Any, address: str) -> None:
    client = person("sync.view_synchrun")
    assert client.post(address.format(run=company.run.number)).status_code == 403


def test_restart_is_refused_without_the_permission(person: Callable[..., Client], company: Any) -> None:
    address = f"/runs/{company.run.number}/lines/{company.line.pk}/restart/"
    assert person("sync.view_synchrun").post(address).status_code == 403


def test_start_is_off_with_a_reason_for_who_may_not(person: Callable[..., Client], company: Any) -> None:
    page = person("sync.view_synchrun").get("/review/").content.decode()
    assert 'aria-disabled="true"' in page and "Starting needs the role Business admin." in page
    assert "/review/start/" not in page


def test_connection_test_needs_the_right_to_change(person: Callable[..., Client], company: Any) -> None:
    assert person("connector.view_connection").post("/setup/erp/test/").status_code == 403


def test_secrets_are_on_no_page(boss: Client, company: Any) -> None:
    connection = company.customer.erp
    connection.secret_set("p4ssw0rd-of-nav")
    connection.save()
    for address in ("/setup/", "/status/", "/"):
        page = boss.get(address).content.decode()
        assert "p4ssw0rd" not in page and connection.secret not in page
