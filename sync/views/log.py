"""*Job Queue Log Entries*: which worker took which turn, and how it ended."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from sync.filters import LogFilter
from sync.selectors import jobs as selectors
from sync.selectors.paging import page_of
from sync.tables.jobs import LogTable
from sync.views.pages import needs, page


@require_GET
@needs("sync.view_jobqueuelogentry")
def log_list(request: HttpRequest) -> HttpResponse:
    """Show the turns, newest first."""
    chosen = LogFilter(request.GET, queryset=selectors.log_entries(), request=request)
    line = chosen.form.fields["line"]
    line.widget = forms.HiddenInput()
    line.label = selectors.line_name(request.GET.get("line", "")) or line.label
    found = page_of(chosen.qs, ("-pk",), after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {"filter": chosen, "page": found, "table": LogTable(found.rows)}
    return page(request, "sync/log.html", "includes/_list.html", context)
