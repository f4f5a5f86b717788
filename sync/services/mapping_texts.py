"""Mappings as plain data: how a set-up file writes them, and how what such a file says is stored again.

Rows are told apart by their natural keys (name of the mapping, both fields of a field row), so that an existing row keeps its id:
baselines of couplings hang on the ids of field rows, and a row made anew would lose them.
"""

from typing import Any

from connector.models import Connection
from sync.choices import FieldStatus, JobQueueStatus
from sync.defaults.base import MappingDefault
from sync.models import (
    ConfigTemplate,
    IntegrationFieldMapping,
    IntegrationTableMapping,
    JobQueueEntry,
    MatchCriterion,
    OptionMapping,
)

Text = dict[str, Any]
READY, ON_HOLD = "ready", "on_hold"

MAPPING_KEYS = (
    "kind erp_table crm_table option_column direction only_coupled create_new depends_on erp_filter crm_filter "
    "update_conflict conflict_scope deletion_conflict mass_change_limit synch_after_bulk_coupling"
).split()
# What a field row says beside its two fields, with the value that is left out of the text.
FIELD_DEFAULTS: Text = {
    "direction": None,
    "kind": "text",
    "erp_caption": "",
    "crm_caption": "",
    "target": "",
    "constant": "",
    "not_null": False,
    "clear_value_on_failed_sync": False,
    "validate": True,
    "update_conflict": "",
    "enabled": True,
}


def mapping_text(mapping: IntegrationTableMapping) -> Text:
    """Return a stored mapping as plain data, in a fixed order and without ids."""
    entry = JobQueueEntry.objects.filter(mapping=mapping).first()
    return {
        "name": mapping.name,
        **{key: getattr(mapping, key) for key in MAPPING_KEYS},
        "schedule": {
            "status": ON_HOLD if entry is None or entry.status == JobQueueStatus.ON_HOLD else READY,
            "interval_minutes": entry.minutes_between_runs if entry else mapping.interval_minutes,
            "inactivity_minutes": entry.inactivity_timeout_minutes if entry else 720,
        },
        "fields": [_field_text(row) for row in mapping.fields.order_by("position", "pk")],
        "match": [
            {
                "erp": row.erp_field,
                "crm": row.crm_field,
                "automatic": row.automatic,
                "case_sensitive": row.case_sensitive,
            }
            for row in mapping.criteria.order_by("priority", "pk")
        ],
        "templates": [
            {"direction": row.direction, "code": row.code, "values": dict(sorted(row.values.items()))}
            for row in mapping.templates.order_by("direction", "code", "pk")
        ],
        "options": [{"erp": row.erp_key, "label": row.label} for row in mapping.options.order_by("erp_key")],
    }


def _field_text(row: IntegrationFieldMapping) -> Text:
    values = {name: getattr(row, name) for name in FIELD_DEFAULTS if name != "enabled"}
    # A field that this server does not serve is wanted all the same.
    values["enabled"] = row.status != FieldStatus.DISABLED
    return {"erp": row.erp_field, "crm": row.crm_field} | _said(values)


def _said(values: Text) -> Text:
    return {name: values[name] for name, usual in FIELD_DEFAULTS.items() if values[name] != usual}


def default_text(default: MappingDefault) -> Text:
    """Return a shipped mapping in the same form."""
    fields = [
        {"erp": row.erp, "crm": row.crm}
        | _said(
            {
                "direction": row.way,
                "kind": row.kind,
                "erp_caption": row.caption,
                "crm_caption": row.crm_caption,
                "target": row.target,
                "constant": row.constant,
                "not_null": row.not_null,
                "clear_value_on_failed_sync": row.clear_on_fail,
                "validate": row.validate,
                "update_conflict": "",
                "enabled": row.enabled,
            }
        )
        for row in default.fields
    ]
    templates = [("from", "NSCERP", default.erp_template), ("to", "NSCCRM", default.crm_template)]
    return {
        "name": default.name,
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
        "update_conflict": "ask",
        "conflict_scope": "field",
        "deletion_conflict": "ask",
        "mass_change_limit": "",
        "synch_after_bulk_coupling": False,
        "schedule": {
            "status": ON_HOLD,
            "interval_minutes": default.interval_minutes,
            "inactivity_minutes": default.inactivity_minutes,
        },
        "fields": fields,
        "match": [
            {"erp": row.erp, "crm": row.crm, "automatic": row.automatic, "case_sensitive": row.case_sensitive}
            for row in default.criteria
        ],
        "templates": [
            {"direction": direction, "code": code, "values": dict(sorted(values.items()))}
            for direction, code, values in templates
            if values
        ],
    }


