"""Step Proof: a list of checks that a worker makes, live while it does, each repeatable alone."""

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connector.errors import IntegrationError
from connector.project.celery import app
from setup_wizard.connections import connections_keep
from setup_wizard.finish import needs_sign_in
from setup_wizard.forms.base import StepForm
from setup_wizard.models import CheckState, ProofCheck, SetupDraft
from setup_wizard.proof.checks import proof_prepare
from sync.selectors.sentences import sentence
from sync.tables.looks import BAD, BUSY, OK, WARN, Look
from sync.views.pages import STOP_POLLING, is_fragment, refused

if TYPE_CHECKING:
    from setup_wizard.views.wizard import SetupWizard

__all__ = ["begin", "context", "is_fragment", "leave", "live", "run"]
TASK = "setup_wizard.proof"
# A worker takes a check within a second; after so long without any sign, nobody is there.
PATIENCE = timedelta(seconds=20)
LONGEST = timedelta(minutes=10)
ENDED = frozenset({CheckState.PASSED, CheckState.WARNING, CheckState.FAILED, CheckState.SKIPPED})
IDLE = Look("idle", "idle", gettext_lazy("Not started"))
LATER = Look("wait", "wait", gettext_lazy("Repeated at Finish"))
LOOKS: dict[str, Look] = {
    CheckState.WAITING: IDLE,
    CheckState.RUNNING: BUSY.saying(gettext_lazy("Running")),
    CheckState.PASSED: OK.saying(gettext_lazy("Passed")),
    CheckState.WARNING: WARN.saying(gettext_lazy("Passed, look at this")),
    CheckState.FAILED: BAD,
    CheckState.SKIPPED: Look("idle", "off", gettext_lazy("Not needed")),
}
GROUPS: tuple[tuple[str, str | Promise, str], ...] = (
    ("nav", gettext_lazy("Dynamics NAV"), "erp"),
    ("sales", gettext_lazy("Dynamics 365 for Sales"), "crm"),
    ("both", gettext_lazy("Both together"), ""),
    ("rights", gettext_lazy("Rights for each table"), ""),
    ("data", gettext_lazy("Your data"), ""),
    ("round_trip", gettext_lazy("There and back"), ""),
)
# What an administrator's work of Finish cures: rights, our tables in Sales, change tracking, the application's user.
CURED = ("round_trip.sales", "tracking")


def is_postponed(check: ProofCheck, has_work: bool) -> bool:
    """Tell whether a check fails only because Finish has not given rights and tables yet; it is repeated there."""
    if check.state != CheckState.FAILED or not has_work:
        return False
    rights_in_sales = check.group == "rights" and bool(check.facts.get("missing"))
    return rights_in_sales or check.key in CURED or bool(check.facts.get("cured_by_finish"))


def begin(request: HttpRequest, draft: SetupDraft, keys: list[str] | None = None) -> bool:
    """Store both connections, disabled, make the list and ask a worker to go through it. Return whether that was possible."""
    try:
        connections_keep(draft)
        proof_prepare(draft)
    except IntegrationError as error:
        refused(request, sentence(str(error)))
        return False
    wanted = draft.checks.all() if keys is None else draft.checks.filter(key__in=keys)
    wanted.update(state=CheckState.WAITING, checked_at=timezone.now())
    send = partial(
        app.send_task,
        TASK,
        kwargs={"draft_id": draft.pk, "keys": keys},
        queue="interactive",
        ignore_result=True,
    )
    transaction.on_commit(send)
    return True


def run(wizard: "SetupWizard", action: str) -> HttpResponse:
    """Start all checks, or one again."""
    request, draft = wizard.request, wizard.storage.draft
    form = wizard.get_form(data=request.POST)
    form.is_valid()
    key = action.partition(":")[2]
    if action == "run":
        wizard.storage.save(draft.version, "proof", form.answers())
    keys = None if action == "run" else [key] if key else not_well(draft)
    begin(request, draft, keys)
    return HttpResponseRedirect(reverse("setup_wizard:step", args=["proof"]) + (f"#check-{_ident(key)}" if key else ""))


