"""The three security roles, their rights made from the shipped mappings so that none is missing and none too many.

The list in the documentation of NAV's integration (reference connection-setup 1.9) lacks units, price lists and others, so
it is not copied: what a mapping reads, writes and points to is what the role may do. Everything at organization level, which
change tracking asks for. Delete only where a mapping's deletion policy deletes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from setup_wizard.solution.labels import text_add
from setup_wizard.solution.names import CONNECTION, SOLUTION_TITLE, STATISTICS, braced, id_of
from sync.defaults import MAPPINGS, TABLES
from sync.defaults.base import FieldDefault, MappingDefault

ACTIONS = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign")
Rights = dict[str, set[str]]
"""Table → actions."""
PrivilegeNames = Mapping[str, Mapping[str, str]]
"""Table → action → the environment's own name of the privilege."""

_POINTING = frozenset({"lookup", "currency", "owner", "base_unit"})
# Rows of these belong to the organization: there is nobody to assign them to, and no such privilege.
ORGANIZATION_OWNED = frozenset(
    {"product", "pricelevel", "productpricelevel", "uom", "uomschedule", "transactioncurrency", CONNECTION, STATISTICS}
)
# What a lookup without a mapping of its own points to.
_LOOKUP_TARGETS: dict[str, tuple[str, ...]] = {
    "ownerid": ("systemuser", "team"),
    "transactioncurrencyid": ("transactioncurrency",),
    "defaultuomid": ("uom",),
    "uomid": ("uom",),
    "pricelevelid": ("pricelevel",),
    "primarycontactid": ("contact",),
    "parentcustomerid": ("account",),
}
# What the connector reads whatever is mapped: who it is, what it may, which environment and which solutions there are.
_ALWAYS_READ = (
    "systemuser team role businessunit organization solution publisher importjob sdkmessage sdkmessagefilter "
    "transactioncurrency"
).split()
# Orders, quotes, invoices and statistics (reference 1.9, 5): C R W A T and S are Create, Read, Write, Append, AppendTo, Assign.
_DOCUMENTS: dict[str, str] = {
    "salesorder": "R W A T S",
    "salesorderdetail": "R W A T",
    "quote": "R W A T",
    "quotedetail": "R W A T",
    "invoice": "C R W A T S",
    "invoicedetail": "C R W A T",
    "opportunity": "C R W A T",
    "annotation": "C R W A",
    STATISTICS: "C R W A T",
    CONNECTION: "R T",
}
_LETTERS = {"C": "Create", "R": "Read", "W": "Write", "D": "Delete", "A": "Append", "T": "AppendTo", "S": "Assign"}
# Reading definitions, and adding options for payment terms, shipment methods and shipping agents.
_DEFINITIONS = (
    "prvReadEntity prvReadAttribute prvReadRelationship prvReadOptionSet prvReadEntityKey prvReadCustomization "
    "prvWriteAttribute prvWriteOptionSet prvPublishCustomization"
).split()
# Marks itself as integration user, switches nothing else; acting for a person is NAV's user mapping (reference 3.11).
_PLAIN = ("prvActOnBehalfOfAnotherUser",)

# A privilege is called prv<Action><SchemaName>, except where the platform shares or renames it: lines go by their document,
# units and price lists by Product. An import asks the environment for the names; these are for a package built without one.
# Source: learn.microsoft.com, "Security role UI to privilege mapping".
PRIVILEGE_NOUNS: dict[str, str] = {
    "account": "Account",
    "contact": "Contact",
    "systemuser": "User",
    "team": "Team",
    "role": "Role",
    "businessunit": "BusinessUnit",
    "organization": "Organization",
    "solution": "Solution",
    "publisher": "Publisher",
    "importjob": "ImportJob",
    "sdkmessage": "SdkMessage",
    "sdkmessagefilter": "SdkMessage",
    "transactioncurrency": "TransactionCurrency",
    "product": "Product",
    "pricelevel": "Product",
    "productpricelevel": "Product",
    "uom": "Product",
    "uomschedule": "Product",
    "salesorder": "Order",
    "salesorderdetail": "Order",
    "quote": "Quote",
    "quotedetail": "Quote",
    "invoice": "Invoice",
    "invoicedetail": "Invoice",
    "opportunity": "Opportunity",
    "annotation": "Note",
    CONNECTION: CONNECTION,
    STATISTICS: STATISTICS,
}


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """A role: rights by table, and privileges that belong to no table."""

    key: str
    name: str
    rights: Rights
    plain: tuple[str, ...] = ()


ADMINISTRATOR_ROLE = f"{SOLUTION_TITLE} Integration Administrator"
USER_ROLE = f"{SOLUTION_TITLE} Integration User"
AVAILABILITY_ROLE = f"{SOLUTION_TITLE} Product Availability User"
INTEGRATION_ROLES: tuple[tuple[str, str], ...] = (
    (ADMINISTRATOR_ROLE, id_of("role", "integration administrator")),
    (USER_ROLE, id_of("role", "integration user")),
)
"""The two roles of the integration user, with their ids in the root business unit."""
AVAILABILITY_ROLE_ID = id_of("role", "product availability user")


