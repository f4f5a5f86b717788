"""The wizard: one address per step, kept in the open draft. Forms look at the remote system once, when a step is left.

formtools gives the steps, their order and conditions; what it would keep and validate again at the end (form data) is replaced
by plain values in the draft (setup_wizard/storage.py).
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.files.storage import FileSystemStorage
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from formtools.wizard.views import NamedUrlWizardView

from connector.models import Side
from setup_wizard import connections, steps
from setup_wizard.forms.base import StepForm
from setup_wizard.storage import DraftIsBehind, DraftStorage, draft_finished
from setup_wizard.switching import integration_disable
from setup_wizard.views import contexts, finishing, proving
from sync.views.pages import user_name

PERMISSION = "connector.change_connection"
LOCKED = frozenset({"nav", "sales"})


def _condition(key: str) -> Callable[["SetupWizard"], bool]:
    def is_shown(wizard: "SetupWizard") -> bool:
        return any(step.key == key for step in steps.shown_steps(wizard.storage.draft))

    return is_shown


class SetupWizard(PermissionRequiredMixin, NamedUrlWizardView):  # type: ignore[misc]  # formtools has no types
    """*Dynamics 365 Connection Setup*, the assisted set-up."""

    permission_required = PERMISSION
    raise_exception = True
    storage_name = "setup_wizard.storage.DraftStorage"
    # Uploads are read at once; formtools asks for a storage all the same.
    file_storage = FileSystemStorage()
    form_list = [(step.key, step.form) for step in steps.STEPS]
    condition_dict = {"administrator": _condition("administrator")}
    storage: DraftStorage

    # What formtools asks

    def get_template_names(self) -> list[str]:
        """Return the step's own template."""
        return [f"setup_wizard/{self.steps.current}.html"]

    def get_form_kwargs(self, step: str | None = None) -> dict[str, Any]:
        """Hand the draft to the form."""
        return {"draft": self.storage.draft, "user_id": self.request.user.pk or 0}

    def get_form_initial(self, step: str) -> dict[str, Any]:
        """Fill a step from the draft; a first visit, from what is set up already, without secrets."""
        kept = self.storage.answers(step)
        if step in LOCKED and (not kept or connections.are_enabled()):
            stored = connections.answers_from_stored(Side.ERP if step == "nav" else Side.CRM)
            return {**stored, "found": kept.get("found") or {}} if stored else kept
        return kept

    def get_context_data(self, form: StepForm, **kwargs: Any) -> dict[str, Any]:
        """Add the steps at the side, what a step shows beside its form, and the errors with their fields."""
        context: dict[str, Any] = super().get_context_data(form=form, **kwargs)
        return contexts.add(context, self.request, self.storage, self.steps.current, form)

    # Requests

    def get(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a step; one that is not open yet leads to the first open one."""
        key, draft = kwargs.get("step"), self.storage.draft
        if key is None:
            return self._to(draft.step if draft.step and steps.may_open(draft, draft.step) else steps.first_open(draft))
        if draft._state.adding and key == "finish" and draft_finished():
            # The set-up that this page showed has just been finished.
            if finishing.is_fragment(self.request):
                return HttpResponse(headers={"HX-Redirect": reverse("setup_wizard:done")})
            return HttpResponseRedirect(reverse("setup_wizard:done"))
        if key not in steps.BY_KEY or not steps.may_open(draft, key):
            return self._to(steps.first_open(draft))
        self.storage.current_step = key
        if key == "proof" and proving.is_fragment(self.request):
            return proving.live(self.request, draft)
        if key == "finish" and finishing.is_fragment(self.request):
            return finishing.live(self.request, draft)
        return self.shown(self.get_form())

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep a step's entries, look, and go on; nothing is kept from a page that another tab has left behind."""
        key, draft = str(kwargs.get("step")), self.storage.draft
        if key not in steps.BY_KEY or not steps.may_open(draft, key):
            return self._to(steps.first_open(draft))
        self.storage.current_step = key
        try:
            if self._version() != draft.version:
                raise DraftIsBehind
            return self._handle(key, self.request.POST.get("action") or "next")
        except DraftIsBehind:
            self.storage = DraftStorage(self.prefix, self.request)
            if not steps.may_open(self.storage.draft, key):
                return self._to(steps.first_open(self.storage.draft))
            self.storage.current_step = key
            return self.shown(self.get_form(), is_behind=True)

    def shown(self, form: StepForm, **context: Any) -> HttpResponse:
        """Return the page of a step with this form."""
        response: HttpResponse = self.render(form, **context)
        return response

    def _version(self) -> int:
        text = self.request.POST.get("version", "")
        return int(text) if text.isdigit() else -1

    def _handle(self, key: str, action: str) -> HttpResponse:
        if action == "disable" and key in LOCKED:
            return self._disable(key)
        if key == "proof" and action.partition(":")[0] in {"run", "again"}:
            return proving.run(self, action)
        if key in LOCKED and connections.are_enabled() and action != "close":
            return self._kept_as_it_is(key)
        form = self.get_form(data=self.request.POST, files=self.request.FILES)
        is_right = form.is_valid()
        if action == "close":
            self.storage.save(self.storage.draft.version, key, form.answers(), secrets=form.secrets())
            messages.success(self.request, _("Saved. Home leads back to where you were."))
            return HttpResponseRedirect(reverse("sync:home"))
        if key == "proof":
            return proving.leave(self, form)
        if key == "finish":
            return finishing.start(self, form)
        may_leave = is_right and form.look(action)
        if action == "sign_in" and not form.errors:
            self._save(key, form, is_done=False)
            # Not a redirect: a form of ours may lead to our own addresses only (the pages' policy), and this one leaves them.
            return render(
                self.request, "setup_wizard/leaving.html", {"to": reverse("setup_wizard:sign_in") + "?to=verify"}
            )
        self._save(key, form, is_done=may_leave)
        if may_leave:
            return self._next(key, form)
        if form.errors:
            return self.shown(form)
        return self._to(key)

    def _save(self, key: str, form: StepForm, *, is_done: bool, go_to: str = "") -> None:
        self.storage.save(
            self.storage.draft.version, key, form.answers(), secrets=form.secrets(), is_done=is_done, go_to=go_to
        )

    def _next(self, key: str, form: StepForm) -> HttpResponse:
        shown = [step.key for step in steps.shown_steps(self.storage.draft)]
        place = shown.index(key) + 1
        following = shown[place] if place < len(shown) else key
        self.storage.leave_to(following)
        if notes := contexts.notes(key, form):
            messages.success(self.request, " ".join(notes))
        if following == "proof":
            proving.begin(self.request, self.storage.draft)
        return self._to(following)

    def _kept_as_it_is(self, key: str) -> HttpResponse:
        """Go on with a connection that is in use: its address and credentials cannot be changed now."""
        side = Side.ERP if key == "nav" else Side.CRM
        form = self.get_form()
        kept = {
            **connections.answers_from_stored(side),
            "found": form.found or {"signed_in": True, "solution": True, "usable": True},
        }
        self.storage.save(self.storage.draft.version, key, kept, is_done=True)
        return self._next(key, form)

    def _disable(self, key: str) -> HttpResponse:
        integration_disable(user_name(self.request), "Disabled in Dynamics 365 Connection Setup, to be changed.")
        messages.success(self.request, _("Both connections are disabled. Couplings and mappings stay."))
        return self._to(key)

    def _to(self, key: str) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("setup_wizard:step", args=[key]))
