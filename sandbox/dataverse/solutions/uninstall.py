"""Takes away what only one managed solution brought. An unmanaged solution leaves its components behind."""

from __future__ import annotations

from sandbox.dataverse import access, errors
from sandbox.dataverse.schema import reduced
from sandbox.dataverse.solutions.checks import (
    ATTRIBUTE,
    ENTITY,
    ENTITY_RELATIONSHIP,
    FORM,
    KEY,
    OPTION_SET,
    ROLE,
    VIEW,
)
from sandbox.dataverse.solutions.install import Part, steady_id
from sandbox.dataverse.store import Row, Store


def refuse_if_needed(store: Store, solution: str) -> None:
    """Refuse to uninstall what another solution builds on. Raises: ServiceError 400."""
    mine = _own(store, solution)
    tables = {name for kind, name in mine if kind == ENTITY}
    relations = {name for kind, name in mine if kind == ENTITY_RELATIONSHIP}
    for parent, navs in store.collections.items():
        for nav, (child, _column) in navs.items():
            foreign = nav not in relations and {parent, child} & tables
            if foreign and store.tables[child].custom and store.tables[parent].custom:
                text = (
                    f"The Entity({', '.join(sorted(foreign))}) component cannot be deleted because it is referenced by 1 "
                    f"other components. ({nav})"
                )
                raise errors.bad_request("0x8004f01f", text)


def uninstall(store: Store, solution: str) -> None:
    """Take away what only this solution brought, last things first."""
    remove(store, solution, _own(store, solution))
    store.components.pop(solution, None)
    _forget_components(store, solution, None)


def forget(store: Store, solution: str) -> None:
    """Let an unmanaged solution go; its components stay."""
    store.components.pop(solution, None)
    _forget_components(store, solution, None)


def promote(store: Store, held: str, holding: str) -> None:
    """Replace what a solution had by what its holding solution has."""
    before, after = store.components.get(held, set()), store.components.get(holding, set())
    others = set().union(*(parts for key, parts in store.components.items() if key not in (held, holding)))
    remove(store, held, before - after - others)
    store.components[held] = set(after)
    store.components.pop(holding, None)
    _forget_components(store, held, after)
    for key, row in list(store.rows("solutioncomponent").items()):
        if row.get("_solutionid_value") == holding:
            store.put("solutioncomponent", key, {**row, "_solutionid_value": held})


def _own(store: Store, solution: str) -> set[Part]:
    """What this solution brought and no other one has."""
    others = set().union(*(parts for key, parts in store.components.items() if key != solution))
    return store.components.get(solution, set()) - others


def remove(store: Store, solution: str, parts: set[Part]) -> None:
    """Take components away."""
    by_kind: dict[int, list[str]] = {}
    for kind, name in parts:
        by_kind.setdefault(kind, []).append(name)
    for key in by_kind.get(ROLE, []):
        _remove_role(store, key)
    for kind, table in ((FORM, "systemform"), (VIEW, "savedquery")):
        for key in by_kind.get(kind, []):
            if key in store.rows(table):
                store.remove(table, key)
    for name in by_kind.get(KEY, []):
        table, _, key = name.partition(".")
        store.keys.get(table, {}).pop(key, None)
        store.key_indexes.pop((table, key), None)
    for name in by_kind.get(ENTITY_RELATIONSHIP, []):
        _remove_relationship(store, name)
    tables = by_kind.get(ENTITY, [])
    _remove_columns(store, [name for name in by_kind.get(ATTRIBUTE, []) if name.partition(".")[0] not in tables])
    for name in tables:
        _remove_table(store, name)
    for name in by_kind.get(OPTION_SET, []):
        store.option_sets.pop(name, None)


def _remove_role(store: Store, root: str) -> None:
    copies = [key for key, row in store.rows("role").items() if root in (key, row.get("_parentrootroleid_value"))]
    for key in copies:
        for relation in ("systemuserroles_association", "teamroles_association"):
            for holder in store.linked_back(relation, key):
                store.unlink(relation, holder, key)
        store.privileges.pop(key, None)
        store.remove("role", key)


def _remove_relationship(store: Store, name: str) -> None:
    store.many_to_many.pop(name, None)
    store.links.pop(name, None)
    for parent, navs in store.collections.items():
        if name in navs:
            child, column = navs.pop(name)
            store.delete_rules.pop((parent, child, column), None)
            return


def _remove_columns(store: Store, names: list[str]) -> None:
    """Take columns away with their values; the versions of the rows stay."""
    by_table: dict[str, list[str]] = {}
    for name in names:
        of, _, column = name.partition(".")
        by_table.setdefault(of, []).append(column)
    for name, columns in by_table.items():
        if name not in store.tables:
            continue
        table = store.tables[name]
        gone = [*columns, *(f"{column}_base" for column in columns)]
        wires = {table.columns[column].wire for column in gone if column in table.columns}
        store.put_table(reduced(table, gone))
        for column in gone:
            store.options.pop((name, column), None)
        rows = store.rows(name)
        for key, row in rows.items():
            if not wires.isdisjoint(row):
                kept: Row = {wire: value for wire, value in row.items() if wire.partition("@")[0] not in wires}
                rows[key] = kept


def _remove_table(store: Store, name: str) -> None:
    for key, row in list(store.rows("sdkmessagefilter").items()):
        if row.get("primaryobjecttypecode") == name:
            store.remove("sdkmessagefilter", key)
    if name in store.tables:
        for privilege in access.names_of(store.tables[name]):
            key = errors.privilege_id(privilege)
            if key in store.rows("privilege"):
                store.remove("privilege", key)
        store.drop_table(name)


def _forget_components(store: Store, solution: str, kept: set[Part] | None) -> None:
    """Remove the rows that list the components of a solution; all but `kept` of them, or all."""
    names = {steady_id(f"{solution}/{kind}/{name}") for kind, name in kept or ()}
    for key, row in list(store.rows("solutioncomponent").items()):
        if row.get("_solutionid_value") == solution and key not in names:
            store.remove("solutioncomponent", key)
