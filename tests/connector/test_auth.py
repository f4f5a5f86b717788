"""Sign-in: which sentence a refusal becomes, how long a token is kept, what NAV's basic authentication takes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connector import auth
from connector.auth import EntraAuth, EntraCredential, NavBasicAuth, TokenUrlAuth, kept_auth, token_error
from connector.errors import AuthenticationError, ConfigurationError, IntegrationError, ServerUnavailable, Timeout
from tests.fakes.adapter import FakeAdapter, Reply, json_reply, page_reply
from tests.fakes.clock import FakeClock

HOST = "https://login.sandbox.example:8443"
AUTHORITY = f"{HOST}/contoso"
TOKEN_URL = f"{AUTHORITY}/oauth2/v2.0/token"
DISCOVERY = json_reply(
    {
        "issuer": f"{AUTHORITY}/v2.0",
        "authorization_endpoint": f"{AUTHORITY}/oauth2/v2.0/authorize",
        "token_endpoint": TOKEN_URL,
    }
)
SECRET = "s3cret-value"


def credential(
    kind: str = "client_secret", secret: str = SECRET, user: str = "", thumbprint: str = ""
) -> EntraCredential:
    """Return a credential at the identity server of the tests."""
    return EntraCredential(kind, AUTHORITY, "app-1", secret, "https://sales.example/.default", user, thumbprint)


def token(text: str = "token-1", seconds: int = 3600) -> Reply:
    """Return a granted token."""
    return json_reply({"token_type": "Bearer", "expires_in": seconds, "access_token": text})


def refused(error: str, *numbers: int) -> Reply:
    """Return a refused token request."""
    return json_reply(
        {"error": error, "error_description": "AADSTS", "error_codes": list(numbers), "correlation_id": "c-1"}, 400
    )


@pytest.fixture
def signed_in(adapter: FakeAdapter) -> Callable[..., EntraAuth]:
    """Return a maker of sign-ins whose identity server answers token requests with these."""

    def make(*answers: Reply | Exception, **options: str) -> EntraAuth:
        adapter.on("GET", "openid-configuration", DISCOVERY)
        adapter.on("POST", "/oauth2/v2.0/token", *answers)
        return EntraAuth(credential(**options), adapter=adapter)

    return make


class TestTokenError:
    @pytest.mark.parametrize(
        ("error", "numbers", "words"),
        [
            pytest.param("invalid_client", [7000215], "secret or certificate is wrong", id="wrong secret"),
            pytest.param("invalid_client", [7000222], "secret has expired", id="expired secret"),
            pytest.param("invalid_client", [], "secret or certificate is wrong", id="wrong secret without a number"),
            pytest.param("unauthorized_client", [700016], "application id is not known", id="unknown application"),
            pytest.param("invalid_request", [90002], "tenant is not known", id="unknown tenant"),
            pytest.param("invalid_grant", [50126], "User name or password", id="wrong password"),
            pytest.param("invalid_grant", [50076], "second factor", id="second factor"),
            pytest.param("interaction_required", [50079], "second factor", id="second factor to be set up"),
            pytest.param("invalid_grant", [50055], "password has expired", id="expired password"),
            pytest.param("invalid_grant", [50057], "user is disabled", id="disabled user"),
            pytest.param("invalid_resource", [500011], "scope does not name", id="wrong scope"),
            pytest.param("strange", [1], r"refused \(strange\)", id="anything else"),
        ],
    )
    def test_says_what_to_do(self, error: str, numbers: list[int], words: str) -> None:
        found = token_error({"error": error, "error_codes": numbers, "correlation_id": "c-1"}, credential())

        assert isinstance(found, AuthenticationError)
        assert found.request_id == "c-1"
        with pytest.raises(AuthenticationError, match=words):
            raise found

    @pytest.mark.parametrize("error", ["temporarily_unavailable", "server_error"])
    def test_is_no_refusal_while_the_server_is_busy(self, error: str) -> None:
        assert isinstance(token_error({"error": error}, credential()), ServerUnavailable)


class TestEntraAuth:
    def test_asks_for_a_token_once(self, signed_in: Callable[..., EntraAuth], adapter: FakeAdapter) -> None:
        sign_in = signed_in(token())
        request = requests.Request("GET", "https://sales.example/x").prepare()

        sign_in(request)
        sign_in.token()

        assert request.headers["Authorization"] == "Bearer token-1"
        assert [sent.method for sent in adapter.sent] == ["GET", "POST"]
        assert b"grant_type=client_credentials" in adapter.sent[1].body

    @pytest.mark.parametrize("kind", ["client_secret", "certificate"])
    def test_asks_again_after_renewal(
        self, signed_in: Callable[..., EntraAuth], kind: str, certificate: tuple[str, str]
    ) -> None:
        secret = SECRET if kind == "client_secret" else "".join(certificate)
        sign_in = signed_in(token("token-1"), token("token-2"), kind=kind, secret=secret)
        first = sign_in.token()

        renewed = sign_in.renew()

        assert (first, renewed, sign_in.token()) == ("token-1", True, "token-2")

    def test_has_nothing_to_renew_before_the_first_token(self, signed_in: Callable[..., EntraAuth]) -> None:
        assert not signed_in(token()).renew()

    def test_says_what_is_wrong(self, signed_in: Callable[..., EntraAuth]) -> None:
        with pytest.raises(AuthenticationError, match="secret has expired") as caught:
            signed_in(refused("invalid_client", 7000222)).token()

        assert SECRET not in str(caught.value)

    def test_names_an_unknown_tenant(self, adapter: FakeAdapter) -> None:
        adapter.on("GET", "openid-configuration", refused("invalid_tenant", 90002))

        with pytest.raises(ConfigurationError, match="does not know the tenant contoso"):
            EntraAuth(credential(), adapter=adapter).token()

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            pytest.param(Reply(503), ServerUnavailable, id="a failure"),
            pytest.param(page_reply(), ServerUnavailable, id="a page"),
            pytest.param(requests.ReadTimeout(), Timeout, id="no answer"),
            pytest.param(requests.ConnectTimeout(), ServerUnavailable, id="no connection"),
        ],
    )
    def test_keeps_a_failing_identity_server_inside_the_error_tree(
        self, signed_in: Callable[..., EntraAuth], answer: Reply | Exception, kind: type[IntegrationError]
    ) -> None:
        with pytest.raises(kind):
            signed_in(answer).token()

    def test_keeps_a_failing_discovery_inside_the_error_tree(self, adapter: FakeAdapter) -> None:
        adapter.on("GET", "openid-configuration", Reply(503))

        with pytest.raises(ServerUnavailable, match=r"login\.sandbox\.example:8443"):
            EntraAuth(credential(), adapter=adapter).token()

    @pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning")
    def test_looks_the_users_realm_up_on_the_authoritys_own_port(
        self, signed_in: Callable[..., EntraAuth], adapter: FakeAdapter
    ) -> None:
        adapter.on("GET", "userrealm", json_reply({"account_type": "Managed", "ver": "1.0"}))
        sign_in = signed_in(token(), kind="password", user="sync@contoso.example")

        sign_in.token()

        realm = next(sent for sent in adapter.sent if "userrealm" in sent.url)
        assert realm.url.startswith(f"{HOST}/")
        assert b"grant_type=password" in adapter.sent[-1].body

    def test_follows_no_redirect(self, signed_in: Callable[..., EntraAuth], adapter: FakeAdapter) -> None:
        moved = Reply(307, b"{}", {"Location": "https://evil.example/token"})

        with pytest.raises(AuthenticationError):
            signed_in(moved).token()

        assert all(sent.url.startswith(HOST) for sent in adapter.sent)

    def test_shows_no_secret(self, signed_in: Callable[..., EntraAuth]) -> None:
        sign_in = signed_in(token())

        assert SECRET not in repr(sign_in) + repr(sign_in.credential) + str(sign_in.credential)


@pytest.fixture(scope="module")
def certificate() -> tuple[str, str]:
    """A private key and its certificate, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "connector")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=9000))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return pem, built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


