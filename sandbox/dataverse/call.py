"""One request as the service sees it: who calls, what they may do, what they prefer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache

from sandbox.common.faults import Effects
from sandbox.dataverse import errors
from sandbox.dataverse.schema import Table
from sandbox.dataverse.store import Store
from sandbox.dataverse.tables import TABLES

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
    base: str
    """The absolute address of the API, with a slash at the end."""
    effects: Effects
    headers: Mapping[str, str]
    privileges: frozenset[str]
    preferences: Mapping[str, str]
    content_ids: dict[str, str] = field(default_factory=dict)
    """`$1` of a change set: the relative address of the row it made."""
    counts: list[tuple[str, str]] = field(default_factory=list)
    """Table and kind (inserted, updated, deleted) of every row written."""
    _granted: set[str] = field(default_factory=set)

    def table(self, name: str) -> Table:
        """A table by logical name, without the columns a fault has dropped."""
        return _without(name, frozenset(self.effects.dropped)) if self.effects.dropped else TABLES[name]

    def by_set(self, set_name: str) -> Table | None:
        """A table by the name of its entity set."""
        name = _NAMES_BY_SET.get(set_name)
        return self.table(name) if name else None

    def require(self, action: str, name: str) -> None:
        """Refuse the call unless a role grants this privilege. Raises: ServiceError 403."""
        table = TABLES[name]
        privilege = f"prv{action}{table.schema_name}"
        if privilege in self._granted:
            return
        granted = "*" in self.privileges or privilege.lower() in self.privileges
        if not granted or self.effects.revoked(privilege):
            raise errors.privilege_denied(self.user, privilege, name, table.code)
        self._granted.add(privilege)

    def require_customizer(self) -> None:
        """Refuse the call unless a role may change metadata."""
        privilege = "prvWriteAttribute"
        if not {"*", privilege.lower()} & self.privileges or self.effects.revoked(privilege):
            raise errors.privilege_denied(self.user, privilege, "attribute", 9806)

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


_NAMES_BY_SET = {table.set_name: table.name for table in TABLES.values()}


def parse_preferences(header: str) -> dict[str, str]:
    """The values of a `Prefer` header; a preference without value has the value "true"."""
    return {name.lower(): (value or "true").strip('"') for name, value in _PREFERENCE.findall(header)}


def privileges_of(store: Store, user: str) -> frozenset[str]:
    """What the roles of a user and of the user's teams grant, in lower case; `*` is everything."""
    roles = set(store.linked("systemuserroles_association", user))
    for team in store.linked_back("teammembership_association", user):
        roles |= store.linked("teamroles_association", team)
    return frozenset().union(*(store.privileges.get(role, frozenset()) for role in roles))


def has_role(store: Store, user: str) -> bool:
    """Whether the user, or a team of theirs, holds any role."""
    return bool(privileges_of(store, user))


@lru_cache(maxsize=64)
def _without(name: str, dropped: frozenset[str]) -> Table:
    table = TABLES[name]
    gone = {column.partition(".")[2] for column in dropped if column.partition(".")[0] == name}
    if not gone:
        return table
    columns = {key: column for key, column in table.columns.items() if key not in gone}
    return replace(
        table,
        columns=columns,
        by_wire={column.wire: column for column in columns.values()},
        navs={nav: pair for nav, pair in table.navs.items() if pair[0].name not in gone},
    )
