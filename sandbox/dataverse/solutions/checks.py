"""What is wrong with a package in this environment: what is installed, what is missing, names, privileges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.dataverse import access, errors
from sandbox.dataverse.schema import LOOKUP_TYPES
from sandbox.dataverse.solutions.attributes import Attribute
from sandbox.dataverse.solutions.components import Components, Entity, Relationship, Role
from sandbox.dataverse.solutions.manifest import Dependency, Manifest, RootComponent, version_key
from sandbox.dataverse.store import Store

INVALID_XML = "0x8004802c"
IMPORT_FAILED = "0x80048033"
MISSING_DEPENDENCIES = "0x8004801d"
ROOT_MISSING = "0x8004801f"
ROOT_UNDECLARED = "0x8004803a"
SYSTEM_SOLUTIONS = frozenset({"default", "active", "basic", "system", "sales"})
ENTITY, ATTRIBUTE, RELATIONSHIP, OPTION_SET, ENTITY_RELATIONSHIP, KEY, ROLE, VIEW, FORM = 1, 2, 3, 9, 10, 14, 20, 26, 60
PLATFORM_COLUMNS = frozenset(
    "createdon modifiedon createdby modifiedby createdonbehalfby modifiedonbehalfby overriddencreatedon "
    "importsequencenumber versionnumber ownerid owninguser owningteam owningbusinessunit organizationid statecode "
    "statuscode transactioncurrencyid exchangerate".split()
)
"""The columns every table has by itself; a package lists them and nothing is made for them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a component cannot be imported. `part` is the element of the import log, `name` the component in it."""

    code: str
    message: str
    part: str = "solutionManifest"
    name: str = ""
    dependency: Dependency | None = None

    def error(self) -> errors.ServiceError:
        """The problem as an answer."""
        return errors.bad_request(self.code, self.message)


def check(store: Store, manifest: Manifest, components: Components) -> list[Problem]:
    """All problems; an empty list lets the package in."""
    found = list(_installed(store, manifest))
    if found:
        return found
    found += _names(store, manifest, components)
    found += _roots(store, manifest, components)
    for entity in components.entities:
        found += _entity(store, entity, components)
    for relationship in components.relationships:
        found += _relationship(store, relationship, components)
    for role in components.roles:
        found += _role(store, role, components)
    found += (_missing(manifest, each) for each in manifest.dependencies if not _is_there(store, each))
    return found


def summary(manifest: Manifest, problems: list[Problem]) -> Problem:
    """The one problem a request answers with; several missing dependencies become one text."""
    missing = [problem for problem in problems if problem.code == MISSING_DEPENDENCIES]
    first = problems[0]
    if first.code != MISSING_DEPENDENCIES or len(missing) == 1:
        return first
    text = (
        f"The following solution cannot be imported: {manifest.unique_name}. Some dependencies are missing. "
        f"The missing dependencies are : {'; '.join(problem.name for problem in missing)}"
    )
    return Problem(MISSING_DEPENDENCIES, text)


# ── the solution as a whole ─────────────────────────────────────────────────────────────────────────────────────────────


def _installed(store: Store, manifest: Manifest) -> Iterator[Problem]:
    """Managed and unmanaged do not mix, versions do not go back, the publisher stays."""
    if manifest.unique_name.lower() in SYSTEM_SOLUTIONS:
        yield Problem("0x80048046", "System solution cannot be imported.")
        return
    key = next(iter(store.data["solution"].find("uniquename", manifest.unique_name)), None)
    row = store.get("solution", key)
    if row is None:
        return
    is_managed = bool(row.get("ismanaged"))
    if is_managed != manifest.managed:
        held, given = ("a managed", "unmanaged") if is_managed else ("an unmanaged", "managed")
        yield Problem(
            "0x80048041" if is_managed else "0x80048040",
            f"The solution is already installed on this system as {held} solution and the package supplied is "
            f"attempting to install it in {given} mode. Import can only update solutions when the modes match. "
            "Uninstall the current solution and try again.",
        )
    elif is_managed and version_key(manifest.version) < version_key(row["version"]):
        yield Problem(
            "0x80048038",
            f"Solution '{manifest.unique_name}' already exists in this system as managed and cannot be upgraded. "
            f"The installed version {row['version']} is higher than {manifest.version}.",
        )
    publisher = store.get("publisher", row.get("_publisherid_value")) or {}
    held_name = str(publisher.get("uniquename", ""))
    if held_name.lower() != manifest.publisher.unique_name.lower():
        yield Problem(
            "0x8004801c",
            f"The following managed solution cannot be imported: {manifest.unique_name}. The publisher name cannot be "
            f"changed from {held_name} to {manifest.publisher.unique_name}.",
        )


def _names(store: Store, manifest: Manifest, components: Components) -> Iterator[Problem]:
    """What is new carries the publisher's prefix."""
    prefix = f"{manifest.publisher.prefix}_"
    for entity in components.entities:
        table = store.tables.get(entity.name)
        if table is None and not entity.name.startswith(prefix):
            if entity.attributes:
                yield _prefix(entity.schema_name, prefix, "entity")
            continue
        for attribute in entity.attributes:
            column = attribute.column
            known = column.name in PLATFORM_COLUMNS or (table is not None and column.name in table.columns)
            if column.custom and not known and not attribute.is_key and not column.name.startswith(prefix):
                yield _prefix(f"{entity.schema_name}.{column.schema}", prefix, "entity")
        for key in entity.keys:
            if not key.name.startswith(prefix):
                yield _prefix(f"{entity.schema_name}.{key.name}", prefix, "entity")
    named = [(each.name, "EntityRelationship") for each in components.relationships]
    named += [(each.name, "optionSet") for each in components.option_sets if each.name not in store.option_sets]
    for name, part in named:
        if not name.lower().startswith(prefix) and not _is_relationship(store, name):
            yield _prefix(name, prefix, part)


