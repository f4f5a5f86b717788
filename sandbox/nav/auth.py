"""Who may call: HTTP Basic with a user's web service access key, bearer tokens (Business Central), Windows-only servers."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Final
from urllib.parse import parse_qs

from sandbox.common.clock import Clock
from sandbox.common.wire import Request, Response, json_response

USER: Final = "CONNECTOR"
KEY: Final = base64.b64encode(b"web-service-access-key-of-sandbx").decode()
CLIENT_ID: Final = "8d1f4f0e-52a4-4a83-9a5a-0f2a64c0d1b7"
CLIENT_SECRET: Final = "sandbox-erp-client-secret"
TENANT: Final = "common"
SCOPE: Final = "https://api.businesscentral.dynamics.com/.default"
TOKEN_SECONDS: Final = 3599
TOKEN_PATH: Final = f"/{TENANT}/oauth2/v2.0/token"
KINDS: Final = ("basic", "windows")
_REALM: Final = 'Basic realm="Microsoft Dynamics NAV"'


class Authority:
    """Checks credentials; issues and expires the tokens of the Business Central flavour."""

    def __init__(self, clock: Clock, kind: str = "basic", *, oauth: bool = False) -> None:
        self._clock = clock
        self.kind = kind
        self.oauth = oauth
        self._tokens: dict[str, float] = {}

    def accepts(self, request: Request) -> bool:
        """Whether the request carries valid credentials of a kind this server takes."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if self.kind == "windows":
            return False
        if scheme.lower() == "basic":
            return _basic(value.strip())
        if scheme.lower() == "bearer" and self.oauth:
            return self._tokens.get(value.strip(), 0) > self._clock.seconds()
        return False

    def challenge(self) -> list[str]:
        """The values of `WWW-Authenticate` in a 401."""
        return ["Negotiate", "NTLM"] if self.kind == "windows" else [_REALM]

    def expire(self) -> None:
        self._tokens.clear()

    def token(self, request: Request) -> Response:
        """The token endpoint: client credentials only."""
        form = {name: values[-1] for name, values in parse_qs(request.body.decode("latin-1")).items()}
        if form.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type", "Only client_credentials is supported.")
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
            return _refused("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
        if form.get("scope", SCOPE) != SCOPE:
            return _refused("invalid_scope", f"AADSTS70011: The scope {form['scope']} is not valid.")
        value = secrets.token_urlsafe(48)
        self._tokens[value] = self._clock.seconds() + TOKEN_SECONDS
        return json_response({"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "access_token": value})


def _basic(value: str) -> bool:
    try:
        user, _, key = base64.b64decode(value, validate=True).decode("latin-1").partition(":")
    except (binascii.Error, ValueError):
        return False
    return user.upper() == USER and secrets.compare_digest(key.encode(), KEY.encode())


def _refused(error: str, description: str, status: int = 400) -> Response:
    return json_response({"error": error, "error_description": description}, status)
