"""The three roles as groups: who may see and do what. Deny by default; a superuser may do everything."""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS

BUSINESS_ADMIN, SALESPERSON, IT = "Business admin", "Salesperson", "IT"

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
    BUSINESS_ADMIN: frozenset(
        _SEE_RECORDS
        | _SEE_RUNS
        | {"add_synchrun", "change_synchrun", "change_integrationtablemapping", "view_connection", "change_connection"}
    ),
    SALESPERSON: frozenset(_SEE_RECORDS),
    IT: frozenset(
        _SEE_RECORDS | _SEE_RUNS | {"change_synchrun", "view_connection", "view_auditevent", "view_queuepulse"}
    ),
}


def roles_install(using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """Create the groups that are missing and give each its permissions; permissions that people added stay."""
    # This runs after the migration of one application; the permissions of the other, and our own, may not be there yet.
    for label in ("connector", "sync"):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    for name, codenames in ROLES.items():
        group, _new = Group.objects.using(using).get_or_create(name=name)
        permissions = Permission.objects.using(using).filter(
            codename__in=codenames, content_type__app_label__in=["sync", "connector"]
        )
        group.permissions.add(*permissions)