class TestCertificate:
    @pytest.mark.parametrize("order", ["key first", "certificate first"])
    def test_signs_in_with_both_in_one_text(
        self, signed_in: Callable[..., EntraAuth], certificate: tuple[str, str], adapter: FakeAdapter, order: str
    ) -> None:
        key, public = certificate
        text = key + public if order == "key first" else public + key

        signed_in(token(), kind="certificate", secret=text).token()

        assert b"client_assertion=" in adapter.sent[-1].body

    def test_signs_in_with_a_thumbprint(
        self, signed_in: Callable[..., EntraAuth], certificate: tuple[str, str]
    ) -> None:
        sign_in = signed_in(token(), kind="certificate", secret=certificate[0], thumbprint="AB:" * 19 + "AB")

        assert sign_in.token() == "token-1"

    @pytest.mark.parametrize(
        ("secret", "thumbprint", "words"),
        [
            pytest.param("-----BEGIN CERTIFICATE-----", "", "holds no private key", id="no key"),
            pytest.param("-----BEGIN PRIVATE KEY-----", "", "Neither the certificate nor", id="no certificate"),
            pytest.param("-----BEGIN PRIVATE KEY-----\nxx", "AB", "cannot be read", id="a broken key"),
        ],
    )
    def test_says_what_is_missing(
        self, signed_in: Callable[..., EntraAuth], secret: str, thumbprint: str, words: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=words):
            signed_in(token(), kind="certificate", secret=secret, thumbprint=thumbprint).token()


