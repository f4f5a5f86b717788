"""Search over records and pages."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sync.context import Shell
from sync.selectors.search import Hit, record_hits
from sync.views.pages import page


def page_hits(request: HttpRequest, text: str) -> list[Hit]:
    """Return the pages of the person's role whose title holds the text."""
    wanted = text.casefold()
    entries = [(group, entry) for group in Shell(request).groups for entry in group.entries]
    return [
        Hit(entry.title, group.title or _("Page"), entry.url, entry.icon)
        for group, entry in entries
        if wanted in str(entry.title).casefold()
    ]


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Show what was found: records first, since a typed number means a record."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    hits = record_hits(text, request.user) + (page_hits(request, text) if text else [])
    return page(request, "sync/search.html", "sync/_search_hits.html", {"text": text, "hits": hits})
