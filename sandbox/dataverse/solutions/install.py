"""Makes what a checked package brings. Nothing here fails: what could go wrong is in `checks`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sandbox.dataverse import access, role_actions
from sandbox.dataverse.schema import (
    DEFAULT_REASONS,
    LOOKUP_TYPES,
    SYSTEM,
    Column,
    State,
    Table,
    Target,
    extended,
    table,
)
from sandbox.dataverse.solutions.checks import (
    ATTRIBUTE,
    ENTITY,
    ENTITY_RELATIONSHIP,
    FORM,
    KEY,
    OPTION_SET,
    PLATFORM_COLUMNS,
    ROLE,
    VIEW,
)
from sandbox.dataverse.solutions.components import Components, Entity, Relationship, Role
from sandbox.dataverse.solutions.manifest import Manifest
from sandbox.dataverse.store import OptionSet, Row, Store

FIRST_CODE = 10_000
"""Object type codes of custom tables begin here."""
MESSAGES = ("Create", "Update", "Delete", "Retrieve", "RetrieveMultiple", "CreateMultiple", "UpdateMultiple")
NAMESPACE = uuid.UUID("0d4c0b62-9a63-4a5c-8a55-0b3d6a0f3f11")
Part = tuple[int, str]
"""A component: its type and its name, `table.column` for a column, or its id."""


def steady_id(name: str) -> str:
    """An id that is the same every time."""
    return str(uuid.uuid5(NAMESPACE, name))


@dataclass(slots=True)
class Installer:
    """Brings one package into the store in the name of a user. `suffix` is for a solution held until its upgrade."""

    store: Store
    manifest: Manifest
    components: Components
    user: str
    now: str
    suffix: str = ""

    def install(self) -> list[tuple[str, str]]:
        """Make everything; the alternate keys whose index has to be built, by table and name."""
        solution = self._solution()
        parts: list[Part] = []
        for option_set in self.components.option_sets:
            self._option_set(option_set.name, option_set.label, dict(option_set.options))
            parts.append((OPTION_SET, option_set.name))
        for entity in self.components.entities:
            parts += self._entity(entity)
        for relation in self.components.relationships:
            self._relationship(relation)
            parts.append((ENTITY_RELATIONSHIP, relation.name))
        keys = []
        for entity in self.components.entities:
            keys += self._keys(entity, parts)
            parts += self._rows(entity)
        for role in self.components.roles:
            install_role(self.store, role, solution, self.stamps(), managed=self.manifest.managed)
            parts.append((ROLE, role.id))
        self._remember(solution, parts)
        return keys

    # ── rows about the solution ─────────────────────────────────────────────────────────────────────────────────────

    def stamps(self) -> Row:
        """Who made a row and when."""
        return {
            "createdon": self.now,
            "modifiedon": self.now,
            "_createdby_value": self.user,
            "_modifiedby_value": self.user,
        }

    def put(self, name: str, key: str, values: Row) -> None:
        """Insert a row, or change it and keep when it was made."""
        old = self.store.get(name, key)
        stamps = self.stamps() if old is None else {"modifiedon": self.now, "_modifiedby_value": self.user}
        self.store.put(name, key, {**(old or {}), **values, self.store.tables[name].primary_id: key, **stamps})

    def _publisher(self) -> str:
        publisher = self.manifest.publisher
        found = self.store.data["publisher"].find("uniquename", publisher.unique_name)
        key = next(iter(found), None) or steady_id(f"publisher/{publisher.unique_name}")
        if not found:
            values: Row = {
                "uniquename": publisher.unique_name,
                "friendlyname": publisher.name,
                "customizationprefix": publisher.prefix,
                "customizationoptionvalueprefix": publisher.option_prefix,
                "isreadonly": self.manifest.managed,
            }
            self.put("publisher", key, values)
        return key

    def _solution(self) -> str:
        unique_name = f"{self.manifest.unique_name}{self.suffix}"
        found = self.store.data["solution"].find("uniquename", unique_name)
        key = next(iter(found), None) or str(uuid.uuid4())
        values: Row = {
            "uniquename": unique_name,
            "friendlyname": self.manifest.name,
            "description": self.manifest.description or None,
            "version": self.manifest.version,
            "ismanaged": self.manifest.managed,
            "isvisible": not self.suffix,
            "updatedon": self.now,
            "_publisherid_value": self._publisher(),
        }
        if not found:
            values["installedon"] = self.now
        self.put("solution", key, values)
        return key

    def _remember(self, solution: str, parts: Iterable[Part]) -> None:
        held = self.store.components.setdefault(solution, set())
        for kind, name in parts:
            if (kind, name) in held:
                continue
            held.add((kind, name))
            values: Row = {
                "_solutionid_value": solution,
                "objectid": name if len(name) == 36 and name.count("-") == 4 else steady_id(name),
                "componenttype": kind,
            }
            self.put("solutioncomponent", steady_id(f"{solution}/{kind}/{name}"), values)

    # ── tables and columns ──────────────────────────────────────────────────────────────────────────────────────────

    def _option_set(self, name: str, label: str, options: dict[int, str]) -> None:
        held = self.store.option_sets.get(name)
        if held is None:
            self.store.option_sets[name] = OptionSet(name, label, options)
        else:
            held.label = label
            held.options.update(options)

    def _entity(self, entity: Entity) -> list[Part]:
        held = self.store.tables.get(entity.name)
        columns = [self._column(entity, each.column, is_key=each.is_key) for each in entity.attributes]
        mine = [each for each in columns if held is None or self._changes(held, each)]
        for column in mine:
            self._options(entity.name, column)
        parts: list[Part] = [(ATTRIBUTE, f"{entity.name}.{column.name}") for column in mine if column.custom]
        if held is None:
            self._new_table(entity, mine)
            return [(ENTITY, entity.name), *parts]
        if mine:
            self.store.put_table(extended(held, mine))
        if entity.tracked:
            self.store.tracked.add(entity.name)
        return [*([(ENTITY, entity.name)] if held.custom else []), *parts]

    @staticmethod
    def _changes(held: Table, column: Column) -> bool:
        """Whether a column is added to a table, or is one that a package may change. What the vendor made stays."""
        known = held.columns.get(column.name)
        return (
            column.name not in PLATFORM_COLUMNS and column.name != held.primary_id and (known is None or known.custom)
        )

    def _column(self, entity: Entity, column: Column, *, is_key: bool) -> Column:
        if is_key:
            return replace(column, access="C", required=SYSTEM, custom=False)
        if column.type not in LOOKUP_TYPES:
            return column
        relations = [
            each for each in self.components.relationships if (each.child, each.column) == (entity.name, column.name)
        ]
        tables = [each.parent for each in relations]
        if column.type == "Customer":
            tables = ["account", "contact"]
        several = len(tables) > 1
        targets = tuple(Target(each, f"{column.schema}_{each}" if several else column.schema) for each in tables)
        held = self.store.tables.get(entity.name)
        known = held.columns.get(column.name) if held else None
        return replace(column, targets=targets or (known.targets if known else ()))

    def _options(self, name: str, column: Column) -> None:
        if column.option_set:
            self.store.options[name, column.name] = self.store.option_sets[column.option_set].options
        elif (name, column.name) in self.store.options:
            self.store.options[name, column.name].update(column.options)

    def _new_table(self, entity: Entity, columns: list[Column]) -> None:
        store = self.store
        made = table(
            entity.name,
            entity.set_name or set_name(entity.name),
            entity.schema_name,
            max([FIRST_CODE - 1, *(each.code for each in store.tables.values())]) + 1,
            [[column for column in columns if column.name not in PLATFORM_COLUMNS]],
            primary_name=next(each.column.name for each in entity.attributes if each.is_name),
            ownership=entity.ownership,
            states=_complete(entity.states) or DEFAULT_REASONS,
            bulk=True,
            tracked=entity.tracked,
            custom=True,
            display=entity.label,
        )
        store.put_table(made)
        role_actions.fill(store, access.names_of(made), self.stamps())
        if entity.tracked:
            store.tracked.add(entity.name)
        for name in MESSAGES:
            for message in store.data["sdkmessage"].find("name", name):
                values: Row = {"primaryobjecttypecode": entity.name, "_sdkmessageid_value": message}
                self.put("sdkmessagefilter", steady_id(f"filter/{entity.name}/{name}"), values)

    # ── relationships, keys, forms and views ────────────────────────────────────────────────────────────────────────

    def _relationship(self, relation: Relationship) -> None:
        store = self.store
        if not relation.column:
            store.many_to_many[relation.name] = (relation.parent, relation.child)
            return
        store.collections.setdefault(relation.parent, {})[relation.name] = (relation.child, relation.column)
        store.delete_rules[relation.parent, relation.child, relation.column] = relation.delete_rule

    def _keys(self, entity: Entity, parts: list[Part]) -> list[tuple[str, str]]:
        built = []
        held = self.store.keys.setdefault(entity.name, {}) if entity.keys else {}
        for key in entity.keys:
            parts.append((KEY, f"{entity.name}.{key.name}"))
            if held.get(key.name) != key.columns:
                held[key.name] = key.columns
                self.store.key_indexes[entity.name, key.name] = "Pending"
                built.append((entity.name, key.name))
        return built

    def _rows(self, entity: Entity) -> list[Part]:
        for row in entity.rows:
            self.put(row.table, row.key, {**row.values, "ismanaged": self.manifest.managed})
        return [(FORM if row.table == "systemform" else VIEW, row.key) for row in entity.rows]


def set_name(name: str) -> str:
    """The entity set of a custom table, as the platform forms it from the logical name."""
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"


def _complete(states: Any) -> dict[int, State]:
    """The states of the package with the platform's labels where it has none."""
    result: dict[int, State] = {}
    for number, state in states.items():
        known = DEFAULT_REASONS.get(number, State(f"State {number}", {}))
        label = state.label or known.label
        result[number] = State(label, {reason: text or label for reason, text in state.reasons.items()})
    return result if 0 in result else {}