def not_well(draft: SetupDraft) -> list[str]:
    """Return the keys of the checks that failed."""
    return list(draft.checks.filter(state=CheckState.FAILED).values_list("key", flat=True))


def leave(wizard: "SetupWizard", form: StepForm) -> HttpResponse:
    """Go on to Finish when every check has passed, or waits for what Finish does."""
    draft = wizard.storage.draft
    found = context(draft)
    if not found["may_leave"]:
        form.is_valid()
        form.add_error(None, found["why_not"])
        return wizard.shown(form)
    wizard.storage.save(draft.version, "proof", form.answers(), is_done=True, go_to="finish")
    return HttpResponseRedirect(reverse("setup_wizard:step", args=["finish"]))


def context(draft: SetupDraft) -> dict[str, Any]:
    """Return the checks by group with their looks, how many are done, and whether the step may be left."""
    checks = list(draft.checks.all()) if draft.pk else []
    has_work = bool(checks) and needs_sign_in(draft)
    rows = [_row(check, has_work) for check in checks]
    done = [row for row in rows if row["check"].state in ENDED]
    failed = [row for row in rows if row["look"] is BAD]
    later = [row for row in rows if row["look"] is LATER]
    groups = [
        {"key": key, **_group(title, side, [row for row in rows if row["check"].group == key])}
        for key, title, side in GROUPS
    ]
    is_open = bool(rows) and len(done) < len(rows) and _age(checks) < LONGEST
    may_leave = bool(rows) and len(done) == len(rows) and not failed
    return {
        "groups": [group for group in groups if group["rows"]],
        "done": len(done),
        "all": len(rows),
        "failed": len(failed),
        "later": len(later),
        "is_open": is_open,
        "may_leave": may_leave,
        "why_not": _why_not(rows, len(rows) - len(done), len(failed)),
        "no_worker": is_open
        and not any(check.state == CheckState.RUNNING for check in checks)
        and _age(checks) > PATIENCE,
    }


def _row(check: ProofCheck, has_work: bool) -> dict[str, Any]:
    look = LATER if is_postponed(check, has_work) else LOOKS[check.state]
    return {"check": check, "look": look, "ident": _ident(check.key)}


def _ident(key: str) -> str:
    return key.replace(".", "-").replace(" ", "_")


def _group(title: str | Promise, side: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    looks = [row["look"] for row in rows]
    good = sum(row["check"].state in {CheckState.PASSED, CheckState.WARNING, CheckState.SKIPPED} for row in rows)
    first = next((look for look in (BAD, LOOKS[CheckState.RUNNING], LATER, IDLE, WARN) if look in looks), OK)
    if first is OK and LOOKS[CheckState.WARNING] in looks:
        first = LOOKS[CheckState.WARNING]
    words = _("%(good)s of %(all)s passed") % {"good": good, "all": len(rows)}
    doubts = looks.count(LOOKS[CheckState.WARNING])
    if first is LOOKS[CheckState.WARNING]:
        words = _("%(words)s, %(number)s to look at") % {"words": words, "number": doubts}
    is_open = any(look in {BAD, LATER, LOOKS[CheckState.RUNNING]} for look in looks)
    return {"title": title, "side": side, "rows": rows, "look": first.saying(words), "is_open": is_open}


def _why_not(rows: list[dict[str, Any]], waiting: int, failed: int) -> str:
    if not rows:
        return _("Start the checks first.")
    if waiting:
        return _("Next opens when all checks are made.")
    if failed:
        return _("Next opens when all checks have passed.")
    return ""


def _age(checks: list[ProofCheck]) -> timedelta:
    times: list[datetime] = [check.checked_at for check in checks if check.checked_at]
    return timezone.now() - max(times) if times else LONGEST


def live(request: HttpRequest, draft: SetupDraft) -> HttpResponse:
    """Return the list as it is now; status 286 ends the asking."""
    found = context(draft)
    status = 200 if found["is_open"] else STOP_POLLING
    response = render(
        request, "setup_wizard/_proof_live.html", {**found, "draft": draft, "is_live": True}, status=status
    )
    patch_vary_headers(response, ["HX-Request"])
    return response