def _prefix(name: str, prefix: str, part: str) -> Problem:
    text = f"The name '{name}' does not start with the customization prefix '{prefix}' of the publisher."
    return Problem(INVALID_XML, text, part, name.partition(".")[0])


def _roots(store: Store, manifest: Manifest, components: Components) -> Iterator[Problem]:
    """The list of root components and the content agree."""
    for root in manifest.roots:
        if not _root_exists(store, root, components):
            name = root.schema_name or root.id
            text = f"Cannot add a Root Component {name} of type {root.type} because it is not in the target system."
            yield Problem(ROOT_MISSING, text, "rootComponent", name)
    declared = {(root.type, root.schema_name.lower() or root.id) for root in manifest.roots}
    wanted = [(ENTITY, entity.name) for entity in components.entities]
    wanted += [(OPTION_SET, option_set.name.lower()) for option_set in components.option_sets]
    wanted += [(ROLE, role.id) for role in components.roles]
    for kind, name in wanted:
        if (kind, name) not in declared and not _by_subcomponent(kind, name, manifest, components):
            text = (
                f"The import has failed because component {name} of type {kind} is not declared in the solution file "
                "as a root component. To fix this, import again using the XML file that was generated when you "
                "exported the solution."
            )
            yield Problem(ROOT_UNDECLARED, text, "rootComponent", name)


def _by_subcomponent(kind: int, name: str, manifest: Manifest, components: Components) -> bool:
    """Whether a table is there only for its columns, which the list of root components names by themselves."""
    if kind != ENTITY:
        return False
    entity = components.entity(name)
    named = {root.schema_name.lower() for root in manifest.roots if root.type == ATTRIBUTE}
    columns = {f"{name}.{each.column.name}" for each in entity.attributes} if entity else set()
    return bool(columns) and columns <= named