# ── roles ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def install_role(store: Store, role: Role, solution: str, stamps: Row, *, managed: bool) -> None:
    """Put a role into the root business unit under its own id, and a copy of it into every other unit."""
    values: Row = {
        "name": role.name,
        "ismanaged": managed,
        "componentstate": 0,
        "solutionid": solution,
        "roleidunique": steady_id(f"unique/{role.id}"),
        "organizationid": store.organization()["organizationid"],
    }
    granted = {name.lower(): depth for name, depth in role.privileges.items()}
    for unit, row in list(store.rows("businessunit").items()):
        key = role.id if row.get("_parentbusinessunitid_value") is None else copy_id(role.id, unit)
        old = store.get("role", key) or {}
        own: Row = {"roleid": key, "_businessunitid_value": unit, "_parentrootroleid_value": role.id}
        store.put("role", key, {**old, **stamps, **values, **own})
        store.privileges[key] = granted


def copy_id(root: str, unit: str) -> str:
    """The id of a role's copy in a business unit."""
    return steady_id(f"role/{root}/{unit}")


def copy_roles(store: Store, unit: str, stamps: Row) -> None:
    """Give a new business unit its copies of all roles."""
    for key, row in list(store.rows("role").items()):
        if row.get("_parentrootroleid_value") not in (None, key):
            continue
        copy = copy_id(key, unit)
        own: Row = {"roleid": copy, "_businessunitid_value": unit, "_parentrootroleid_value": key}
        store.put("role", copy, {**row, **stamps, **own})
        store.privileges[copy] = store.privileges.get(key, {})
