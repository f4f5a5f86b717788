"""*Users and roles*: who may sign in and what for, and one card per person.

The list and every act on others need `manage_people`; the services refuse what would break a rule. What is shown once (a link
to choose a password) stands in the answer to the form that made it, in no session and in no cache.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sync.filters import PeopleFilter
from sync.forms import NameForm, PersonForm, RoleForm
from sync.roles import MANAGE_PEOPLE, MEANINGS
from sync.selectors import people as selectors
from sync.selectors.paging import page_of
from sync.services import people as services
from sync.services.people import NotAllowed
from sync.tables.people import PeopleTable, second_look, state_look
from sync.views.pages import done, needs, page, refused

HOURS_OF_A_LINK = 72


def person_seen(request: HttpRequest, person_id: int) -> User:
    """Return a person whose card this person may see: their own, or everybody's for who manages people."""
    if request.user.pk != person_id and not request.user.has_perm(MANAGE_PEOPLE):
        raise PermissionDenied
    return get_object_or_404(selectors.people(), pk=person_id)


def actor_of(request: HttpRequest) -> User:
    """Return the signed-in person."""
    assert isinstance(request.user, User)
    return request.user


def name_of(person: User) -> str:
    """Return how a page calls somebody."""
    return person.get_full_name() or person.get_username()