def _root_exists(store: Store, root: RootComponent, components: Components) -> bool:
    name = root.schema_name.lower()
    if root.type == ENTITY:
        return name in store.tables or components.entity(name) is not None
    if root.type == OPTION_SET:
        names = {each.name.lower() for each in components.option_sets} | {each.lower() for each in store.option_sets}
        return name in names
    if root.type == ROLE:
        return any(role.id == root.id for role in components.roles) or root.id in store.rows("role")
    if root.type in (FORM, VIEW):
        keys = {row.key for entity in components.entities for row in entity.rows}
        return root.id in keys or root.id in store.rows("systemform" if root.type == FORM else "savedquery")
    if root.type in (RELATIONSHIP, ENTITY_RELATIONSHIP):
        return any(each.name.lower() == name for each in components.relationships) or _is_relationship(store, name)
    if root.type == ATTRIBUTE:
        table, _, column = name.partition(".")
        entity = components.entity(table)
        added = {each.column.name for each in entity.attributes} if entity else set()
        return column in added or (table in store.tables and column in store.tables[table].columns)
    return False


def _is_relationship(store: Store, name: str) -> bool:
    wanted = name.lower()
    collections = (nav.lower() for navs in store.collections.values() for nav in navs)
    return wanted in {*collections, *(each.lower() for each in store.many_to_many)}


# ── tables, columns, keys ───────────────────────────────────────────────────────────────────────────────────────────────


def _entity(store: Store, entity: Entity, components: Components) -> Iterator[Problem]:
    table = store.tables.get(entity.name)
    if table is None:
        yield from _new_entity(entity)
    for attribute in entity.attributes:
        yield from _attribute(store, entity, attribute, components)
    columns = {attribute.column.name for attribute in entity.attributes} | set(table.columns if table else ())
    for key in entity.keys:
        unknown = [name for name in key.columns if name not in columns and name not in PLATFORM_COLUMNS]
        if unknown:
            yield _dependency_problem(ATTRIBUTE, f"{entity.name}.{unknown[0]}", entity.name)
        if len(key.columns) > 16:
            yield Problem(
                IMPORT_FAILED, f"The key '{key.name}' has more than 16 columns.", "entity", entity.schema_name
            )
        for name in key.columns:
            yield from _key_column(store, entity, name)


def _new_entity(entity: Entity) -> Iterator[Problem]:
    if not entity.attributes:
        yield _dependency_problem(ENTITY, entity.schema_name, "")
        return
    keys = [each.column.name for each in entity.attributes if each.is_key]
    names = [each.column.name for each in entity.attributes if each.is_name]
    if keys != [f"{entity.name}id"]:
        text = f"The entity '{entity.schema_name}' needs the attribute '{entity.name}id' of type primarykey."
        yield Problem(INVALID_XML, text, "entity", entity.schema_name)
    if len(names) != 1:
        text = f"The entity '{entity.schema_name}' needs one attribute with PrimaryName in its DisplayMask."
        yield Problem(INVALID_XML, text, "entity", entity.schema_name)
    if not entity.label:
        text = f"The entity '{entity.schema_name}' has no localized name."
        yield Problem(INVALID_XML, text, "entity", entity.schema_name)


def _attribute(store: Store, entity: Entity, attribute: Attribute, components: Components) -> Iterator[Problem]:
    column = attribute.column
    table = store.tables.get(entity.name)
    held = table.columns.get(column.name) if table else None
    if held is not None and held.custom and held.type != column.type:
        text = f"Attribute {column.name} is a {held.type}, but a {column.type} type was specified."
        yield Problem(IMPORT_FAILED, text, "entity", entity.schema_name)
    known_sets = {*store.option_sets, *(each.name for each in components.option_sets)}
    if column.option_set and column.option_set not in known_sets:
        text = (
            f"Attribute '{column.name}' was not imported as it references a non-existing global Option Set "
            f"('{column.option_set}')."
        )
        yield Problem("0x80048039", text, "entity", entity.schema_name)
    needs_target = column.type in LOOKUP_TYPES and column.type == "Lookup" and held is None
    if needs_target and column.name not in PLATFORM_COLUMNS:
        relations = [
            each for each in components.relationships if (each.child, each.column) == (entity.name, column.name)
        ]
        if not relations:
            yield _dependency_problem(ENTITY_RELATIONSHIP, f"{entity.schema_name}.{column.schema}", entity.name)


