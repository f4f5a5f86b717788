"""*Use Default Synchronization Setup* with a look at what would go, earlier set-ups to return to, and the export."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from connector.errors import IntegrationError
from setup_wizard.models import SetupVersion
from setup_wizard.setup_text.applying import (
    SetupChange,
    defaults_apply,
    defaults_preview,
    version_preview,
    version_return,
)
from setup_wizard.setup_text.document import document_bytes, setup_document
from setup_wizard.views.connection_setup import CHANGE
from sync.models import AuditEvent
from sync.selectors.sentences import sentence
from sync.views.pages import done, needs, refused, user_name


def _page() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("connection_setup:page"))


def _shown(request: HttpRequest, change: SetupChange, **context: object) -> HttpResponse:
    return render(request, "setup_wizard/setup_change.html", {"change": change, **context})


@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def defaults(request: HttpRequest) -> HttpResponse:
    """Show exactly which changes of people the shipped mappings would undo; do it on request, keeping a version."""
    try:
        if request.method == "GET":
            return _shown(
                request,
                defaults_preview(),
                title=_("Use Default Synchronization Setup"),
                lead=_(
                    "All mappings become as they were shipped. Couplings stay; your present set-up is kept to return to."
                ),
                verb=_("Use the default set-up"),
                action=reverse("connection_setup:defaults"),
            )
        defaults_apply(user_name(request))
    except IntegrationError as error:
        refused(request, sentence(str(error)))
        return _page()
    done(request, _("The mappings are as shipped. The set-up before is kept under Earlier set-ups."))
    return _page()


@require_GET
@needs(CHANGE)
def versions(request: HttpRequest) -> HttpResponse:
    """List the set-ups that were replaced, newest first."""
    return render(request, "setup_wizard/versions.html", {"versions": SetupVersion.objects.all()[:100]})


@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def version(request: HttpRequest, number: int) -> HttpResponse:
    """Show what returning to an earlier set-up would change; return on request."""
    kept = SetupVersion.objects.filter(pk=number).first()
    if kept is None:
        raise Http404
    try:
        if request.method == "GET":
            return _shown(
                request,
                version_preview(kept),
                title=_("Return to an earlier set-up"),
                lead=_("Mappings and options become as they were then. Connections stay as they are."),
                verb=_("Return to this set-up"),
                action=reverse("connection_setup:version", args=[number]),
                version=kept,
            )
        version_return(kept, user_name(request))
    except IntegrationError as error:
        refused(request, sentence(str(error)))
        return _page()
    done(request, _("The earlier set-up is back. The one before this is kept as well."))
    return _page()


@require_GET
@needs(CHANGE)
def export(request: HttpRequest) -> HttpResponse:
    """Hand out the whole set-up as one file, without secrets."""
    AuditEvent.objects.create(who=user_name(request), what="setup_exported", on_what="setup")
    name = f"nav-sales-connector-setup-{timezone.localdate().isoformat()}.json"
    return HttpResponse(
        document_bytes(setup_document()),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
