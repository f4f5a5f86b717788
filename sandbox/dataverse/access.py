"""Who may do what: privileges with their depth, and the rows a depth reaches.

A privilege is named after what it is about: `prvReadAccount`. Some tables share one (all of the price lists goes by
`Product`, lines go by their document), and some have names of their own (`User`, `Note`, `Order`).
Source: learn.microsoft.com, "Security roles and privileges", "Security role UI to privilege mapping".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from sandbox.dataverse.schema import Table

if TYPE_CHECKING:
    from sandbox.dataverse.store import Row, Store

Privileges = Mapping[str, int]
"""Depth by privilege name in lower case; `*` is every privilege."""
Test = Callable[["Row"], bool]

BASIC, LOCAL, DEEP, GLOBAL = 1, 2, 4, 8
DEPTHS = {"Basic": BASIC, "Local": LOCAL, "Deep": DEEP, "Global": GLOBAL}
DEPTH_NAMES = {number: name for name, number in DEPTHS.items()}
ADMINISTRATIVE, READ_ONLY = 1, 2
"""Access modes that take rights away."""
SALES_DATA = frozenset(
    "account contact opportunity opportunityproduct quote quotedetail salesorder salesorderdetail invoice invoicedetail "
    "product pricelevel productpricelevel uom uomschedule annotation".split()
)
EVERYTHING: Privileges = {"*": GLOBAL}
ACTIONS = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign", "Share")
STEMS = {
    "systemuser": "User",
    "annotation": "Note",
    "salesorder": "Order",
    "salesorderdetail": "Order",
    "quotedetail": "Quote",
    "invoicedetail": "Invoice",
    "opportunityproduct": "Opportunity",
    "opportunityclose": "Activity",
    "quoteclose": "Activity",
    "orderclose": "Activity",
    "duplicaterulecondition": "DuplicateRule",
    "pricelevel": "Product",
    "productassociation": "Product",
    "productpricelevel": "Product",
    "uom": "Product",
    "uomschedule": "Product",
    "sdkmessagefilter": "SdkMessage",
    "privilege": "Role",
    "savedquery": "Query",
}
"""The middle of a privilege's name, where it is not the table's schema name."""
PLATFORM = frozenset(
    name.lower()
    for name in (
        "prvActOnBehalfOfAnotherUser",
        "prvActOnBehalfOfExternalParty",
        "prvBulkDelete",
        "prvBypassCustomBusinessLogic",
        "prvBypassCustomPlugins",
        "prvConfigureSharePoint",
        "prvExportCustomization",
        "prvGoMobile",
        "prvImportCustomization",
        "prvMerge",
        "prvPublishCustomization",
        "prvReadLicense",
        "prvReadSharePointData",
        "prvUseOfficeApps",
        "prvWebMailMerge",
        "prvWriteHolidaySchedule",
        "prvWriteSharePointData",
        "prvCreateSharePointData",
    )
)
"""Privileges that belong to no table."""
ELSEWHERE = (
    "Activity AppConfig AppModule Attribute Calendar Campaign Competitor Connection ConnectionRole Contract Currency "
    "CustomControl Customization CustomerAddress CustomerRelationship DuplicateRule Email Entity EntityDataSource "
    "EntityKey Equipment ExpanderEvent Goal Incident InternalAddress KbArticle Lead List Mailbox ManagedProperty "
    "MobileOfflineProfile "
    "msdynce_salesprodefaultsettings OptionSet Organization PluginAssembly PluginTraceLog PluginType Post PostFollow "
    "PostRuleConfig ProcessSession Queue QueueItem RelationshipRole Relationship Report SalesLiterature Service "
    "ServiceEndpoint SharePointDocument SharePointDocumentLocation SiteMap SLA Subject SystemForm Task Template "
    "Territory Theme TraceLog TransactionCurrency UserDashboard UserEntityUISettings UserForm UserQuery "
    "UserQueryVisualizations UserSettings WebResource WebWizard Workflow msdyn_PostConfig msdyn_PostRuleConfig "
    "msdyn_WallSavedQuery"
).lower()
"""What the platform and Sales have privileges for beside the tables of this stand-in."""
_ELSEWHERE = frozenset(f"prv{action}{stem}".lower() for action in ACTIONS for stem in ELSEWHERE.split())


def privilege_name(table: Table, action: str) -> str:
    """The privilege an action on a table needs: `prvReadAccount`."""
    return f"prv{action}{STEMS.get(table.name, table.schema_name)}"


def names_of(table: Table) -> Iterator[str]:
    """All privileges of a table. Only rows with owners can be assigned and shared."""
    owned = table.ownership in ("UserOwned", "BusinessOwned")
    return (privilege_name(table, action) for action in ACTIONS if owned or action not in ("Assign", "Share"))


def is_known(store: Store, name: str) -> bool:
    """Whether there is a privilege of this name in the environment."""
    wanted = name.lower()
    if wanted in PLATFORM or wanted in _ELSEWHERE:
        return True
    return any(wanted == privilege_name(table, action).lower() for table in store.tables.values() for action in ACTIONS)


def all_names(store: Store) -> list[str]:
    """The privileges of all tables, and those of customizing; each once."""
    names = [name for table in store.tables.values() for name in names_of(table)]
    names += [f"prv{action}{thing}" for action in ("Create", "Read", "Write", "Delete") for thing in _CUSTOMIZING]
    names += ["prvActOnBehalfOfAnotherUser", "prvImportCustomization", "prvExportCustomization"]
    return list(dict.fromkeys([*names, "prvPublishCustomization"]))


_CUSTOMIZING = ("Entity", "Attribute", "Relationship", "OptionSet")


def roles_of(store: Store, user: str) -> set[str]:
    """The roles of a user, also those that come by a team."""
    roles = set(store.linked("systemuserroles_association", user))
    for team in store.linked_back("teammembership_association", user):
        roles |= store.linked("teamroles_association", team)
    return roles


def privileges_of(store: Store, user: str) -> dict[str, int]:
    """What the roles of a user grant, at the greatest depth any of them has."""
    found: dict[str, int] = {}
    for role in roles_of(store, user):
        for name, depth in store.privileges.get(role, {}).items():
            found[name] = max(depth, found.get(name, 0))
    return found


def usable(store: Store, user: str) -> dict[str, int]:
    """What a user may do in their access mode: reading alone, or administration without sales data."""
    granted = privileges_of(store, user)
    mode = (store.get("systemuser", user) or {}).get("accessmode", 0)
    if mode == READ_ONLY:
        return {name: reach for name, reach in _spelled(store, granted).items() if name.startswith("prvread")}
    if mode == ADMINISTRATIVE:
        sales = {
            name.lower()
            for table in store.tables.values()
            if table.name in SALES_DATA or table.custom
            for name in names_of(table)
        }
        return {name: reach for name, reach in _spelled(store, granted).items() if name not in sales}
    return granted


def _spelled(store: Store, granted: Privileges) -> dict[str, int]:
    """Privileges by name, also where all of them are granted at once."""
    if "*" not in granted:
        return dict(granted)
    return {name.lower(): depth(granted, name) for name in all_names(store)}


def depth(privileges: Privileges, name: str) -> int:
    """The depth of a privilege; 0 is none."""
    return max(privileges.get(name.lower(), 0), privileges.get("*", 0))


def intersected(mine: Privileges, theirs: Privileges) -> dict[str, int]:
    """What both may do, at the smaller depth."""
    names = (mine.keys() | theirs.keys()) - {"*"}
    both = {name: min(depth(mine, name), depth(theirs, name)) for name in names}
    if "*" in mine and "*" in theirs:
        both["*"] = min(mine["*"], theirs["*"])
    return {name: reach for name, reach in both.items() if reach}


def reachable(store: Store, table: Table, user: str, reach: int) -> Test | None:
    """The test for the rows of a table a depth reaches; None means all of them."""
    if reach >= GLOBAL or table.ownership not in ("UserOwned", "BusinessOwned"):
        return None
    unit = (store.get("systemuser", user) or {}).get("_businessunitid_value")
    units = {BASIC: frozenset(), LOCAL: frozenset({unit}), DEEP: _below(store, unit)}[reach]
    if table.ownership == "BusinessOwned":
        own = f"{table.name}id"
        wire = "businessunitid" if table.name == "businessunit" else "_businessunitid_value"
        return lambda row: row.get(wire) in units or row.get(own) == user
    owners = {user, *store.linked_back("teammembership_association", user)}
    return lambda row: row.get("_ownerid_value") in owners or row.get("_owningbusinessunit_value") in units


def _below(store: Store, unit: str | None) -> frozenset[str | None]:
    """A business unit and those under it."""
    found = {unit}
    rows = store.rows("businessunit")
    while True:
        more = {key for key, row in rows.items() if row.get("_parentbusinessunitid_value") in found} - found
        if not more:
            return frozenset(found)
        found |= more