# Storing


def mapping_store(erp: Connection, crm: Connection, position: int, text: Text) -> IntegrationTableMapping:
    """Store a mapping as a text says; rows that are there keep their ids. Runs inside the caller's transaction."""
    mapping = IntegrationTableMapping.objects.filter(erp=erp, crm=crm, name=text["name"]).first()
    mapping = mapping or IntegrationTableMapping(erp=erp, crm=crm, name=text["name"])
    for key in MAPPING_KEYS:
        if key in text:
            setattr(mapping, key, text[key])
    mapping.position = position
    if "schedule" in text:
        mapping.interval_minutes = text["schedule"]["interval_minutes"]
    mapping.save()
    _schedule_store(mapping, text.get("schedule"))
    if "fields" in text:
        _fields_store(mapping, text["fields"])
    if "match" in text:
        criteria_store(mapping, text["match"])
    if "templates" in text:
        _templates_store(mapping, text["templates"])
    return mapping


def _schedule_store(mapping: IntegrationTableMapping, schedule: Text | None) -> None:
    entry, _new = JobQueueEntry.objects.get_or_create(mapping=mapping)
    if schedule is None:
        return
    entry.minutes_between_runs = schedule["interval_minutes"]
    entry.inactivity_timeout_minutes = schedule["inactivity_minutes"]
    schedule_set(entry, schedule["status"])
    entry.save()


def schedule_set(entry: JobQueueEntry, status: str) -> None:
    """Put a recurring job on hold or make it ready; one that is at work or waits goes on as it is. The caller saves."""
    is_on_hold = entry.status == JobQueueStatus.ON_HOLD
    if status == ON_HOLD and not is_on_hold:
        entry.status = JobQueueStatus.ON_HOLD
    if status == READY and is_on_hold:
        entry.status = JobQueueStatus.READY


def _fields_store(mapping: IntegrationTableMapping, texts: list[Text]) -> None:
    present = {(row.erp_field, row.crm_field): row for row in mapping.fields.all()}
    kept = set()
    for position, text in enumerate(texts, 1):
        key = (text["erp"], text["crm"])
        row = present.get(key) or IntegrationFieldMapping(mapping=mapping, erp_field=key[0], crm_field=key[1])
        values = FIELD_DEFAULTS | text
        for name in FIELD_DEFAULTS:
            if name != "enabled":
                setattr(row, name, values[name])
        if not values["enabled"]:
            row.status, row.reason = FieldStatus.DISABLED, ""
        elif row.status == FieldStatus.DISABLED:
            row.status = FieldStatus.ENABLED
        row.position = position
        row.save()
        kept.add(key)
    mapping.fields.filter(pk__in=[row.pk for key, row in present.items() if key not in kept]).delete()


def criteria_store(mapping: IntegrationTableMapping, texts: list[Text]) -> None:
    """Replace the match criteria of a mapping."""
    mapping.criteria.all().delete()
    MatchCriterion.objects.bulk_create(
        MatchCriterion(
            mapping=mapping,
            priority=priority,
            erp_field=text["erp"],
            crm_field=text["crm"],
            automatic=text.get("automatic", False),
            case_sensitive=text.get("case_sensitive", False),
        )
        for priority, text in enumerate(texts, 1)
    )


def _templates_store(mapping: IntegrationTableMapping, texts: list[Text]) -> None:
    mapping.templates.all().delete()
    ConfigTemplate.objects.bulk_create(
        ConfigTemplate(mapping=mapping, direction=text["direction"], code=text["code"], values=text["values"])
        for text in texts
    )


def options_store(mapping: IntegrationTableMapping, values: dict[str, tuple[int, str]]) -> None:
    """Tie ERP keys to option values, as key -> (value, label); what is tied already and not named stays."""
    for key, (value, label) in values.items():
        OptionMapping.objects.filter(mapping=mapping, value=value).exclude(erp_key=key).delete()
        OptionMapping.objects.update_or_create(mapping=mapping, erp_key=key, defaults={"value": value, "label": label})
