"""Sign-in of a person, for work that only a person may do: nothing of it is kept, and no refresh token is asked for.

By authorization code with PKCE through the browser, or by user name and password. A client made with such a token shares
nothing with the connection's own clients.
Source: learn.microsoft.com, "Microsoft identity platform and OAuth 2.0 authorization code flow"; msal application.py.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msal

from connector.addresses import PinnedAdapter, rules_from_settings
from connector.auth import (
    MICROSOFT_AUTHORITIES,
    BearerAuth,
    EntraCredential,
    IdentitySession,
    authority_error,
    client_credential,
    identity_server_error,
    token_error,
)
from connector.dataverse.client import DataverseClient
from connector.errors import AuthenticationError, IntegrationError
from connector.models import AuthKind, Connection
from connector.schema_cache import MemoryCache
from connector.services import verify_of
from connector.transport import TimeLimits, Transport

# What a person's token may do: everything that the person may.
SCOPE = "user_impersonation"
SECOND_FACTOR = frozenset({"50072", "50074", "50076", "50079", "50158"})
NO_PUBLIC_CLIENT = frozenset({"7000218"})


@dataclass(frozen=True, slots=True)
class PersonToken:
    """A person's access token; `expires_at` is UTC."""

    access_token: str = field(repr=False)
    user_name: str
    expires_at: datetime


class FixedBearer(BearerAuth):
    """Puts one given token on every request; there is no other to be had."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def _fetch(self) -> str:
        return self._token

    def renew(self) -> bool:
        """Tell that there is no other token."""
        return False


@contextmanager
def person_client(connection: Connection, token: str, *, limits: TimeLimits | None = None) -> Iterator[DataverseClient]:
    """Open a client of the Sales side that acts as the person whose token it is."""
    verify = verify_of(connection)
    transport = Transport(
        explain=DataverseClient.explain,
        auth=FixedBearer(token),
        adapter=PinnedAdapter(rules_from_settings()),
        headers=DataverseClient.headers(),
        verify=verify,
        limits=limits,
    )
    with DataverseClient(connection.address, transport, cache=MemoryCache()) as client:
        yield client


def code_flow_start(connection: Connection, redirect_uri: str) -> dict[str, Any]:
    """Return msal's flow: `auth_uri` for the browser; state, nonce and code verifier for later. Raises IntegrationError."""
    with _application(connection) as (application, credential), _explained(credential), warnings.catch_warnings():
        # The session cookie does not come along with a form that another site posts, so the answer comes in the address.
        warnings.filterwarnings("ignore", message="response_mode")
        return dict(
            application.initiate_auth_code_flow(
                [credential.scope], redirect_uri=redirect_uri, prompt="select_account", response_mode="query"
            )
        )


def code_flow_finish(connection: Connection, flow: Mapping[str, Any], query: Mapping[str, str]) -> PersonToken:
    """Exchange what the browser brought back. Raises AuthenticationError, also for an answer to another question."""
    with _application(connection) as (application, credential), _explained(credential):
        try:
            result = application.acquire_token_by_auth_code_flow(dict(flow), dict(query))
        except (ValueError, RuntimeError) as error:
            # Another state than the one that was sent, or an id token that does not hold.
            raise AuthenticationError(
                "The answer to the sign-in does not belong to this set-up. Sign in again.", code="foreign_answer"
            ) from error
        return _token(result, credential, "")


def password_sign_in(connection: Connection, user: str, password: str) -> PersonToken:
    """Sign in with user name and password. Raises AuthenticationError, also where the tenant wants a second factor."""
    with _application(connection) as (application, credential), _explained(credential), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        result = application.acquire_token_by_username_password(user, password, [credential.scope])
        return _token(result, credential, user)


@contextmanager
def _application(connection: Connection) -> Iterator[tuple[Any, EntraCredential]]:
    """Open the connection's app registration for a person's sign-in; its token cache ends with it."""
    is_public = connection.auth_kind == AuthKind.PASSWORD
    credential = EntraCredential(
        kind=connection.auth_kind,
        authority=connection.authority,
        client_id=connection.client_id,
        secret="" if is_public else connection.secret_text(),
        scope=f"{connection.address.rstrip('/')}/{SCOPE}",
        thumbprint=connection.thumbprint,
    )
    session = IdentitySession(credential.authority, verify_of(connection), PinnedAdapter(rules_from_settings()))
    host = urlsplit(credential.authority).hostname or ""
    common: dict[str, Any] = {
        "authority": credential.authority,
        "instance_discovery": None if host in MICROSOFT_AUTHORITIES else False,
        "http_client": session,
        # No refresh token: the access token's hour is all that the work gets.
        "exclude_scopes": ["offline_access"],
    }
    try:
        yield _made(credential, common, is_public=is_public), credential
    finally:
        session.close()


def _made(credential: EntraCredential, common: dict[str, Any], *, is_public: bool) -> Any:
    """Return msal's application, which asks the authority for its addresses."""
    try:
        if is_public:
            return msal.PublicClientApplication(credential.client_id, **common)
        return msal.ConfidentialClientApplication(
            credential.client_id, client_credential=client_credential(credential), **common
        )
    except msal.exceptions.MsalError as error:
        raise identity_server_error(credential) from error
    except ValueError as error:
        raise authority_error(credential) from error


@contextmanager
def _explained(credential: EntraCredential) -> Iterator[None]:
    try:
        yield
    except (msal.exceptions.MsalError, ValueError) as error:
        raise identity_server_error(credential) from error


def _token(result: Mapping[str, Any] | None, credential: EntraCredential, user: str) -> PersonToken:
    answer = dict(result or {})
    if "access_token" not in answer:
        raise _refusal(answer, credential)
    claims = answer.get("id_token_claims") or {}
    life = int(answer.get("expires_in") or 0)
    return PersonToken(
        str(answer["access_token"]),
        str(claims.get("preferred_username") or claims.get("name") or user),
        datetime.now(UTC) + timedelta(seconds=life),
    )


def _refusal(answer: Mapping[str, Any], credential: EntraCredential) -> IntegrationError:
    code = str(answer.get("error") or "")
    numbers = {str(number) for number in answer.get("error_codes") or ()}
    if code in {"access_denied", "consent_required"}:
        return AuthenticationError(
            "The sign-in was cancelled, or the application was not given consent. Sign in again and accept what it asks for.",
            code=code,
        )
    if numbers & SECOND_FACTOR:
        return AuthenticationError(
            "This account signs in with a second factor, so user name and password are not enough. Sign in with the browser.",
            code=code,
        )
    if numbers & NO_PUBLIC_CLIENT:
        return AuthenticationError(
            "The app registration does not allow public client flows. Allow them in Microsoft Entra, or connect with a client "
            "secret or certificate.",
            code=code,
        )
    return token_error(answer, credential)
