"""Who may call: HTTP Basic with a user's web service access key, bearer tokens (Business Central), Windows-only servers.

The token endpoint answers the client credentials of an application and, as Microsoft's authority does for delegated
use, a refresh token. Reference 2.1 to 2.4, 7.5.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from typing import Any, Final
from urllib.parse import parse_qs

from sandbox.common.clock import Clock
from sandbox.common.options import NAV_SIGN_IN
from sandbox.common.wire import Request, Response, json_response
from sandbox.nav.directory import CLIENT_ID, CLIENT_SECRET, KEY, USER, Directory, User

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "KEY", "KINDS", "REFRESH_TOKEN", "SCOPE", "TOKEN_PATH", "USER", "Authority"]

TENANT: Final = "common"
SCOPE: Final = "https://api.businesscentral.dynamics.com/.default"
REFRESH_TOKEN: Final = "sandbox-erp-refresh-token"
TOKEN_SECONDS: Final = 3599
TOKEN_PATH: Final = f"/{TENANT}/oauth2/v2.0/token"
KINDS: Final = NAV_SIGN_IN
"""What a server offers: Basic with access keys, Kerberos alone, or Kerberos and NTLM."""
_TOKEN_PATH: Final = re.compile(r"/[\w.-]+/oauth2/v2\.0/token")
_REALM: Final = 'Basic realm="Microsoft Dynamics NAV"'


class Authority:
    """Checks credentials; issues and expires the tokens of the Business Central flavour."""

    def __init__(self, clock: Clock, directory: Directory, kind: str = "basic", *, oauth: bool = False) -> None:
        self._clock = clock
        self._directory = directory
        self.kind = kind
        self.oauth = oauth
        self._tokens: dict[str, tuple[float, str]] = {}

    def caller(self, request: Request) -> User | None:
        """The user whose valid credentials the request carries, of a kind this server takes; None without."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if self.kind != "basic":
            return None
        if scheme.lower() == "basic":
            return self._basic(value.strip())
        if scheme.lower() == "bearer" and self.oauth:
            return self._bearer(value.strip())
        return None

    def challenge(self) -> list[str]:
        """The values of `WWW-Authenticate` in a 401."""
        return {"basic": [_REALM], "windows": ["Negotiate"], "ntlm": ["Negotiate", "NTLM"]}[self.kind]

    def expire(self) -> None:
        """Refuse every token issued up to now."""
        self._tokens.clear()

    def is_token_path(self, path: str) -> bool:
        """Whether a path is the token endpoint of any tenant."""
        return self.oauth and bool(_TOKEN_PATH.fullmatch(path))

    def token(self, request: Request) -> Response:
        """The token endpoint."""
        form = {name: values[-1] for name, values in parse_qs(request.body.decode("latin-1")).items()}
        grant = form.get("grant_type")
        if grant == "refresh_token":
            return self._refreshed(form)
        if grant != "client_credentials":
            return _refused("unsupported_grant_type", "AADSTS70003: The grant type is not supported.")
        application = self._directory.find(form.get("client_id", ""))
        if application is None or form.get("client_secret") != application.key:
            return _refused("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
        if form.get("scope", SCOPE) != SCOPE:
            return _refused("invalid_scope", f"AADSTS70011: The scope {form['scope']} is not valid.")
        return json_response(self._issued(application.name))

    def _refreshed(self, form: dict[str, str]) -> Response:
        """Delegated use: a refresh token gives the rights of the user it was made for."""
        if self._directory.find(form.get("client_id", "")) is None:
            return _refused("invalid_client", "AADSTS700016: Application not found in the directory.")
        if form.get("refresh_token") != REFRESH_TOKEN:
            return _refused("invalid_grant", "AADSTS70000: The refresh token is not valid.")
        return json_response(self._issued(USER) | {"refresh_token": REFRESH_TOKEN})

    def _issued(self, name: str) -> dict[str, Any]:
        value = secrets.token_urlsafe(48)
        self._tokens[value] = self._clock.seconds() + TOKEN_SECONDS, name
        return {"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "access_token": value}

    def _bearer(self, value: str) -> User | None:
        """The user of a token; an application that is not enabled in the ERP is refused here, not by the authority."""
        until, name = self._tokens.get(value, (0.0, ""))
        user = self._directory.find(name) if until > self._clock.seconds() else None
        return user if user is not None and user.enabled else None

    def _basic(self, value: str) -> User | None:
        try:
            name, _, key = base64.b64decode(value, validate=True).decode("latin-1").partition(":")
        except (binascii.Error, ValueError):
            return None
        return self._directory.with_key(name, key)


def _refused(error: str, description: str, status: int = 400) -> Response:
    return json_response({"error": error, "error_description": description}, status)