def _key_column(store: Store, entity: Entity, name: str) -> Iterator[Problem]:
    if any(each.is_secured and each.column.name == name for each in entity.attributes):
        text = f"The attribute '{name}' has field level security and cannot be part of an alternate key."
        yield Problem("0x80060896", text, "entity", entity.schema_name)
    kinds = {each.column.name: each.column.type for each in entity.attributes}
    table = store.tables.get(entity.name)
    kind = kinds.get(name) or (table.columns[name].type if table and name in table.columns else "String")
    if kind not in ("String", "Integer", "BigInt", "Decimal", "DateTime", "Lookup", "Picklist", "Customer", "Owner"):
        text = f"The attribute '{name}' of type {kind} cannot be part of an alternate key."
        yield Problem(IMPORT_FAILED, text, "entity", entity.schema_name)


def _relationship(store: Store, relation: Relationship, components: Components) -> Iterator[Problem]:
    for name in (relation.parent, relation.child):
        if name not in store.tables and components.entity(name) is None:
            yield _dependency_problem(ENTITY, name, "")
    if not relation.column:
        return
    table, entity = store.tables.get(relation.child), components.entity(relation.child)
    columns = set(table.columns if table else ()) | {each.column.name for each in (entity.attributes if entity else ())}
    if relation.column not in columns and (table or entity):
        yield _dependency_problem(ATTRIBUTE, f"{relation.child}.{relation.column}", relation.child)


# ── roles ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _role(store: Store, role: Role, components: Components) -> Iterator[Problem]:
    brought = {
        f"prv{action}{entity.schema_name}".lower() for entity in components.entities for action in access.ACTIONS
    }
    for name in role.privileges:
        if name.lower() not in brought and not access.is_known(store, name):
            text = f"The privilege to be imported is invalid: {name} in the role '{role.name}'."
            yield Problem("0x80048058", text, "securityrole", role.id)
    for key in store.data["role"].find("name", role.name):
        row = store.rows("role")[key]
        if role.id not in (key, row.get("_parentrootroleid_value")):
            text = (
                "Cannot import security role. The role with specified role id is not updatable or role name is not "
                f"unique. ({role.name})"
            )
            yield Problem("0x80048017", text, "securityrole", role.id)
            return


# ── dependencies ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_there(store: Store, needed: Dependency) -> bool:
    name = needed.schema_name.lower()
    if needed.type == ENTITY:
        return name in store.tables
    if needed.type == ATTRIBUTE:
        parent, _, column = name.rpartition(".")
        table = store.tables.get(parent or needed.parent.lower())
        return table is not None and column in table.columns
    if needed.type == OPTION_SET:
        return any(each.lower() == name for each in store.option_sets)
    if needed.type == ROLE:
        return needed.id in store.rows("role")
    if needed.type in (RELATIONSHIP, ENTITY_RELATIONSHIP):
        return _is_relationship(store, name)
    if needed.type in (FORM, VIEW):
        return needed.id in store.rows("systemform" if needed.type == FORM else "savedquery")
    return False


def _missing(manifest: Manifest, needed: Dependency) -> Problem:
    name = needed.schema_name or needed.id
    text = (
        f"The following solution cannot be imported: {manifest.unique_name}. Some dependencies are missing. "
        f"The missing dependencies are : {name} (type {needed.type}, solution {needed.solution})"
    )
    return Problem(MISSING_DEPENDENCIES, text, "dependency", name, needed)


def _dependency_problem(kind: int, name: str, parent: str) -> Problem:
    needed = Dependency(kind, name, "", parent, "Active")
    text = f"Some dependencies are missing. The missing dependencies are : {name} (type {kind})"
    return Problem(MISSING_DEPENDENCIES, text, "dependency", name, needed)
