"""The data of the start: organisation, users, roles, the built-in unit group. No accounts, no products."""

from __future__ import annotations

import importlib
import importlib.util
import uuid
from dataclasses import dataclass
from typing import Any

from sandbox.common.clock import Clock
from sandbox.common.faults import NO_EFFECTS
from sandbox.dataverse import access, role_actions
from sandbox.dataverse.call import Call
from sandbox.dataverse.directory import POWERSHELL_CLIENT, Account, Application, Directory
from sandbox.dataverse.rules import duplicates
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.tables import TABLES
from sandbox.dataverse.writer import Writer

NAMESPACE = uuid.UUID("6f1c2a52-6f0b-4a5b-9d0e-5a4f0e6d9c11")
DOMAIN = "contoso.example"
ADMIN_PASSWORD = "Sandbox-Admin-1"
INTEGRATION_PASSWORD = "Sandbox-Integration-1"
CLIENT_SECRET = "sandbox~client~secret~1"
FRESH_SECRET = "sandbox~fresh~secret~1"
"""Of an application that is registered in the tenant and has no application user yet."""
PERSON_PASSWORD = "Sandbox-Person-1"
"""Of the salespeople, the disabled user and the one without licence."""

ADMINISTRATOR = "System Administrator"
CUSTOMIZER = "System Customizer"
SALESPERSON = "Salesperson"
INTEGRATION = "NAV Sales Connector Integration"

WRITTEN_TABLES = (
    "account contact product pricelevel productpricelevel uomschedule uom transactioncurrency opportunity quote "
    "quotedetail salesorder salesorderdetail invoice invoicedetail annotation"
).split()
READ_TABLES = (
    "systemuser team role businessunit organization solution publisher importjob sdkmessage sdkmessagefilter "
    "asyncoperation privilege".split()
)
CUSTOMIZED_TABLES = (
    "solution publisher importjob solutioncomponent systemform savedquery serviceendpoint sdkmessageprocessingstep "
    "sdkmessageprocessingstepimage asyncoperation".split()
)
SALES_TABLES = (
    "account contact opportunity quote quotedetail salesorder salesorderdetail invoice invoicedetail annotation"
).split()
ACTIONS = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign")
CUSTOMIZATIONS = frozenset(
    f"prv{action}{thing}".lower()
    for action in ("Create", "Read", "Write")
    for thing in ("Entity", "Attribute", "Relationship", "OptionSet")
) | {"prvpublishcustomization"}
CUSTOMIZING = frozenset({"prvimportcustomization", "prvexportcustomization"})
MESSAGES = ("Create", "Update", "Delete", "Retrieve", "RetrieveMultiple")
BULK_MESSAGES = ("CreateMultiple", "UpdateMultiple")


@dataclass(frozen=True, slots=True)
class Identities:
    """The ids a seeded store and its directory share."""

    tenant: str
    organization: str
    client_id: str
    application_object: str
    admin: str
    admin_object: str
    integration: str
    integration_object: str
    application_user: str
    fresh_client_id: str


def identities(seed: int) -> Identities:
    """The ids of a seed: the same ones every time."""

    def name(text: str) -> str:
        return str(uuid.uuid5(NAMESPACE, f"{seed}/{text}"))

    fields = Identities.__slots__
    return Identities(**{field: name(field) for field in fields})


def object_id(mail: str) -> str:
    """The object id of a person in the tenant."""
    return str(uuid.uuid5(NAMESPACE, f"person/{mail.lower()}"))


def directory(ids: Identities, people: list[dict[str, Any]] | None = None) -> Directory:
    """Who can sign in at the start."""
    names = [(entry.get("fullname", ""), entry["internalemailaddress"]) for entry in people or ()]
    names += [("Dora Disabled", f"dora@{DOMAIN}"), ("Nils Nolicence", f"nils@{DOMAIN}")]
    persons = [Account(object_id(mail), name, mail.lower(), PERSON_PASSWORD) for name, mail in names]
    users = (
        Account(ids.admin_object, "Ada Admin", f"admin@{DOMAIN}", ADMIN_PASSWORD),
        Account(ids.integration_object, "NAV Integration", f"integration@{DOMAIN}", INTEGRATION_PASSWORD),
        *persons,
    )
    applications = (
        Application(ids.client_id, ids.application_object, CLIENT_SECRET, "NAV-Sales-Connector"),
        Application(ids.fresh_client_id, str(uuid.uuid5(NAMESPACE, ids.fresh_client_id)), FRESH_SECRET, "Fresh"),
        Application(POWERSHELL_CLIENT, str(uuid.uuid5(NAMESPACE, "public client"))),
    )
    return Directory(
        ids.tenant,
        DOMAIN,
        {application.client_id: application for application in applications},
        {account.user.lower(): account for account in users},
    )


