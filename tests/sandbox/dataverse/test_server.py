"""The stand-in as a process: TLS, unmodified clients, cut connections, start and stop."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

COMMAND = [sys.executable, "-m", "sandbox", "--only", "crm"]


class RealmSession(requests.Session):
    """Takes msal's look-up of a user's realm, which drops the port of the authority, to the right place."""

    authority = ""

    def request(self, method: str, url: str, *args: Any, **more: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, url.replace("https://127.0.0.1/", f"{self.authority}/"), *args, **more)


class Server:
    """A running stand-in and a signed-in session."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())
        self.crm = self.ready["crm"]
        self.http = RealmSession()
        self.http.authority = self.crm["authority"]
        self.http.trust_env = False
        self.http.verify = self.ready["ca"]

    def application(self, **more: Any) -> msal.ConfidentialClientApplication:
        settings = {"client_credential": self.crm["client_secret"], **more}
        return msal.ConfidentialClientApplication(self.crm["client_id"], **settings, **self._authority())

    def _authority(self) -> dict[str, Any]:
        address = f"{self.crm['authority']}/{self.crm['tenant']}"
        return {"authority": address, "instance_discovery": False, "http_client": self.http}

    def public_application(self) -> msal.PublicClientApplication:
        return msal.PublicClientApplication(self.crm["client_id"], **self._authority())

    @property
    def scopes(self) -> list[str]:
        return [f"{self.crm['url']}/.default"]

    def sign_in(self) -> None:
        token = self.application().acquire_token_for_client(self.scopes)["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.http.get(f"{self.crm['url']}/api/data/v9.2/{path}", timeout=10, **more)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.http.post(f"{self.crm['url']}/api/data/v9.2/{path}", json=body, timeout=10)

    def control(self, path: str, body: Any) -> Any:
        return self.http.post(f"{self.crm['url']}/_sandbox/{path}", json=body, timeout=10).json()

    def fault(self, do: dict[str, Any], path: str = "accounts") -> None:
        self.control("faults", [{"id": "f", "path": path, "times": 1, "do": do}])

    def stop(self) -> float:
        """Send SIGTERM; the seconds until the end."""
        started = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=5) == 0
        return time.perf_counter() - started


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server()
    server.sign_in()
    yield server
    server.process.kill()
    server.process.wait()


@pytest.fixture
def server(running: Server) -> Server:
    running.control("faults", [])
    running.control("reset", {"data": True})
    return running


def test_msal_signs_an_application_in_with_a_secret(server: Server) -> None:
    application = server.application()

    first = application.acquire_token_for_client(server.scopes)
    second = application.acquire_token_for_client(server.scopes)
    wrong = server.application(client_credential="wrong").acquire_token_for_client(server.scopes)

    assert first["token_source"] == "identity_provider"
    assert second["token_source"] == "cache"
    assert wrong["error"] == "invalid_client"
    assert wrong["error_codes"] == [7000215]


def test_msal_signs_an_application_in_with_a_certificate(server: Server) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "connector")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex()
    credential = {"private_key": private, "thumbprint": thumbprint, "public_certificate": pem}

    unknown = server.application(client_credential=credential).acquire_token_for_client(server.scopes)
    server.control("certificate", {"certificate": pem})
    known = server.application(client_credential=credential).acquire_token_for_client(server.scopes)

    assert unknown["error_codes"] == [700027]
    assert "access_token" in known


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_msal_signs_a_person_in_with_password_and_refreshes(server: Server) -> None:
    application = server.public_application()
    person = server.crm["integration"]

    signed = application.acquire_token_by_username_password(person["user"], person["password"], server.scopes)
    account = application.get_accounts()[0]
    refreshed = application.acquire_token_silent_with_error(server.scopes, account, force_refresh=True)

    assert signed["id_token_claims"]["preferred_username"] == person["user"]
    assert refreshed["access_token"] != signed["access_token"]


@pytest.mark.filterwarnings("ignore:response_mode:UserWarning")
def test_msal_signs_a_person_in_with_a_code(server: Server) -> None:
    application = server.application()
    flow = application.initiate_auth_code_flow(server.scopes, redirect_uri="http://localhost/back")
    page = server.http.get(flow["auth_uri"], timeout=10).text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    admin = server.crm["admin"]
    form = {**fields, "username": admin["user"], "password": admin["password"]}

    answer = server.http.post(flow["auth_uri"].partition("?")[0], data=form, allow_redirects=False, timeout=10)
    returned = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    token = application.acquire_token_by_auth_code_flow(flow, returned)

    assert token["id_token_claims"]["name"] == "Ada Admin"
    who = server.get("WhoAmI", headers={"Authorization": f"Bearer {token['access_token']}"})
    assert who.status_code == 200


