"""The stand-in for Microsoft Entra ID: discovery, tokens, a sign-in page.

`msal` works with it unchanged (`instance_discovery=False`). Errors carry the AADSTS numbers Entra uses.
Source: learn.microsoft.com, "Microsoft identity platform and OAuth 2.0", "AADSTS error codes".
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.common.clock import Clock
from sandbox.common.wire import Request, Response, json_response
from sandbox.dataverse.directory import (
    Account,
    Application,
    Directory,
    SignInProblem,
    assertion_problem,
    pkce_matches,
)
from sandbox.dataverse.sign_in import SignIn
from sandbox.dataverse.tokens import LIFETIME_SECONDS, Tokens

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
OIDC_SCOPES = frozenset({"openid", "profile", "offline_access", "email"})


class Refused(Exception):
    """A token request is refused."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.number = number
        self.text = text


class Authority:
    """Answers everything outside the Web API and the control endpoints."""

    def __init__(self, clock: Clock, directory: Directory, tokens: Tokens) -> None:
        self._clock = clock
        self._directory = directory
        self._tokens = tokens
        self._sign_in = SignIn(clock, directory)
        self._refresh: dict[str, tuple[Account, str]] = {}
        self._grants: dict[str, Callable[[dict[str, str], Application, Request], dict[str, Any]]] = {
            "client_credentials": self._client_credentials,
            "password": self._password,
            "authorization_code": self._authorization_code,
            "refresh_token": self._refresh_token,
        }

    def handle(self, request: Request) -> Response | None:
        """The answer, or None if the address is not one of the authority's."""
        segments = request.segments()
        if segments[:2] == ["common", "userrealm"]:
            return json_response(_realm(segments[-1]))
        if len(segments) < 2:
            return None
        tenant, rest = segments[0], "/".join(segments[1:])
        call = {
            "v2.0/.well-known/openid-configuration": self._configuration,
            ".well-known/openid-configuration": self._configuration,
            "discovery/v2.0/keys": lambda _request: json_response(self._tokens.public_keys()),
            "oauth2/v2.0/token": self._token,
            "oauth2/token": self._token,
            "oauth2/v2.0/authorize": self._sign_in.answer,
            "oauth2/authorize": self._sign_in.answer,
        }.get(rest)
        if call is None:
            return None
        if not self._directory.knows_tenant(tenant):
            return self._refusal(Refused(400, "invalid_tenant", 90002, tenant_unknown(tenant)))
        return call(request)

    def _issuer(self, request: Request) -> str:
        return f"{request.base_url}/{self._directory.tenant}/v2.0"

    def _configuration(self, request: Request) -> Response:
        root = f"{request.base_url}/{request.segments()[0]}"
        return json_response(
            {
                "issuer": self._issuer(request),
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "jwks_uri": f"{root}/discovery/v2.0/keys",
                "userinfo_endpoint": f"{root}/openid/userinfo",
                "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "code_challenge_methods_supported": ["plain", "S256"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": sorted(OIDC_SCOPES),
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            }
        )

    # ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _token(self, request: Request) -> Response:
        fields = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if "resource" in fields:  # the older form: a resource instead of a scope
            fields.setdefault("scope", f"{fields['resource'].rstrip('/')}/.default")
        try:
            if request.verb != "POST":
                raise Refused(400, "invalid_request", 900561, "The endpoint only accepts POST requests.")
            grant = self._grants.get(fields.get("grant_type", ""))
            if grant is None:
                raise Refused(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
            application = self._directory.applications.get(fields.get("client_id", ""))
            if application is None:
                text = f"Application with identifier '{fields.get('client_id')}' was not found in the directory."
                raise Refused(400, "unauthorized_client", 700016, text)
            self._check_client(fields, application, request)
            return json_response(grant(fields, application, request), headers={"cache-control": "no-store"})
        except Refused as refused:
            return self._refusal(refused)

    def _check_client(self, fields: dict[str, str], application: Application, request: Request) -> None:
        """Check the secret or the assertion, where one is given or needed."""
        if fields.get("client_assertion"):
            audience = f"{request.base_url}{request.path}"
            problem = assertion_problem(application, fields["client_assertion"], audience, self._clock.seconds())
            if problem:
                text = f"Client assertion failed signature validation: {problem}."
                raise Refused(401, "invalid_client", 700027, text)
        elif "client_secret" in fields:
            if application.secret is None or fields["client_secret"] != application.secret:
                text = (
                    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                    f"value, not the client secret ID, for a secret added to app '{application.client_id}'."
                )
                raise Refused(401, "invalid_client", 7000215, text)
        elif fields["grant_type"] == "client_credentials":
            text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            raise Refused(401, "invalid_client", 7000218, text)

    def _client_credentials(self, fields: dict[str, str], application: Application, request: Request) -> dict[str, Any]:
        scopes = fields.get("scope", "").split()
        if len(scopes) != 1 or not scopes[0].endswith("/.default"):
            text = (
                f"The provided value for scope {fields.get('scope')} is not valid. It needs one scope with /.default."
            )
            raise Refused(400, "invalid_scope", 1002012, text)
        claims = {**self._claims(scopes[0], request), "appid": application.client_id, "oid": application.object_id}
        claims |= {"idtyp": "app", "sub": application.object_id}
        return {"token_type": "Bearer", **_lifetime(), "access_token": self._tokens.issue(claims)}

    def _password(self, fields: dict[str, str], application: Application, request: Request) -> dict[str, Any]:
        account = self._directory.signed_in(fields.get("username", ""), fields.get("password", ""))
        if isinstance(account, SignInProblem):
            raise Refused(400, "invalid_grant", account.number, account.text)
        return self._delegated(account, application, fields.get("scope", ""), request, fields)

    def _authorization_code(self, fields: dict[str, str], application: Application, request: Request) -> dict[str, Any]:
        code = self._sign_in.redeem(fields.get("code", ""))
        if code is None:
            raise Refused(400, "invalid_grant", 70008, "The provided authorization code is invalid or has expired.")
        asked = code.fields
        if asked["client_id"] != application.client_id or asked["redirect_uri"] != fields.get("redirect_uri"):
            text = "The reply address does not match the reply address provided when requesting Authorization code."
            raise Refused(400, "invalid_grant", 500112, text)
        challenge = asked.get("code_challenge")
        method = asked.get("code_challenge_method", "plain")
        if challenge and not fields.get("code_verifier"):
            raise Refused(400, "invalid_grant", 50148, "The code_verifier is missing.")
        if challenge and not pkce_matches(challenge, method, fields["code_verifier"]):
            raise Refused(400, "invalid_grant", 501481, "The Code_Verifier does not match the code_challenge supplied.")
        return self._delegated(code.account, application, asked["scope"], request, {**fields, **asked})

    def _refresh_token(self, fields: dict[str, str], application: Application, request: Request) -> dict[str, Any]:
        held = self._refresh.get(fields.get("refresh_token", ""))
        if held is None or held[1] != application.client_id:
            raise Refused(400, "invalid_grant", 700082, "The refresh token is unknown or has expired.")
        return self._delegated(held[0], application, fields.get("scope", ""), request, fields)

    def _delegated(
        self, account: Account, application: Application, scope: str, request: Request, fields: dict[str, str]
    ) -> dict[str, Any]:
        """The tokens of a signed-in person."""
        resources = [name for name in scope.split() if name not in OIDC_SCOPES]
        if len(resources) != 1:
            raise Refused(400, "invalid_scope", 70011, f"The provided value for the input parameter 'scope' ({scope}).")
        claims = {**self._claims(resources[0], request), "appid": application.client_id, "oid": account.object_id}
        claims |= {"sub": account.object_id, "scp": "user_impersonation", "upn": account.user, "name": account.name}
        refresh = uuid.uuid4().hex + uuid.uuid4().hex
        self._refresh[refresh] = (account, application.client_id)
        identity = {
            "aud": application.client_id,
            "iss": self._issuer(request),
            "tid": self._directory.tenant,
            "oid": account.object_id,
            "sub": account.object_id,
            "name": account.name,
            "preferred_username": account.user,
            "iat": int(self._clock.seconds()),
            "exp": int(self._clock.seconds()) + LIFETIME_SECONDS,
        }
        if fields.get("nonce"):
            identity["nonce"] = fields["nonce"]
        return {
            "token_type": "Bearer",
            "scope": " ".join([resources[0], *(name for name in scope.split() if name in OIDC_SCOPES)]),
            **_lifetime(),
            "access_token": self._tokens.issue(claims),
            "refresh_token": refresh,
            "id_token": self._tokens.sign(identity),
            "client_info": _client_info(account.object_id, self._directory.tenant),
        }

    def _claims(self, scope: str, request: Request) -> dict[str, Any]:
        """Audience, issuer and tenant of an access token."""
        resource = scope.rpartition("/")[0].rstrip("/")
        if resource != request.base_url:
            text = (
                f"The resource principal named {resource} was not found in the tenant named {self._directory.domain}."
            )
            raise Refused(400, "invalid_resource", 500011, text)
        issuer = f"{request.base_url}/{self._directory.tenant}/"
        return {"aud": resource, "iss": issuer, "tid": self._directory.tenant, "ver": "1.0"}

    def _refusal(self, refused: Refused) -> Response:
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        stamp = self._clock.now().strftime("%Y-%m-%d %H:%M:%SZ")
        text = (
            f"AADSTS{refused.number}: {refused.text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
        )
        body = {
            "error": refused.error,
            "error_description": text,
            "error_codes": [refused.number],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
        }
        return json_response(body, refused.status)


def tenant_unknown(tenant: str) -> str:
    """The text for a tenant nobody knows."""
    return (
        f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct "
        "cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the "
        "tenant."
    )


def _lifetime() -> dict[str, int]:
    return {"expires_in": LIFETIME_SECONDS, "ext_expires_in": LIFETIME_SECONDS}


def _client_info(object_id: str, tenant: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps({"uid": object_id, "utid": tenant})).rstrip(b"=").decode()


def _realm(user: str) -> dict[str, Any]:
    return {
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": user.rpartition("@")[2],
        "cloud_instance_name": "microsoftonline.com",
    }
