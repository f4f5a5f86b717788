"""Signing in: passwords, second steps, the organization's account, and how long it lasts."""

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from connector.project import sign_in
from connector.project.sign_in import Oidc, oidc_from_environment, second_factor_for
from sync.models import AuditEvent
from sync.roles import ADMINISTRATOR, SALESPERSON, VIEWER, roles_install
from tests import factories
from tests.fakes.oidc import CLIENT_ID, CLIENT_SECRET, FakeAuthority

PASSWORD = "correct horse"
OFFICE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture(autouse=True)
def _clean(db: None) -> None:
    cache.clear()
    roles_install()


def somebody(name: str, role: str = "", **values: Any) -> User:
    """Return a person with a role."""
    person: User = factories.UserFactory(username=name, **values)
    if role:
        person.groups.add(Group.objects.get(name=role))
    return person


def sign(client: Client, name: str, password: str = PASSWORD, address: str = OFFICE, **more: Any) -> Any:
    """Fill in the sign-in page."""
    return client.post("/accounts/login/", {"login": name, "password": password}, REMOTE_ADDR=address, **more)


def is_in(client: Client) -> bool:
    """Tell whether somebody is signed in at a client."""
    return client.get("/").status_code == 200


def code_of(secret: str, at: float | None = None) -> str:
    """Return what an authenticator app shows (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at or time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def app_set_up(client: Client) -> str:
    """Set up an authenticator app as a person does; return its secret."""
    where = "/accounts/2fa/totp/activate/"
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": where})
    secret = str(client.get(where).context["form"].secret)
    assert client.post(where, {"code": code_of(secret)}).status_code == 302
    return secret


class TestFailing:
    """Failed attempts lock nobody out."""

    def test_an_attacker_elsewhere_locks_no_administrator_out(self) -> None:
        somebody("annette", ADMINISTRATOR)
        for number in range(30):
            answer = sign(Client(), "annette", f"guess {number}", ELSEWHERE)
        assert b"Too many failed login attempts" in answer.content
        assert not is_in(client := Client()) and sign(client, "annette").status_code == 302
        assert is_in(client)

    def test_guessing_is_stopped_at_the_address_that_guesses(self) -> None:
        somebody("annette", ADMINISTRATOR)
        for number in range(5):
            sign(Client(), "annette", f"guess {number}", ELSEWHERE)
        right = sign(Client(), "annette", PASSWORD, ELSEWHERE)
        assert right.status_code == 200 and b"Too many failed login attempts" in right.content

    def test_guessing_many_names_is_stopped_too(self) -> None:
        somebody("annette", ADMINISTRATOR)
        for number in range(20):
            sign(Client(), f"name{number}", "guess", ELSEWHERE)
        assert sign(Client(), "annette", PASSWORD, ELSEWHERE).status_code == 200

    def test_not_even_at_the_same_address_is_the_browser_locked_out_that_was_in_before(self) -> None:
        somebody("annette", ADMINISTRATOR)
        somebody("peter")
        known, others = Client(), Client()
        sign(known, "annette")
        sign(others, "peter")
        for client in (known, others):
            client.post("/accounts/logout/")
        for number in range(70):
            sign(Client(), "annette", f"guess {number}")
        assert not is_in(others) and sign(others, "annette").status_code != 302
        assert sign(known, "annette").status_code == 302 and is_in(known)

    def test_a_known_browser_is_not_one_to_guess_with(self) -> None:
        somebody("annette", ADMINISTRATOR)
        known = Client()
        sign(known, "annette")
        known.post("/accounts/logout/")
        for number in range(5):
            sign(known, "annette", f"guess {number}")
        assert b"Too many failed login attempts" in sign(known, "annette").content

    def test_a_made_up_mark_of_a_browser_counts_for_nothing(self) -> None:
        somebody("annette", ADMINISTRATOR)
        for number in range(5):
            sign(Client(), "annette", f"guess {number}")
        client = Client()
        client.cookies["known_browser"] = "eyJuYW1lIjoiYW5uZXR0ZSIsIm1hcmsiOiJ4In0:1xABCD:forged"
        assert b"Too many failed login attempts" in sign(client, "annette").content

    def test_it_is_over_after_five_minutes(self) -> None:
        somebody("annette", ADMINISTRATOR)
        with time_machine.travel("2026-11-02 09:00Z", tick=False) as clock:
            for number in range(6):
                sign(Client(), "annette", f"guess {number}", ELSEWHERE)
            clock.shift(timedelta(minutes=5, seconds=1))
            assert sign(Client(), "annette", PASSWORD, ELSEWHERE).status_code == 302

    def test_behind_a_proxy_the_callers_address_counts(self, settings: Any) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        somebody("annette", ADMINISTRATOR)
        for number in range(6):
            sign(Client(), "annette", f"guess {number}", OFFICE, HTTP_X_FORWARDED_FOR=f"1.1.1.{number}, {ELSEWHERE}")
        assert sign(Client(), "annette", PASSWORD, OFFICE, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 302

    def test_too_many_requests_are_answered_by_a_page_of_ours(self) -> None:
        for _number in range(61):
            answer = sign(Client(), "nobody", "x", ELSEWHERE)
        assert answer.status_code == 429 and b"No account is locked" in answer.content

    def test_djangos_own_sign_in_is_no_way_round(self) -> None:
        somebody("root", is_superuser=True, is_staff=True)
        answer = Client().post("/admin/login/", {"username": "root", "password": PASSWORD})
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/")


class TestSession:
    """How long a sign-in lasts."""

    def test_signing_in_makes_a_new_session_key(self) -> None:
        somebody("peter")
        client = Client()
        client.get("/accounts/oidc/none/login/")
        session = client.session
        session["planted"] = True
        session.save()
        before = session.session_key
        sign(client, "peter")
        assert client.session.session_key not in (None, before)

    def test_nobody_at_the_desk_is_signed_out_and_told_so(self, settings: Any) -> None:
        somebody("peter", SALESPERSON)
        client = Client()
        with time_machine.travel("2026-11-02 09:00Z", tick=False) as clock:
            sign(client, "peter")
            for _step in range(3):
                clock.shift(settings.SESSION_IDLE_SECONDS - 1)
                assert is_in(client)
            clock.shift(settings.SESSION_IDLE_SECONDS + 1)
            assert not is_in(client)
            assert b"nobody had used this for a while" in client.get("/accounts/login/").content
            sign(client, "peter")
            assert is_in(client)

    def test_a_page_that_keeps_asking_is_no_use(self, settings: Any) -> None:
        somebody("peter", SALESPERSON)
        client = Client()
        asking = {"hx-request": "true", "hx-current-url": "http://testserver/review/?line=X"}
        with time_machine.travel("2026-11-02 09:00Z", tick=False) as clock:
            sign(client, "peter")
            for _step in range(4):
                clock.shift(settings.SESSION_IDLE_SECONDS / 4 + 1)
                answer = client.get("/bridge/", headers=asking)
            assert answer.status_code == 200 and not answer.content
            assert answer.headers["HX-Redirect"] == "/accounts/login/?next=%2Freview%2F%3Fline%3DX"
            assert not is_in(client)

    def test_a_day_is_enough_however_busy(self, settings: Any) -> None:
        somebody("peter", SALESPERSON)
        client = Client()
        with time_machine.travel("2026-11-02 06:00Z", tick=False) as clock:
            sign(client, "peter")
            for _hour in range(settings.SESSION_COOKIE_AGE // 3600):
                clock.shift(3600)
                assert is_in(client)
            clock.shift(1)
            assert not is_in(client)

    def test_a_changed_password_signs_out_everywhere_else(self) -> None:
        somebody("peter")
        here, there = Client(), Client()
        sign(here, "peter")
        sign(there, "peter")
        new = {"oldpassword": PASSWORD, "password1": "Zeven-otters-9", "password2": "Zeven-otters-9"}
        assert here.post("/accounts/password/change/", new).status_code == 302
        assert is_in(here) and not is_in(there)
        assert AuditEvent.objects.filter(what="password_change", on_what="peter").exists()

    def test_the_cookie_ends_with_the_browser_and_no_script_reads_it(self) -> None:
        somebody("peter")
        cookie = sign(Client(), "peter").cookies["sessionid"]
        assert cookie["max-age"] == "" and cookie["httponly"] and cookie["samesite"] == "Lax"


class TestSecondStep:
    """App, recovery codes, and who must have them."""

    def test_an_app_is_asked_for_and_its_secret_is_encrypted(
        self, django_capture_on_commit_callbacks: Callable[..., Any]
    ) -> None:
        person = somebody("peter", SALESPERSON)
        client = Client()
        sign(client, "peter")
        with django_capture_on_commit_callbacks(execute=True):
            secret = app_set_up(client)
        held = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
        assert secret not in str(held.data) and str(held.data["secret"]).startswith("gAAAA")

        client, later = Client(), time.time() + 90
        with time_machine.travel(later, tick=False):
            assert sign(client, "peter").headers["Location"].startswith("/accounts/2fa/authenticate/")
            assert not is_in(client)
            wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
            assert wrong.status_code == 200 and not is_in(client)
            client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
            assert is_in(client)
        noted = AuditEvent.objects.filter(what="second_factor_add", on_what="peter")
        assert [event.details for event in noted] == [{"kind": "totp"}]

    def test_a_recovery_code_works_once(self) -> None:
        somebody("peter", SALESPERSON)
        client = Client()
        sign(client, "peter")
        app_set_up(client)
        code = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"][0]
        for expected in (True, False):
            other = Client()
            sign(other, "peter")
            other.post("/accounts/2fa/authenticate/", {"code": code})
            assert is_in(other) is expected

    def test_a_secret_of_an_earlier_version_still_works(self) -> None:
        person = somebody("peter", SALESPERSON)
        secret = "JBSWY3DPEHPK3PXP"
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": secret})
        client = Client()
        sign(client, "peter")
        client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
        assert is_in(client)

    def test_administrators_set_one_up_first_where_it_is_required(self, settings: Any) -> None:
        settings.REQUIRE_SECOND_FACTOR = "administrators"
        somebody("annette", ADMINISTRATOR)
        somebody("peter", SALESPERSON)
        seller, admin = Client(), Client()
        sign(seller, "peter")
        sign(admin, "annette")
        assert is_in(seller)
        for where in ("/", "/people/", "/review/", "/setup/"):
            assert admin.get(where).headers["Location"] == "/accounts/2fa/", where
        assert admin.post("/people/add/", {"username": "x"}).status_code == 302
        assert not User.objects.filter(username="x").exists()
        assert b"Set up a second step first" in admin.get("/accounts/2fa/").content
        app_set_up(admin)
        assert is_in(admin)

    def test_a_superuser_is_an_administrator_too(self, settings: Any) -> None:
        settings.REQUIRE_SECOND_FACTOR = "administrators"
        somebody("root", is_superuser=True, is_staff=True)
        client = Client()
        sign(client, "root")
        assert client.get("/admin/").headers["Location"] == "/accounts/2fa/"

    def test_everybody_may_mean_everybody(self, settings: Any) -> None:
        settings.REQUIRE_SECOND_FACTOR = "everybody"
        somebody("peter", SALESPERSON)
        client = Client()
        sign(client, "peter")
        assert client.get("/").headers["Location"] == "/accounts/2fa/"

    def test_a_word_that_means_nothing_stops_the_start(self) -> None:
        with pytest.raises(ImproperlyConfigured, match="nobody, administrators or everybody"):
            second_factor_for("admins")


class TestClosed:
    """What this site does not offer."""

    @pytest.mark.parametrize("where", ["/accounts/signup/", "/accounts/email/", "/accounts/3rdparty/signup/"])
    def test_nobody_signs_up(self, where: str) -> None:
        values = {"username": "me", "password1": "Zeven-otters-9", "email": "me@evil.example"}
        assert Client().post(where, values).status_code == 404
        assert not User.objects.exists()

    def test_no_mail_is_sent_for_a_lost_password(self, mailoutbox: list[Any]) -> None:
        somebody("peter", email="peter@cronus.example")
        assert b"An administrator of this site" in Client().get("/accounts/password/reset/").content
        assert Client().post("/accounts/password/reset/", {"email": "peter@cronus.example"}).status_code == 405
        assert not mailoutbox

    def test_who_is_deactivated_is_told_nothing_more_than_a_wrong_password(self) -> None:
        somebody("peter", is_active=False)
        client = Client()
        sign(client, "peter", "wrong")
        assert not is_in(client)
        sign(client, "peter")
        assert not is_in(client)


@pytest.fixture
def authority(settings: Any) -> Iterator[FakeAuthority]:
    """The organization's authority, which this site is set up for."""
    fake = FakeAuthority()
    settings.OIDC = Oidc(
        issuer=fake.issuer,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        roles={"sellers": "salesperson", "readers": "viewer"},
    )
    settings.SOCIALACCOUNT_PROVIDERS = settings.OIDC.providers()
    yield fake
    fake.close()


