"""Is the solution there, and in which version? Asked with the integration user, no administrator needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from connector.dataverse.client import DataverseClient
from connector.dataverse.solutions import Solution, solutions_find
from connector.errors import ConfigurationError, PermissionMissing, RecordRejected
from connector.models import Connection
from connector.services import client_for
from setup_wizard.solution.names import CONNECTION, NAV_SOLUTION, SOLUTION, STATISTICS, VERSION, version_key

OWN_TABLES = (CONNECTION, STATISTICS)
NAV_TABLES = ("nav_connection", "nav_accountstatistics")


@dataclass(frozen=True, slots=True)
class SolutionPresence:
    """What is installed. `legacy` tells that NAV's own solution is there; `usable` that our tables, or NAV's, can be read."""

    installed: bool
    version: str
    own_version: str
    is_older: bool
    legacy: bool = False
    legacy_version: str = ""
    usable: bool = False


def solution_presence(sales: Connection) -> SolutionPresence:
    """Look for our solution and for NAV's, with the connection's own sign-in. Raises IntegrationError."""
    with client_for(sales) as found:
        return presence_of(cast(DataverseClient, found))


def presence_of(client: DataverseClient) -> SolutionPresence:
    """Look for both solutions with any sign-in. Raises IntegrationError."""
    installed = solutions_find(client.wire, (SOLUTION, NAV_SOLUTION))
    own, legacy = installed.get(SOLUTION), installed.get(NAV_SOLUTION)
    return SolutionPresence(
        installed=own is not None,
        version=own.version if own else "",
        own_version=VERSION,
        is_older=is_older(own, VERSION),
        legacy=legacy is not None,
        legacy_version=legacy.version if legacy else "",
        usable=bool(own and can_read(client, OWN_TABLES)) or bool(legacy and can_read(client, NAV_TABLES)),
    )


def is_older(installed: Solution | None, version: str) -> bool:
    """Whether what is installed is older than a version, compared as numbers."""
    return installed is not None and version_key(installed.version) < version_key(version)


def can_read(client: DataverseClient, tables: Sequence[str]) -> bool:
    """Whether these tables can be read: being installed is that, not a row in the list of solutions (reference 1.3)."""
    try:
        for table in tables:
            next(client.iter_records(table, [], top=1), None)
    except (ConfigurationError, PermissionMissing, RecordRejected):
        return False
    return True
