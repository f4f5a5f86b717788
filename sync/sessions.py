"""How long somebody stays signed in, and who must have a second step before anything else.

A session ends when nobody used it for SESSION_IDLE_SECONDS and at latest after SESSION_COOKIE_AGE seconds. Only whole pages and
forms are use: a page that keeps asking how a run goes on must not keep an empty chair signed in.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from sync.roles import is_administrator

BEGUN, SEEN, ENDED = "signed_in_at", "seen_at", "ended"
# Each use would be a write; once a minute is exact enough.
SEEN_SECONDS = 60
Answer = Callable[[HttpRequest], HttpResponse]


def session_begin(request: HttpRequest, **_signal: Any) -> None:
    """Note the time of a sign-in; Django has given the session a new key by then."""
    request.session[BEGUN] = request.session[SEEN] = time.time()
    request.session.pop(ENDED, None)


def is_own_asking(request: HttpRequest) -> bool:
    """Tell whether a page asks for a part of itself, without a person's doing."""
    return request.headers.get("HX-Request") == "true" and request.method == "GET"


def away(request: HttpRequest, url: str) -> HttpResponse:
    """Lead the whole page elsewhere; a fragment alone would show the other page inside this one."""
    if request.headers.get("HX-Request") != "true":
        return redirect(url)
    response = HttpResponse()
    response.headers["HX-Redirect"] = url
    return response


def sign_in_url(request: HttpRequest) -> str:
    """Return the sign-in page that leads back to the page the person is on."""
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    path = f"{here.path}?{here.query}" if here.query else here.path
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': path or '/'})}"


class SessionRules:
    """Ends sessions that are over, and sends whole pages, not fragments, to the sign-in."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, as nobody when the session is over."""
        if request.user.is_authenticated:
            self._look(request)
        was_signed_in = request.user.is_authenticated
        response = self.get_response(request)
        login = resolve_url(settings.LOGIN_URL)
        is_to_login = response.status_code == 302 and response.headers.get("Location", "").split("?")[0] == login
        if is_to_login and not was_signed_in and request.headers.get("HX-Request") == "true":
            return away(request, sign_in_url(request))
        return response

    def _look(self, request: HttpRequest) -> None:
        session, now = request.session, time.time()
        begun, seen = session.get(BEGUN), session.get(SEEN)
        if begun is None or seen is None:  # signed in by an earlier version
            session[BEGUN] = session[SEEN] = now
            return
        is_idle, is_old = now - seen > settings.SESSION_IDLE_SECONDS, now - begun > settings.SESSION_COOKIE_AGE
        if is_idle or is_old:
            logout(request)
            request.session[ENDED] = "idle" if is_idle else "old"
        elif now - seen > SEEN_SECONDS and not is_own_asking(request):
            session[SEEN] = now


# What somebody may still do who has to set up a second step first.
_OPEN = {
    "account_logout",
    "account_reauthenticate",
    "account_change_password",
    "set_language",
    "preferences",
    "health",
}


class SecondFactorRule:
    """Leads people who must have a second step to the page where they set one up (REQUIRE_SECOND_FACTOR)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Return the way to the second step for who lacks it, else None."""
        name = (request.resolver_match.url_name if request.resolver_match else "") or ""
        if settings.REQUIRE_SECOND_FACTOR == "nobody" or name in _OPEN or name.startswith("mfa_"):
            return None
        return away(request, resolve_url("mfa_index")) if needs_second_factor(request) else None


def needs_second_factor(request: HttpRequest) -> bool:
    """Tell whether somebody must set up a second step before anything else; the organization's sign-in has its own."""
    user = request.user
    if not user.is_authenticated or settings.REQUIRE_SECOND_FACTOR == "nobody":
        return False
    if settings.REQUIRE_SECOND_FACTOR == "administrators" and not is_administrator(user):
        return False
    if any(record.get("method") == "socialaccount" for record in get_authentication_records(request, user)):
        return False
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return not Authenticator.objects.filter(user=user, type__in=kinds).exists()