def through(authority: FakeAuthority, client: Client, process: str = "login", **claims: Any) -> Any:
    """Sign in at the authority and come back; return the answer."""
    authority.claims = claims
    there = client.post(f"/accounts/oidc/organization/login/?process={process}")
    assert there.status_code == 302, there.content[:500]
    return client.get("/accounts/oidc/organization/login/callback/", authority.sign_in(there.headers["Location"]))


class TestOrganization:
    """The organization's account."""

    def test_the_button_is_there_only_where_it_is_set_up(self, authority: FakeAuthority, settings: Any) -> None:
        assert b"Sign in with Microsoft Entra ID" in Client().get("/accounts/login/").content
        settings.SOCIALACCOUNT_PROVIDERS = Oidc().providers()
        assert b"Entra" not in Client().get("/accounts/login/").content

    @pytest.mark.parametrize("held", [{"username": "Peter@cronus.example"}, {"email": "peter@cronus.example"}])
    def test_a_person_who_is_known_comes_in(self, authority: FakeAuthority, held: dict[str, str]) -> None:
        person = somebody(held.pop("username", "peter"), SALESPERSON, **held)
        client = Client()
        through(authority, client, sub="1", preferred_username="peter@cronus.example")
        assert is_in(client) and not authority.problems
        assert int(client.session["_auth_user_id"]) == person.pk
        assert AuditEvent.objects.filter(what="sign_in_connect", on_what=person.username).exists()
        User.objects.filter(pk=person.pk).update(email="")
        again = Client()
        through(authority, again, sub="1", preferred_username="renamed@cronus.example")
        assert is_in(again)

    def test_a_stranger_does_not(self, authority: FakeAuthority) -> None:
        client = Client()
        answer = through(authority, client, sub="1", preferred_username="x@cronus.example", groups=["others"])
        assert b"You have no account here yet" in client.get(answer.headers["Location"]).content
        assert not is_in(client) and not User.objects.exists()

    def test_a_mapped_group_makes_a_person_with_that_role(self, authority: FakeAuthority) -> None:
        client = Client()
        claims = {"preferred_username": "new@cronus.example", "name": "New Person", "email": "new@cronus.example"}
        through(authority, client, sub="1", groups=["others", "readers"], **claims)
        assert is_in(client)
        person = User.objects.get()
        assert [group.name for group in person.groups.all()] == [VIEWER]
        assert (person.username, person.get_full_name()) == ("new@cronus.example", "New Person")
        assert not person.is_superuser and not person.has_usable_password()
        assert AuditEvent.objects.get(what="person_join").details == {"role": VIEWER}

    def test_an_administrators_account_is_never_connected_by_itself(self, authority: FakeAuthority) -> None:
        somebody("annette@cronus.example", ADMINISTRATOR)
        client = Client()
        answer = through(authority, client, sub="1", preferred_username="annette@cronus.example")
        assert b"is not connected by itself" in client.get(answer.headers["Location"]).content
        assert not is_in(client)

        sign(client, "annette@cronus.example")
        through(authority, client, "connect", sub="1", preferred_username="annette@cronus.example")
        other = Client()
        through(authority, other, sub="1", preferred_username="annette@cronus.example")
        assert is_in(other)

    def test_it_counts_as_a_second_step(self, authority: FakeAuthority, settings: Any) -> None:
        settings.REQUIRE_SECOND_FACTOR = "everybody"
        somebody("peter@cronus.example", SALESPERSON)
        client = Client()
        through(authority, client, sub="1", preferred_username="peter@cronus.example")
        assert is_in(client)

    def test_two_people_with_one_address_are_nobody(self, authority: FakeAuthority) -> None:
        for name in ("a", "b"):
            somebody(name, SALESPERSON, email="peter@cronus.example")
        client = Client()
        through(authority, client, sub="1", preferred_username="peter@cronus.example")
        assert not is_in(client)

    def test_a_deactivated_person_stays_out(self, authority: FakeAuthority) -> None:
        somebody("peter@cronus.example", SALESPERSON, is_active=False)
        client = Client()
        through(authority, client, sub="1", preferred_username="peter@cronus.example")
        assert not is_in(client)

    @pytest.mark.parametrize("broken", ["audience", "issuer"])
    def test_a_token_for_somebody_else_is_refused(self, authority: FakeAuthority, broken: str) -> None:
        somebody("peter@cronus.example", SALESPERSON)
        authority.broken = broken
        client = Client()
        answer = through(authority, client, sub="1", preferred_username="peter@cronus.example")
        assert b"Not signed in" in answer.content and not is_in(client)

    def test_an_answer_that_nobody_asked_for_is_refused(self, authority: FakeAuthority) -> None:
        somebody("peter@cronus.example", SALESPERSON)
        authority.claims = {"sub": "1", "preferred_username": "peter@cronus.example"}
        client = Client()
        answer = client.get("/accounts/oidc/organization/login/callback/", {"code": "code-0", "state": "made-up"})
        assert b"Not signed in" in answer.content and not is_in(client)

    def test_an_authority_that_does_not_answer_is_said(self, authority: FakeAuthority) -> None:
        authority.broken = "discovery"
        answer = Client().post("/accounts/oidc/organization/login/")
        assert b"did not answer as it should" in answer.content


