"""What the page *Dynamics 365 Connection Setup* switches and writes: enabled, addresses in Sales, a synchronization now."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from connector.errors import IntegrationError
from connector.models import Connection
from setup_wizard.finish import web_client_url
from setup_wizard.forms.addresses import AddressForm
from setup_wizard.provisioning.connection_row import connection_row_read, connection_row_write
from setup_wizard.sales_facts import sales_facts_ask
from setup_wizard.switching import connection_pair, integration_disable, integration_enable
from setup_wizard.views.connection_setup import CHANGE, context_of
from sync.choices import RUN_ENDS
from sync.models import AuditEvent, IntegrationTableMapping, SynchRun
from sync.selectors.sentences import sentence
from sync.services.runs import synch_start
from sync.views.pages import done, needs, refused, user_name


def _page() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("connection_setup:page"))


@require_POST
@needs(CHANGE)
def enable(request: HttpRequest) -> HttpResponse:
    """Enable both connections; the first step that fails is told and nothing is enabled."""
    try:
        issues = integration_enable(user_name(request))
    except IntegrationError as error:
        refused(request, _("Nothing was enabled. %(reason)s") % {"reason": sentence(str(error))})
        return _page()
    done(request, _("Both connections are enabled."))
    if issues:
        text = ngettext(
            "%(count)s mapping cannot run. %(first)s", "%(count)s mappings cannot run. %(first)s", len(issues)
        )
        refused(request, text % {"count": len(issues), "first": sentence(issues[0])})
    return _page()


@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def disable(request: HttpRequest) -> HttpResponse:
    """Disable both connections; asks first, and says what stops."""
    if request.method == "GET":
        running = SynchRun.objects.exclude(status__in=RUN_ENDS).count()
        text = _(
            "Nothing synchronizes until you enable the connection again. Couplings, mappings, addresses and credentials stay; "
            "recurring jobs go on hold."
        )
        if running:
            text += " " + _("The synchronization that is at work now stops after the request that is under way.")
        context = {
            "title": _("Disable the connection?"),
            "text": text,
            "verb": _("Disable"),
            "action": reverse("connection_setup:disable"),
            "back": reverse("connection_setup:page"),
        }
        return render(request, "sync/confirm.html", context)
    try:
        integration_disable(user_name(request), f"Disabled by {user_name(request)}.")
    except IntegrationError as error:
        refused(request, sentence(str(error)))
    else:
        done(request, _("Both connections are disabled."))
    return _page()


@require_POST
@needs(CHANGE)
def addresses(request: HttpRequest) -> HttpResponse:
    """Write to Sales where NAV's web client is and who asks for item availability; at once, as in the product."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        return render(request, "setup_wizard/connection_setup.html", context_of(request, form=form, is_form_open=True))
    try:
        nav, sales = connection_pair()
        connection_row_write(sales, nav, **form.cleaned_data)
    except IntegrationError as error:
        refused(request, sentence(str(error)))
        return _page()
    _row_changed(request, nav, sales)
    done(request, _("Sales knows the new addresses."))
    return _page()


@require_POST
@needs(CHANGE)
def web_client_reset(request: HttpRequest) -> HttpResponse:
    """Write the default web client address; user and key of item availability stay as they are."""
    try:
        nav, sales = connection_pair()
        row = connection_row_read(sales, nav)
        connection_row_write(
            sales,
            nav,
            web_client_url=web_client_url(nav),
            odata_url=row.odata_url if row else "",
            odata_user=row.odata_user if row else "",
        )
    except IntegrationError as error:
        refused(request, sentence(str(error)))
        return _page()
    _row_changed(request, nav, sales)
    done(request, _("The web client address in Sales is %(address)s.") % {"address": web_client_url(nav)})
    return _page()


def _row_changed(request: HttpRequest, nav: Connection, sales: Connection) -> None:
    AuditEvent.objects.create(who=user_name(request), what="connection_row", on_what=nav.company)
    sales_facts_ask(sales, nav)


@require_http_methods(["GET", "POST"])
@needs("sync.add_synchrun")
def modified_synchronize(request: HttpRequest) -> HttpResponse:
    """*Synchronize Modified Records*: every mapping once, in dependency order, in the background; asks first."""
    if request.method == "GET":
        context = {
            "title": _("Synchronize modified records?"),
            "text": _(
                "Every mapping runs once, in dependency order, with what changed on either side since its last run. You can "
                "go on working; the review shows how far it is."
            ),
            "verb": _("Synchronize"),
            "action": reverse("connection_setup:modified"),
            "back": reverse("connection_setup:page"),
            "is_harmless": True,
        }
        return render(request, "sync/confirm.html", context)
    try:
        names = list(IntegrationTableMapping.objects.values_list("name", flat=True))
        run = synch_start(user=user_name(request), mappings=names)
    except IntegrationError as error:
        refused(request, sentence(str(error)))
        return _page()
    return HttpResponseRedirect(reverse("sync:run", args=[run.number]))
