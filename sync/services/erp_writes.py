"""Writes to NAV: NAV chooses the number, so a lost answer is settled by looking before repeating.

Every creation is announced by an intent with the values that are sent. After a crash the table is read again: one row that
was not in the mirror before and equals the values sent is ours; none means that nothing was written; several wait for a
person.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from connector.errors import IntegrationError, NotFound, Retryable, VersionConflict
from connector.nav.client import NavClient
from connector.records import Record, WriteOutcome
from sync.adapters import erp_client, wire_erp
from sync.choices import ItemStatus, JobStatus
from sync.engine.errors import RecordProblem
from sync.engine.values import canonical_erp
from sync.models import Coupling, MirrorTable, PlanItem, WriteIntent
from sync.services.crm_writes import failures_store
from sync.services.intents import DONE, FAILED, intents_close, intents_open, intents_written
from sync.services.jobs import counters_add, entries_add, job_of
from sync.services.leases import database_now, lease_check
from sync.services.matching import equals_sent
from sync.services.mirror import record_row, rows_store
from sync.services.outcomes import ChunkContext, baselines_move
from sync.services.requests import count_requests
from sync.services.specs import erp_mirror


def wire_values(item: PlanItem) -> dict[str, Any]:
    """Return an item's values ready to be sent."""
    return {
        name: value["v"] if value["k"] == "constant" else wire_erp(value["k"], value["v"])
        for name, value in item.payload["values"].items()
    }


def erp_inserts_apply(context: ChunkContext, items: list[PlanItem]) -> None:
    """Create records in NAV, one after the other, each with its own intent and its own commit."""
    intents, doubtful = intents_open(context, items)
    mirror = erp_mirror(context.mapping)
    with erp_client(context.mapping.erp) as erp, count_requests(context.run.pk, "erp", erp):
        found = _look_for(context, erp, mirror, [item for item in items if item.crm_id in doubtful], intents)
        for item in items:
            if item.pk in found:
                _settle_doubtful(context, mirror, item, found[item.pk])
                continue
            intents_written(context, [intents[item.crm_id]])
            _create(context, erp, mirror, item)


def _create(context: ChunkContext, erp: NavClient, mirror: MirrorTable, item: PlanItem) -> None:
    try:
        record = erp.create(mirror.service, wire_values(item))
    except Retryable:
        raise
    except IntegrationError as error:
        with transaction.atomic():
            lease_check(context.chunk, context.token)
            intents_close(context.mapping, "from", [item.crm_id], FAILED)
        failures_store(context, [(item, error)])
        return
    creation_store(context, mirror, item, record)


def creation_store(context: ChunkContext, mirror: MirrorTable, item: PlanItem, record: Record) -> None:
    """Couple a record created in NAV, in the same commit as its mirror row, intent, journal and counters."""
    from sync.services.applying import pending_forget

    with transaction.atomic():
        lease_check(context.chunk, context.token)
        job = job_of(context.line, "from")
        rows_store(mirror, [record_row(mirror, record, database_now())])
        Coupling.objects.create(
            mapping=context.mapping,
            erp_key=record.key,
            crm_id=item.crm_id,
            baseline=_as_stored(context, item, record),
            from_result=JobStatus.SUCCESS,
            from_job=job,
            synched_at=timezone.now(),
        )
        intents_close(context.mapping, "from", [item.crm_id], DONE)
        pending_forget(context, [item])
        counters_add(job, {"inserted": 1})
        entries_add(job, [(item, record.key)])
        PlanItem.objects.filter(pk=item.pk).update(status=ItemStatus.APPLIED)


def _as_stored(context: ChunkContext, item: PlanItem, record: Record) -> dict[str, Any]:
    """Return the baseline with what NAV made of the values sent: upper case, rounding, defaults are accepted."""
    baseline = dict(item.payload.get("baseline", {}))
    for field in context.mapping.fields.all():
        key = str(field.pk)
        if key in baseline and field.erp_field in record.values:
            stored = canonical_erp(field.kind, record.values[field.erp_field])
            crm_value = baseline[key][-1]
            baseline[key] = [stored] if stored == crm_value else [stored, crm_value]
    return baseline


def _look_for(
    context: ChunkContext,
    erp: NavClient,
    mirror: MirrorTable,
    items: list[PlanItem],
    intents: dict[str, WriteIntent],
) -> dict[int, list[Record]]:
    items = [item for item in items if intents[item.crm_id].written]
    if not items:
        return {}
    fresh: list[Record] = []
    for page in erp.iter_pages(mirror.service, mirror.columns):
        records = [change.record for change in page.changes if change.record]
        known = set(mirror.records.filter(key__in=[record.key for record in records]).values_list("key", flat=True))
        fresh += [record for record in records if record.key not in known]
    found = {
        item.pk: [
            record
            for record in fresh
            if equals_sent(record.values, intents[item.crm_id].values or item.payload["values"])
        ]
        for item in items
    }
    return {pk: records for pk, records in found.items() if records}


def _settle_doubtful(context: ChunkContext, mirror: MirrorTable, item: PlanItem, records: list[Record]) -> None:
    if len(records) == 1:
        creation_store(context, mirror, item, records[0])
        return
    keys = ", ".join(record.key for record in records[:5])
    problem = RecordProblem(
        f"The answer of NAV was lost while this record was created, and {len(records)} new records there are equal to it: "
        f"{keys}. Couple the right one by hand.",
        code="which_one_is_it",
        waits=True,
    )
    failures_store(context, [(item, problem)])


def erp_modifies_apply(context: ChunkContext, items: list[PlanItem]) -> None:
    """Change records in NAV under If-Match; one that has moved is compared again in the next run."""
    mirror = erp_mirror(context.mapping)
    with erp_client(context.mapping.erp) as erp, count_requests(context.run.pk, "erp", erp):
        rows = [(item.erp_key, wire_values(item), item.payload.get("etag") or None) for item in items]
        answers = erp.update_many(mirror.service, rows)
    written = [(item, answer) for item, answer in zip(items, answers, strict=True) if answer.error is None]
    refused = [(item, _worded(answer.error)) for item, answer in zip(items, answers, strict=True) if answer.error]
    _modifications_store(context, mirror, written)
    failures_store(context, refused)


def _worded(error: IntegrationError) -> IntegrationError:
    if isinstance(error, VersionConflict):
        return RecordProblem(
            "Somebody changed the record in NAV at the same moment. It is compared again in the next run.",
            code="moved",
            waits=True,
        )
    if isinstance(error, NotFound):
        return RecordProblem(
            "The record is gone in NAV. It is looked for again in the next run.", code="gone", waits=True
        )
    return error


def _modifications_store(
    context: ChunkContext, mirror: MirrorTable, written: list[tuple[PlanItem, WriteOutcome]]
) -> None:
    if not written:
        return
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        job = job_of(context.line, "from")
        now = database_now()
        rows_store(mirror, [record_row(mirror, answer.record, now) for _item, answer in written if answer.record])
        for item, answer in written:
            if answer.record:
                item.payload["baseline"] = _as_stored(context, item, answer.record)
        items = [item for item, _answer in written]
        baselines_move(context, items, result="from_result")
        counters_add(job, {"modified": len(items)})
        entries_add(job, [(item, "") for item in items])
        PlanItem.objects.filter(pk__in=[item.pk for item in items]).update(status=ItemStatus.APPLIED)
