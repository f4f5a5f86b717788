"""What a person does with a run: pause, resume, stop, restart a line, look through its plan."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from connector.errors import IntegrationError
from sync.choices import SynchAction
from sync.context import START_PERMISSION
from sync.models import SynchRun, SynchRunLine
from sync.selectors import runs as selectors
from sync.selectors.paging import page_of
from sync.selectors.plans import plan_items
from sync.selectors.sentences import sentence
from sync.selectors.words import words_for
from sync.services.runs import line_restart, run_cancel, run_pause, run_resume
from sync.tables.jobs import PlanTable
from sync.views.pages import back_to, done, needs, page, refused, user_name

PLAN_ORDER = ("line_id", "chunk", "sequence", "pk")


def _run(number: int) -> SynchRun:
    run = selectors.run_by_number(number)
    if run is None:
        raise Http404
    return run


def _to_run(run: SynchRun) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("sync:run", args=[run.number]))


@require_POST
@needs(START_PERMISSION)
def pause(request: HttpRequest, number: int) -> HttpResponse:
    """Let a run rest after the requests that are under way."""
    run = _run(number)
    run_pause(run, user_name(request))
    done(request, _("The run pauses after the requests that are under way. Nothing is lost."))
    return _to_run(run)


@require_POST
@needs(START_PERMISSION)
def resume(request: HttpRequest, number: int) -> HttpResponse:
    """Let a paused run go on."""
    run = _run(number)
    run_resume(run, user_name(request))
    done(request, _("The run goes on where it stopped."))
    return _to_run(run)


@require_http_methods(["GET", "POST"])
@needs(START_PERMISSION)
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Stop a run; asks first."""
    run = _run(number)
    if request.method == "GET":
        context = {
            "title": _("Stop %(run)s?") % {"run": run},
            "text": _(
                "It stops after the requests that are under way. What was written stays, nothing is undone. "
                "The next run goes on from there."
            ),
            "verb": _("Stop the run"),
            "action": reverse("sync:run_cancel", args=[number]),
            "back": reverse("sync:run", args=[number]),
        }
        return render(request, "sync/confirm.html", context)
    run_cancel(run, user_name(request))
    done(request, _("The run stops after the requests that are under way."))
    return _to_run(run)


@require_POST
@needs(START_PERMISSION)
def restart(request: HttpRequest, number: int, line_id: int) -> HttpResponse:
    """Run one line again from its beginning."""
    run = _run(number)
    line = get_object_or_404(SynchRunLine.objects.select_related("run", "mapping"), pk=line_id, run=run)
    try:
        line_restart(line, user_name(request))
    except IntegrationError as error:
        refused(request, sentence(str(error)))
    else:
        done(request, _("%(name)s starts again.") % {"name": line.name})
    return back_to(request, reverse("sync:run", args=[number]))


@require_GET
@needs("sync.view_synchrun")
def plan(request: HttpRequest, number: int) -> HttpResponse:
    """Show the actions of a run's plan, one page at a time."""
    run = _run(number)
    chosen = {name: request.GET.get(name, "") for name in ("mapping", "direction", "action")}
    items = plan_items(run, **chosen)
    found = page_of(items, PLAN_ORDER, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    table = PlanTable(found.rows)
    table.words = words_for((item.line.mapping_id, item.fields) for item in found.rows)
    context = {
        "run": run,
        "page": found,
        "table": table,
        "chosen": chosen,
        "actions": [choice for choice in SynchAction.choices if choice[0] != SynchAction.UNCHANGED],
        "names": list(run.lines.filter(pass_number=1).values_list("name", flat=True)),
    }
    return page(request, "sync/plan.html", "includes/_list.html", context)
