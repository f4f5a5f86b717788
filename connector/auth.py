"""Sign-in to both systems, as requests authentications.

Tokens come from msal and are kept per process and credential, so that a client costs no token request of its own. A
token is renewed once when the server answers 401; the transport asks for it (`renew`).
Sources: msal application.py, authority.py; NAV: "Web service access key", OData basic authentication.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msal
import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from requests import PreparedRequest
from requests.adapters import BaseAdapter
from requests.auth import AuthBase, HTTPBasicAuth

from connector import odata
from connector.errors import AuthenticationError, ConfigurationError, IntegrationError, ServerUnavailable, Throttled
from connector.transport import TimeLimits, bare_session, connection_error, retry_after_seconds

MICROSOFT_AUTHORITIES = frozenset(
    {
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "login.chinacloudapi.cn",
        "login.windows.net",
        "login.microsoft.com",
        "sts.windows.net",
    }
)
TOKEN_SECONDS = 30.0
DISCOVERY = "/.well-known/openid-configuration"
EARLY_RETRY_SECONDS = 5.0
# A token with less life left is fetched anew, as msal does.
EARLY_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class EntraCredential:
    """How to sign in at an identity server.

    `kind` is client_secret, certificate or password. `secret` is the client secret, the PEM text of private key (and
    certificate), or the password. `thumbprint` is the certificate's hex SHA-1; empty when the PEM holds the certificate.
    """

    kind: str
    authority: str
    client_id: str
    secret: str
    scope: str
    user: str = ""
    thumbprint: str = ""

    def __repr__(self) -> str:
        return f"EntraCredential({self.kind}, {self.authority}, {self.client_id})"


class IdentitySession:
    """The http client that msal uses: our limits and CA, and the user realm look-up on the authority's own port.

    msal asks `https://{bare host}/common/userrealm/…`, which misses an authority on another port than 443.
    """

    def __init__(self, authority: str, verify: str | bool, adapter: BaseAdapter | None) -> None:
        self._authority = urlsplit(authority)
        self._session = bare_session(adapter, verify)

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        """GET within the time limit."""
        return self._request("GET", url, kwargs)

    def post(self, url: str, **kwargs: Any) -> requests.Response:
        """POST within the time limit."""
        return self._request("POST", url, kwargs)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _request(self, method: str, url: str, kwargs: dict[str, Any]) -> requests.Response:
        parts = urlsplit(url)
        if parts.hostname == self._authority.hostname and "/userrealm/" in parts.path:
            url = urlunsplit(parts._replace(netloc=self._authority.netloc))
        kwargs.pop("allow_redirects", None)
        try:
            response = self._session.request(method, url, timeout=TOKEN_SECONDS, allow_redirects=False, **kwargs)
        except requests.RequestException as error:
            raise connection_error(error, url, TimeLimits(read=TOKEN_SECONDS, total=TOKEN_SECONDS)) from error
        if urlsplit(url).path.endswith(DISCOVERY):
            _passing_trouble(response)
        return response


def _passing_trouble(response: requests.Response) -> None:
    """Raise Throttled, ServerUnavailable or Timeout for what passes by itself; msal would take it for an unknown tenant."""
    if response.status_code == 429:
        seconds = retry_after_seconds(response.headers, EARLY_RETRY_SECONDS)
        raise Throttled("The identity server asks for a pause.", retry_after=seconds, code="429")
    if response.status_code == 200:
        odata.json_body(response.headers.get("Content-Type", ""), response.content)


class BearerAuth(AuthBase, ABC):
    """Puts a bearer token on every request; the token itself comes from `_fetch`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token()}"
        return request

    def token(self) -> str:
        """Return a valid access token. Raises out of the error tree."""
        with self._lock:
            return self._fetch()

    @abstractmethod
    def _fetch(self) -> str:
        """Return a valid token, from the cache or anew."""

    @abstractmethod
    def renew(self) -> bool:
        """Throw the token away, so that the next request fetches another."""


