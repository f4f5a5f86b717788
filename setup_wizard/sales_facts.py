"""What Sales says about itself and about the set-up: version, solution, order integration, the row that says where NAV is.

A mirror: asked for whenever the page is opened while the connection is enabled, kept to be shown at once the next time.
"""

import re
from dataclasses import asdict, dataclass
from typing import cast

from django.utils import timezone

from connector.dataverse.client import DataverseClient
from connector.dataverse.environment import version_of
from connector.dataverse.people import order_integration
from connector.errors import IntegrationError
from connector.models import Connection
from connector.services import client_for
from setup_wizard.provisioning.connection_row import connection_row_read
from setup_wizard.provisioning.presence import presence_of

KEPT_AS = "sales_facts"
OLDEST_MAJOR, TOO_OLD = 6, "7.1"
"""Versions must be above 6, and 7.1 is not supported (reference 3.9)."""


@dataclass(frozen=True, slots=True)
class SalesFacts:
    """What Sales said last, and when (UTC, ISO); `problem` is the sentence when it could not be asked."""

    asked_at: str = ""
    version: str = ""
    solution: str = ""
    solution_ours: str = ""
    is_older: bool = False
    legacy: str = ""
    is_usable: bool = False
    order_integration: bool = False
    has_row: bool = False
    web_client_url: str = ""
    odata_url: str = ""
    odata_user: str = ""
    problem: str = ""


def sales_facts_kept(sales: Connection | None) -> SalesFacts:
    """Return what was heard last, without asking."""
    kept = dict(sales.setting(KEPT_AS, {})) if sales else {}
    return SalesFacts(**{name: value for name, value in kept.items() if name in SalesFacts.__slots__})


def sales_facts_ask(sales: Connection, nav: Connection) -> SalesFacts:
    """Ask Sales and keep the answer; a failure is part of the answer, never an exception."""
    try:
        facts = _asked(sales, nav)
    except IntegrationError as error:
        facts = SalesFacts(asked_at=timezone.now().isoformat(), problem=str(error))
    sales.refresh_from_db()
    sales.settings = {**(sales.settings or {}), KEPT_AS: asdict(facts)}
    sales.save(update_fields=["settings"])
    return facts


def _asked(sales: Connection, nav: Connection) -> SalesFacts:
    with client_for(sales, is_urgent=True) as found:
        client = cast(DataverseClient, found)
        presence = presence_of(client)
        version = version_of(client.wire)
        _organization, orders = order_integration(client.wire)
    row = connection_row_read(sales, nav)
    return SalesFacts(
        asked_at=timezone.now().isoformat(),
        version=version,
        solution=presence.version,
        solution_ours=presence.own_version,
        is_older=presence.is_older,
        legacy=presence.legacy_version,
        is_usable=presence.usable,
        order_integration=orders,
        has_row=row is not None,
        web_client_url=row.web_client_url if row else "",
        odata_url=row.odata_url if row else "",
        odata_user=row.odata_user if row else "",
    )


def is_version_supported(version: str) -> bool:
    """Tell whether a version of Sales is one that we know (reference 3.9); it only colours the field, it never blocks."""
    parts = re.match(r"(\d+)\.(\d+)", version)
    return parts is not None and int(parts[1]) > OLDEST_MAJOR and f"{parts[1]}.{parts[2]}" != TOO_OLD