def test_every_answer_has_the_service_s_headers(server: Server) -> None:
    answer = server.get("WhoAmI")

    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["REQ_ID"] == answer.headers["x-ms-service-request-id"]
    assert int(answer.headers["x-ms-dop-hint"]) > 0


@pytest.mark.parametrize("do", [{"cut_after": 20}, {"done_then_cut": True}], ids=str)
def test_a_cut_connection_breaks_off_and_the_work_is_done(server: Server, do: dict[str, Any]) -> None:
    server.fault(do)

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        server.http.post(
            f"{server.crm['url']}/api/data/v9.2/accounts",
            json={"name": "A"},
            headers={"Prefer": "return=representation"},
            timeout=10,
        )

    assert len(server.get("accounts").json()["value"]) == 1


def test_answers_can_be_spoiled(server: Server) -> None:
    for name in "ABC":
        server.post("accounts", {"name": name})
    paged = {"Prefer": "odata.maxpagesize=2"}

    server.fault({"status": 503, "headers": {"Retry-After": "7"}, "code": "0x80044150", "message": "Busy."})
    busy = server.get("accounts")
    server.fault({"html": True})
    page = server.get("accounts")
    server.fault({"json_cut": 10})
    cut = server.get("accounts")
    server.fault({"charset": "utf-16"})
    encoded = server.get("accounts")
    server.fault({"empty": True})
    empty = server.get("accounts")
    server.fault({"next_link_host": "evil.example"})
    host = server.get("accounts", headers=paged).json()
    server.fault({"next_link_repeat": True})
    repeat = server.get("accounts?$select=name", headers=paged)

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "7")
    assert busy.json() == {"error": {"code": "0x80044150", "message": "Busy."}}
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert len(cut.content) == 10
    assert encoded.content.decode("utf-16").startswith('{"@odata.context"')
    assert empty.content == b""
    assert host["@odata.nextLink"].startswith("https://evil.example/api/data/")
    assert repeat.json()["@odata.nextLink"] == repeat.url.replace("%24", "$")


def test_answers_can_be_slow(server: Server) -> None:
    server.fault({"delay": 0.3})
    delayed = server.get("WhoAmI?accounts")
    size = len(server.get("WhoAmI").content)
    server.fault({"trickle": size * 4})
    trickled = server.get("WhoAmI?accounts")

    assert delayed.elapsed.total_seconds() >= 0.3
    assert len(trickled.content) == size


def test_tokens_can_expire_at_once(server: Server) -> None:
    server.fault({"expire_tokens": True})
    assert server.get("accounts").status_code == 401

    server.sign_in()
    assert server.get("accounts").status_code == 200


def test_latency_row_time_and_limits() -> None:
    server = Server("--latency-ms", "50", "--row-ms", "20", "--limits", "tenth")
    server.sign_in()

    read = server.get("WhoAmI")
    write = server.post("accounts", {"name": "A"})
    server.control("reset", {})

    assert 0.05 <= read.elapsed.total_seconds() < 0.5
    assert write.elapsed.total_seconds() >= 0.07
    assert read.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "599"
    assert server.stop() < 2


def test_a_taken_port_ends_with_2_and_one_line() -> None:
    server = Server()
    port = server.crm["url"].rpartition(":")[2]

    second = subprocess.run([*COMMAND, "--crm-port", port], capture_output=True, text=True, timeout=20)
    server.stop()

    assert second.returncode == 2
    assert len(second.stderr.strip().splitlines()) == 1
    assert second.stdout == ""


def test_the_servers_end_with_their_starter() -> None:
    server = Server()
    server.process.kill()
    server.process.wait()

    for _ in range(40):
        try:
            server.get("WhoAmI")
        except requests.ConnectionError:
            return
        except OSError:
            return  # the certificates went with the starter
        time.sleep(0.05)
    pytest.fail("the child still answers")


def test_a_data_folder_keeps_the_certificates(tmp_path: Path) -> None:
    server = Server("--data-dir", str(tmp_path))
    server.stop()

    assert Path(server.ready["ca"]).is_relative_to(tmp_path)
