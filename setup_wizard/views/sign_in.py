"""The administrator's sign-in in the browser: there, back, used once. Neither code nor token is kept anywhere."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from connector.errors import IntegrationError
from connector.models import Side
from setup_wizard.connections import connection_of
from setup_wizard.forms.administrator import administrator_look
from setup_wizard.models import SetupDraft
from setup_wizard.provisioning.sign_in import AdministratorToken, sign_in_finish, sign_in_start
from setup_wizard.storage import DraftIsBehind, draft_open, draft_save
from setup_wizard.views import finishing
from sync.selectors.sentences import sentence
from sync.views.pages import done, refused

PERMISSION = "connector.change_connection"
FLOW_KEY = "setup_sign_in"
# Where the sign-in leads back to, by what it is for.
BACK = {"verify": "administrator", "finish": "finish"}
needs = permission_required(PERMISSION, raise_exception=True)


def _back(purpose: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("setup_wizard:step", args=[BACK[purpose]]))


@require_GET
@needs
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Send the browser to the identity server.

    A link or a plain redirect leads here, never a form: the pages' policy allows forms to our own addresses only.
    """
    purpose = request.GET.get("to", "")
    draft = draft_open()
    if purpose not in BACK or draft is None:
        return HttpResponseRedirect(reverse("setup_wizard:start"))
    address = request.build_absolute_uri(reverse("setup_wizard:signed_in"))
    try:
        target, flow = sign_in_start(connection_of(draft, Side.CRM), address)
    except IntegrationError as error:
        refused(request, sentence(str(error)))
        return _back(purpose)
    request.session[FLOW_KEY] = {"flow": flow, "purpose": purpose, "draft": draft.pk}
    return HttpResponseRedirect(target)


@require_GET
@needs
@never_cache
def signed_in(request: HttpRequest) -> HttpResponse:
    """Take what the identity server sent back, verify or begin to work with it, and forget it."""
    kept = request.session.pop(FLOW_KEY, None)
    draft = draft_open()
    if not kept or draft is None or draft.pk != kept["draft"]:
        refused(request, _("This sign-in does not belong to the set-up that is open. Start it again from its step."))
        return HttpResponseRedirect(reverse("setup_wizard:start"))
    try:
        token = sign_in_finish(connection_of(draft, Side.CRM), kept["flow"], request.GET.dict())
        if kept["purpose"] == "verify":
            _verify(request, draft, token)
        else:
            finishing.begin(request, draft, token)
    except IntegrationError as error:
        refused(request, sentence(str(error)))
    return _back(kept["purpose"])


def _verify(request: HttpRequest, draft: SetupDraft, token: AdministratorToken) -> None:
    found = administrator_look(connection_of(draft, Side.CRM), token)
    step = {"choice": "ours", **(draft.answers.get("administrator") or {}), "found": found}
    draft.answers = {**draft.answers, "administrator": step}
    try:
        draft_save(draft, draft.version)
    except DraftIsBehind:
        refused(request, _("Another tab has saved meanwhile. Sign in again."))
        return
    if found.get("problem"):
        refused(request, f"{sentence(found['problem'])} {sentence(found.get('todo') or '')}".strip())
    else:
        done(request, _("%(name)s is an administrator. The sign-in is forgotten again.") % {"name": found.get("name")})
