"""A person's theme and row height: kept in cookies, so they hold before sign-in too."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from sync.context import DENSITIES, THEMES
from sync.views.pages import back_to

YEAR = 31_536_000


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen and return to the page."""
    response = back_to(request, reverse("sync:home"))
    for name, allowed in (("theme", THEMES), ("density", DENSITIES)):
        value = request.POST.get(name, "-")
        if value in allowed:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return response