@require_GET
@needs(MANAGE_PEOPLE)
def people_list(request: HttpRequest) -> HttpResponse:
    """Show everybody, by user name."""
    chosen = PeopleFilter(request.GET, queryset=selectors.people(), request=request)
    found = page_of(
        chosen.qs.distinct(),
        ("username", "pk"),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {"filter": chosen, "page": found, "table": PeopleTable(found.rows), "people_count": User.objects.count()}
    return page(request, "sync/people.html", "includes/_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@needs(MANAGE_PEOPLE)
def person_add(request: HttpRequest) -> HttpResponse:
    """Add a person, and show the link with which they choose a password."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = services.person_add(actor_of(request), form.given)
        return _link_page(request, person, services.password_path(person), is_new=True)
    return render(request, "sync/person_add.html", {"form": form, "meanings": _meanings()})


def _meanings() -> list[tuple[str, Any, Any]]:
    return [(name, label, MEANINGS.get(name, "")) for name, label in selectors.role_choices()]


def _link_page(request: HttpRequest, person: User, path: str, *, is_new: bool) -> HttpResponse:
    context = {
        "person": person,
        "name": name_of(person),
        "link": request.build_absolute_uri(path),
        "hours": HOURS_OF_A_LINK,
        "is_new": is_new,
    }
    return render(request, "sync/person_link.html", context)


@require_GET
def person_card(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show a person's card: role, sign-in, web service key, and what was done."""
    return _card(request, person_seen(request, person_id))


def _card(request: HttpRequest, person: User, **forms: Any) -> HttpResponse:
    is_self = request.user.pk == person.pk
    may_manage = services.may_act_on(actor_of(request), person)
    values = {name: getattr(person, name) for name in ("first_name", "last_name", "email")}
    context = {
        "person": person,
        "name": name_of(person),
        "is_self": is_self,
        "may_manage": may_manage,
        "may_change_role": may_manage and not is_self and not person.is_superuser,
        "may_change_key": is_self or may_manage,
        "sees_list": request.user.has_perm(MANAGE_PEOPLE),
        "role": selectors.role_text(person),
        "role_name": selectors.role_of(person),
        "meanings": _meanings(),
        "state": state_look(person),
        "second": second_look(person),
        "key": selectors.key_state(person),
        "happenings": selectors.happenings(person),
        "form": NameForm(values),
        "connected": person.socialaccount_set.exists(),  # type: ignore[attr-defined]
        "organization": settings.OIDC.issuer,
        **forms,
    }
    return render(request, "sync/person.html", context)


@require_POST
@needs(MANAGE_PEOPLE)
def person_change(request: HttpRequest, person_id: int) -> HttpResponse:
    """Change name and e-mail."""
    person = person_seen(request, person_id)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _card(request, person, form=form)
    try:
        services.person_change(actor_of(request), person, **form.cleaned_data)
    except NotAllowed as error:
        refused(request, str(error))
    else:
        done(request, _("Saved."))
    return redirect("sync:person", person_id=person.pk)


@require_POST
@needs(MANAGE_PEOPLE)
def role_change(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give a person another role."""
    person = person_seen(request, person_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        refused(request, _("There is no such role."))
        return redirect("sync:person", person_id=person.pk)
    try:
        services.role_change(actor_of(request), person, form.cleaned_data["role"])
    except NotAllowed as error:
        refused(request, str(error))
    else:
        done(request, _("%(name)s has another role from the next click on.") % {"name": name_of(person)})
    return redirect("sync:person", person_id=person.pk)


@require_http_methods(["GET", "POST"])
@needs(MANAGE_PEOPLE)
def person_deactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask, then let a person sign in no more."""
    person = person_seen(request, person_id)
    if request.method == "GET":
        text = _(
            "%(name)s is signed out at once and cannot sign in; the web service key stops working too. Role, password and "
            "history stay, so this can be taken back at any time."
        )
        return _ask(request, person, _("Deactivate %(name)s?"), text, _("Deactivate"), "sync:person_deactivate")
    try:
        services.person_deactivate(actor_of(request), person)
    except NotAllowed as error:
        refused(request, str(error))
    else:
        done(request, _("%(name)s cannot sign in any more. Reactivate takes it back.") % {"name": name_of(person)})
    return redirect("sync:person", person_id=person.pk)


@require_POST
@needs(MANAGE_PEOPLE)
def person_reactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let a person sign in again."""
    person = person_seen(request, person_id)
    try:
        services.person_reactivate(actor_of(request), person)
    except NotAllowed as error:
        refused(request, str(error))
    else:
        done(request, _("%(name)s can sign in again.") % {"name": name_of(person)})
    return redirect("sync:person", person_id=person.pk)


@require_http_methods(["GET", "POST"])
@needs(MANAGE_PEOPLE)
def second_factor_reset(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask, then remove a person's second step."""
    person = person_seen(request, person_id)
    if request.method == "GET":
        text = _(
            "Authenticator app, security keys and recovery codes of %(name)s are removed. The next sign-in needs the "
            "password alone, so be sure that it is %(name)s who asks."
        )
        return _ask(
            request, person, _("Reset the second step of %(name)s?"), text, _("Reset"), "sync:person_second_step"
        )
    try:
        services.second_factor_reset(actor_of(request), person)
    except NotAllowed as error:
        refused(request, str(error))
    else:
        done(request, _("%(name)s signs in with the password alone now.") % {"name": name_of(person)})
    return redirect("sync:person", person_id=person.pk)


@never_cache
@require_http_methods(["GET", "POST"])
@needs(MANAGE_PEOPLE)
def password_reset(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask, then take a person's password away and show the link with which they choose a new one."""
    person = person_seen(request, person_id)
    if request.method == "GET":
        text = _(
            "%(name)s is signed out everywhere, and the password they have now stops working. You get a link to hand over; "
            "with it %(name)s chooses a new password."
        )
        return _ask(request, person, _("Reset the password of %(name)s?"), text, _("Reset"), "sync:person_password")
    try:
        path = services.password_reset(actor_of(request), person)
    except NotAllowed as error:
        refused(request, str(error))
        return redirect("sync:person", person_id=person.pk)
    return _link_page(request, person, path, is_new=False)


def _ask(request: HttpRequest, person: User, title: str, text: str, verb: str, route: str) -> HttpResponse:
    named = {"name": name_of(person)}
    context = {
        "title": title % named,
        "text": text % named,
        "verb": verb,
        "action": reverse(route, args=[person.pk]),
        "back": reverse("sync:person", args=[person.pk]),
    }
    return render(request, "sync/confirm.html", context)
