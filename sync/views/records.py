"""The record lists (*Customer List* and its like) and the explanation of one record."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from sync.selectors import listing
from sync.selectors import records as selectors
from sync.selectors.record_lists import BY_SLUG, RecordList
from sync.tables.records import record_table
from sync.views.pages import needs, page

VIEW_TITLES = {
    "": _("All"),
    "coupled": _("Coupled"),
    "uncoupled": _("Not coupled"),
    "troubled": _("Waiting or failed"),
}


def _list(slug: str) -> RecordList:
    item = BY_SLUG.get(slug)
    if item is None:
        raise Http404
    return item


@require_GET
@needs("sync.view_mirrorrecord")
def record_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one page of a list, searched and narrowed by what stands in the address."""
    item = _list(slug)
    chosen = {name: request.GET.get(name, "") for name in ("view", "order", "after", "before")}
    text = request.GET.get("q", "").replace("\0", "")[:100]
    view = listing.list_view(item, text=text, **chosen)
    context = {
        "item": item,
        "view": view,
        "page": view.page,
        "table": record_table(item, view),
        "chosen": chosen["view"] if chosen["view"] in listing.VIEWS else "",
        "order": chosen["order"],
        "text": text,
        "views": list(VIEW_TITLES.items()),
    }
    return page(request, "sync/records.html", "includes/_list.html", context)


@require_GET
@needs("sync.view_mirrorrecord")
def record_detail(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Explain one record: the answer, how we got there, its fields on both sides, and what happened to it."""
    item = _list(slug)
    if "\0" in key:
        raise Http404
    view = selectors.record_view(item, key)
    if view is None:
        raise Http404
    return render(request, "sync/record.html", {"item": item, "view": view, "answer": view.answer})