@pytest.fixture
def bare(adapter: FakeAdapter, clock: FakeClock) -> TokenUrlAuth:
    """A sign-in at a bare token address."""
    return TokenUrlAuth(f"{HOST}/token", "app-1", SECRET, "scope", adapter=adapter, clock=clock)


class TestTokenUrlAuth:
    def test_keeps_a_token_until_shortly_before_its_end(
        self, bare: TokenUrlAuth, adapter: FakeAdapter, clock: FakeClock
    ) -> None:
        adapter.queue = [token("token-1"), token("token-2")]
        first = bare.token()
        clock.now += 3600 - auth.EARLY_SECONDS - 1
        kept = bare.token()
        clock.now += 2

        assert (first, kept, bare.token()) == ("token-1", "token-1", "token-2")

    def test_asks_again_after_renewal(self, bare: TokenUrlAuth, adapter: FakeAdapter) -> None:
        adapter.queue = [token("token-1"), token("token-2")]
        nothing_yet = bare.renew()
        bare.token()

        assert (nothing_yet, bare.renew(), bare.token()) == (False, True, "token-2")

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            pytest.param(refused("invalid_client"), AuthenticationError, id="refused"),
            pytest.param(Reply(401), AuthenticationError, id="refused without a reason"),
            pytest.param(Reply(503), ServerUnavailable, id="a failure"),
            pytest.param(Reply(429), ServerUnavailable, id="throttled"),
            pytest.param(page_reply(), ServerUnavailable, id="a page"),
            pytest.param(json_reply({"expires_in": 5}), ServerUnavailable, id="no token"),
            pytest.param(
                Reply(302, headers={"Location": "https://evil.example"}), AuthenticationError, id="a redirect"
            ),
        ],
    )
    def test_says_what_is_wrong(
        self, bare: TokenUrlAuth, adapter: FakeAdapter, answer: Reply, kind: type[IntegrationError]
    ) -> None:
        adapter.queue = [answer]

        with pytest.raises(kind) as caught:
            bare.token()

        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize("life", ["3599", None, "soon"], ids=["a text", "missing", "odd"])
    def test_takes_any_life_time(self, bare: TokenUrlAuth, adapter: FakeAdapter, life: str | None) -> None:
        adapter.queue = [json_reply({"access_token": "token-1", "expires_in": life})]

        assert bare.token() == "token-1"


class TestNavBasicAuth:
    def test_sends_user_and_key(self) -> None:
        request = requests.Request("GET", "https://nav.example", auth=NavBasicAuth("CRONUS\\SYNC", "a2V5=")).prepare()

        assert request.headers["Authorization"] == "Basic Q1JPTlVTXFNZTkM6YTJWNT0="

    @pytest.mark.parametrize(("user", "key"), [("JÜRGEN", "a2V5="), ("SYNC", "schlüssel")], ids=["user", "key"])
    def test_refuses_what_nav_cannot_take(self, user: str, key: str) -> None:
        with pytest.raises(ConfigurationError, match="plain letters") as caught:
            NavBasicAuth(user, key)

        assert key not in str(caught.value)


class TestKeptAuth:
    def test_is_one_per_credential(self, monkeypatch: pytest.MonkeyPatch, bare: TokenUrlAuth) -> None:
        monkeypatch.setattr(auth, "_kept", {})
        made: list[str] = []

        def make(name: str) -> TokenUrlAuth:
            made.append(name)
            return bare

        for name in ("a", "a", "b"):
            kept_auth((name,), lambda name=name: make(name))

        assert made == ["a", "b"]
