"""Switching the integration on and off: the state machine of reference 3.7.

On: test both connections, agree on the currency, install the default mappings where there are none, set the recurring jobs
Ready. Off: stop what runs, set the recurring jobs On Hold, forget what was only a mirror of Sales. Couplings, mappings, addresses
and credentials stay.
"""

from django.db import transaction

from connector.errors import ConfigurationError
from connector.models import Connection, Side
from connector.services import connection_disable, connection_enable
from setup_wizard.services import connections_test, services_find
from sync.choices import RUN_ENDS, JobQueueStatus
from sync.models import AuditEvent, IntegrationTableMapping, JobQueueEntry, SynchRun
from sync.services.catalog import catalog_refresh
from sync.services.mappings import defaults_install
from sync.services.runs import run_cancel

MIRRORED = ("sales_facts",)
"""Settings that only repeat what Sales says; they go when the connection is switched off."""


def connection_pair() -> tuple[Connection, Connection]:
    """Return both stored connections, NAV first. Raises ConfigurationError when one is missing."""
    found = [Connection.objects.filter(side=side).order_by("pk").first() for side in (Side.ERP, Side.CRM)]
    nav, sales = found
    if nav is None or sales is None:
        missing = "NAV" if nav is None else "Sales"
        raise ConfigurationError(
            f"There is no connection to {missing} yet. Choose Assisted Setup: it asks for what is needed, and tests it.",
            code="no_connection",
        )
    return nav, sales


def integration_enable(user: str) -> list[str]:
    """Enable both connections after their test; return what is still amiss with single mappings.

    Raises ConfigurationError with the first failed step as its sentence; then nothing is enabled and the settings stay.
    """
    nav, sales = connection_pair()
    result = connections_test(nav, sales)
    failed = next((check for check in (*result.nav, *result.sales) if not check.ok), None)
    if failed is not None:
        raise ConfigurationError(failed.text, code="test")
    services_find(nav)
    mappings = list(IntegrationTableMapping.objects.filter(erp=nav, crm=sales)) or defaults_install(nav, sales)
    issues = catalog_refresh(mappings)
    with transaction.atomic():
        connection_enable(nav)
        connection_enable(sales)
        JobQueueEntry.objects.filter(mapping__in=mappings).update(status=JobQueueStatus.READY)
        AuditEvent.objects.create(who=user, what="integration_enabled", on_what=f"{nav.name} – {sales.name}")
    return issues


def integration_disable(user: str, reason: str = "") -> None:
    """Disable both connections: open runs end after the request under way, recurring jobs go On Hold."""
    stored = list(Connection.objects.all())
    for run in SynchRun.objects.exclude(status__in=RUN_ENDS):
        run_cancel(run, user)
    with transaction.atomic():
        for connection in stored:
            connection.settings = {
                name: value for name, value in (connection.settings or {}).items() if name not in MIRRORED
            }
            connection.save(update_fields=["settings"])
            connection_disable(connection, reason)
        JobQueueEntry.objects.update(status=JobQueueStatus.ON_HOLD)
        names = " – ".join(connection.name for connection in stored)
        AuditEvent.objects.create(who=user, what="integration_disabled", on_what=names, details={"reason": reason})