def fill(store: Store, clock: Clock, ids: Identities, people: list[dict[str, Any]]) -> None:
    """Put the data of the start into an empty store."""
    base = _organization(store, clock, ids)
    writer = Writer(_system_call(store, clock, ids.admin))
    roles = _roles(store, writer, base)
    _users(store, writer, ids, base, roles, people)
    _units(store, writer)
    _solutions(store, writer)
    _messages(store, writer)
    role_actions.fill(store, access.all_names(store), _stamps(clock, ids.admin))
    duplicates.fill(writer, lambda text: str(uuid.uuid5(NAMESPACE, f"duplicate rule/{text}")))


def _stamps(clock: Clock, user: str) -> Row:
    """Who made a row and when."""
    moment = clock.stamp()
    return {"createdon": moment, "modifiedon": moment, "_createdby_value": user, "_modifiedby_value": user}


def _system_call(store: Store, clock: Clock, user: str) -> Call:
    return Call(store, user, user, clock.stamp(), clock.seconds(), "", NO_EFFECTS, {}, access.EVERYTHING, {})


def _organization(store: Store, clock: Clock, ids: Identities) -> str:
    """Organisation, base currency, business unit and its default team, which need one another; the unit's id."""
    unit, currency, team = (str(uuid.uuid5(NAMESPACE, f"{ids.tenant}/{name}")) for name in ("unit", "GBP", "team"))
    stamps = _stamps(clock, ids.admin)
    columns = TABLES["organization"].columns.values()
    organization: Row = {column.name: column.default for column in columns if column.default is not None}
    organization |= {
        "organizationid": ids.organization,
        "name": "contoso",
        "currencysymbol": "£",
        "basecurrencysymbol": "£",
        "basecurrencyprecision": 2,
        "pricingdecimalprecision": 2,
        "currencydecimalprecision": 2,
        "expirechangetrackingindays": 30,
        "maxproductsinbundle": 15,
        "maxuploadfilesize": 5_242_880,
        "localeid": 1033,
        "languagecode": 1033,
        "uniquespecifierlength": 6,
        "currentordernumber": 1000,
        "currentquotenumber": 1000,
        "currentinvoicenumber": 1000,
        "orderprefix": "ORD",
        "quoteprefix": "QUO",
        "invoiceprefix": "INV",
        "systemuserid": ids.admin,
        "integrationuserid": ids.admin,
        "_basecurrencyid_value": currency,
    }
    store.put("organization", ids.organization, organization | stamps)
    pound: Row = {
        "transactioncurrencyid": currency,
        "currencyname": "Pound Sterling",
        "currencysymbol": "£",
        "isocurrencycode": "GBP",
        "currencyprecision": 2,
        "exchangerate": 1.0,
        "statecode": 0,
        "statuscode": 1,
        "_organizationid_value": ids.organization,
    }
    store.put("transactioncurrency", currency, pound | stamps)
    business: Row = {
        "businessunitid": unit,
        "name": "contoso",
        "isdisabled": False,
        "_organizationid_value": ids.organization,
    }
    store.put("businessunit", unit, business | stamps)
    default_team: Row = {
        "teamid": team,
        "name": "contoso",
        "teamtype": 0,
        "isdefault": True,
        "systemmanaged": False,
        "organizationid": ids.organization,
        "_businessunitid_value": unit,
        "_administratorid_value": ids.admin,
    }
    store.put("team", team, default_team | stamps)
    return unit


def _roles(store: Store, writer: Writer, unit: str) -> dict[str, str]:
    """The roles by name."""
    granted = {
        ADMINISTRATOR: frozenset({"*"}),
        CUSTOMIZER: CUSTOMIZATIONS | CUSTOMIZING | _privileges(WRITTEN_TABLES + READ_TABLES + CUSTOMIZED_TABLES),
        SALESPERSON: _privileges(SALES_TABLES) | _privileges(WRITTEN_TABLES + READ_TABLES, ("Read", "AppendTo")),
        INTEGRATION: _integration_privileges(),
    }
    roles: dict[str, str] = {}
    for name, privileges in granted.items():
        key = str(uuid.uuid5(NAMESPACE, f"{unit}/{name}"))
        row: Row = {"roleid": key, "name": name, "_businessunitid_value": unit, "_parentrootroleid_value": key}
        roles[name] = writer.insert(TABLES["role"], row)
        store.privileges[key] = dict.fromkeys(privileges, access.GLOBAL)
    return roles


def _integration_privileges() -> frozenset[str]:
    """What the connector needs: the mapped tables, reading the rest, option values, order integration's switch."""
    writes = {"prvwriteuser", "prvwriteorganization", "prvactonbehalfofanotheruser"}
    return _privileges(WRITTEN_TABLES) | _privileges(READ_TABLES, ("Read", "AppendTo")) | CUSTOMIZATIONS | writes


def _privileges(tables: list[str], actions: tuple[str, ...] = ACTIONS) -> frozenset[str]:
    return frozenset(access.privilege_name(TABLES[name], action).lower() for name in tables for action in actions)


