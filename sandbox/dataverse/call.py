"""One request as the service sees it: who calls, what they may do, what they prefer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from sandbox.common.faults import Effects
from sandbox.dataverse import access, errors
from sandbox.dataverse.schema import Table
from sandbox.dataverse.store import Row, Store

API_PATH = "/api/data/v9.2/"
MAX_PAGE = 5000
_PREFERENCE = re.compile(r'([\w.\-]+)(?:\s*=\s*("(?:[^"]*)"|[^,;\s]+))?')


@dataclass(slots=True)
class Call:
    """What the code below the routing needs to know about a request or a part of a batch."""

    store: Store
    user: str
    """Whose rights count."""
    writer: str
    """Whose name the rows written will carry."""
    now: str
    seconds: float
    """The server's time in seconds since 1970; `now` is the same as rows hold it."""
    base: str
    """The absolute address of the API, with a slash at the end."""
    effects: Effects
    headers: Mapping[str, str]
    privileges: access.Privileges
    preferences: Mapping[str, str]
    content_ids: dict[str, str] = field(default_factory=dict)
    """`$1` of a change set: the relative address of the row it made."""
    counts: list[tuple[str, str]] = field(default_factory=list)
    """Table and kind (inserted, updated, deleted) of every row written."""
    _granted: set[tuple[str, str]] = field(default_factory=set)

    def table(self, name: str) -> Table:
        """A table by logical name, without the columns a fault has dropped."""
        dropped = self.effects.dropped
        return self.store.without(name, frozenset(dropped)) if dropped else self.store.tables[name]

    def by_set(self, set_name: str) -> Table | None:
        """A table by the name of its entity set."""
        name = self.store.set_names.get(set_name)
        return self.table(name) if name else None

    def require(self, action: str, name: str) -> None:
        """Refuse the call unless a role grants this privilege. Raises: ServiceError 403."""
        table = self.store.tables[name]
        privilege = access.privilege_name(table, action)
        if (privilege, name) in self._granted:
            return
        if not access.depth(self.privileges, privilege) or self._revoked(privilege, f"prv{action}{table.schema_name}"):
            raise self.denied(privilege, name, table.code, table.label)
        self._granted.add((privilege, name))

    def _revoked(self, *names: str) -> bool:
        """Whether a fault takes the privilege away, under either of its names."""
        return any(self.effects.revoked(name) for name in dict.fromkeys(names))

    def require_row(self, action: str, name: str, row: Row) -> None:
        """Refuse the call unless the privilege reaches this row. Raises: ServiceError 403."""
        self.require(action, name)
        test = self.reach(action, name)
        if test is not None and not test(row):
            raise errors.row_denied(self.store.tables[name], row, self.user, action)

    def reach(self, action: str, name: str) -> access.Test | None:
        """The test for the rows of a table the caller may do this with; None means all."""
        table = self.store.tables[name]
        depth = access.depth(self.privileges, access.privilege_name(table, action))
        return access.reachable(self.store, table, self.user, depth) if 0 < depth < access.GLOBAL else None

    def require_privilege(self, privilege: str, name: str = "", code: int = 0) -> None:
        """Refuse the call unless a role grants a privilege that belongs to no table. Raises: ServiceError 403."""
        if not access.depth(self.privileges, privilege) or self.effects.revoked(privilege):
            raise self.denied(privilege, name, code, "")

    def require_customizer(self) -> None:
        """Refuse the call unless a role may change metadata."""
        self.require_privilege("prvWriteAttribute", "attribute", 9806)

    def denied(self, privilege: str, name: str, code: int, label: str) -> errors.ServiceError:
        """The refusal that names a missing privilege and says what the caller has."""
        mode = (self.store.get("systemuser", self.user) or {}).get("accessmode", 0)
        roles, number = len(access.roles_of(self.store, self.user)), len(self.privileges)
        return errors.privilege_denied(errors.Principal(self.user, roles, number, mode), privilege, name, code, label)

    @property
    def wants_representation(self) -> bool:
        """Whether a write is to answer with the row."""
        return self.preferences.get("return") == "representation"

    @property
    def page_size(self) -> int:
        """Rows per page."""
        asked = self.preferences.get("odata.maxpagesize", "")
        return max(1, min(MAX_PAGE, int(asked))) if asked.isdigit() else MAX_PAGE

    def annotates(self, name: str) -> bool:
        """Whether this annotation was asked for."""
        asked = self.preferences.get("odata.include-annotations", "")
        return bool(asked) and any(fnmatchcase(name, pattern.strip()) for pattern in asked.split(","))

    def as_part(self, headers: Mapping[str, str], effects: Effects) -> Call:
        """This call for one part of its batch."""
        return replace(
            self,
            headers=headers,
            effects=effects,
            preferences=parse_preferences(headers.get("prefer", "")),
            counts=[],
            _granted=set(),
        )


def parse_preferences(header: str) -> dict[str, str]:
    """The values of a `Prefer` header; a preference without value has the value "true"."""
    return {name.lower(): (value or "true").strip('"') for name, value in _PREFERENCE.findall(header)}
