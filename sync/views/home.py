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


PERMISSIONS = {
    "sync:conflicts": "sync.view_fieldconflict",
    "sync:errors": "sync.view_synchjoberror",
    "sync:jobs": "sync.view_synchjob",
    "sync:mappings": "sync.view_integrationtablemapping",
    "sync:review": "sync.view_synchrun",
}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the role centre."""
    name = getattr(request.user, "first_name", "") or request.user.get_username()
    found = selectors.home()
    context = {
        "home": found,
        "cues": [cue for cue in found.cues if request.user.has_perm(PERMISSIONS[cue.url_name])],
        "needs": [need for need in found.needs if request.user.has_perm(PERMISSIONS[need.url_name])],
        "greeting": greeting() % {"name": name},
        "now": timezone.now(),
    }
    return render(request, "sync/home.html", context)


@require_GET
def bridge(request: HttpRequest) -> HttpResponse:
    """Show both systems and what happens between them."""
    return render(request, "includes/_bridge.html", {})
