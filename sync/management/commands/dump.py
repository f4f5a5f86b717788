"""Print what the connector holds, for other programs."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sync.choices import COUNTERS, FieldStatus
from sync.engine.filters import filter_text
from sync.models import (
    Coupling,
    FieldConflict,
    IntegrationTableMapping,
    OptionMapping,
    PendingRecord,
    SynchJob,
    SynchJobError,
    WriteIntent,
)

Rows = Iterator[dict[str, Any]]


def _couplings() -> Rows:
    for pair in Coupling.objects.select_related("mapping").order_by("mapping__position", "erp_key").iterator(2000):
        yield {
            "mapping": pair.mapping.name,
            "erp": pair.erp_key,
            "crm": pair.crm_id,
            "state": pair.state,
            "reason": pair.reason,
        }
    for option in OptionMapping.objects.select_related("mapping").order_by("mapping__position", "erp_key"):
        yield {
            "mapping": option.mapping.name,
            "erp": option.erp_key,
            "crm": str(option.value),
            "state": "in_sync",
            "reason": "",
        }


def _mappings() -> Rows:
    for mapping in IntegrationTableMapping.objects.prefetch_related("fields", "criteria", "templates"):
        yield {
            "name": mapping.name,
            "direction": mapping.direction,
            "depends_on": mapping.depends_on,
            "only_coupled": mapping.only_coupled,
            "create_new": mapping.create_new,
            "kind": mapping.kind,
            "erp_table": mapping.erp_table,
            "crm_table": mapping.crm_table,
            "option_column": mapping.option_column,
            "erp_filter": filter_text(mapping.erp_filter),
            "crm_filter": filter_text(mapping.crm_filter),
            "update_conflict": mapping.update_conflict,
            "conflict_scope": mapping.conflict_scope,
            "deletion_conflict": mapping.deletion_conflict,
            "match": [criterion.erp_field for criterion in mapping.criteria.all()],
            "issue": mapping.issue,
            "fields": [
                {
                    "erp": field.erp_field,
                    "crm": field.crm_field,
                    "direction": field.direction,
                    "kind": field.kind,
                    "target": field.target,
                    "constant": field.constant,
                    "status": field.status,
                    "reason": field.reason if field.status == FieldStatus.UNAVAILABLE else "",
                }
                for field in mapping.fields.all()
            ],
        }


def _jobs() -> Rows:
    for job in SynchJob.objects.select_related("mapping").order_by("started_at"):
        yield {
            "id": str(job.pk),
            "mapping": job.mapping.name,
            "direction": job.direction,
            "status": job.status,
            "started": job.started_at.isoformat(),
            "finished": job.finished_at.isoformat() if job.finished_at else "",
            "counters": {counter: getattr(job, counter) for counter in COUNTERS},
        }


def _errors() -> Rows:
    for error in SynchJobError.objects.select_related("mapping").order_by("pk").iterator(2000):
        yield {
            "mapping": error.mapping.name,
            "direction": error.direction,
            "erp": error.erp_key,
            "crm": error.crm_id,
            "code": error.code,
            "message": error.message,
            "cause": error.cause,
            "at": error.at.isoformat(),
        }


def _pending() -> Rows:
    for pending in PendingRecord.objects.select_related("mapping").order_by("pk").iterator(2000):
        to = pending.direction == "to"
        yield {
            "mapping": pending.mapping.name,
            "direction": pending.direction,
            "erp": pending.key if to else "",
            "crm": "" if to else pending.key,
            "code": pending.code,
            "message": pending.message,
            "cause": pending.cause,
            "at": pending.at.isoformat(),
        }


def _conflicts() -> Rows:
    for conflict in FieldConflict.objects.select_related("coupling__mapping").order_by("pk"):
        yield {
            "id": conflict.pk,
            "mapping": conflict.coupling.mapping.name,
            "erp": conflict.coupling.erp_key,
            "crm": conflict.coupling.crm_id,
            "field": conflict.field,
            "baseline": conflict.baseline,
            "erp_value": conflict.erp_value,
            "crm_value": conflict.crm_value,
            "state": conflict.state,
        }


def _intents() -> Rows:
    for intent in WriteIntent.objects.select_related("mapping").order_by("pk").iterator(2000):
        yield {
            "mapping": intent.mapping.name,
            "direction": intent.direction,
            "source": intent.source_key,
            "target": intent.target_key,
            "birth": intent.birth,
            "state": intent.state,
        }


KINDS = {
    "couplings": _couplings,
    "mappings": _mappings,
    "jobs": _jobs,
    "errors": _errors,
    "conflicts": _conflicts,
    "intents": _intents,
    "pending": _pending,
}


class Command(BaseCommand):
    """Print all rows of one kind as one JSON object."""

    help = "Print couplings, mappings, jobs, errors, conflicts, intents or pending records as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the kind; --json is taken for likeness with the other commands."""
        parser.add_argument("kind", choices=sorted(KINDS))
        parser.add_argument("--json", action="store_true", help="The output is JSON in any case.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print row by row, so that a million rows need no memory."""
        self.stdout.write('{"schema": 1, "rows": [', ending="")
        for number, row in enumerate(KINDS[options["kind"]]()):
            self.stdout.write((", " if number else "") + json.dumps(row, ensure_ascii=False), ending="")
        self.stdout.write("]}")
