"""The administrator's sign-in, used once and kept nowhere: by authorization code with PKCE, or by user and password."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from connector.delegated import PersonToken, code_flow_finish, code_flow_start, password_sign_in
from connector.errors import ConfigurationError
from connector.models import Connection

AdministratorToken = PersonToken
"""A sign-in of an administrator; `expires_at` is UTC. The token itself is never shown, stored or logged."""

# What goes into the session: nothing of the administrator's, and texts only.
_KEPT = ("auth_uri", "state", "nonce", "code_verifier", "redirect_uri")


def sign_in_start(sales: Connection, redirect_uri: str) -> tuple[str, dict[str, str]]:
    """Return the address to send the browser to, and the flow to keep in the session until it comes back.

    The flow holds state, nonce and code verifier: nothing of the administrator's. Raises ConfigurationError,
    ServerUnavailable.
    """
    flow = code_flow_start(sales, redirect_uri)
    kept = {name: str(flow[name]) for name in _KEPT if flow.get(name)}
    kept["scope"] = " ".join(flow.get("scope") or ())
    return kept["auth_uri"], kept


def sign_in_finish(sales: Connection, flow: Mapping[str, str], query: Mapping[str, str]) -> AdministratorToken:
    """Exchange what the browser brought back for a token. Raises AuthenticationError with a sentence.

    The caller takes the flow out of the session first: it is good for one answer.
    """
    whole: dict[str, Any] = {**flow, "scope": flow.get("scope", "").split(), "claims_challenge": None}
    return code_flow_finish(sales, whole, {name: str(value) for name, value in query.items()})


def sign_in_password(sales: Connection, user: str, password: str) -> AdministratorToken:
    """Sign in with user and password, where the tenant still allows it. Raises AuthenticationError with a sentence."""
    return password_sign_in(sales, user.strip(), password)


def token_to_json(token: AdministratorToken) -> dict[str, str]:
    """Return a token in the form in which it goes through the pipe to the child process, and nowhere else."""
    return {
        "access_token": token.access_token,
        "user_name": token.user_name,
        "expires_at": token.expires_at.isoformat(),
    }


def token_from_json(data: Mapping[str, str]) -> AdministratorToken:
    """Return the token that came through the pipe. Raises ConfigurationError when none came."""
    try:
        expires_at = datetime.fromisoformat(str(data["expires_at"]))
        token = AdministratorToken(str(data["access_token"]), str(data.get("user_name") or ""), expires_at)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError("No administrator's sign-in came by standard input.", code="no_token") from error
    if timezone.is_naive(expires_at):
        raise ConfigurationError("The administrator's sign-in says no time zone.", code="no_token")
    return token
