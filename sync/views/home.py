"""The role centre, and the bridge that every page polls."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sync.selectors import home as selectors


def greeting() -> str:
    """Return a greeting that fits the hour."""
    hour = timezone.localtime().hour
    if hour < 12:
        return _("Good morning, %(name)s")
    return _("Good afternoon, %(name)s") if hour < 18 else _("Good evening, %(name)s")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the role centre."""
    name = getattr(request.user, "first_name", "") or request.user.get_username()
    context = {"home": selectors.home(), "greeting": greeting() % {"name": name}, "now": timezone.now()}
    return render(request, "sync/home.html", context)


@require_GET
def bridge(request: HttpRequest) -> HttpResponse:
    """Show both systems and what happens between them."""
    return render(request, "includes/_bridge.html", {})
