"""People as the pages show them: who may what, how they sign in, and what was done with their account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from sync.models import AuditEvent, WebServiceAccessKey
from sync.roles import LABELS, ROLES, SUPERUSER, roles_of

EVENTS_SHOWN = 20
DONE_WITH_PEOPLE = (
    "person_add",
    "person_change",
    "person_join",
    "person_deactivate",
    "person_reactivate",
    "role_change",
    "password_reset",
    "password_change",
    "password_choose",
    "second_factor_add",
    "second_factor_remove",
    "second_factor_reset",
    "sign_in_connect",
    "sign_in_disconnect",
    "key_change",
    "key_clear",
)


def people() -> QuerySet[User]:
    """Return everybody with what a list shows of them."""
    return User.objects.prefetch_related("groups", "authenticator_set").order_by("username")


def role_text(person: User) -> str | Promise:
    """Return a person's role in words; blank for none."""
    if person.is_superuser:
        return SUPERUSER
    names = roles_of([group.name for group in person.groups.all()])
    return ", ".join(str(LABELS[name]) for name in names)


def role_of(person: User) -> str:
    """Return the name of a person's one role; blank for none or for several."""
    names = roles_of([group.name for group in person.groups.all()])
    return names[0] if len(names) == 1 else ""


def has_second_factor(person: User) -> bool:
    """Tell whether a person signs in with a second step."""
    kinds = {step.type for step in person.authenticator_set.all()}  # type: ignore[attr-defined]
    return bool(kinds & {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})


@dataclass(frozen=True, slots=True)
class KeyState:
    """What may be said about a web service key: never the key."""

    changed_at: datetime
    changed_by: str
    expires_at: datetime | None
    is_expired: bool


def key_state(person: User) -> KeyState | None:
    """Return the state of a person's web service key, or None where there is none."""
    held = WebServiceAccessKey.objects.filter(user=person).first()
    if held is None:
        return None
    is_expired = held.expires_at is not None and held.expires_at <= timezone.now()
    return KeyState(held.changed_at, held.changed_by, held.expires_at, is_expired)


@dataclass(frozen=True, slots=True)
class Happening:
    """One act on a person's account, in words."""

    at: datetime
    who: str
    text: str


def happenings(person: User) -> list[Happening]:
    """Return what was done with a person's account, newest first."""
    events = AuditEvent.objects.filter(on_what=person.get_username(), what__in=DONE_WITH_PEOPLE)[:EVENTS_SHOWN]
    return [Happening(event.at, event.who, _event_text(event)) for event in events]


def _role_name(name: Any) -> str:
    names = [str(LABELS.get(part, part)) for part in str(name or "").split(", ") if part]
    return ", ".join(names) or _("no role")


def _event_text(event: AuditEvent) -> str:
    details = event.details or {}
    if event.what == "role_change":
        given = {"before": _role_name(details.get("before")), "after": _role_name(details.get("after"))}
        return _("Role changed from %(before)s to %(after)s") % given
    if event.what in ("person_add", "person_join"):
        given = {"role": _role_name(details.get("role"))}
        return (
            _("Added with role: %(role)s") % given
            if event.what == "person_add"
            else _("Added at the first sign-in with the organization's account, with role: %(role)s") % given
        )
    return {
        "person_change": _("Name or e-mail changed"),
        "person_deactivate": _("Deactivated"),
        "person_reactivate": _("Reactivated"),
        "password_reset": _("Password taken away, link for a new one made"),
        "password_change": _("Password changed"),
        "password_choose": _("Password chosen"),
        "second_factor_add": _("Second step added"),
        "second_factor_remove": _("Second step removed"),
        "second_factor_reset": _("Second step reset"),
        "sign_in_connect": _("Organization's account connected"),
        "sign_in_disconnect": _("Organization's account disconnected"),
        "key_change": _("Web service key changed"),
        "key_clear": _("Web service key cleared"),
    }[event.what]


def role_choices() -> list[tuple[str, str | Promise]]:
    """Return the roles to choose from, "no role" last."""
    return [*((name, LABELS[name]) for name in ROLES), ("", _("No role"))]
