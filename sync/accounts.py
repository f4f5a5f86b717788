"""Who may sign in and how: people that an administrator lets in, nobody else; their second step; their organization's account.

allauth asks these adapters. Nobody signs up. An organization's account (OpenID Connect) is connected to the person whose user
name or e-mail its claim names, or makes a person when a claim is mapped to a role. It never makes an administrator and is never
connected to one by itself: that takes a sign-in with the password first.
"""

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _

from connector import secrets
from sync.models import AuditEvent
from sync.roles import IT, SALESPERSON, VIEWER, is_administrator

ROLE_OF_WORD = {"salesperson": SALESPERSON, "viewer": VIEWER, "it": IT}
# What an encrypted secret begins with; what an earlier version kept in the clear does not.
_ENCRYPTED = "gAAAA"


# A browser that somebody signed in with before: it counts for itself, whatever others do at the same address.
KNOWN_COOKIE, KNOWN_SECONDS = "known_browser", 365 * 24 * 3600


def known_browser(request: HttpRequest) -> str:
    """Return the mark of a browser with which the person who signs in now has signed in before; blank for any other.

    The mark is signed and holds for one user name, so nobody makes themselves marks to guess somebody else's password with.
    Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
    """
    try:
        held = signing.loads(request.COOKIES.get(KNOWN_COOKIE, ""), salt=KNOWN_COOKIE, max_age=KNOWN_SECONDS)
    except signing.BadSignature:
        return ""
    return str(held["mark"]) if held["name"] == request.POST.get("login", "").strip().lower() else ""


class ClosedAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in without sign-up; failed attempts count per address and account, so that they lock nobody else out."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return what attempts are counted by: a known browser's mark, else the address."""
        return known_browser(request) or str(super().get_client_ip(request))

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> Any:
        """Mark the browser as known."""
        response = super().post_login(request, user, **how)
        mark = {"name": user.get_username().lower(), "mark": token_urlsafe(16)}
        response.set_cookie(
            KNOWN_COOKIE,
            signing.dumps(mark, salt=KNOWN_COOKIE),
            max_age=KNOWN_SECONDS,
            path=resolve_url("account_login"),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator, never by a visitor."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return what failed attempts are counted by. allauth counts by account alone, which would be an account lock."""
        return f"{self.get_client_ip(request)}:{super()._get_login_attempts_cache_key(request, **credentials)}"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead back to the person's own card."""
        return redirect("sync:person", person_id=request.user.pk).url


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The secrets of second steps, encrypted like every other secret."""

    def encrypt(self, text: str) -> str:
        """Return the stored form."""
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; one that an earlier version kept in the clear is taken as it is."""
        return secrets.decrypt(encrypted_text) if encrypted_text.startswith(_ENCRYPTED) else encrypted_text


class OrganizationAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Sign-in with the organization's account."""

    def get_requests_session(self) -> Any:
        """Return a session that follows no redirect: the authority's addresses are fixed."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Connect the account to the person it belongs to. Raises ImmediateHttpResponse for who has none here."""
        # Addresses are the authority's affair: allauth would mail those that somebody has already.
        sociallogin.email_addresses = []
        if sociallogin.is_existing or sociallogin.state.get("process") == "connect":
            return
        claims = claims_of(sociallogin)
        person = person_of(claims)
        if person is None and not role_of(claims):
            self._refuse(request, _("You have no account here yet. An administrator of this site can add you."))
        if person is not None:
            if is_administrator(person):
                text = _(
                    "An administrator's account is not connected by itself. Sign in with your password, then choose "
                    "“Organization's account” under your name."
                )
                self._refuse(request, text)
            sociallogin.connect(request, person)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Only who has a claim that is mapped to a role becomes a person here."""
        return bool(role_of(claims_of(sociallogin)))

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        """Store a new person with the role of their claim."""
        person: User = super().save_user(request, sociallogin, form)
        role = role_of(claims_of(sociallogin))
        person.groups.add(Group.objects.get(name=role))
        name = person.get_username()
        AuditEvent.objects.create(who=name, what="person_join", on_what=name, details={"role": role})
        return person

    def _refuse(self, request: HttpRequest, text: str) -> None:
        messages.error(request, text)
        raise ImmediateHttpResponse(redirect("account_login"))


def claims_of(sociallogin: Any) -> Mapping[str, Any]:
    """Return the claims of the identity token."""
    found = (sociallogin.account.extra_data or {}).get("id_token")
    return found if isinstance(found, dict) else {}


def person_of(claims: Mapping[str, Any]) -> User | None:
    """Return the one person whose user name or e-mail the claim names, or None; two of them are nobody."""
    name = str(claims.get(settings.OIDC.user_claim) or "").strip()
    if not name:
        return None
    found = list(User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name))[:2])
    return found[0] if len(found) == 1 else None


def role_of(claims: Mapping[str, Any]) -> str:
    """Return the role that the claims give to a new person; blank for none."""
    value = claims.get(settings.OIDC.roles_claim)
    values = value if isinstance(value, list) else [value]
    for wanted, word in settings.OIDC.roles.items():
        if wanted in values:
            return ROLE_OF_WORD[word]
    return ""
