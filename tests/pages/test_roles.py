"""A role sees and does its own, on the page and behind it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.test import Client

from connector import flower_proxy, services
from sync.roles import ADMINISTRATOR, IT, ROLES, VIEWER, roles_install
from sync.roles import SALESPERSON as SALESPERSON_ROLE
from tests import factories
from tests.pages.addresses import EMPTY
from tests.pages.routes import ROLES_ASKED, Asker, address, patterns

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


@pytest.mark.parametrize("permissions", [SALESPERSON, (*SALESPERSON, *MORE)], ids=["salesperson", "administrator"])
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
    assert 'aria-disabled="true"' in page and "Starting needs the role Integration administrator." in page
    assert "/review/start/" not in page


def test_connection_test_needs_the_right_to_change(person: Callable[..., Client], company: Any) -> None:
    assert person("connector.view_connection").post("/setup/erp/test/").status_code == 403


def test_secrets_are_on_no_page(boss: Client, company: Any) -> None:
    connection = company.customer.erp
    connection.secret_set("p4ssw0rd-of-nav")
    connection.save()
    for page_address in ("/setup/", "/status/", "/"):
        page = boss.get(page_address).content.decode()
        assert "p4ssw0rd" not in page and connection.secret not in page


# Every route × role: the answers to GET and to POST of a stranger, no role, salesperson, viewer, IT operator, integration
# administrator, superuser. L sign in first · x refused · n nothing there · - not this method · o answered. A route without a
# row makes `test_every_route_has_a_row` red. Django's own administration (admin/) has one rule for all of it, below.
ROUTES = {
    "accounts/password/reset/": "ooooooo -------",
    "accounts/password/reset/done/": "nnnnnnn nnnnnnn",
    "accounts/signup/": "nnnnnnn nnnnnnn",
    "accounts/email/": "nnnnnnn nnnnnnn",
    "accounts/confirm-email/": "nnnnnnn nnnnnnn",
    "accounts/confirm-email/<str:key>/": "nnnnnnn nnnnnnn",
    "accounts/login/code/confirm/": "nnnnnnn nnnnnnn",
    "accounts/3rdparty/signup/": "nnnnnnn nnnnnnn",
    "accounts/login/": "ooooooo ooooooo",
    "accounts/logout/": "ooooooo ooooooo",
    "accounts/inactive/": "ooooooo -------",
    "accounts/reauthenticate/": "Loooooo Loooooo",
    "accounts/password/change/": "Loooooo Loooooo",
    "accounts/password/set/": "Loooooo Loooooo",
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$": "nnnnnnn nnnnnnn",
    "accounts/password/reset/key/done/": "ooooooo -------",
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "ooooooo ooooooo",
    "accounts/2fa/": "Loooooo L------",
    "accounts/2fa/authenticate/": "ooooooo ooooooo",
    "accounts/2fa/reauthenticate/": "Loooooo Loooooo",
    "accounts/2fa/totp/activate/": "Loooooo Loooooo",
    "accounts/2fa/totp/deactivate/": "Lnnnnnn Lnnnnnn",
    "accounts/2fa/recovery-codes/": "Lnnnnnn L------",
    "accounts/2fa/recovery-codes/generate/": "Loooooo Loooooo",
    "accounts/2fa/recovery-codes/download/": "Lnnnnnn Lnnnnnn",
    "accounts/2fa/webauthn/": "Loooooo L------",
    "accounts/2fa/webauthn/add/": "Loooooo Loooooo",
    "accounts/2fa/webauthn/reauthenticate/": "Loooooo Loooooo",
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": "Loooooo Loooooo",
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": "Loooooo Loooooo",
    "accounts/2fa/webauthn/login/": "ooooooo ooooooo",
    "accounts/3rdparty/login/cancelled/": "ooooooo -------",
    "accounts/3rdparty/login/error/": "Loooooo L------",
    "accounts/3rdparty/": "Loooooo Loooooo",
    "accounts/social/login/cancelled/": "Loooooo Loooooo",
    "accounts/social/login/error/": "Loooooo Loooooo",
    "accounts/social/signup/": "Loooooo Loooooo",
    "accounts/social/connections/": "Loooooo Loooooo",
    "accounts/oidc/<str:provider_id>/login/": "nnnnnnn nnnnnnn",
    "accounts/oidc/^(?P<provider_id>[^/]+)/login/": "nnnnnnn nnnnnnn",
    "accounts/oidc/^(?P<provider_id>[^/]+)/login/callback/": "nnnnnnn nnnnnnn",
    "i18n/setlang/": "ooooooo ooooooo",
    "flower/": "Lxxxoxo Lxxxxxx",
    "flower/<path:path>": "Lxxxoxo Lxxxxxx",
    "assisted-setup/": "Lxxxxoo L------",
    "assisted-setup/done/": "Lxxxxoo L------",
    "assisted-setup/discard/": "Lxxxxoo Lxxxxoo",
    "assisted-setup/sign-in/": "Lxxxxoo L------",
    "assisted-setup/signed-in/": "Lxxxxoo L------",
    "assisted-setup/^downloads/(?P<name>object-pack|web-services)/$": "Lxxxxoo L------",
    "assisted-setup/<slug:step>/": "Lxxxxoo Lxxxxoo",
    "": "Loooooo L------",
    "bridge/": "Loooooo L------",
    "search/": "Loooooo L------",
    "preferences/": "L------ Loooooo",
    "health/": "ooooooo -------",
    "status/": "Lxxoooo L------",
    "review/": "Lxxoooo L------",
    "review/start/": "Lxxxxoo Lxxxxoo",
    "review/reset/": "Lxxxxoo Lxxxxoo",
    "runs/<int:number>/": "Lxxoooo L------",
    "runs/<int:number>/plan/": "Lxxoooo L------",
    "runs/<int:number>/pause/": "L------ Lxxxxoo",
    "runs/<int:number>/resume/": "L------ Lxxxxoo",
    "runs/<int:number>/stop/": "Lxxxxoo Lxxxxoo",
    "runs/<int:number>/lines/<int:line_id>/restart/": "L------ Lxxxxoo",
    "mappings/": "Lxooooo L------",
    "mappings/<str:name>/": "Lxooooo L------",
    "jobs/": "Lxooooo L------",
    "jobs/<uuid:job_id>/": "Lxooooo L------",
    "job-queue-log/": "Lxxoooo L------",
    "errors/": "Lxooooo L------",
    "errors/list/": "Lxooooo L------",
    "conflicts/": "Lxooooo L------",
    "records/<slug:slug>/": "Lxooooo L------",
    "records/<slug:slug>/<path:key>": "Lxooooo L------",
    "people/": "Lxxxxoo L------",
    "people/add/": "Lxxxxoo Lxxxxoo",
    "people/<int:person_id>/": "Lxxxxoo L------",
    "people/<int:person_id>/name/": "L------ Lxxxxoo",
    "people/<int:person_id>/role/": "L------ Lxxxxoo",
    "people/<int:person_id>/deactivate/": "Lxxxxoo Lxxxxoo",
    "people/<int:person_id>/reactivate/": "L------ Lxxxxoo",
    "people/<int:person_id>/second-step/": "Lxxxxoo Lxxxxoo",
    "people/<int:person_id>/password/": "Lxxxxoo Lxxxxoo",
    "people/<int:person_id>/key/": "Lxxxxoo Lxxxxoo",
    "people/<int:person_id>/key/clear/": "Lxxxxoo Lxxxxoo",
    "setup/": "Lxxoooo L------",
    "setup/sales/": "L------ Lxxoooo",
    "setup/<str:side>/test/": "L------ Lxxxxoo",
    "setup/enable/": "L------ Lxxxxoo",
    "setup/disable/": "Lxxxxoo Lxxxxoo",
    "setup/addresses/": "L------ Lxxxxoo",
    "setup/reset-web-client-url/": "L------ Lxxxxoo",
    "setup/synchronize-modified/": "Lxxxxoo Lxxxxoo",
    "setup/defaults/": "Lxxxxoo Lxxxxoo",
    "setup/versions/": "Lxxxxoo L------",
    "setup/versions/<int:number>/": "Lxxxxnn Lxxxxnn",
    "setup/export/": "Lxxxxoo L------",
}


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """Every role is there, and no answer needs another machine."""

    def unreachable(*_arguments: Any, **_options: Any) -> Any:
        raise requests.ConnectionError

    roles_install()
    monkeypatch.setattr(services, "connection_check", lambda connection: [])
    monkeypatch.setattr(flower_proxy._session, "request", unreachable)


def values_of(company: Any) -> dict[str, Any]:
    """Return what stands in the variable parts of addresses."""
    other = factories.UserFactory(username="other")
    return {
        "number": company.run.number,
        "line_id": company.line.pk,
        "name": "CUSTOMER",
        "job_id": company.job.pk,
        "slug": "customers",
        "key": company.records[0].key,
        "side": "erp",
        "person_id": other.pk,
        "path": "tasks",
        "pk": 1,
        "provider_id": "organization",
        "uidb36": "1",
        "object_id": 1,
        "app_label": "sync",
        "content_type_id": 1,
        "url": "nothing/",
        "id": 1,
        "step": "welcome",
    }


# Parts that one route alone spells in its own way.
OWN_VALUES = {"assisted-setup/^downloads/(?P<name>object-pack|web-services)/$": {"name": "web-services"}}
ADMIN = "admin/"


def test_every_route_has_a_row() -> None:
    assert {pattern for pattern in patterns() if not pattern.startswith(ADMIN)} == set(ROUTES)


@pytest.mark.parametrize("role", ROLES_ASKED)
def test_every_route_answers_a_role_as_its_row_says(quiet: None, company: Any, role: str) -> None:
    asker, values, place = Asker(role), values_of(company), ROLES_ASKED.index(role)
    found = {}
    for pattern in dict.fromkeys(patterns()):
        if not pattern.startswith(ADMIN):
            where = address(pattern, values | OWN_VALUES.get(pattern, {}))
            found[pattern] = asker.ask("GET", where) + asker.ask("POST", where)
    wanted = {pattern: row.split()[0][place] + row.split()[1][place] for pattern, row in ROUTES.items()}
    assert found == wanted


@pytest.mark.parametrize("role", [role for role in ROLES_ASKED if role != "superuser"])
def test_nobody_but_a_superuser_gets_into_djangos_administration(quiet: None, company: Any, role: str) -> None:
    asker, values = Asker(role), values_of(company)
    found = {}
    for pattern in dict.fromkeys(patterns()):
        if pattern.startswith(ADMIN):
            where = address(pattern, values)
            found[pattern] = asker.ask("GET", where) + asker.ask("POST", where)
    assert len(found) > 50
    open_ones = {where: answers for where, answers in found.items() if set(answers) - {"L", "x"}}
    assert set(open_ones) <= {"admin/logout/"}


def test_viewer_sees_what_an_administrator_sees_of_the_synchronization_and_changes_nothing() -> None:
    assert not [name for name in ROLES[VIEWER] if not name.startswith("view_")]
    seen = {name for name in ROLES[ADMINISTRATOR] if name.startswith("view_")}
    assert seen - ROLES[VIEWER] == {"view_auditevent"}


def test_groups_of_an_earlier_version_keep_their_members(db: None) -> None:
    Group.objects.filter(name__in=ROLES).delete()
    business, sales, it = (Group.objects.create(name=name) for name in ("Business admin", "Salesperson", "IT"))
    people = [factories.UserFactory() for _number in range(3)]
    for person, group in zip(people, (business, sales, it), strict=True):
        person.groups.add(group)
    roles_install()
    roles_install()
    assert [list(person.groups.values_list("name", flat=True)) for person in people] == [
        [ADMINISTRATOR],
        [SALESPERSON_ROLE],
        [IT],
    ]
    assert people[0].has_perm("sync.manage_people") and not people[1].has_perm("sync.manage_people")


def test_a_former_group_beside_the_present_one_is_merged_into_it(db: None) -> None:
    roles_install()
    former, person = Group.objects.create(name="IT"), factories.UserFactory()
    person.groups.add(former)
    roles_install()
    assert list(person.groups.values_list("name", flat=True)) == [IT]
    assert not Group.objects.filter(name="IT").exists()
