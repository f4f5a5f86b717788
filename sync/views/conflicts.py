"""Open conflicts: fields that both sides changed differently."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from sync.selectors import records as selectors
from sync.selectors.paging import page_of
from sync.selectors.runs import compared_at
from sync.tables.errors import ConflictTable
from sync.views.pages import needs, page


@require_GET
@needs("sync.view_fieldconflict")
def conflict_list(request: HttpRequest) -> HttpResponse:
    """Show the open conflicts, oldest first."""
    found = page_of(
        selectors.open_conflicts(), ("pk",), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {"page": found, "table": ConflictTable(found.rows), "empty_is_good": True, "compared_at": compared_at()}
    return page(request, "sync/conflicts.html", "includes/_list.html", context)
