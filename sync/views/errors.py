"""*Integration Synch. Errors*: by cause, and as a flat list."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from sync.filters import ErrorFilter
from sync.selectors import errors as selectors
from sync.selectors.home import anchor_of
from sync.selectors.paging import page_of
from sync.selectors.runs import compared_at
from sync.tables.errors import ErrorTable
from sync.tables.looks import error_look
from sync.tables.remedies import remedy_for
from sync.views.pages import needs, page

VIEWS = {"open": _("Open"), "failed": _("Failed"), "waiting": _("Waiting"), "solved": _("Solved")}


def _view(request: HttpRequest) -> str:
    view = request.GET.get("view", "open")
    return view if view in VIEWS else "open"


@require_GET
@needs("sync.view_synchjoberror")
def causes(request: HttpRequest) -> HttpResponse:
    """Show the causes, the one behind most records first and open."""
    view, counts = _view(request), selectors.view_counts()
    run = request.GET.get("run", "")
    mapping = request.GET.get("mapping", "")
    found = selectors.causes(view, mapping, int(run) if run.isdigit() else None)
    cards = [
        {
            "cause": cause,
            "anchor": anchor_of(cause),
            "look": error_look(waits=cause.waits, solved=view == "solved"),
            "remedy": remedy_for(cause.code),
            "table": ErrorTable(cause.examples, exclude=("message", "state")),
        }
        for cause in found
    ]
    context = {
        "cards": cards,
        "view": view,
        "views": [(name, title, counts[name]) for name, title in VIEWS.items()],
        "counts": counts,
        "records": sum(cause.number for cause in found),
        "run": run,
        "compared_at": compared_at(),
        "mapping": mapping,
    }
    return page(request, "sync/errors.html", "sync/_causes.html", context)


@require_GET
@needs("sync.view_synchjoberror")
def error_list(request: HttpRequest) -> HttpResponse:
    """Show every record that did not get through, newest first."""
    view = _view(request)
    chosen = ErrorFilter(request.GET, queryset=selectors.errors(view), request=request)
    found = page_of(chosen.qs, ("-at", "-pk"), after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "filter": chosen,
        "page": found,
        "table": ErrorTable(found.rows),
        "view": view,
        "views": [(name, title, None) for name, title in VIEWS.items()],
        "empty_is_good": view != "solved",
        "compared_at": compared_at(),
    }
    return page(request, "sync/error_list.html", "includes/_list.html", context)
