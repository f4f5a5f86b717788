"""What all pages share: the whole page or its fragment, callouts, and where to go back to."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

STOP_POLLING = 286
View = Callable[..., HttpResponse]


def needs(permission: str) -> Callable[[View], View]:
    """Return a decorator: the page answers 403 to who lacks the permission."""
    return permission_required(permission, raise_exception=True)


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of the page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not getattr(htmx, "boosted", False)


def page(
    request: HttpRequest, template: str, fragment: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return the page, or its fragment for htmx; `status` counts for the fragment only."""
    chosen, code = (fragment, status) if is_fragment(request) else (template, 200)
    response = render(request, chosen, context, status=code)
    patch_vary_headers(response, ["HX-Request"])
    return response


def refused(request: HttpRequest, message: str) -> None:
    """Show a callout on the next page: what happened, why, what to do."""
    messages.error(request, message)


def done(request: HttpRequest, message: str) -> None:
    """Show the result of the person's own click on the next page."""
    messages.success(request, message)


def back_to(request: HttpRequest, fallback: str) -> HttpResponseRedirect:
    """Return to the page the person came from, if it is ours."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = fallback
    return HttpResponseRedirect(target)


def user_name(request: HttpRequest) -> str:
    """Return the name that the audit trail keeps."""
    full_name = request.user.get_full_name() if request.user.is_authenticated else ""
    return full_name or request.user.get_username()
