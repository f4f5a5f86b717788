"""Users and roles: who may act on whom, what stays guarded, and keys that are shown once."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from sync.models import AuditEvent, WebServiceAccessKey
from sync.roles import ADMINISTRATOR, IT, SALESPERSON, VIEWER, roles_install
from sync.services import people
from sync.services.keys import key_change, key_check, key_clear
from sync.services.people import NotAllowed
from tests import factories

DAY = timedelta(days=1)


def somebody(name: str, role: str = "", **values: object) -> User:
    """Return a person with a role."""
    person: User = factories.UserFactory(username=name, first_name=name.title(), last_name="Person", **values)
    if role:
        person.groups.add(Group.objects.get(name=role))
    return person


def signed_in(person: User) -> Client:
    """Return a client at which this person is signed in."""
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture(autouse=True)
def _roles(db: None) -> None:
    roles_install()


@pytest.fixture
def admin() -> User:
    """An integration administrator."""
    return somebody("annette", ADMINISTRATOR)


@pytest.fixture
def seller() -> User:
    """A salesperson."""
    return somebody("peter", SALESPERSON)


def done_with(person: User) -> list[tuple[str, str]]:
    """Return what was noted about a person, oldest first, with who did it."""
    rows = AuditEvent.objects.filter(on_what=person.username).order_by("pk")
    return [(event.what, event.who) for event in rows]


class TestList:
    """The list of people."""

    def test_it_finds_people_by_every_word_of_name_or_e_mail(self, admin: User, seller: User) -> None:
        somebody("ilse", IT, email="ilse@cronus.example")
        client = signed_in(admin)
        assert b"Peter Person" in client.get("/people/?q=pers+pet").content
        assert b"Peter Person" not in client.get("/people/?q=cronus").content
        assert b"Ilse Person" in client.get("/people/?q=CRONUS").content

    def test_it_filters_by_role_and_state(self, admin: User, seller: User) -> None:
        seller.is_active = False
        seller.save()
        client = signed_in(admin)
        assert b"Peter Person" in client.get("/people/?role=Salesperson&is_active=0").content
        assert b"Peter Person" not in client.get("/people/?is_active=1").content

    def test_it_pages(self, admin: User) -> None:
        for number in range(60):
            somebody(f"z{number:02}")
        client = signed_in(admin)
        page = BeautifulSoup(client.get("/people/").content, "html.parser")
        following = page.select_one("a[rel=next]")
        assert following is not None
        assert b"Z59 Person" in client.get(f"/people/{following['href']}").content

    def test_nobody_found_says_so(self, admin: User) -> None:
        assert b"Nobody matches what is chosen above." in signed_in(admin).get("/people/?q=zzz").content

    def test_more_people_ask_no_more_questions(
        self, admin: User, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        for number in range(40):
            somebody(f"z{number:02}", VIEWER)
        client = signed_in(admin)
        client.get("/people/")
        with django_assert_max_num_queries(20):  # type: ignore[attr-defined]
            client.get("/people/")


class TestAdding:
    """A new person and the link with which they choose a password."""

    def test_the_link_is_shown_once_and_kept_nowhere(self, admin: User) -> None:
        client = signed_in(admin)
        response = client.post("/people/add/", {"username": "new", "role": VIEWER, "email": "new@cronus.example"})
        assert "no-store" in response.headers["Cache-Control"]
        link = re.search(r'value="(http://testserver/accounts/password/reset/key/[^"]+)"', response.content.decode())
        assert link
        person = User.objects.get(username="new")
        assert [group.name for group in person.groups.all()] == [VIEWER]
        assert not person.has_usable_password()
        assert link[1] not in client.get(f"/people/{person.pk}/").content.decode()
        assert "key" not in str(dict(client.session))

        guest = Client()
        chosen = {"password1": "Zeven-otters-9", "password2": "Zeven-otters-9"}
        page = guest.get(link[1], follow=True)
        assert b"Choose a password" in page.content
        assert guest.post(page.redirect_chain[-1][0], chosen).status_code == 302
        assert guest.login(username="new", password="Zeven-otters-9")
        assert b"This link works no more" in Client().get(link[1], follow=True).content
        assert done_with(person) == [("person_add", "Annette Person"), ("password_choose", "new")]

    def test_a_name_that_differs_by_capitals_only_is_refused(self, admin: User, seller: User) -> None:
        response = signed_in(admin).post("/people/add/", {"username": "PETER"})
        assert b"Somebody has this user name already" in response.content
        assert User.objects.count() == 2

    def test_a_role_that_is_none_of_ours_is_refused(self, admin: User) -> None:
        Group.objects.create(name="Gods")
        signed_in(admin).post("/people/add/", {"username": "new", "role": "Gods"})
        assert not User.objects.filter(username="new").exists()


class TestRole:
    """Changing a role."""

    def test_it_counts_at_once_and_is_noted(self, admin: User, seller: User) -> None:
        client = signed_in(seller)
        assert client.get("/review/").status_code == 403
        signed_in(admin).post(f"/people/{seller.pk}/role/", {"role": VIEWER})
        assert client.get("/review/").status_code == 200
        assert done_with(seller) == [("role_change", "Annette Person")]
        assert AuditEvent.objects.get(what="role_change").details == {"before": SALESPERSON, "after": VIEWER}

    def test_the_card_tells_what_was_done(self, admin: User, seller: User) -> None:
        people.role_change(admin, seller, VIEWER)
        page = signed_in(admin).get(f"/people/{seller.pk}/").content
        assert b"Role changed from Salesperson to Viewer" in page

    def test_nobody_changes_their_own(self, admin: User) -> None:
        somebody("second", ADMINISTRATOR)
        with pytest.raises(NotAllowed, match="their own role"):
            people.role_change(admin, admin, VIEWER)
        response = signed_in(admin).post(f"/people/{admin.pk}/role/", {"role": VIEWER}, follow=True)
        assert b"Nobody changes their own role" in response.content
        assert [group.name for group in admin.groups.all()] == [ADMINISTRATOR]

    @pytest.mark.parametrize("role", ["", SALESPERSON, VIEWER, IT])
    def test_nobody_else_gives_themselves_one(self, role: str) -> None:
        person = somebody("climber", role)
        client = signed_in(person)
        for where, values in {
            f"/people/{person.pk}/role/": {"role": ADMINISTRATOR},
            f"/people/{person.pk}/name/": {"is_superuser": "1", "first_name": "X"},
            "/people/add/": {"username": "twin", "role": ADMINISTRATOR},
        }.items():
            assert client.post(where, values).status_code == 403
        person.refresh_from_db()
        assert not person.is_superuser and not person.groups.filter(name=ADMINISTRATOR).exists()

    def test_the_last_administrator_keeps_it(self, admin: User) -> None:
        helper = somebody("helper", is_superuser=True, is_active=False)
        with pytest.raises(NotAllowed, match="last administrator"):
            people.role_change(helper, admin, VIEWER)
        second = somebody("second", ADMINISTRATOR)
        people.role_change(second, admin, VIEWER)
        with pytest.raises(NotAllowed, match="last administrator"):
            people.role_change(helper, second, "")

    def test_other_groups_stay(self, admin: User, seller: User) -> None:
        seller.groups.add(Group.objects.create(name="Football"))
        people.role_change(admin, seller, "")
        assert [group.name for group in seller.groups.all()] == ["Football"]


class TestDeactivating:
    """Letting somebody in no more."""

    def test_the_person_is_out_at_the_next_click_and_comes_back_as_before(self, admin: User, seller: User) -> None:
        client, boss = signed_in(seller), signed_in(admin)
        assert client.get("/").status_code == 200
        assert b"Deactivate Peter Person?" in boss.get(f"/people/{seller.pk}/deactivate/").content
        boss.post(f"/people/{seller.pk}/deactivate/")
        assert client.get("/").status_code == 302
        assert not Client().login(username="peter", password="correct horse")
        boss.post(f"/people/{seller.pk}/reactivate/")
        assert Client().login(username="peter", password="correct horse")
        assert [what for what, _who in done_with(seller)] == ["person_deactivate", "person_reactivate"]

    def test_nobody_deactivates_themselves(self, admin: User) -> None:
        somebody("second", ADMINISTRATOR)
        with pytest.raises(NotAllowed, match="their own account"):
            people.person_deactivate(admin, admin)

    def test_the_last_administrator_stays(self, admin: User) -> None:
        helper = somebody("helper", is_superuser=True, is_active=False)
        with pytest.raises(NotAllowed, match="last administrator"):
            people.person_deactivate(helper, admin)
        admin.refresh_from_db()
        assert admin.is_active

    def test_an_administrator_acts_on_no_superuser(self, admin: User) -> None:
        root = somebody("root", is_superuser=True)
        client = signed_in(admin)
        for part in ("deactivate", "password", "second-step", "role", "reactivate"):
            response = client.post(f"/people/{root.pk}/{part}/", {"role": ""}, follow=True)
            assert b"Only a superuser may change that account" in response.content, part
        client.post(f"/people/{root.pk}/name/", {"email": "mine@evil.example"})
        for part in ("key", "key/clear"):
            assert client.post(f"/people/{root.pk}/{part}/", {"never_expires": "on"}).status_code == 403
        root.refresh_from_db()
        assert root.is_active and root.has_usable_password() and root.email == ""


class TestHelp:
    """Getting somebody back in."""

    def test_a_reset_password_signs_out_everywhere_and_gives_a_link(self, admin: User, seller: User) -> None:
        client = signed_in(seller)
        response = signed_in(admin).post(f"/people/{seller.pk}/password/")
        assert b"http://testserver/accounts/password/reset/key/" in response.content
        assert client.get("/").status_code == 302
        assert not Client().login(username="peter", password="correct horse")
        assert done_with(seller) == [("password_reset", "Annette Person")]

    def test_a_newer_link_ends_the_older_one(self, admin: User, seller: User) -> None:
        first, second = people.password_reset(admin, seller), people.password_reset(admin, seller)
        assert b"This link works no more" in Client().get(first, follow=True).content
        assert b"Choose this password" in Client().get(second, follow=True).content

    def test_a_reset_second_step_is_gone_and_noted(self, admin: User, seller: User) -> None:
        Authenticator.objects.create(user=seller, type=Authenticator.Type.TOTP, data={"secret": "x"})
        client = signed_in(admin)
        assert b"Reset second step" in client.get(f"/people/{seller.pk}/").content
        client.post(f"/people/{seller.pk}/second-step/")
        assert not Authenticator.objects.filter(user=seller).exists()
        assert done_with(seller) == [("second_factor_reset", "Annette Person")]

    def test_nobody_resets_their_own_this_way(self, admin: User) -> None:
        for act in (people.password_reset, people.second_factor_reset):
            with pytest.raises(NotAllowed):
                act(admin, admin)


class TestCard:
    """The user card."""

    def test_a_person_sees_their_own_and_no_other(self, seller: User) -> None:
        other = somebody("other")
        client = signed_in(seller)
        page = client.get(f"/people/{seller.pk}/").content
        assert b"Change Web Service Key" in page and b"Change role" not in page and b"Deactivate" not in page
        assert client.get(f"/people/{other.pk}/").status_code == 403
        assert client.get("/people/999999/").status_code == 403

    def test_a_name_is_changed_and_noted(self, admin: User, seller: User) -> None:
        values = {"first_name": "Piet", "last_name": "Saddow", "email": "piet@cronus.example"}
        signed_in(admin).post(f"/people/{seller.pk}/name/", values)
        seller.refresh_from_db()
        assert (seller.first_name, seller.email) == ("Piet", "piet@cronus.example")
        assert AuditEvent.objects.get(what="person_change").details == {"fields": ["first_name", "last_name", "email"]}

    def test_a_wrong_e_mail_is_said_at_the_field(self, admin: User, seller: User) -> None:
        response = signed_in(admin).post(f"/people/{seller.pk}/name/", {"email": "nonsense"})
        page = BeautifulSoup(response.content, "html.parser")
        field = page.select_one("#id_email")
        assert field is not None and field["aria-invalid"] == "true"
        assert set(str(field["aria-describedby"]).split()) <= {str(tag["id"]) for tag in page.find_all(id=True)}


class TestKey:
    """The web service access key."""

    def test_it_has_44_characters_is_shown_once_and_kept_as_a_digest(self, seller: User) -> None:
        client = signed_in(seller)
        response = client.post(f"/people/{seller.pk}/key/", {"never_expires": "on"})
        assert "no-store" in response.headers["Cache-Control"]
        shown = BeautifulSoup(response.content, "html.parser").select_one("#key")
        assert shown is not None
        key = str(shown["value"])
        assert len(key) == 44
        held = WebServiceAccessKey.objects.get(user=seller)
        assert held.digest == hashlib.sha256(key.encode()).hexdigest() and held.expires_at is None
        assert key not in client.get(f"/people/{seller.pk}/").content.decode()
        assert key not in str(list(AuditEvent.objects.values())) and key not in str(dict(client.session))
        assert key_check("peter", key) == seller

    def test_changing_it_warns_and_ends_the_former_one(self, seller: User) -> None:
        first = key_change(seller, None, "Peter")
        client = signed_in(seller)
        assert b"All clients that use it must be given the new one" in client.get(f"/people/{seller.pk}/key/").content
        assert key_check("peter", first) == seller
        client.post(f"/people/{seller.pk}/key/", {"never_expires": "on"})
        assert key_check("peter", first) is None

    def test_cancelling_does_nothing(self, seller: User) -> None:
        key = key_change(seller, None, "Peter")
        signed_in(seller).get(f"/people/{seller.pk}/key/")
        assert key_check("peter", key) == seller

    def test_an_expired_one_is_refused(self, seller: User) -> None:
        assert key_check("peter", key_change(seller, timezone.now() + DAY, "Peter")) == seller
        key = key_change(seller, timezone.now() - DAY, "Peter")
        assert key_check("peter", key) is None
        assert b"expired" in signed_in(seller).get(f"/people/{seller.pk}/").content

    def test_a_cleared_one_somebody_elses_and_a_deactivated_persons_are_refused(
        self, admin: User, seller: User
    ) -> None:
        key = key_change(seller, None, "Peter")
        assert key_check("annette", key) is None and key_check("nobody", key) is None and key_check("peter", "") is None
        seller.is_active = False
        seller.save()
        assert key_check("peter", key) is None
        seller.is_active = True
        seller.save()
        key_clear(seller, "Peter")
        assert key_check("peter", key) is None
        assert [what for what, _who in done_with(seller)] == ["key_change", "key_clear"]

    def test_keys_are_compared_in_constant_time_for_known_and_unknown_names(
        self, seller: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key_change(seller, None, "Peter")
        compared = []
        monkeypatch.setattr("sync.services.keys.hmac.compare_digest", lambda *pair: compared.append(pair) or False)
        assert key_check("peter", "x") is None and key_check("nobody", "x") is None
        assert [{len(side) for side in pair} for pair in compared] == [{64}, {64}]

    @pytest.mark.parametrize(
        ("values", "says"),
        [({}, "Choose when the key expires"), ({"expires_at": "2001-01-01T00:00"}, "This time is past")],
        ids=["no choice", "past"],
    )
    def test_a_time_that_makes_no_sense_makes_no_key(self, seller: User, values: dict[str, str], says: str) -> None:
        response = signed_in(seller).post(f"/people/{seller.pk}/key/", {"never_expires": "", **values})
        assert says in response.content.decode()
        assert not WebServiceAccessKey.objects.exists()

    def test_only_the_own_one_unless_one_manages_people(self, admin: User, seller: User) -> None:
        other = somebody("other", VIEWER)
        assert signed_in(other).post(f"/people/{seller.pk}/key/", {"never_expires": "on"}).status_code == 403
        assert not WebServiceAccessKey.objects.exists()
        assert signed_in(admin).post(f"/people/{seller.pk}/key/", {"never_expires": "on"}).status_code == 200
        assert done_with(seller) == [("key_change", "Annette Person")]


def test_pages_about_people_obey_the_rules_of_all_pages(admin: User, seller: User) -> None:
    key_change(seller, None, "Peter")
    client = signed_in(admin)
    parts = ("", "deactivate/", "second-step/", "password/", "key/", "key/clear/")
    own = ("/accounts/2fa/", "/accounts/password/change/", "/accounts/3rdparty/", f"/people/{admin.pk}/")
    for where in ("/people/", "/people/add/", *own, *(f"/people/{seller.pk}/{part}" for part in parts)):
        response = client.get(where, headers={"accept-language": "nl"}, follow=True)
        text = response.content.decode()
        assert not re.search(r"\son[a-z]+=|\sstyle=|<style|javascript:", text), where
        page = BeautifulSoup(text, "html.parser")
        assert len(page.find_all("h1")) == 1, where
        ids = [tag["id"] for tag in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), where
        labelled = {tag["for"] for tag in page.find_all("label") if tag.get("for")}
        assert labelled <= set(ids), where
        for control in page.find_all(["input", "select"]):
            is_named = control.get("aria-label") or control.get("id") in labelled or control.find_parent("label")
            assert control.get("type") == "hidden" or is_named, (where, control)
