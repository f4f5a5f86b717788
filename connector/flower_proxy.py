"""Flower, Celery's monitor, behind this site's own sign-in: `/flower/…` is passed on to FLOWER_URL for IT.

Flower itself listens on loopback or the inner network only and has no accounts. What goes through: reading, for superusers
and the role IT operator. What does not: calls that control workers or tasks (unless FLOWER_CONTROL=1), our cookies and
every other header that is not needed, and any address but FLOWER_URL. Answers are streamed and never kept.
"""

import logging
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import quote

import requests
from csp.decorators import csp_replace
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

logger = logging.getLogger(__name__)

# The role's group, as sync/roles.py names it.
GROUP = "IT operator"
CONNECT_SECONDS, READ_SECONDS = 3, 30
CHUNK_BYTES = 64 * 1024
# Nothing else of the browser's request concerns Flower: no cookies, no authorization, nothing hop by hop.
SENT_ON = ("Accept", "Accept-Language", "Content-Type", "If-Modified-Since", "If-None-Match", "Range", "User-Agent")
# Nothing else of Flower's answer concerns the browser: no cookies of its own. requests unpacks the body, so no encoding.
GIVEN_BACK = ("Cache-Control", "Content-Disposition", "Content-Range", "Content-Type", "ETag", "Last-Modified", "Vary")
# The one POST that only reads: the rows of the task table.
READING_POST = "tasks/datatable"
# Flower's pages carry inline scripts and styles of their own; its tables and charts do not work without them.
POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
}

# Its own session, to FLOWER_URL only: no cookie is kept between people, no proxy of the environment is asked.
_session = requests.Session()
_session.trust_env = False
_session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))


def may_see_flower(request: HttpRequest) -> bool:
    """Say whether this person looks after the machines."""
    user = request.user
    return bool(user.is_active and (user.is_superuser or user.groups.filter(name=GROUP).exists()))


def is_from_this_site(request: HttpRequest) -> bool:
    """Say whether one of our own pages sent this. Flower's scripts know no CSRF token of ours, but every browser says this."""
    origin = request.headers.get("Origin", "")
    return (
        request.headers.get("Sec-Fetch-Site") == "same-origin" or origin == f"{request.scheme}://{request.get_host()}"
    )


@csrf_exempt  # is_from_this_site stands in for the token
@csp_replace(POLICY)
@require_http_methods(["GET", "HEAD", "POST"])
def flower(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Pass one request on to Flower and stream its answer back. Raises PermissionDenied for everybody but IT."""
    if not may_see_flower(request):
        raise PermissionDenied(_("Flower is for the role IT operator."))
    if request.method == "POST":
        if not is_from_this_site(request):
            raise PermissionDenied(_("This was not sent by a page of this site."))
        if path != READING_POST and not settings.FLOWER_CONTROL:
            raise PermissionDenied(_("Controlling workers from here is off. FLOWER_CONTROL=1 switches it on."))
    if ".." in path.split("/"):
        raise Http404
    if request.headers.get("Upgrade"):
        return HttpResponse(_("Flower's live connection is not passed on."), status=501, content_type="text/plain")
    try:
        answer = _session.request(
            str(request.method),
            f"{settings.FLOWER_URL.rstrip('/')}/flower/{quote(path)}",
            params=request.META.get("QUERY_STRING", ""),
            data=request.body if request.method == "POST" else None,
            headers={name: request.headers[name] for name in SENT_ON if name in request.headers},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        )
    except requests.RequestException as error:
        logger.warning("Flower did not answer: %s", type(error).__name__)
        text = _("Flower does not answer. It runs in the scaled set-up only; see docs/operations.md.")
        return HttpResponse(text, status=502, content_type="text/plain")
    return _passed_back(answer)


def _passed_back(answer: requests.Response) -> HttpResponseBase:
    response = StreamingHttpResponse(_body(answer), status=answer.status_code)
    del response.headers["Content-Type"]
    for name in GIVEN_BACK:
        if name in answer.headers:
            response.headers[name] = answer.headers[name]
    location = answer.headers.get("Location", "")
    # A redirect must stay below /flower/: a path of Flower's own, never another host.
    if location.startswith("/flower"):
        response.headers["Location"] = location
    return response


def _body(answer: requests.Response) -> Iterator[bytes]:
    with answer:
        yield from answer.iter_content(CHUNK_BYTES)