class EntraAuth(BearerAuth):
    """Client credentials (secret, certificate) and, for set-ups that still need it, user name and password."""

    def __init__(
        self, credential: EntraCredential, *, verify: str | bool = True, adapter: BaseAdapter | None = None
    ) -> None:
        super().__init__()
        self.credential = credential
        self._verify = verify
        self._adapter = adapter
        self._application: Any = None

    def renew(self) -> bool:
        """Empty the token cache."""
        with self._lock:
            if self._application is None:
                return False
            if self.credential.kind == "password":
                for account in self._application.get_accounts():
                    self._application.remove_account(account)
            else:
                self._application.remove_tokens_for_client()
            return True

    def _fetch(self) -> str:
        try:
            application = self._app()
            if self.credential.kind == "password":
                result = self._by_password(application)
            else:
                result = application.acquire_token_for_client(scopes=[self.credential.scope])
        except (msal.exceptions.MsalError, ValueError) as error:
            # A failure of the server's own, or a page instead of JSON.
            raise identity_server_error(self.credential) from error
        if not result or "access_token" not in result:
            raise token_error(result or {}, self.credential)
        return str(result["access_token"])

    def _by_password(self, application: Any) -> dict[str, Any] | None:
        scopes = [self.credential.scope]
        for account in application.get_accounts(username=self.credential.user):
            if found := application.acquire_token_silent(scopes, account=account):
                return dict(found)
        return dict(
            application.acquire_token_by_username_password(self.credential.user, self.credential.secret, scopes)
        )

    def _app(self) -> Any:
        if self._application is None:
            self._application = self._made()
        return self._application

    def _made(self) -> Any:
        credential = self.credential
        host = urlsplit(credential.authority).hostname or ""
        common: dict[str, Any] = {
            "authority": credential.authority,
            "instance_discovery": None if host in MICROSOFT_AUTHORITIES else False,
            "http_client": IdentitySession(credential.authority, self._verify, self._adapter),
        }
        try:
            if credential.kind == "password":
                return msal.PublicClientApplication(credential.client_id, **common)
            return msal.ConfidentialClientApplication(
                credential.client_id, client_credential=client_credential(credential), **common
            )
        except IntegrationError:
            raise
        except ValueError as error:
            raise authority_error(credential) from error


def client_credential(credential: EntraCredential) -> str | dict[str, Any]:
    """Return the credential as msal wants it. Raises ConfigurationError for a certificate that holds no private key."""
    if credential.kind == "client_secret":
        return credential.secret
    if "PRIVATE KEY" not in credential.secret:
        raise ConfigurationError(
            "The certificate holds no private key. Enter the PEM text of the private key together with the certificate.",
            code="certificate_form",
        )
    if credential.thumbprint:
        _check_key(credential.secret)
        return {"private_key": credential.secret, "thumbprint": credential.thumbprint.replace(":", "")}
    start = credential.secret.find("-----BEGIN CERTIFICATE-----")
    if start < 0:
        raise ConfigurationError(
            "Neither the certificate nor its thumbprint is given. Add the certificate's PEM text below the private key.",
            code="certificate_form",
        )
    end = credential.secret.find("-----END CERTIFICATE-----", start) + len("-----END CERTIFICATE-----")
    key = (credential.secret[:start] + credential.secret[end:]).strip() + "\n"
    _check_key(key)
    return {"private_key": key, "public_certificate": credential.secret[start:end] + "\n"}


def _check_key(pem: str) -> None:
    # msal would take an unreadable key for an unknown tenant.
    try:
        load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            "The certificate's private key cannot be read. Enter its PEM text complete and without a password.",
            code="certificate_form",
        ) from error


def identity_server_error(credential: EntraCredential) -> ServerUnavailable:
    """Return the error for an identity server that answers with a failure of its own, or not with JSON."""
    return ServerUnavailable(
        f"The identity server {urlsplit(credential.authority).netloc} does not answer as one. It is asked again later; if it "
        "stays so, check the authority in the connection, and whether a proxy stands in between.",
        code="identity_server",
    )


def authority_error(credential: EntraCredential) -> ConfigurationError:
    """Return the error for an identity server that does not know the tenant."""
    tenant = urlsplit(credential.authority).path.strip("/") or "(none)"
    return ConfigurationError(
        f"The identity server does not know the tenant {tenant}. Check the tenant id in the connection.", code="tenant"
    )


