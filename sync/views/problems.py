"""The error pages: what happened and where to go, in the look of the site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token


def _problem(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context = {"title": title, "text": text, "status": status}
    return render(request, f"{status}.html", context, status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the address or form holds something that cannot be read."""
    text = _("The address or the form holds something that cannot be read. Go back and try it from the page itself.")
    return _problem(request, 400, _("This request cannot be read"), text)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the person's role does not cover this."""
    text = _("Your role does not include this page or action. An administrator can add you to a group that does.")
    return _problem(request, 403, _("Your role does not include this"), text)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing is at this address."""
    text = _("Nothing is at this address. The record may have been renamed, or the link is from an earlier version.")
    return _problem(request, 404, _("This page does not exist"), text)


@requires_csrf_token
def too_many(request: HttpRequest) -> HttpResponse:
    """429: one address tries to sign in too often."""
    text = _(
        "There were too many attempts from your address. Wait a few minutes, then try again. No account is locked."
    )
    return _problem(request, 429, _("Too many attempts"), text)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500: a bug. Needs neither the database nor a session."""
    return render(None, "500.html", status=500)
