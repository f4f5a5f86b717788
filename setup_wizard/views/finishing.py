"""Step Finish: the parts with their progress, and the administrator's sign-in where one is needed."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connector.errors import IntegrationError
from connector.models import Side
from setup_wizard import finish
from setup_wizard.connections import connection_of
from setup_wizard.forms.finish import FinishForm
from setup_wizard.forms.user import domains_differ
from setup_wizard.models import PartState, SetupDraft, SetupPart
from setup_wizard.provisioning.sign_in import AdministratorToken
from sync.selectors.sentences import sentence
from sync.tables.looks import BAD, BUSY, OK, Look
from sync.views.pages import STOP_POLLING, is_fragment, refused

if TYPE_CHECKING:
    from setup_wizard.views.wizard import SetupWizard

__all__ = ["begin", "context", "is_fragment", "live", "start"]
IDLE = Look("idle", "idle", gettext_lazy("Not started"))
LOOKS: dict[str, Look] = {
    PartState.WAITING: IDLE,
    PartState.RUNNING: BUSY.saying(gettext_lazy("In Process")),
    PartState.DONE: OK.saying(gettext_lazy("Finished")),
    PartState.FAILED: BAD,
    PartState.SKIPPED: Look("idle", "off", gettext_lazy("Not needed")),
}
# Between two parts, and until a worker or child process has begun, nothing runs for a moment.
PATIENCE = timedelta(seconds=25)
STARTED_KEY = "setup_finish_started"


def start(wizard: "SetupWizard", form: Any) -> HttpResponse:
    """Begin Finish, or go on with it; where an administrator is needed, with the sign-in that was entered."""
    request, draft = wizard.request, wizard.storage.draft
    assert isinstance(form, FinishForm)
    token = None
    if finish.needs_sign_in(draft):
        token = form.password_token(connection_of(draft, Side.CRM))
        if token is None:
            if not form.errors:
                form.add_error("admin_user", _("Sign in as an administrator of Sales, so that Finish can do its work."))
            return wizard.shown(form)
    begin(request, draft, token)
    return HttpResponseRedirect(reverse("setup_wizard:step", args=["finish"]))


def begin(request: HttpRequest, draft: SetupDraft, token: AdministratorToken | None) -> None:
    """Start the work and remember when, so that the page asks on until it shows itself."""
    try:
        finish.finish_start(draft, token)
    except IntegrationError as error:
        refused(request, sentence(str(error)))
        return
    request.session[STARTED_KEY] = timezone.now().timestamp()


def context(request: HttpRequest, draft: SetupDraft) -> dict[str, Any]:
    """Return the parts with their looks, and what the person can do now."""
    rows = [_row(part) for part in draft.parts.all()] if draft.pk else []
    if not rows:
        rows = [_planned(key) for key in _planned_keys(draft)]
    failed = [row for row in rows if row["look"] is BAD]
    done = sum(row["state"] in {PartState.DONE, PartState.SKIPPED} for row in rows)
    is_begun = any(row["state"] != PartState.WAITING for row in rows)
    is_open = not draft.finished_at and _is_open(request, draft, bool(failed))
    return {
        "parts": rows,
        "done": done,
        "all": len(rows),
        "failed": len(failed),
        "is_begun": is_begun,
        "is_open": is_open,
        "is_finished": bool(draft.finished_at),
        "needs_sign_in": not draft.finished_at and finish.needs_sign_in(draft),
        "domains": domains_differ(draft),
        "is_stopped": is_begun and not is_open and not failed and done < len(rows),
    }


def _is_open(request: HttpRequest, draft: SetupDraft, has_failed: bool) -> bool:
    if finish.is_running(draft):
        return True
    if has_failed or not draft.pk:
        return False
    latest = draft.parts.aggregate(at=Max("finished_at"))["at"]
    heard = [float(request.session.get(STARTED_KEY) or 0), latest.timestamp() if latest else 0.0]
    is_begun = bool(request.session.get(STARTED_KEY)) or latest is not None
    return is_begun and timezone.now().timestamp() - max(heard) < PATIENCE.total_seconds()


def _planned_keys(draft: SetupDraft) -> list[str]:
    wishes = finish.wishes_of(draft)
    first = ["solution", "integration_user", "roles"] if wishes.import_solution else []
    orders = ["order_integration"] if wishes.sales_order_integration else []
    return [*first, *orders, *finish.BY_KEY]


def _planned(key: str) -> dict[str, Any]:
    return {
        "key": key,
        "title": _(finish.TITLES.get(key, key)),
        "look": IDLE,
        "state": PartState.WAITING,
        "part": None,
        "text": "",
    }


def _row(part: SetupPart) -> dict[str, Any]:
    is_lost = part.state == PartState.RUNNING and finish.is_silent(part)
    said = part.facts.get("said") or []
    text = _(said[0]) % said[1] if said else sentence(part.sentence)
    return {
        "key": part.key,
        "title": _(finish.TITLES.get(part.key, part.key)),
        "look": IDLE if is_lost else LOOKS[part.state],
        "state": PartState.WAITING if is_lost else part.state,
        "part": part,
        "text": text,
        "todo": sentence(part.todo),
    }


def live(request: HttpRequest, draft: SetupDraft) -> HttpResponse:
    """Return the parts as they are now; when all is done, lead to the result."""
    found = context(request, draft)
    response = render(
        request,
        "setup_wizard/_finish_live.html",
        {**found, "draft": draft, "is_live": True},
        status=200 if found["is_open"] else STOP_POLLING,
    )
    if not found["is_open"]:
        response["HX-Redirect"] = request.path
        response.status_code = 200
    patch_vary_headers(response, ["HX-Request"])
    return response
