"""Sign-in with an organization's own accounts by OpenID Connect, read from the environment.

Nothing set: passwords only. A wrong setting stops the start with a sentence.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from connector.project.environment import read_list, read_text

# Authorities of everybody: whoever has any account in any organization would be let in.
_ANYBODY = {"common", "organizations", "consumers"}
# An administrator is made by an administrator, never by a claim.
_ROLES = ("salesperson", "viewer", "it")
PROVIDER = "organization"


@dataclass(frozen=True, slots=True)
class Oidc:
    """One authority and what its claims mean here; `roles` maps a value of `roles_claim` to a role."""

    issuer: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    name: str = "Microsoft Entra ID"
    user_claim: str = "preferred_username"
    roles_claim: str = "groups"
    roles: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the authority."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    def providers(self) -> dict[str, object]:
        """Return SOCIALACCOUNT_PROVIDERS."""
        app = {
            "provider_id": PROVIDER,
            "name": self.name,
            "client_id": self.client_id,
            "secret": self.client_secret,
            # All that is needed stands in the identity token; the userinfo endpoint is somebody else's server.
            "settings": {"server_url": self.issuer, "fetch_userinfo": False, "oauth_pkce_enabled": True},
        }
        return {"openid_connect": {"APPS": [app] if self.issuer else []}}


def oidc_from_environment() -> Oidc:
    """Return the authority that people may sign in with. Raises ImproperlyConfigured."""
    issuer = read_text("OIDC_ISSUER").rstrip("/")
    if not issuer:
        return Oidc()
    parts = urlsplit(issuer)
    if parts.scheme != "https" or not parts.hostname:
        raise ImproperlyConfigured(f"OIDC_ISSUER is {issuer!r}. It must be an https address.")
    if _ANYBODY & set(parts.path.split("/")):
        raise ImproperlyConfigured(
            "OIDC_ISSUER names no tenant, so people of every organization could sign in. Put your tenant's id into it: "
            "https://login.microsoftonline.com/TENANT/v2.0."
        )
    client_id, secret = read_text("OIDC_CLIENT_ID"), read_text("OIDC_CLIENT_SECRET")
    if not client_id or not secret:
        raise ImproperlyConfigured("OIDC_ISSUER is set, so OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are needed too.")
    return Oidc(
        issuer=issuer,
        client_id=client_id,
        client_secret=secret,
        name=read_text("OIDC_NAME", Oidc().name),
        user_claim=read_text("OIDC_USER_CLAIM", Oidc().user_claim),
        roles_claim=read_text("OIDC_ROLES_CLAIM", Oidc().roles_claim),
        roles=_roles(read_list("OIDC_ROLES")),
    )


def _roles(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        value, mark, role = pair.rpartition("=")
        if not mark or not value or role not in _ROLES:
            raise ImproperlyConfigured(
                f"OIDC_ROLES holds {pair!r}. Each part is VALUE=ROLE, with one of the roles {', '.join(_ROLES)}; "
                "administrators are made on the page Users and roles."
            )
        found[value] = role
    return found


def second_factor_for(text: str) -> str:
    """Return who must sign in with a second step: "nobody", "administrators" or "everybody". Raises ImproperlyConfigured."""
    if text not in ("nobody", "administrators", "everybody"):
        raise ImproperlyConfigured(f"REQUIRE_SECOND_FACTOR is {text!r}. Set it to nobody, administrators or everybody.")
    return text
