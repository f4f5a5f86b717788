"""Mappings: the defaults put into the database, and the integration's own rows in Sales that they need."""

from typing import Any

from django.db import transaction

from connector.models import Connection
from sync.choices import FieldStatus
from sync.defaults import MAPPINGS
from sync.defaults.base import MappingDefault
from sync.models import (
    ConfigTemplate,
    IntegrationFieldMapping,
    IntegrationTableMapping,
    JobQueueEntry,
    MatchCriterion,
)


def defaults_install(erp: Connection, crm: Connection) -> list[IntegrationTableMapping]:
    """Create the default mappings that are missing; those that exist stay as people made them."""
    with transaction.atomic():
        return [_install(erp, crm, position, default) for position, default in enumerate(MAPPINGS, 1)]


def _install(erp: Connection, crm: Connection, position: int, default: MappingDefault) -> IntegrationTableMapping:
    mapping, new = IntegrationTableMapping.objects.get_or_create(
        erp=erp, crm=crm, name=default.name, defaults=_columns(position, default)
    )
    if new:
        _fields_make(mapping, default)
        _criteria_make(mapping, default)
        _templates_make(mapping, default)
        JobQueueEntry.objects.create(
            mapping=mapping,
            minutes_between_runs=default.interval_minutes,
            inactivity_timeout_minutes=default.inactivity_minutes,
        )
    return mapping


def _columns(position: int, default: MappingDefault) -> dict[str, Any]:
    return {
        "position": position,
        "kind": default.kind,
        "erp_table": default.erp_table,
        "crm_table": default.crm_table,
        "option_column": default.option_column,
        "direction": default.way,
        "only_coupled": default.only_coupled,
        "create_new": default.create_new,
        "depends_on": list(default.depends_on),
        "erp_filter": [list(part) for part in default.erp_filter],
        "crm_filter": [list(part) for part in default.crm_filter],
        "interval_minutes": default.interval_minutes,
    }


def _fields_make(mapping: IntegrationTableMapping, default: MappingDefault) -> None:
    IntegrationFieldMapping.objects.bulk_create(
        IntegrationFieldMapping(
            mapping=mapping,
            position=position,
            erp_field=field.erp,
            erp_caption=field.caption,
            crm_field=field.crm,
            crm_caption=field.crm_caption,
            direction=field.way,
            kind=field.kind,
            target=field.target,
            constant=field.constant,
            not_null=field.not_null,
            clear_value_on_failed_sync=field.clear_on_fail,
            validate=field.validate,
            status=FieldStatus.ENABLED if field.enabled else FieldStatus.DISABLED,
        )
        for position, field in enumerate(default.fields, 1)
    )


def _criteria_make(mapping: IntegrationTableMapping, default: MappingDefault) -> None:
    MatchCriterion.objects.bulk_create(
        MatchCriterion(
            mapping=mapping,
            priority=priority,
            erp_field=criterion.erp,
            crm_field=criterion.crm,
            case_sensitive=criterion.case_sensitive,
            automatic=criterion.automatic,
        )
        for priority, criterion in enumerate(default.criteria, 1)
    )


def _templates_make(mapping: IntegrationTableMapping, default: MappingDefault) -> None:
    for direction, code, values in (("to", "NSCCRM", default.crm_template), ("from", "NSCERP", default.erp_template)):
        if values:
            ConfigTemplate.objects.create(mapping=mapping, direction=direction, code=code, values=values)
