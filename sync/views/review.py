"""*CRM Full Synch. Review*: what the last full synchronization did, live while it runs, and starting the next one."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from connector.errors import IntegrationError
from sync.choices import RunStatus
from sync.context import START_PERMISSION
from sync.selectors import runs as selectors
from sync.selectors.plans import plan_captions, plan_rows
from sync.selectors.run_lines import job_causes
from sync.selectors.sentences import sentence
from sync.selectors.starting import start_rows
from sync.selectors.workers import workers_alarm
from sync.services.runs import full_synch_start, run_reset
from sync.views.pages import STOP_POLLING, done, needs, page, refused, user_name

RESET_KEY = "review_after_run"


def _context(request: HttpRequest, view: selectors.RunView, title: str) -> dict[str, Any]:
    causes = job_causes(view.chosen) if view.chosen else []
    return {
        "view": view,
        "run": view.run,
        "causes": causes,
        "title": title,
        "alarm": workers_alarm(view.run) if view.run and view.is_open else None,
        "may_start": request.user.has_perm(START_PERMISSION),
        "plan_rows": plan_rows(view.run) if view.run and view.run.preview and not view.is_open else [],
        "plan_captions": plan_captions(),
    }


@require_GET
@needs("sync.view_synchrun")
def review(request: HttpRequest) -> HttpResponse:
    """Show the run that is open, or the last full synchronization, or the lines that a first one would have."""
    after = int(request.session.get(RESET_KEY, 0))
    run = selectors.review_run(after)
    chosen = request.GET.get("line", "")
    view = selectors.run_view(run, chosen) if run else selectors.fresh_view(chosen)
    return _page(request, view, _("CRM Full Synch. Review"))


@require_GET
@needs("sync.view_synchrun")
def run_detail(request: HttpRequest, number: int) -> HttpResponse:
    """Show one run by its number."""
    run = selectors.run_by_number(number)
    if run is None:
        raise Http404
    view = selectors.run_view(run, request.GET.get("line", ""))
    return _page(request, view, view.title, is_run_page=True)


def _page(request: HttpRequest, view: selectors.RunView, title: str, *, is_run_page: bool = False) -> HttpResponse:
    """Return the page; the fragment that finds the run ended tells htmx to stop asking."""
    status = 200 if view.is_open else STOP_POLLING
    context = {**_context(request, view, title), "is_run_page": is_run_page}
    return page(request, "sync/review.html", "sync/_review_live.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(START_PERMISSION)
def start(request: HttpRequest) -> HttpResponse:
    """Ask before a full synchronization, with counts per mapping; a POST starts it, or its preview."""
    if request.method == "GET":
        stopped = selectors.review_run()
        context = {
            "rows": start_rows(),
            "was_stopped": stopped is not None and stopped.status == RunStatus.STOPPED,
        }
        return page(request, "sync/start.html", "sync/_start_dialog.html", context)
    names = request.POST.getlist("mapping") or None
    try:
        run = full_synch_start(
            user=user_name(request),
            mappings=names,
            preview="preview" in request.POST,
            allow_mass_change="allow_mass_change" in request.POST,
        )
    except IntegrationError as error:
        refused(request, sentence(str(error)))
        return HttpResponseRedirect(reverse("sync:review"))
    request.session.pop(RESET_KEY, None)
    return HttpResponseRedirect(reverse("sync:run", args=[run.number]))


@require_http_methods(["GET", "POST"])
@needs(START_PERMISSION)
def reset(request: HttpRequest) -> HttpResponse:
    """Stop what runs and start the review over with fresh lines; asks first."""
    if request.method == "GET":
        context = {
            "title": _("Reset the review?"),
            "text": _(
                "A run that is under way stops after the requests it has sent. What was written stays. "
                "The review then shows fresh lines; earlier runs stay under Integration Synch. Jobs."
            ),
            "verb": _("Stop and reset"),
            "action": reverse("sync:reset"),
            "back": reverse("sync:review"),
        }
        return render(request, "sync/confirm.html", context)
    run_reset(user_name(request))
    last = selectors.last_runs(1)
    request.session[RESET_KEY] = last[0].number if last else 0
    done(request, _("The review is reset."))
    return HttpResponseRedirect(reverse("sync:review"))
