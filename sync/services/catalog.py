"""What both systems offer: which columns there are, and which of them a mapping may use.

Read from metadata at set-up and when a person asks for it, kept with the mirror tables, so that a run spends no request on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from connector.errors import IntegrationError
from connector.models import Connection
from sync.adapters import crm_client, erp_client
from sync.choices import FieldStatus, MappingKind, Side
from sync.defaults import MAPPINGS, TABLES
from sync.engine.rules import RULES
from sync.engine.rules.base import Rule
from sync.models import IntegrationTableMapping, MirrorTable


@dataclass(frozen=True, slots=True)
class RemoteTable:
    """A table of one side."""

    side: str
    table: str


def rule_of(mapping: IntegrationTableMapping) -> Rule:
    """Return the entity rule of a mapping."""
    default = next((default for default in MAPPINGS if default.name == mapping.name), None)
    return RULES[default.rule] if default and default.rule else Rule()


def option_table(mapping: IntegrationTableMapping) -> str:
    """Return the name under which the options of a choice column are mirrored."""
    return f"{mapping.crm_table}.{mapping.option_column}"


def tables_of(mapping: IntegrationTableMapping) -> list[RemoteTable]:
    """Return every remote table that a run of the mapping reads."""
    rule = rule_of(mapping)
    crm_main = option_table(mapping) if mapping.kind == MappingKind.OPTION else mapping.crm_table
    erp = [RemoteTable(Side.ERP, table) for table in dict.fromkeys((mapping.erp_table, *rule.erp_tables))]
    crm = [RemoteTable(Side.CRM, table) for table in dict.fromkeys((crm_main, *rule.crm_tables))]
    return erp + crm


def connection_of(mapping: IntegrationTableMapping, side: str) -> Connection:
    """Return the connection of one side of a mapping."""
    return mapping.erp if side == Side.ERP else mapping.crm


def catalog_refresh(mappings: Iterable[IntegrationTableMapping]) -> list[str]:
    """Read the metadata of both systems for these mappings and note what is not available; return the issues found.

    A field that a server does not serve is switched to *not available on this server*, and back on when it is served.
    A table that is not served makes the mapping carry the reason; the other mappings go on.
    """
    mappings = list(mappings)
    if not mappings:
        return []
    with erp_client(mappings[0].erp) as erp:
        services = erp.metadata()
    with crm_client(mappings[0].crm) as crm:
        issues = [_refresh_mapping(mapping, services, crm) for mapping in mappings]
    mirror_columns_set(mappings)
    return [issue for issue in issues if issue]


def catalog_note(mappings: Iterable[IntegrationTableMapping]) -> None:
    """Note from the metadata that is kept which fields are available, and which columns to read; asks no server.

    Give all mappings of the two connections: their tables are shared.
    """
    mappings = list(mappings)
    for mapping in mappings:
        crm_table = option_table(mapping) if mapping.kind == MappingKind.OPTION else mapping.crm_table
        if _columns(mapping.erp, mapping.erp_table) and _columns(mapping.crm, crm_table):
            _note_fields(mapping)
    mirror_columns_set(mappings)


def _refresh_mapping(mapping: IntegrationTableMapping, services: Any, crm: Any) -> str:
    issue = ""
    for remote in tables_of(mapping):
        try:
            metadata = (
                _erp_metadata(mapping, remote.table, services)
                if remote.side == Side.ERP
                else _crm_metadata(crm, remote.table)
            )
        except IntegrationError as error:
            issue = issue or str(error)
            continue
        mirror, _new = MirrorTable.objects.get_or_create(
            connection=connection_of(mapping, remote.side), table=remote.table
        )
        mirror.metadata = metadata
        mirror.service = metadata.get("service", "")
        mirror.save(update_fields=["metadata", "service"])
    if not issue:
        _note_fields(mapping)
    IntegrationTableMapping.objects.filter(pk=mapping.pk).update(issue=issue)
    return issue


def _erp_metadata(mapping: IntegrationTableMapping, table: str, services: Any) -> dict[str, Any]:
    from sync.adapters import service_of

    service = service_of(mapping.erp, table)
    info = services[service]
    columns = {
        name: {
            "max_length": prop.max_length,
            "creatable": prop.editable and info.insertable,
            "updatable": prop.editable and info.updatable and name not in info.key,
        }
        for name, prop in info.properties.items()
    }
    return {"service": service, "key": list(info.key), "columns": columns}


def _crm_metadata(crm: Any, table: str) -> dict[str, Any]:
    name = table.split(".", maxsplit=1)[0]
    info = crm.metadata(name)
    columns = {
        column.name: {
            "max_length": column.max_length,
            "minimum": column.minimum,
            "maximum": column.maximum,
            "precision": column.precision,
            "creatable": column.creatable,
            "updatable": column.updatable,
            "required": column.required,
        }
        for column in info.columns.values()
    }
    return {
        "columns": columns,
        "primary_id": info.primary_id,
        "primary_name": info.primary_name,
        "change_tracking": info.change_tracking,
        "concurrency": info.optimistic_concurrency,
    }


def _note_fields(mapping: IntegrationTableMapping) -> None:
    erp = _columns(mapping.erp, mapping.erp_table)
    crm = _columns(mapping.crm, option_table(mapping) if mapping.kind == MappingKind.OPTION else mapping.crm_table)
    for field in mapping.fields.exclude(status=FieldStatus.DISABLED):
        reason = ""
        if field.erp_field and not field.erp_field.startswith("@") and field.erp_field not in erp:
            reason = (
                f"NAV's page service for {mapping.erp_table} does not serve {field.erp_caption or field.erp_field}."
            )
        elif field.crm_field and field.crm_field not in crm:
            reason = f"The table {mapping.crm_table} in Sales has no column {field.crm_field}."
        field.status = FieldStatus.UNAVAILABLE if reason else FieldStatus.ENABLED
        field.reason = reason
        field.save(update_fields=["status", "reason"])


def _columns(connection: Connection, table: str) -> dict[str, Any]:
    mirror = MirrorTable.objects.filter(connection=connection, table=table).first()
    return dict(mirror.metadata.get("columns", {})) if mirror else {}


def mirror_columns_set(mappings: Iterable[IntegrationTableMapping]) -> None:
    """Set which columns each mirror table keeps; a table whose columns change is read anew from its beginning."""
    wanted: dict[tuple[int, str, str], set[str]] = {}
    matches: dict[tuple[int, str, str], list[list[str]]] = {}
    for mapping in mappings:
        for remote in tables_of(mapping):
            place = (connection_of(mapping, remote.side).pk, remote.side, remote.table)
            wanted.setdefault(place, set()).update(_columns_for(mapping, remote))
            _add_matches(matches.setdefault(place, []), mapping, remote)
    with transaction.atomic():
        for place, columns in wanted.items():
            _set_columns(place, columns, matches[place])


def _columns_for(mapping: IntegrationTableMapping, remote: RemoteTable) -> set[str]:
    columns: set[str] = set()
    if remote.side == Side.ERP and remote.table == mapping.erp_table:
        columns |= {field.erp_field for field in mapping.fields.filter(status=FieldStatus.ENABLED)}
        columns |= {condition[0] for condition in mapping.erp_filter}
        columns |= {part for criterion in mapping.criteria.all() for part in criterion.erp_field.split("+")}
    if remote.side == Side.CRM and remote.table == mapping.crm_table:
        columns |= {field.crm_field for field in mapping.fields.filter(status=FieldStatus.ENABLED)}
        columns |= {condition[0] for condition in mapping.crm_filter}
        columns |= {part for criterion in mapping.criteria.all() for part in criterion.crm_field.split("+")}
    return {column for column in columns if column and not column.startswith("@")}


def _add_matches(slots: list[list[str]], mapping: IntegrationTableMapping, remote: RemoteTable) -> None:
    for criterion in mapping.criteria.all():
        if remote.side == Side.ERP and remote.table == mapping.erp_table:
            columns = criterion.erp_field.split("+")
        elif remote.side == Side.CRM and remote.table == mapping.crm_table:
            columns = criterion.crm_field.split("+")
        else:
            continue
        if columns not in slots and not any(column.startswith("@") for column in columns) and len(slots) < 4:
            slots.append(columns)


def _set_columns(place: tuple[int, str, str], columns: set[str], slots: list[list[str]]) -> None:
    connection_id, side, table = place
    mirror = MirrorTable.objects.filter(connection_id=connection_id, table=table).first()
    if mirror is None:
        return
    default = TABLES.get((side, table))
    served = mirror.metadata.get("columns", {})
    if default:
        columns |= {default.number, default.name, *default.extra}
    kept = sorted(column for column in columns if column in served)
    number = default.number if default else ""
    name = default.name if default else mirror.metadata.get("primary_name", "")
    if (mirror.columns, mirror.match_columns, mirror.number_column) != (kept, slots, number):
        mirror.columns, mirror.match_columns = kept, slots
        mirror.number_column, mirror.name_column = number, name
        mirror.cursor = mirror.position = ""
        mirror.save()
