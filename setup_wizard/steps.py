"""The steps of the wizard: names, order, when each is shown, which may be opened, and what was entered there in a few words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from setup_wizard.forms.administrator import NOTHING, OWN, AdministratorForm
from setup_wizard.forms.base import ContinueForm, StepForm
from setup_wizard.forms.finish import FinishForm, ProofForm
from setup_wizard.forms.nav import NavForm
from setup_wizard.forms.sales import SalesForm
from setup_wizard.forms.tables import TablesForm
from setup_wizard.forms.user import UserForm
from setup_wizard.models import SetupDraft
from sync.defaults import MAPPINGS


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its address, form, title, and what stands under the title while it is not done."""

    key: str
    form: type[StepForm]
    title: str | Promise
    hint: str | Promise


STEPS: tuple[Step, ...] = (
    Step("welcome", ContinueForm, gettext_lazy("Welcome"), gettext_lazy("What will happen, what you need")),
    Step("nav", NavForm, gettext_lazy("Dynamics NAV"), gettext_lazy("Address, sign-in, company")),
    Step("sales", SalesForm, gettext_lazy("Dynamics 365 Sales"), gettext_lazy("Environment and sign-in")),
    Step(
        "administrator", AdministratorForm, gettext_lazy("Administrator account"), gettext_lazy("Used once, not kept")
    ),
    Step("user", UserForm, gettext_lazy("Integration user"), gettext_lazy("The shared account")),
    Step("tables", TablesForm, gettext_lazy("What to synchronize"), gettext_lazy("Tables, direction, schedule")),
    Step("proof", ProofForm, gettext_lazy("Proof"), gettext_lazy("We try everything once")),
    Step("finish", FinishForm, gettext_lazy("Finish"), gettext_lazy("Enable, then Run Full Synchronization")),
)
BY_KEY = {step.key: step for step in STEPS}


def needs_administrator(draft: SetupDraft) -> bool:
    """Tell whether the solution is to be imported: it is missing, older than ours, not open to the integration user."""
    if "administrator" in (draft.answers.get("done") or []):
        return True
    found = (draft.answers.get("sales") or {}).get("found") or {}
    return not found.get("solution") or bool(found.get("is_older")) or not found.get("usable")


def shown_steps(draft: SetupDraft) -> list[Step]:
    """Return the steps that this set-up has."""
    return [step for step in STEPS if step.key != "administrator" or needs_administrator(draft)]


def first_open(draft: SetupDraft) -> str:
    """Return the first step that is not complete; everything before it may be opened, and itself."""
    done = draft.answers.get("done") or []
    return next((step.key for step in shown_steps(draft) if step.key not in done), "finish")


def may_open(draft: SetupDraft, key: str) -> bool:
    """Tell whether all steps before this one are complete."""
    keys = [step.key for step in shown_steps(draft)]
    return key in keys and keys.index(key) <= keys.index(first_open(draft))


def summary(draft: SetupDraft, step: Step) -> str:
    """Return what was entered in a step, in a few words; its hint while it is not done."""
    if step.key not in (draft.answers.get("done") or []):
        return str(step.hint)
    answers = dict(draft.answers.get(step.key) or {})
    say = _SAY.get(step.key)
    return (say(draft, answers) if say else "") or str(step.hint)


def _administrator(draft: SetupDraft, answers: dict[str, Any]) -> str:
    if answers.get("choice") == NOTHING:
        return _("Nothing is imported")
    name = (answers.get("found") or {}).get("name")
    if answers.get("choice") == OWN:
        return str(answers.get("package_name") or "")
    return _("%(name)s, verified") % {"name": name} if name else _("Signs in at Finish")


def _user(draft: SetupDraft, answers: dict[str, Any]) -> str:
    sales = draft.answers.get("sales") or {}
    found = sales.get("found") or {}
    return str(found.get("user_name") or sales.get("user") or sales.get("client_id") or "")


def _tables(draft: SetupDraft, answers: dict[str, Any]) -> str:
    return _("%(chosen)s of %(all)s tables") % {"chosen": len(answers.get("mappings") or {}), "all": len(MAPPINGS)}


_SAY: dict[str, Callable[[SetupDraft, dict[str, Any]], str]] = {
    "nav": lambda draft, answers: str(answers.get("company") or ""),
    "sales": lambda draft, answers: urlsplit(str(answers.get("address") or "")).netloc,
    "administrator": _administrator,
    "user": _user,
    "tables": _tables,
    "proof": lambda draft, answers: _("All checks have passed"),
}
