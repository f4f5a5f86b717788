"""Does writing really work? A marked row of our own in Sales, an unchanged value in NAV, a record in NAV only when asked for."""

from typing import Any
from uuid import uuid4

from connector.dataverse.client import DataverseClient
from connector.errors import IntegrationError, NotFound, VersionConflict
from connector.models import Side
from connector.nav.client import NavClient
from connector.nav.metadata import ServiceInfo
from connector.records import Record
from setup_wizard.discovery.remedies import PATIENCE
from setup_wizard.proof.environment import service_of
from setup_wizard.proof.model import CheckResult, ProofContext, failed, not_needed, passed
from setup_wizard.solution.names import CONNECTION, PREFIX
from sync.adapters import crm_client, erp_client
from sync.defaults.base import MappingDefault

MARK = "NAV Sales Connector round trip"
NAME = f"{PREFIX}_name"
# Fields on which NAV runs no code worth the name when they are validated, the most harmless first.
HARMLESS = ("Home_Page", "E_Mail", "Phone_No", "Address_2", "Description_2", "Name", "Description")


def sales_round_trip(context: ProofContext) -> CheckResult:
    """Write a marked row in our own table, read it, change it under its version, and take it away again."""
    context.need(Side.CRM)
    with crm_client(context.sales, **PATIENCE) as client:
        if not _has_table(client):
            return not_needed(
                "The connector's solution is not in Sales yet, so there is no table of our own to write a row in. Finish "
                "imports it."
            )
        _leftovers_remove(client)
        return _sales_steps(client)


def _has_table(client: DataverseClient) -> bool:
    rows = client.wire.get(f"EntityDefinitions?$select=LogicalName&$filter=LogicalName eq '{CONNECTION}'")["value"]
    return bool(rows)


def _leftovers_remove(client: DataverseClient) -> None:
    """Take away what a proof left that was killed between writing and removing."""
    for record in list(client.iter_records(CONNECTION, [NAME], where=f"startswith({NAME},'{MARK}')", top=50)):
        client.delete(CONNECTION, record.key)


def _sales_steps(client: DataverseClient) -> CheckResult:
    name = f"{MARK} {uuid4().hex[:8]}"
    key = client.create(CONNECTION, {NAME: name}).key
    try:
        read = client.get(CONNECTION, key, [NAME])
        if read.values.get(NAME) != name:
            return failed(
                f"Sales stored {read.values.get(NAME)!r} where {name!r} was written. A plug-in changes rows on the way."
            )
        client.update(CONNECTION, key, {NAME: f"{name} changed"}, if_match=read.etag)
        if not _refuses(client, key, {NAME: name}, read.etag):
            return failed(
                "Sales took a change under a version that was out of date, so edits by others could be overwritten.",
                "Switch optimistic concurrency on for the tables: an administrator or Microsoft's support can.",
            )
        changed = client.get(CONNECTION, key, [NAME]).values.get(NAME)
    finally:
        client.delete(CONNECTION, key)
    if changed != f"{name} changed":
        return failed("Sales did not keep a change that it had accepted. A plug-in or flow changes rows on the way.")
    return _is_gone(client, key)


def _refuses(client: DataverseClient, key: str, values: dict[str, Any], etag: str | None) -> bool:
    """Tell whether a change under a version that is out of date is refused."""
    try:
        client.update(CONNECTION, key, values, if_match=etag)
    except VersionConflict:
        return True
    return False


def _is_gone(client: DataverseClient, key: str) -> CheckResult:
    try:
        client.get(CONNECTION, key, [NAME])
    except NotFound:
        return passed("A marked row was written, read, changed under its version and removed in Sales.")
    return failed("Sales kept a row that was removed.", f"Remove the rows named {MARK} in the table {CONNECTION}.")


# NAV


def nav_write_back(context: ProofContext) -> CheckResult:
    """Write one value back into NAV just as it was read, under its version: proves the right to write and changes nothing."""
    context.need(Side.ERP)
    places = [default for default in context.defaults() if context.goes(default.name, "from")]
    if not places:
        return not_needed("Nothing flows to NAV, so nothing is written there.")
    for default in places:
        service = service_of(context, default.erp_table)
        field = _field(default, context.services()[service]) if service else ""
        if not field:
            continue
        with erp_client(context.nav, **PATIENCE) as client:
            record = next(client.iter_records(service, [field], top=1), None)
            if record is not None:
                return _write_back(client, service, record, field)
    return not_needed("NAV has no record yet whose value could be written back unchanged.")


def _field(default: MappingDefault, info: ServiceInfo) -> str:
    """Return a text field of the page that the mapping writes and that may be edited; empty when there is none."""
    names = {row.erp for row in default.fields if row.enabled and row.way != "to" and row.kind in {"text", "code"}}
    usable = [
        name
        for name in sorted(names)
        if name in info.properties and info.properties[name].editable and name not in info.key
    ]
    return next((name for name in HARMLESS if name in usable), usable[0] if usable else "")


def _write_back(client: NavClient, service: str, record: Record, field: str) -> CheckResult:
    value = record.values.get(field)
    try:
        stored = client.update(service, record.key, {field: value}, if_match=record.etag)
    except VersionConflict:
        # Somebody worked on just this record: once more with what is there now.
        record = client.get(service, record.key)
        value = record.values.get(field)
        stored = client.update(service, record.key, {field: value}, if_match=record.etag)
    except IntegrationError as error:
        return failed(f"NAV does not let the user change {service}. {error}", facts_of_write(service, field))
    if stored.values.get(field) != value:
        return failed(
            f"NAV stored another value in {field} of {service} than was written. Code on the page changes it."
        )
    return passed(
        f"{field.replace('_', ' ')} of one record of {service} was written back to NAV unchanged, under its version."
    )


def facts_of_write(service: str, field: str) -> str:
    """Return what gives the right to write."""
    return f"Add Modify on the table behind {service} (field {field}) to a permission set of the user."


def nav_record_round_trip(context: ProofContext) -> CheckResult:
    """Create, read, change and delete one marked record in NAV; done only when asked for, since a number is used up."""
    context.need(Side.ERP)
    wanted = next((default for default in context.defaults() if default.erp_table == "Contact"), None)
    service = service_of(context, "Contact") if wanted else ""
    if not service:
        return not_needed("A record is tried with a contact, and contacts are not chosen or not published.")
    with erp_client(context.nav, **PATIENCE) as client:
        record = client.create(service, {"Name": MARK})
        try:
            changed = client.update(service, record.key, {"Name": f"{MARK} 2"}, if_match=record.etag)
        finally:
            client.delete(service, record.key)
        problem = _after(client, service, changed)
    return problem or passed(f"Contact {record.key} was created, changed and deleted in NAV; its number is used up.")


def _after(client: NavClient, service: str, changed: Record) -> CheckResult | None:
    name: Any = changed.values.get("Name")
    if name is not None and name != f"{MARK} 2":
        return failed(f"NAV stored {name!r} where another name was written. Code on the page changes it.")
    if client.find(service, changed.key) is not None:
        return failed(
            f"NAV kept the contact {changed.key} that was deleted.", f"Delete the contact named {MARK} by hand."
        )
    return None
