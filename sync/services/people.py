"""People: added, given a role, deactivated, helped back in. Each act is an AuditEvent under the name of who did it.

Two rules guard the administration of the site itself: the last active administrator stays one, and nobody acts on somebody
who may do more than they, nor on their own role. Both are checked here, behind every page.
"""

from dataclasses import dataclass
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from sync.models import AuditEvent
from sync.roles import ADMINISTRATOR, MANAGE_PEOPLE, ROLES


class NotAllowed(Exception):
    """The act would break a rule; the text says which, and what to do."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is asked for a new person; `role` is a name of ROLES, or blank for none."""

    username: str
    first_name: str
    last_name: str
    email: str
    role: str


def administrators() -> Any:
    """Return the active people who may manage people: superusers and integration administrators."""
    holds = Q(is_superuser=True) | Q(groups__name=ADMINISTRATOR)
    return User.objects.filter(holds, is_active=True).distinct()


def may_act_on(actor: User, person: User) -> bool:
    """Tell whether somebody may change this person: a superuser everybody, an administrator everybody but superusers."""
    return actor.is_superuser or (actor.has_perm(MANAGE_PEOPLE) and not person.is_superuser)


def _check_may_act(actor: User, person: User) -> None:
    if not may_act_on(actor, person):
        raise NotAllowed(
            _("%(name)s is a superuser. Only a superuser may change that account.") % {"name": _name(person)}
        )


def _check_not_self(actor: User, person: User, text: str) -> None:
    if actor.pk == person.pk:
        raise NotAllowed(text)


def _check_not_last(person: User) -> None:
    """Raise NotAllowed for the last active administrator. Call inside a transaction that holds the lock."""
    if administrators().filter(pk=person.pk).exists() and not administrators().exclude(pk=person.pk).exists():
        raise NotAllowed(
            _("%(name)s is the last administrator. Give somebody else the role first, or nobody could manage people.")
            % {"name": _name(person)}
        )


def _lock() -> None:
    """Let one change of administrators wait for the other: two who deactivate each other would leave none."""
    Group.objects.filter(name=ADMINISTRATOR).update(name=F("name"))


def _name(person: User) -> str:
    return person.get_full_name() or person.get_username()


def _note(actor: User, what: str, person: User, **details: Any) -> None:
    AuditEvent.objects.create(who=_name(actor), what=what, on_what=person.get_username(), details=details)


@transaction.atomic
def person_add(actor: User, given: NewPerson) -> User:
    """Create a person who cannot sign in until they have chosen a password (see `password_link`)."""
    person = User(username=given.username, first_name=given.first_name, last_name=given.last_name, email=given.email)
    person.set_unusable_password()
    person.save()
    if given.role:
        person.groups.add(Group.objects.get(name=given.role))
    _note(actor, "person_add", person, role=given.role)
    return person


@transaction.atomic
def person_change(actor: User, person: User, *, first_name: str, last_name: str, email: str) -> None:
    """Change name and e-mail. Raises NotAllowed."""
    _check_may_act(actor, person)
    values = {"first_name": first_name, "last_name": last_name, "email": email}
    changed = [name for name, value in values.items() if getattr(person, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(person, name, values[name])
    person.save(update_fields=changed)
    _note(actor, "person_change", person, fields=changed)


@transaction.atomic
def role_change(actor: User, person: User, role: str) -> str:
    """Give a person this role and no other; blank takes the role away. Return the former one. Raises NotAllowed."""
    _lock()
    _check_may_act(actor, person)
    _check_not_self(actor, person, _("Nobody changes their own role. Ask another administrator."))
    if person.is_superuser:
        raise NotAllowed(_("A superuser may do everything; a role would change nothing."))
    if role and role not in ROLES:
        raise NotAllowed(_("There is no such role."))
    if role != ADMINISTRATOR:
        _check_not_last(person)
    held = list(person.groups.filter(name__in=ROLES).values_list("name", flat=True))
    if held == ([role] if role else []):
        return role
    person.groups.remove(*Group.objects.filter(name__in=ROLES))
    if role:
        person.groups.add(Group.objects.get(name=role))
    former = ", ".join(held)
    _note(actor, "role_change", person, before=former, after=role)
    return former


@transaction.atomic
def person_deactivate(actor: User, person: User) -> None:
    """Let a person sign in no more; who is signed in is out at the next click. Raises NotAllowed."""
    _lock()
    _check_may_act(actor, person)
    _check_not_self(actor, person, _("Nobody deactivates their own account. Ask another administrator."))
    _check_not_last(person)
    if User.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
        _note(actor, "person_deactivate", person)


@transaction.atomic
def person_reactivate(actor: User, person: User) -> None:
    """Let a person sign in again, with the role and the password they had. Raises NotAllowed."""
    _check_may_act(actor, person)
    if User.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
        _note(actor, "person_reactivate", person)


@transaction.atomic
def second_factor_reset(actor: User, person: User) -> int:
    """Remove authenticator app, security keys and recovery codes; return how many. Raises NotAllowed."""
    _check_may_act(actor, person)
    _check_not_self(actor, person, _("Remove your own second step on the page Two-step sign-in."))
    number: int = Authenticator.objects.filter(user=person).delete()[0]
    if number:
        _note(actor, "second_factor_reset", person, removed=number)
    return number


@transaction.atomic
def password_reset(actor: User, person: User) -> str:
    """Take the password away, which signs the person out everywhere, and return the path of a page to choose a new one.

    The path works once, for PASSWORD_RESET_TIMEOUT seconds. Raises NotAllowed.
    """
    _check_may_act(actor, person)
    _check_not_self(actor, person, _("Change your own password on the page Change password."))
    person.set_unusable_password()
    person.save(update_fields=["password"])
    _note(actor, "password_reset", person)
    return password_path(person)


def password_path(person: User) -> str:
    """Return the path of the page where a person without a password chooses one; it works once."""
    key = default_token_generator.make_token(person)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})