# AADSTS numbers and OAuth codes that a person can do something about.
_TOKEN_SENTENCES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("7000215", "invalid_client"), "The client secret or certificate is wrong. Make a new one and enter it."),
    (("7000222",), "The client secret has expired. Make a new one and enter it."),
    (("700016", "unauthorized_client"), "The application id is not known in this tenant. Check client id and tenant."),
    (("90002",), "The tenant is not known. Check the tenant id."),
    (("50126", "invalid_grant"), "User name or password is wrong."),
    (
        ("50076", "50079", "interaction_required"),
        "The user must sign in with a second factor, which a program cannot. "
        "Use an application user with a client secret or certificate.",
    ),
    (("50055",), "The user's password has expired. Set a new one and enter it."),
    (("50057",), "The user is disabled. Enable it, or use another one."),
    (
        ("500011", "invalid_resource", "invalid_scope"),
        "The scope does not name a system that this tenant knows. Check the address.",
    ),
)


def token_error(result: Mapping[str, Any], credential: EntraCredential) -> IntegrationError:
    """Return the typed error for a refused token request, from msal's answer."""
    code = str(result.get("error") or "no_answer")
    numbers = [str(number) for number in result.get("error_codes") or []]
    request_id = str(result.get("correlation_id") or "")
    if code in {"temporarily_unavailable", "server_error"}:
        return ServerUnavailable(
            "The identity server is busy. It is asked again later.", code=code, request_id=request_id
        )
    # The numbers are exact, the code is coarse: an expired secret is an invalid_client as well as a wrong one.
    for given in (set(numbers), {code}):
        for known, sentence in _TOKEN_SENTENCES:
            if set(known) & given:
                return AuthenticationError(f"Sign-in is refused. {sentence}", code=code, request_id=request_id)
    return AuthenticationError(
        f"Sign-in at {urlsplit(credential.authority).netloc} is refused ({code}). Check tenant, client id and secret.",
        code=code,
        request_id=request_id,
    )


class TokenUrlAuth(BearerAuth):
    """Client credentials against a bare token address: Business Central on-premises and stand-ins."""

    def __init__(
        self,
        token_url: str,
        client_id: str,
        secret: str,
        scope: str,
        *,
        verify: str | bool = True,
        adapter: BaseAdapter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._url, self._client_id, self._secret, self._scope = token_url, client_id, secret, scope
        self._session = IdentitySession(token_url, verify, adapter)
        self._clock = clock
        self._token = ""
        self._until = 0.0

    def renew(self) -> bool:
        """Forget the token."""
        with self._lock:
            had, self._token = bool(self._token), ""
            return had

    def _fetch(self) -> str:
        if self._token and self._clock() < self._until:
            return self._token
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret,
            "scope": self._scope,
        }
        response = self._session.post(self._url, data=form)
        content_type = response.headers.get("Content-Type", "")
        if response.status_code != 200:
            found = odata.error_body(content_type, response.content)
            credential = EntraCredential("client_secret", self._url, self._client_id, "", self._scope)
            busy = response.status_code >= 500 or response.status_code == 429
            code = "temporarily_unavailable" if busy else found.code
            raise token_error({"error": code}, credential)
        answer = odata.json_body(content_type, response.content)
        if not answer.get("access_token"):
            raise ServerUnavailable(
                "The token address answers without a token. Check the token address.", code="no_token"
            )
        life = str(answer.get("expires_in") or "0")
        self._token = str(answer["access_token"])
        self._until = self._clock() + max(0.0, (float(life) if life.isdecimal() else 0.0) - EARLY_SECONDS)
        return self._token


class NavBasicAuth(HTTPBasicAuth):
    """NAV user with web service access key (or password).

    Raises ConfigurationError for characters that NAV cannot take over Basic authentication.
    """

    def __init__(self, user: str, key: str) -> None:
        if not (user + key).isascii():
            raise ConfigurationError(
                "User name or web service access key holds characters that NAV's basic authentication cannot carry. "
                "Use a user with plain letters.",
                code="basic_characters",
            )
        super().__init__(user, key)


_kept: dict[tuple[Any, ...], BearerAuth] = {}
_kept_lock = threading.Lock()


def kept_auth(key: tuple[Any, ...], make: Callable[[], BearerAuth]) -> BearerAuth:
    """Return this process's authentication for a credential, made once, so that clients share its tokens."""
    with _kept_lock:
        if key not in _kept:
            if len(_kept) > 100:
                _kept.clear()
            _kept[key] = make()
        return _kept[key]