SET = {"OIDC_ISSUER": "https://login.example.com/tenant/v2.0", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"OIDC_ISSUER": "http://login.example.com/tenant/v2.0"}, "https"),
        ({"OIDC_ISSUER": "https://login.microsoftonline.com/common/v2.0"}, "tenant"),
        ({"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"),
        ({"OIDC_ROLES": "g1=administrator"}, "administrators are made on the page"),
        ({"OIDC_ROLES": "viewer"}, "VALUE=ROLE"),
    ],
)
def test_a_wrong_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], says: str) -> None:
    values = SET | wrong
    monkeypatch.setattr(sign_in, "read_text", lambda name, default="": values.get(name, default))
    monkeypatch.setattr(sign_in, "read_list", lambda name: values.get(name, "").split())
    with pytest.raises(ImproperlyConfigured, match=says):
        oidc_from_environment()


def test_a_right_setting_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    values = SET | {"OIDC_ROLES": "g1=viewer g2=it"}
    monkeypatch.setattr(sign_in, "read_text", lambda name, default="": values.get(name, default))
    monkeypatch.setattr(sign_in, "read_list", lambda name: values.get(name, "").split())
    found = oidc_from_environment()
    assert found.roles == {"g1": "viewer", "g2": "it"} and found.origin == "https://login.example.com"


def test_production_behind_a_proxy_asks_administrators_and_counts_callers(manage: Callable[..., Any]) -> None:
    line = "from django.conf import settings as s; print(s.ALLAUTH_TRUSTED_PROXY_COUNT, s.REQUIRE_SECOND_FACTOR)"
    keys = {"SECRET_KEY": "x" * 60, "ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    production = {"PRODUCTION": "1", "BEHIND_PROXY": "1", "ALLOW_STAND_INS": "0"}
    asked = ("shell", "--no-imports", "--command", line)
    assert manage(*asked).out.split() == ["0", "nobody"]
    assert manage(*asked, **production, **keys).out.split() == ["1", "administrators"]
