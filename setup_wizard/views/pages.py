"""The wizard's other pages: where it begins, its result, giving it up, and files for the NAV server."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from setup_wizard import connections, steps
from setup_wizard.discovery.nav import object_pack_file, web_services_file
from setup_wizard.models import SetupDraft
from setup_wizard.storage import draft_finished, draft_open
from setup_wizard.views import finishing

needs = permission_required("connector.change_connection", raise_exception=True)
FILES = {"object-pack": (object_pack_file, "application/zip"), "web-services": (web_services_file, "text/plain")}


@require_GET
@needs
def start(request: HttpRequest) -> HttpResponse:
    """Lead to where the person was, or to the result when nothing is in progress."""
    draft = draft_open()
    if draft is None:
        finished = draft_finished()
        name = "setup_wizard:done" if finished else "setup_wizard:step"
        return HttpResponseRedirect(reverse(name, args=[] if finished else ["welcome"]))
    step = draft.step if steps.may_open(draft, draft.step) else steps.first_open(draft)
    return HttpResponseRedirect(reverse("setup_wizard:step", args=[step]))


@require_GET
@needs
def finished(request: HttpRequest) -> HttpResponse:
    """Show that both systems are connected, and what comes next."""
    draft = draft_finished()
    if draft is None:
        return HttpResponseRedirect(reverse("setup_wizard:start"))
    context = {"draft": draft, "is_enabled": connections.are_enabled(), **finishing.context(request, draft)}
    return render(request, "setup_wizard/done.html", context)


@require_http_methods(["GET", "POST"])
@needs
def discard(request: HttpRequest) -> HttpResponse:
    """Give the open set-up up; asks first. Stored connections that are not enabled stay so."""
    draft = draft_open()
    if draft is None:
        return HttpResponseRedirect(reverse("setup_wizard:start"))
    if request.method == "GET":
        context = {
            "title": _("Discard this set-up?"),
            "text": _(
                "What was entered, secrets included, is deleted. Connections that are enabled go on working; nothing else "
                "becomes active. What Finish has done in Sales already stays there."
            ),
            "verb": _("Discard"),
            "action": reverse("setup_wizard:discard"),
            "back": reverse("setup_wizard:start"),
        }
        return render(request, "sync/confirm.html", context)
    SetupDraft.objects.filter(pk=draft.pk, finished_at=None).delete()
    messages.success(request, _("The set-up was discarded."))
    return HttpResponseRedirect(reverse("sync:home"))


@require_GET
@needs
def download(request: HttpRequest, name: str) -> HttpResponse:
    """Hand out the object pack, or the rows for NAV's Web Services page."""
    make, kind = FILES[name]
    draft = draft_open() or draft_finished()
    found = ((draft.answers.get("nav") or {}).get("found") or {}) if draft else {}
    content, file_name = make(found.get("flavour") or "nav2017")
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{file_name}"'}
    )
