"""*Change Web Service Key*: a person's own, or anybody's for who manages people. The new key is shown once."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sync.forms import KeyForm
from sync.selectors.people import key_state
from sync.services.keys import key_change, key_clear
from sync.services.people import may_act_on
from sync.views.pages import done, user_name
from sync.views.people import actor_of, name_of, person_seen


def _holder(request: HttpRequest, person_id: int) -> User:
    """Return the person whose key this person may change. Raises PermissionDenied."""
    person = person_seen(request, person_id)
    if request.user.pk != person.pk and not may_act_on(actor_of(request), person):
        raise PermissionDenied
    return person


@never_cache
@require_http_methods(["GET", "POST"])
def web_service_key(request: HttpRequest, person_id: int) -> HttpResponse:
    """*Set Web Service Access Key*: warn, ask when the key expires, make it and show it once."""
    person = _holder(request, person_id)
    form = KeyForm(request.POST or None)
    context = {
        "person": person,
        "name": name_of(person),
        "is_self": request.user.pk == person.pk,
        "key_state": key_state(person),
        "form": form,
    }
    if request.method == "POST" and form.is_valid():
        expires_at = form.cleaned_data["expires_at"]
        key = key_change(person, expires_at, user_name(request))
        return render(request, "sync/person_key_shown.html", {**context, "key": key, "expires_at": expires_at})
    return render(request, "sync/person_key.html", context)


@require_http_methods(["GET", "POST"])
def web_service_key_clear(request: HttpRequest, person_id: int) -> HttpResponse:
    """*Clear Web Service Access Key*: ask, then take the key away."""
    person = _holder(request, person_id)
    if request.method == "POST":
        key_clear(person, user_name(request))
        done(request, _("The web service key is cleared. Clients that use it are refused from now on."))
        return redirect("sync:person", person_id=person.pk)
    context = {
        "title": _("Clear the web service key of %(name)s?") % {"name": name_of(person)},
        "text": _("All clients that use the key are refused from then on. A cleared key cannot be brought back."),
        "verb": _("Clear Web Service Access Key"),
        "action": reverse("sync:person_key_clear", args=[person.pk]),
        "back": reverse("sync:person", args=[person.pk]),
    }
    return render(request, "sync/confirm.html", context)
