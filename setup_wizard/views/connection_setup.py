"""*Dynamics 365 Connection Setup*: the page beside the wizard, with everything that is set up and what can be done about it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from connector.errors import IntegrationError
from connector.models import Connection, Side
from connector.services import connection_check
from setup_wizard import page_facts
from setup_wizard.forms.addresses import AddressForm
from setup_wizard.sales_facts import SalesFacts, sales_facts_ask, sales_facts_kept
from sync.models import AuditEvent
from sync.tables.looks import BAD, OK
from sync.views.pages import needs, page

CHANGE = "connector.change_connection"


def context_of(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """Return what the page shows; `more` replaces parts of it."""
    nav, sales = page_facts.connection_of(Side.ERP), page_facts.connection_of(Side.CRM)
    facts: SalesFacts = more.pop("sales_facts", None) or sales_facts_kept(sales)
    enabled = bool(nav and sales and nav.is_enabled and sales.is_enabled)
    return {
        "ends": page_facts.ends(),
        "may_change": request.user.has_perm(CHANGE),
        "is_complete": bool(nav and sales),
        "is_enabled": enabled,
        "reason": next((end.state_reason for end in (nav, sales) if end and end.state_reason), ""),
        "jobs": page_facts.job_fact(),
        "facts": facts,
        "solution_facts": page_facts.solution_facts(facts) if facts.version else [],
        "reverse_facts": page_facts.reverse_facts(facts),
        "form": AddressForm(
            initial={name: getattr(facts, name) for name in ("web_client_url", "odata_url", "odata_user")}
        ),
        "last_event": AuditEvent.objects.filter(what__in=EVENTS).order_by("-pk").first(),
    } | more


EVENTS = ("integration_enabled", "integration_disabled", "setup", "setup_applied")


@require_GET
@needs("connector.view_connection")
def page_shown(request: HttpRequest) -> HttpResponse:
    """Show both connections, what Sales said last, and the actions; what Sales says now follows by itself."""
    return render(request, "setup_wizard/connection_setup.html", context_of(request))


@require_POST
@needs("connector.view_connection")
def sales_asked(request: HttpRequest) -> HttpResponse:
    """Ask Sales for version, solution and addresses, while the connection is enabled, and show them."""
    nav, sales = page_facts.connection_of(Side.ERP), page_facts.connection_of(Side.CRM)
    if nav is None or sales is None:
        raise Http404
    facts = sales_facts_ask(sales, nav) if nav.is_enabled and sales.is_enabled else None
    context = context_of(request, sales_facts=facts, is_fresh=True)
    return page(request, "setup_wizard/connection_setup.html", "setup_wizard/_sales_facts.html", context)


@require_POST
@needs(CHANGE)
def connection_test(request: HttpRequest, side: str) -> HttpResponse:
    """Test one connection and show each step with its time; works while it is disabled too."""
    connection = page_facts.connection_of(side)
    if connection is None:
        raise Http404
    checks = checks_of(connection)
    context = context_of(request, tested=side, checks=checks)
    return page(request, "setup_wizard/connection_setup.html", "sync/_checks.html", context)


def checks_of(connection: Connection) -> list[dict[str, Any]]:
    """Run the test and return its steps: look, name, sentence, seconds."""
    try:
        results = connection_check(connection)
    except IntegrationError as error:
        return [{"look": BAD, "name": "", "text": str(error), "seconds": None}]
    passed = OK.saying(_("Passed"))
    return [
        {"look": passed if step.ok else BAD, "name": step.name, "text": step.text, "seconds": step.seconds}
        for step in results
    ]
