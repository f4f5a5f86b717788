"""Health: one address for machines, one page for people."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from sync.selectors import health as selectors
from sync.selectors.shell import titled_ends
from sync.selectors.workers import open_run, queue_words, workers_alarm
from sync.services.workers import silent_queues
from sync.views.pages import needs


@require_GET
@never_cache
@login_not_required
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database and workers are well, else 503; asks for no sign-in."""
    found = selectors.health()
    return JsonResponse(found.as_json(), status=200 if found.is_well else 503)


@require_GET
@needs("connector.view_connection")
def health_page(request: HttpRequest) -> HttpResponse:
    """Show the same in words."""
    context = {
        "health": selectors.health(),
        "ends": titled_ends(),
        "alarm": workers_alarm(open_run()),
        "silent": [(queue_words(found.queue), found.since) for found in silent_queues()],
    }
    return render(request, "sync/health.html", context)
