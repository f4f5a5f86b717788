"""The administrator's sign-in: by the browser and by password, in every way in which the connection itself signs in."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from connector import delegated
from connector.auth import EntraCredential
from connector.errors import AuthenticationError, ConfigurationError, IntegrationError, ServerUnavailable
from connector.models import AuthKind, Connection
from scripts.stand_ins import StandIns
from setup_wizard.provisioning.sign_in import (
    sign_in_finish,
    sign_in_password,
    sign_in_start,
    token_from_json,
    token_to_json,
)
from tests.setup_wizard.provisioning.stage import REDIRECT, browse, sales_connection

POWERSHELL = "51f81489-12ee-4a9e-aaae-a2591f45987d"
"""Microsoft's public client for trying things out."""


def certificate() -> str:
    """Return a private key with its certificate, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "connector")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode() + made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(params=["client_secret", "certificate", "password"])
def sales(request: pytest.FixtureRequest, sandbox: StandIns) -> Connection:
    """A connection that is not stored yet, in each of its sign-in kinds."""
    if request.param == "certificate":
        pem = certificate()
        sandbox.do("crm", "certificate", {"certificate": pem[pem.index("-----BEGIN CERTIFICATE") :]})
        return sales_connection(sandbox, auth_kind=AuthKind.CERTIFICATE, secret=pem)
    if request.param == "password":
        crm = sandbox.ready["crm"]["integration"]
        return sales_connection(
            sandbox, auth_kind=AuthKind.PASSWORD, client_id=POWERSHELL, user=crm["user"], secret=crm["password"]
        )
    return sales_connection(sandbox)


class TestByTheBrowser:
    def test_ends_with_a_token_of_who_signed_in(self, sales: Connection, sandbox: StandIns) -> None:
        admin = sandbox.ready["crm"]["admin"]

        address, flow = sign_in_start(sales, REDIRECT)
        query = browse(address, admin["user"], admin["password"], sales.ca_file)
        token = sign_in_finish(sales, flow, query)

        assert token.user_name == admin["user"]
        assert token.access_token and token.access_token not in repr(token)
        assert timedelta(minutes=50) < token.expires_at - datetime.now(UTC) < timedelta(minutes=61)

    def test_asks_for_a_code_with_pkce_and_for_no_refresh_token(self, sandbox: StandIns) -> None:
        address, flow = sign_in_start(sales_connection(sandbox), REDIRECT)

        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert asked["code_challenge"] != flow["code_verifier"]
        assert asked["response_mode"] == "query"
        assert "offline_access" not in asked["scope"]
        assert f"{sales_connection(sandbox).address}/user_impersonation" in asked["scope"]

    def test_keeps_texts_only_and_no_secret_in_the_flow(self, sandbox: StandIns) -> None:
        crm = sandbox.ready["crm"]

        _address, flow = sign_in_start(sales_connection(sandbox), REDIRECT)

        kept = json.dumps(flow)
        assert all(isinstance(value, str) for value in flow.values())
        assert crm["client_secret"] not in kept and crm["admin"]["password"] not in kept

    def test_refuses_an_answer_to_another_question(self, sandbox: StandIns) -> None:
        sales, admin = sales_connection(sandbox), sandbox.ready["crm"]["admin"]
        address, _flow = sign_in_start(sales, REDIRECT)
        query = browse(address, admin["user"], admin["password"], sales.ca_file)
        _address, other = sign_in_start(sales, REDIRECT)

        with pytest.raises(AuthenticationError, match="does not belong to this set-up"):
            sign_in_finish(sales, other, query)

    def test_takes_an_answer_once(self, sandbox: StandIns) -> None:
        sales, admin = sales_connection(sandbox), sandbox.ready["crm"]["admin"]
        address, flow = sign_in_start(sales, REDIRECT)
        query = browse(address, admin["user"], admin["password"], sales.ca_file)
        sign_in_finish(sales, flow, query)

        with pytest.raises(AuthenticationError):
            sign_in_finish(sales, flow, query)

    def test_that_was_cancelled_says_so(self, sandbox: StandIns) -> None:
        sales = sales_connection(sandbox)
        _address, flow = sign_in_start(sales, REDIRECT)

        with pytest.raises(AuthenticationError, match="cancelled"):
            sign_in_finish(sales, flow, {"error": "access_denied", "state": flow["state"]})

    def test_at_another_tenant_names_the_tenant(self, sandbox: StandIns) -> None:
        sales = sales_connection(sandbox, tenant="00000000-0000-4000-8000-000000000000")

        with pytest.raises(ConfigurationError, match="does not know the tenant"):
            sign_in_start(sales, REDIRECT)

    @pytest.mark.parametrize("path", ["openid-configuration", "oauth2/v2.0/token"])
    def test_at_a_server_with_trouble_of_its_own_says_so(self, sandbox: StandIns, path: str) -> None:
        admin = sandbox.ready["crm"]["admin"]
        sandbox.faults("crm", {"id": "trouble", "path": path, "do": {"status": 500}})

        with pytest.raises(ServerUnavailable, match="identity server"):
            sign_in_password(sales_connection(sandbox), admin["user"], admin["password"])


class TestByPassword:
    def test_ends_with_a_token_of_who_signed_in(self, sales: Connection, sandbox: StandIns) -> None:
        admin = sandbox.ready["crm"]["admin"]

        token = sign_in_password(sales, f" {admin['user']} ", admin["password"])

        assert token.user_name == admin["user"] and token.access_token

    def test_that_is_wrong_says_so(self, sales: Connection, sandbox: StandIns) -> None:
        with pytest.raises(AuthenticationError, match="User name or password is wrong"):
            sign_in_password(sales, sandbox.ready["crm"]["admin"]["user"], "not this")

    @pytest.mark.parametrize(
        ("numbers", "sentence"),
        [([50076], "second factor"), ([50079], "second factor"), ([7000218], "public client flows")],
    )
    def test_says_what_stands_against_it(
        self, numbers: list[int], sentence: str, sandbox: StandIns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = {"error": "invalid_grant", "error_codes": numbers}
        monkeypatch.setattr(
            "msal.ConfidentialClientApplication.acquire_token_by_username_password", lambda *_args, **_more: answer
        )

        with pytest.raises(AuthenticationError, match=sentence):
            sign_in_password(sales_connection(sandbox), "somebody@contoso.example", "right")

    def test_with_a_wrong_secret_of_the_connection_says_so(self, sandbox: StandIns) -> None:
        admin = sandbox.ready["crm"]["admin"]

        with pytest.raises(AuthenticationError, match="client secret or certificate is wrong"):
            sign_in_password(sales_connection(sandbox, secret="not this"), admin["user"], admin["password"])


class TestTheToken:
    def test_goes_through_the_pipe_unchanged(self, sandbox: StandIns) -> None:
        admin = sandbox.ready["crm"]["admin"]
        token = sign_in_password(sales_connection(sandbox), admin["user"], admin["password"])

        assert token_from_json(json.loads(json.dumps(token_to_json(token)))) == token

    @pytest.mark.parametrize(
        "data",
        [{}, {"access_token": "x", "expires_at": "soon"}, {"access_token": "x", "expires_at": "2026-01-01T00:00:00"}],
    )
    def test_that_did_not_come_is_an_error(self, data: dict[str, str]) -> None:
        with pytest.raises(ConfigurationError):
            token_from_json(data)

    def test_is_not_fetched_anew(self) -> None:
        assert delegated.FixedBearer("x").renew() is False

    def test_refusals_have_a_sentence(self) -> None:
        credential = EntraCredential("client_secret", "https://login.example/t", "c", "", "s")
        answers: list[dict[str, Any]] = [{"error": "consent_required"}, {"error": "server_error"}, {}]

        for answer in answers:
            with pytest.raises(IntegrationError, match=r"\w+ \w+"):
                delegated._token(answer, credential, "somebody")
