"""Both connections as the setup page shows them; secrets are never read here."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from connector.models import Connection, Side
from sync.selectors.shell import BridgeEnd, connections, end_of


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One connection with its facts in words."""

    side: str
    title: str
    connection: Connection | None
    end: BridgeEnd
    facts: list[tuple[str, Any]]


def connection_of(side: str) -> Connection | None:
    """Return the connection of a side, if there is one."""
    return Connection.objects.filter(side=side).order_by("pk").first()


def ends() -> list[ConnectionView]:
    """Return both connections, NAV first."""
    found = connections()
    titles = {Side.ERP.value: _("NAV"), Side.CRM.value: _("Sales")}
    views = []
    for side, title in titles.items():
        connection = found.get(side)
        views.append(ConnectionView(side, title, connection, end_of(side, connection), _facts(connection)))
    return views


def _facts(connection: Connection | None) -> list[tuple[str, Any]]:
    if connection is None:
        return []
    identity = connection.remote_identity or {}
    facts: list[tuple[str, Any]] = [
        (_("Kind"), connection.get_flavour_display()),
        (_("Address"), connection.address),
        (_("Company"), connection.company),
        (_("Authentication Type"), connection.get_auth_kind_display()),
        (_("User Name"), connection.user),
        (_("Client ID"), connection.client_id),
        (_("Secret"), _("kept, encrypted") if connection.secret else _("none kept")),
        (_("Local currency"), connection.setting("lcy_code") if connection.side == Side.ERP else ""),
        (_("Base currency"), connection.setting("base_currency_code")),
        (_("Default price list"), connection.setting("default_price_list_name")),
        (_("Organization"), identity.get("organization_id") or connection.setting("organization_id")),
    ]
    return [(caption, value) for caption, value in facts if value]