def _users(
    store: Store, writer: Writer, ids: Identities, unit: str, roles: dict[str, str], people: list[dict[str, Any]]
) -> None:
    team = next(iter(store.rows("team")))

    def add(key: str, role: str | None, **values: Any) -> None:
        row: Row = {"systemuserid": key, "_businessunitid_value": unit, **values}
        writer.insert(TABLES["systemuser"], row)
        store.link("teammembership_association", team, key)
        if role:
            store.link("systemuserroles_association", key, roles[role])

    def person(name: str, mail: str, **values: Any) -> dict[str, Any]:
        first, _, last = name.partition(" ")
        return {"firstname": first, "lastname": last, "domainname": mail, "internalemailaddress": mail, **values}

    add(
        ids.admin,
        ADMINISTRATOR,
        **person("Ada Admin", f"admin@{DOMAIN}", azureactivedirectoryobjectid=ids.admin_object),
    )
    store.link("systemuserroles_association", ids.admin, roles[CUSTOMIZER])
    add(
        ids.integration,
        INTEGRATION,
        **person(
            "NAV Integration",
            f"integration@{DOMAIN}",
            azureactivedirectoryobjectid=ids.integration_object,
            isintegrationuser=True,
        ),
    )
    add(
        ids.application_user,
        INTEGRATION,
        **person("# NAV-Sales-Connector", f"app_{ids.client_id}@{DOMAIN}"),
        applicationid=ids.client_id,
        azureactivedirectoryobjectid=ids.application_object,
        isintegrationuser=True,
        islicensed=False,
        accessmode=4,
    )
    for entry in people:
        mail = entry["internalemailaddress"]
        add(
            str(uuid.uuid5(NAMESPACE, f"{unit}/{mail}")),
            SALESPERSON,
            domainname=mail,
            azureactivedirectoryobjectid=object_id(mail),
            **entry_columns(entry),
        )
    disabled, unlicensed = (str(uuid.uuid5(NAMESPACE, f"{unit}/{name}")) for name in ("disabled", "unlicensed"))
    add(disabled, SALESPERSON, **person("Dora Disabled", f"dora@{DOMAIN}", isdisabled=True, **known(f"dora@{DOMAIN}")))
    add(
        unlicensed,
        SALESPERSON,
        **person("Nils Nolicence", f"nils@{DOMAIN}", islicensed=False, **known(f"nils@{DOMAIN}")),
    )


def known(mail: str) -> dict[str, str]:
    """The column that ties a user to the person in the tenant."""
    return {"azureactivedirectoryobjectid": object_id(mail)}


def entry_columns(entry: dict[str, Any]) -> dict[str, Any]:
    """The columns of a user of the data set."""
    names = ("firstname", "lastname", "internalemailaddress", "mobilephone")
    return {name: entry[name] for name in names if entry.get(name)}


def _units(store: Store, writer: Writer) -> None:
    key = str(uuid.uuid5(NAMESPACE, "default unit"))
    group: Row = {"uomscheduleid": key, "name": "Default Unit", "baseuomname": "Primary Unit"}
    writer.insert(TABLES["uomschedule"], group)


def _solutions(store: Store, writer: Writer) -> None:
    publisher: Row = {
        "publisherid": str(uuid.uuid5(NAMESPACE, "publisher")),
        "uniquename": "DefaultPublishercontoso",
        "friendlyname": "Default Publisher for contoso",
        "customizationprefix": "new",
    }
    key = writer.insert(TABLES["publisher"], publisher)
    for unique, friendly in (("Default", "Default Solution"), ("Sales", "Dynamics 365 Sales")):
        solution: Row = {
            "solutionid": str(uuid.uuid5(NAMESPACE, unique)),
            "uniquename": unique,
            "friendlyname": friendly,
            "version": "9.2.24011.10001",
            "_publisherid_value": key,
        }
        writer.insert(TABLES["solution"], solution)


def _messages(store: Store, writer: Writer) -> None:
    """Which messages each table offers: what `sdkmessagefilters` is asked for."""
    messages: dict[str, str] = {}
    for name in (*MESSAGES, *BULK_MESSAGES):
        row: Row = {"sdkmessageid": str(uuid.uuid5(NAMESPACE, f"message/{name}")), "name": name}
        messages[name] = writer.insert(TABLES["sdkmessage"], row)
    for table in TABLES.values():
        for name in MESSAGES + (BULK_MESSAGES if table.bulk else ()):
            row = {
                "sdkmessagefilterid": str(uuid.uuid5(NAMESPACE, f"filter/{table.name}/{name}")),
                "primaryobjecttypecode": table.name,
                "_sdkmessageid_value": messages[name],
            }
            writer.insert(TABLES["sdkmessagefilter"], row)


def dataset_users(dataset: str, seed: int) -> list[dict[str, Any]]:
    """The salespeople of the demonstration data; none while that package is absent."""
    if importlib.util.find_spec("sandbox.dataset") is None:
        return []
    module = importlib.import_module("sandbox.dataset")
    provide = getattr(module, "crm_users", None)
    return list(provide(dataset, seed)) if provide is not None else []
