"""The row in our connection table in Sales: where NAV's web client is, and where item availability is asked.

One row for each NAV company (reference connection-setup 4.3). Where only NAV's own solution is installed, its table gets the
same values, so that its buttons work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _

from connector import odata
from connector.dataverse.client import DataverseClient
from connector.errors import ConfigurationError
from connector.models import Connection, Flavour
from connector.records import Record
from connector.services import client_for
from setup_wizard.solution.names import CONNECTION, PREFIX
from setup_wizard.solution.tables import CONNECTION_TEXT

NAV_CONNECTION, NAV_PREFIX = "nav_connection", "nav"
_READ = ("name", "dynamicsnavurl", "dynamicsnavodataurl", "dynamicsnavodatausername")


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """The row as Sales holds it; the access key is not read back."""

    key: str
    company: str
    web_client_url: str
    odata_url: str
    odata_user: str


def connection_row_write(
    sales: Connection,
    nav: Connection,
    *,
    web_client_url: str = "",
    odata_url: str = "",
    odata_user: str = "",
    odata_key: str = "",
) -> ConnectionRow:
    """Create or change the row of NAV's company, and return it.

    User and key are written as they are given: without a user both are blanked, with a user and no key the key that is there
    stays. Raises ConfigurationError when no connection table is there, or a value is longer than the table takes.
    """
    values = {
        "name": nav.company,
        "dynamicsnavurl": web_client_address(nav, web_client_url),
        "dynamicsnavodataurl": odata_url,
        "dynamicsnavodatausername": odata_user,
    }
    if odata_key or not odata_user:
        values["dynamicsnavodataaccesskey"] = odata_key
    for name, value in values.items():
        if len(value) > CONNECTION_TEXT:
            raise ConfigurationError(
                _("%(value)s… is longer than %(length)s characters. Sales keeps no longer address.")
                % {"value": "***" if name.endswith("accesskey") else value[:60], "length": CONNECTION_TEXT},
                code="too_long",
            )
    with _table(sales) as (crm, table, prefix):
        found = _find(crm, table, prefix, nav.company)
        # The row's own values, not the key's: an empty text would be stored as null.
        body = {f"{prefix}_{name}": value or None for name, value in values.items()}
        if found is None:
            found = crm.create(table, body)
        else:
            crm.update(table, found.key, body)
        return ConnectionRow(found.key, nav.company, values["dynamicsnavurl"], odata_url, odata_user)


def connection_row_read(sales: Connection, nav: Connection | None = None) -> ConnectionRow | None:
    """Return the row of NAV's company, or the first; None when there is none or the table is not there."""
    try:
        with _table(sales) as (crm, table, prefix):
            found = _find(crm, table, prefix, nav.company if nav else "")
            return _row(found, prefix) if found else None
    except ConfigurationError as error:
        if error.code == "no_connection_table":
            return None
        raise


def connection_row_delete(sales: Connection, nav: Connection) -> None:
    """Take the row of NAV's company away; one that is gone already is well."""
    with _table(sales) as (crm, table, prefix):
        if found := _find(crm, table, prefix, nav.company):
            crm.delete(table, found.key)


def web_client_address(nav: Connection, url: str) -> str:
    """Return the web client's address; Business Central's opens the company that the address names."""
    if not url or nav.flavour != Flavour.BC or "company=" in urlsplit(url).query:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}company={quote(nav.company, safe='')}"


@contextmanager
def _table(sales: Connection) -> Iterator[tuple[DataverseClient, str, str]]:
    """Open a client, and tell which connection table there is: ours, else NAV's. Raises ConfigurationError for neither."""
    with client_for(sales) as found:
        crm = cast(DataverseClient, found)
        for table, prefix in ((CONNECTION, PREFIX), (NAV_CONNECTION, NAV_PREFIX)):
            try:
                crm.metadata(table)
            except ConfigurationError as error:
                if error.code != "unknown_table":
                    raise
            else:
                yield crm, table, prefix
                return
    raise ConfigurationError(
        _("Sales has no connection table: the solution is not imported. Import it in Dynamics 365 Connection Setup."),
        code="no_connection_table",
    )


def _find(crm: DataverseClient, table: str, prefix: str, company: str) -> Record | None:
    columns = [f"{prefix}_{name}" for name in _READ]
    where = odata.compare(f"{prefix}_name", "eq", company) if company else ""
    return next(crm.iter_records(table, columns, where=where), None)


def _row(record: Record, prefix: str) -> ConnectionRow:
    def text(name: str) -> str:
        value: Any = record.values.get(f"{prefix}_{name}")
        return str(value or "")

    company, url, odata_url, user = (text(name) for name in _READ)
    return ConnectionRow(record.key, company, url, odata_url, user)
