"""*Integration Synch. Jobs*: the list, and one job with the records it acted on."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from sync.choices import SynchAction
from sync.filters import JobFilter
from sync.selectors import jobs as selectors
from sync.selectors.paging import page_of
from sync.selectors.run_lines import JobSide
from sync.selectors.words import words_for
from sync.tables.errors import ErrorTable
from sync.tables.jobs import EntryTable, JobTable, counter_href
from sync.tables.looks import job_look
from sync.views.pages import needs, page

ERRORS_SHOWN = 50


@require_GET
@needs("sync.view_synchjob")
def job_list(request: HttpRequest) -> HttpResponse:
    """Show the jobs, newest first."""
    chosen = JobFilter(request.GET, queryset=selectors.jobs(), request=request)
    found = page_of(
        chosen.qs, ("-started_at", "pk"), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {"filter": chosen, "page": found, "table": JobTable(found.rows)}
    return page(request, "sync/jobs.html", "includes/_list.html", context)


@require_GET
@needs("sync.view_synchjob")
def job_detail(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show one job: its counters, the records it acted on with field changes, and its errors."""
    job = get_object_or_404(selectors.jobs(), pk=job_id)
    action = request.GET.get("action", "")
    entries = page_of(
        selectors.entries(job, action).select_related("job__mapping"),
        ("pk",),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    errors = list(selectors.job_errors(job).select_related("job")[:ERRORS_SHOWN])
    table = EntryTable(entries.rows)
    table.words = words_for((job.mapping_id, entry.fields) for entry in entries.rows)
    side = JobSide(job.direction, job_look(job.status, job.failed), job, True)
    context = {
        "job": job,
        "side": side,
        "look": side.look,
        "counters": [(caption, value, counter_href(job, name)) for name, caption, value in side.counters],
        "action": action,
        "actions": [(name, SynchAction(name).label, number) for name, number in selectors.entry_counts(job)],
        "page": entries,
        "table": table,
        "errors": errors,
        "error_table": ErrorTable(errors),
    }
    return page(request, "sync/job.html", "includes/_list.html", context)