def mapping_rights(mappings: Iterable[MappingDefault], deleting: Iterable[str] = ()) -> Rights:
    """Return what the connector does in Sales for these mappings; `deleting` names those whose policy deletes there."""
    chosen = list(mappings)
    tables = {mapping.name: mapping.crm_table for mapping in chosen}
    deleters = frozenset(deleting)
    rights: Rights = {}
    for mapping in chosen:
        _allow(rights, mapping.crm_table, "Read")
        if mapping.kind == "option":
            for table, _column in mapping.twin_columns:
                _allow(rights, table, "Read")
            continue
        written = mapping.way in {"to", "both"}
        if written:
            _allow(rights, mapping.crm_table, "Write", "Append", *(("Create",) if mapping.create_new else ()))
        if written and mapping.name in deleters:
            _allow(rights, mapping.crm_table, "Delete")
        for entry in mapping.fields:
            if entry.kind in _POINTING:
                _pointing(rights, mapping, entry, tables, is_written=written and entry.way in {"to", "both"})
    _carriers(rights)
    return rights


def _pointing(
    rights: Rights, mapping: MappingDefault, entry: FieldDefault, tables: Mapping[str, str], *, is_written: bool
) -> None:
    targets = set(_LOOKUP_TARGETS.get(entry.crm, ()))
    if not targets and entry.target in tables:
        targets.add(tables[entry.target])
    for target in targets:
        _allow(rights, target, "Read", *(("AppendTo",) if is_written else ()))
    if is_written and entry.kind == "owner":
        _allow(rights, mapping.crm_table, "Assign")


def _carriers(rights: Rights) -> None:
    """Add the tables that are read or written along with a mapped one: units of a group, price list items of a product."""
    for side, table in TABLES:
        if side == "crm":
            _allow(rights, table, "Read")
    if "Create" in rights.get("uomschedule", ()):
        _allow(rights, "uom", "Create", "Write", "Append", "AppendTo")
        _allow(rights, "uomschedule", "AppendTo")
    if "Create" in rights.get("product", ()):
        # A product is created with its item in the default price list (design 6.3), which is created when it is not there.
        _allow(rights, "productpricelevel", "Create", "Write", "Append")
        _allow(rights, "pricelevel", "Create", "Write", "Append", "AppendTo")
        _allow(rights, "product", "AppendTo")


def _allow(rights: Rights, table: str, *actions: str) -> None:
    owned_by_all = table in ORGANIZATION_OWNED
    rights.setdefault(table, set()).update(action for action in actions if not (owned_by_all and action == "Assign"))


def role_definitions(
    mappings: Iterable[MappingDefault] = MAPPINGS, deleting: Iterable[str] = ()
) -> tuple[RoleDefinition, ...]:
    """Return the three roles with their rights."""
    user = mapping_rights(mappings, deleting)
    for table in _ALWAYS_READ:
        _allow(user, table, "Read")
    for table, letters in _DOCUMENTS.items():
        _allow(user, table, *(_LETTERS[letter] for letter in letters.split()))
    # Its own flags: the connector marks its user as integration user.
    _allow(user, "systemuser", "Write", "AppendTo")
    administrator: Rights = {}
    _allow(administrator, CONNECTION, "Create", "Read", "Write", "Delete", "Append", "AppendTo")
    _allow(administrator, STATISTICS, "Read")
    for table in ("sdkmessage", "sdkmessagefilter"):
        _allow(administrator, table, "Read")
    availability: Rights = {}
    _allow(availability, CONNECTION, "Read")
    _allow(availability, STATISTICS, "Read", "AppendTo")
    _allow(availability, "product", "Read")
    (first, first_id), (second, second_id) = INTEGRATION_ROLES
    return (
        RoleDefinition(first_id, first, administrator),
        RoleDefinition(second_id, second, user, (*_DEFINITIONS, *_PLAIN)),
        RoleDefinition(AVAILABILITY_ROLE_ID, AVAILABILITY_ROLE, availability),
    )


def tables_of_rights(roles: Iterable[RoleDefinition]) -> list[str]:
    """Return the tables that the roles name, sorted."""
    return sorted({table for role in roles for table in role.rights})


def privileges_of(role: RoleDefinition, names: PrivilegeNames | None = None) -> list[str]:
    """Return the names of a role's privileges, sorted, each once.

    `names` are the environment's own; a table that it has, without a privilege for an action, needs none for it.
    """
    found = set(role.plain)
    for table, actions in role.rights.items():
        for action in actions:
            if names is None or table not in names:
                found.add(f"prv{action}{PRIVILEGE_NOUNS[table]}")
            elif name := names[table].get(action, ""):
                found.add(name)
    return sorted(found)


def roles_element(roles: Iterable[RoleDefinition], names: PrivilegeNames | None = None) -> Element:
    """Return the roles as `customizations.xml` holds them."""
    group = Element("Roles")
    for role in roles:
        element = SubElement(group, "Role", name=role.name, id=braced(role.key))
        text_add(element, "IsCustomizable", "1")
        privileges = SubElement(element, "RolePrivileges")
        for name in privileges_of(role, names):
            SubElement(privileges, "RolePrivilege", name=name, level="Global")
    return group
