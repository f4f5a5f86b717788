"""The engine's and the services' way to both systems: clients, and the shapes in between.

This module alone sees engine, connector clients and models. Wire values are made from canonical ones here, at the last moment.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from connector import services as connections
from connector.dataverse.client import DataverseClient, Reference
from connector.errors import AuthenticationError, ConfigurationError
from connector.models import Connection
from connector.nav.client import NavClient
from sync.engine.model import ColumnFacts
from sync.engine.values import Canonical


@contextmanager
def crm_client(connection: Connection, **options: Any) -> Iterator[DataverseClient]:
    """Open the client of the Sales side; `options` as connector.services.client_for takes them."""
    with _told_apart(connection), connections.client_for(connection, **options) as client:
        yield cast(DataverseClient, client)


@contextmanager
def erp_client(connection: Connection, **options: Any) -> Iterator[NavClient]:
    """Open the client of the NAV side; `options` as connector.services.client_for takes them."""
    with _told_apart(connection), connections.client_for(connection, **options) as client:
        yield cast(NavClient, client)


@contextmanager
def _told_apart(connection: Connection) -> Iterator[None]:
    try:
        yield
    except AuthenticationError as error:
        error.side = connection.side
        raise


def service_of(connection: Connection, table: str) -> str:
    """Return the page service that serves an ERP table. Raises ConfigurationError when none is published."""
    service = (connection.settings or {}).get("services", {}).get(table, "")
    if not service:
        raise ConfigurationError(
            f"NAV does not publish a page service for {table}. Publish it on NAV's Web Services page "
            "(docs/nav-objects/README.md says how), then run check_connection.",
            code="service_missing",
        )
    return str(service)


def facts_from_json(data: Mapping[str, Any]) -> ColumnFacts:
    """Return column facts from the form in which MirrorTable.metadata keeps them."""
    return ColumnFacts(
        max_length=data.get("max_length"),
        minimum=data.get("minimum"),
        maximum=data.get("maximum"),
        precision=data.get("precision"),
        creatable=data.get("creatable", True),
        updatable=data.get("updatable", True),
        required=data.get("required", False),
        options={int(value): label for value, label in data.get("options", {}).items()},
    )


def wire_erp(kind: str, value: Canonical) -> Any:
    """Return the ERP wire form of a canonical value: NAV has no null, so empty is "", 0 or 0001-01-01."""
    if kind == "decimal":
        return float(str(value)) if value is not None else 0
    if kind == "integer":
        return int(value) if value is not None else 0
    if kind == "boolean":
        return bool(value)
    if kind == "state":
        return bool(value)
    if kind == "date":
        return value or "0001-01-01"
    if kind == "datetime":
        return value or "0001-01-01T00:00:00Z"
    return "" if value is None else value


def wire_crm(kind: str, value: Canonical, table: str) -> Any:
    """Return the CRM wire form of a canonical value; lookups become a Reference to a row of `table`."""
    if value is None:
        return None
    if kind in {"lookup", "currency", "owner", "base_unit"}:
        return Reference(table, str(value))
    if kind == "decimal":
        return float(str(value))
    if kind in {"integer", "option", "state"}:
        return int(value)
    return value
