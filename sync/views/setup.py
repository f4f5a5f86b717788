"""*Dynamics 365 Connection Setup*: both connections, read-only, and a test of each."""

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from connector.errors import IntegrationError
from connector.models import Connection
from sync.selectors import setup as selectors
from sync.tables.looks import BAD, OK, Look
from sync.views.pages import needs, page

logger = logging.getLogger(__name__)


@require_GET
@needs("connector.view_connection")
def connection_setup(request: HttpRequest) -> HttpResponse:
    """Show both connections with their state and the last check."""
    return render(request, "sync/setup.html", {"ends": selectors.ends(), "may_test": _may_test(request)})


def _may_test(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("connector.change_connection"))


@require_POST
@needs("connector.change_connection")
def connection_test(request: HttpRequest, side: str) -> HttpResponse:
    """Run the check of one connection and show each step with its time."""
    connection = selectors.connection_of(side)
    if connection is None:
        raise Http404
    context = {
        "ends": selectors.ends(),
        "may_test": True,
        "tested": side,
        "checks": checks_of(connection),
    }
    return page(request, "sync/setup.html", "sync/_checks.html", context)


def checks_of(connection: Connection) -> list[dict[str, Any]]:
    """Run the check and return its steps: look, sentence, seconds."""
    try:
        from connector.services import connection_check
    except ImportError:
        return [_step("", False, _("The connection check is not part of this version yet."), None)]
    try:
        results = list(connection_check(connection))
    except IntegrationError as error:
        return [_step("", False, str(error), None)]
    return [
        _step(
            str(getattr(result, "name", "")),
            bool(getattr(result, "ok", False)),
            str(getattr(result, "text", result)),
            getattr(result, "seconds", None),
        )
        for result in results
    ]


def _step(name: str, ok: bool, text: str, seconds: float | None) -> dict[str, Any]:
    look: Look = OK.saying(_("Passed")) if ok else BAD
    return {"look": look, "name": name, "text": text, "seconds": seconds}
