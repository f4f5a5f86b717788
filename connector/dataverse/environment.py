"""What an environment says of itself: version, what a user may do, and facts of many tables in one request.

Source: learn.microsoft.com, "RetrieveUserPrivileges function", "RetrieveVersion function", "EntityMetadata entity type".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from connector import odata
from connector.dataverse.wire import Wire
from connector.errors import ValidationRejected

# From the least to the widest; change tracking asks for the widest.
DEPTHS = ("Basic", "Local", "Deep", "Global")
# Tables in one filter: far below the 32 KB that an address may have.
TABLES_PER_READ = 40
_FACTS = "LogicalName,SchemaName,ChangeTrackingEnabled"


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What rights and change tracking need of a table; `privileges` is action (Read, Create …) -> privilege name."""

    logical_name: str
    schema_name: str
    change_tracking: bool
    privileges: dict[str, str] = field(default_factory=dict)

    def privilege(self, action: str) -> str:
        """Return the name of the privilege for an action; several tables share one, so metadata is asked first."""
        return self.privileges.get(action) or f"prv{action}{self.schema_name}"


def version_of(wire: Wire) -> str:
    """Return the environment's version, such as 9.2.24011.10001."""
    return str(wire.get("RetrieveVersion").get("Version") or "")


def privileges_of(wire: Wire, user_id: str) -> dict[str, str]:
    """Return what a user may do, by its roles and those of its teams: privilege name in lower case -> widest depth."""
    path = f"systemusers({user_id})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges"
    found: dict[str, str] = {}
    for row in wire.get(path).get("RolePrivileges") or ():
        name, depth = str(row.get("PrivilegeName") or "").lower(), str(row.get("Depth") or "")
        if name and _width(depth) >= _width(found.get(name, "")):
            found[name] = depth
    return found


def _width(depth: str) -> int:
    return DEPTHS.index(depth) if depth in DEPTHS else -1


def table_facts(wire: Wire, tables: Iterable[str]) -> dict[str, TableFacts]:
    """Return the facts of these tables by logical name, a request for forty; a table that is not there is left out."""
    names = sorted(set(tables))
    found: dict[str, TableFacts] = {}
    for start in range(0, len(names), TABLES_PER_READ):
        for row in _definitions(wire, names[start : start + TABLES_PER_READ]):
            privileges = {
                str(part.get("PrivilegeType") or ""): str(part.get("Name") or "")
                for part in row.get("Privileges") or ()
            }
            name = str(row["LogicalName"])
            found[name] = TableFacts(
                name, str(row.get("SchemaName") or name), bool(row.get("ChangeTrackingEnabled")), privileges
            )
    return found


def _definitions(wire: Wire, names: list[str]) -> list[dict[str, Any]]:
    where = odata.any_of("LogicalName", names)
    try:
        return list(wire.get("EntityDefinitions" + _query(f"{_FACTS},Privileges", where))["value"])
    except ValidationRejected:
        # A server that does not give a table's privileges: their names follow the schema name.
        return list(wire.get("EntityDefinitions" + _query(_FACTS, where))["value"])


def _query(select: str, where: str) -> str:
    return odata.query({"$select": select, "$filter": where})
