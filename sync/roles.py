"""The four roles as groups: who may see and do what. Deny by default; a superuser may do everything.

The roles follow the permission sets of the product: Admin, Edit and View of its integration.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db import DEFAULT_DB_ALIAS
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ADMINISTRATOR, SALESPERSON, VIEWER, IT = "Integration administrator", "Salesperson", "Viewer", "IT operator"
# Names of earlier versions: their members move along when the roles are installed.
FORMER = {"Business admin": ADMINISTRATOR, "IT": IT}
MANAGE_PEOPLE = "sync.manage_people"

_SEE_RECORDS = {
    "view_coupling",
    "view_mirrorrecord",
    "view_pendingrecord",
    "view_fieldconflict",
    "view_synchjob",
    "view_synchjobentry",
    "view_synchjoberror",
    "view_integrationtablemapping",
    "view_integrationfieldmapping",
}
_SEE_RUNS = {
    "view_synchrun",
    "view_synchrunline",
    "view_jobqueuelogentry",
    "view_plan",
}
ROLES: dict[str, frozenset[str]] = {
    ADMINISTRATOR: frozenset(
        _SEE_RECORDS
        | _SEE_RUNS
        | {"add_synchrun", "change_synchrun", "change_integrationtablemapping", "view_connection", "change_connection"}
        | {"manage_people", "view_auditevent"}
    ),
    SALESPERSON: frozenset(_SEE_RECORDS),
    VIEWER: frozenset(_SEE_RECORDS | _SEE_RUNS | {"view_connection"}),
    IT: frozenset(
        _SEE_RECORDS | _SEE_RUNS | {"change_synchrun", "view_connection", "view_auditevent", "view_queuepulse"}
    ),
}
LABELS: dict[str, str | Promise] = {
    ADMINISTRATOR: _("Integration administrator"),
    SALESPERSON: _("Salesperson"),
    VIEWER: _("Viewer"),
    IT: _("IT operator"),
}
MEANINGS: dict[str, str | Promise] = {
    ADMINISTRATOR: _("Sets up both connections, starts and stops synchronizations, and manages people."),
    SALESPERSON: _("Sees customers, contacts, items and prices, what is coupled, and what went wrong."),
    VIEWER: _("Sees everything of the synchronization and changes nothing."),
    IT: _("Sees everything of the synchronization, its health and its workers, and changes nothing."),
}
SUPERUSER: str | Promise = _("Superuser")


def roles_of(names: list[str]) -> list[str]:
    """Return which of these groups are roles, in the order of the roles."""
    return [name for name in ROLES if name in names]


def is_administrator(user: User | AnonymousUser) -> bool:
    """Tell whether a person may change connections and people: a superuser or an integration administrator."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or user.groups.filter(name=ADMINISTRATOR).exists()


def roles_install(using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """Create the groups that are missing and give each its permissions; permissions that people added stay."""
    # This runs after the migration of one application; the permissions of the other, and our own, may not be there yet.
    for label in ("connector", "sync"):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    for former, name in FORMER.items():
        _rename(using, former, name)
    for name, codenames in ROLES.items():
        group, _new = Group.objects.using(using).get_or_create(name=name)
        permissions = Permission.objects.using(using).filter(
            codename__in=codenames, content_type__app_label__in=["sync", "connector"]
        )
        group.permissions.add(*permissions)


def _rename(using: str, former: str, name: str) -> None:
    """Give a group of an earlier version its present name; members and added permissions stay with it."""
    groups = Group.objects.using(using)
    old = groups.filter(name=former).first()
    if old is None:
        return
    new = groups.filter(name=name).first()
    if new is None:
        groups.filter(pk=old.pk).update(name=name)
        return
    new.user_set.add(*old.user_set.all())
    new.permissions.add(*old.permissions.all())
    old.delete()
