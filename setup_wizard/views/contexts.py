"""What the pages show beside their forms."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from connector.models import Side
from setup_wizard import connections, steps
from setup_wizard.choices import words_of
from setup_wizard.forms.base import StepForm
from setup_wizard.forms.user import domains_differ
from setup_wizard.storage import DraftStorage
from setup_wizard.views import finishing, proving

SIDES = {"nav": Side.ERP, "sales": Side.CRM}


def add(
    context: dict[str, Any], request: HttpRequest, storage: DraftStorage, key: str, form: StepForm
) -> dict[str, Any]:
    """Return the context of a step's page."""
    draft = storage.draft
    shown = steps.shown_steps(draft)
    keys = [step.key for step in shown]
    place = keys.index(key)
    context |= {
        "draft": draft,
        "step": steps.BY_KEY[key],
        "number": place + 1,
        "count": len(shown),
        "back": keys[place - 1] if place else "",
        "following": shown[place + 1] if place + 1 < len(shown) else None,
        "trail": [
            {
                "step": step,
                "is_done": step.key in storage.done,
                "is_current": step.key == key,
                "may_open": steps.may_open(draft, step.key),
                "summary": steps.summary(draft, step),
            }
            for step in shown
        ],
        "errors": error_rows(form),
        "found": form.found,
        "sales": draft.answers.get("sales") or {},
        "nav": draft.answers.get("nav") or {},
    }
    if key in SIDES:
        context |= server_context(storage, key, form)
        if form.found.get("companies") and not form.initial.get("company") and not form.is_bound:
            form.fields["company"].widget.attrs["autofocus"] = True
    elif key == "administrator":
        context["redirect_uri"] = request.build_absolute_uri(reverse("setup_wizard:signed_in"))
    elif key == "user":
        context["domains"] = domains_differ(draft)
    elif key == "proof":
        context |= proving.context(draft)
    elif key == "finish":
        context |= finishing.context(request, draft)
    return context


def server_context(storage: DraftStorage, key: str, form: StepForm) -> dict[str, Any]:
    """Return whether a secret is kept, and whether the connection is in use."""
    side = SIDES[key]
    values = {
        **(form.initial or {}),
        **{name: value for name, value in getattr(form, "cleaned_data", {}).items() if value},
    }
    services = form.found.get("services") or []
    missing = [service for service in services if not service["published_as"]]
    return {
        "has_secret": bool(connections.secret_kept(storage.draft, side, values)),
        "is_enabled": connections.are_enabled(),
        "missing": [service for service in missing if not service["is_optional"]],
        "optional": [service for service in missing if service["is_optional"]],
        "served": [service for service in services if service["published_as"]],
        "short": [service for service in services if service["published_as"] and service["missing_fields"]],
        "is_looked": bool(form.found.get("companies") or form.found.get("tenant")),
    }


def error_rows(form: StepForm) -> list[dict[str, str]]:
    """Return each error with the field that it leads to, in the order of the fields."""
    rows: list[dict[str, str]] = []
    for name, errors in form.errors.items():
        target = "" if name == "__all__" else form[name].id_for_label or form[name].auto_id
        if target and not rows:
            # The first field that is not right gets the focus, without any script.
            form.fields[name].widget.attrs["autofocus"] = True
        rows += [{"target": target, "text": str(text)} for text in errors]
    return rows


def notes(key: str, form: StepForm) -> list[str]:
    """Return what the person should know after leaving a step: what was added or shortened for him."""
    if key == "tables":
        return [
            _("%(table)s comes along: %(reason)s.") % {"table": words_of(name).title, "reason": words_of(name).why}
            for name in getattr(form, "added", {})
        ]
    if key == "sales" and form.found.get("is_reduced"):
        return [_("The address was shortened to %(address)s.") % {"address": form.cleaned_data["address"]}]
    return []
