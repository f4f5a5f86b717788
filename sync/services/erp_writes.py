"""Writes to NAV: NAV chooses the number, so a lost answer is settled by looking before repeating.

Every creation is announced by an intent with the values that are sent. After a crash the table is read again: one row that
was not in the mirror before and equals the values sent is ours; several wait for a person. None means that nothing was
written *so far*: NAV may still be at it, so the creation is repeated only after NAV's operation time-out.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connector.errors import IntegrationError, NotFound, Retryable, VersionConflict
from connector.nav.client import NavClient
from connector.records import Record
from sync.adapters import erp_client, wire_erp
from sync.choices import ItemStatus, JobStatus
from sync.engine.errors import RecordProblem
from sync.engine.values import canonical_erp
from sync.models import Coupling, MirrorTable, PendingRecord, PlanItem, WriteIntent
from sync.services.crm_writes import failures_store
from sync.services.intents import DONE, FAILED, intent_unsent, intent_written, intents_close, intents_open
from sync.services.jobs import counters_add, entries_add, job_of
from sync.services.leases import database_now, lease_check
from sync.services.matching import equals_sent
from sync.services.mirror import records_store
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
        sent = [item for item in items if item.crm_id in doubtful and intents[item.crm_id].written]
        settled = _settle_doubtful(context, erp, mirror, sent, intents)
        for item in items:
            if item.pk in settled:
                continue
            if intent_written(context, intents[item.crm_id], item.payload["values"]):
                _create(context, erp, mirror, item, intents[item.crm_id])
            else:
                failures_store(context, [(item, _equal_one_open())])


def _create(context: ChunkContext, erp: NavClient, mirror: MirrorTable, item: PlanItem, intent: WriteIntent) -> None:
    try:
        record = erp.create(mirror.service, wire_values(item))
    except Retryable as error:
        if not error.outcome_unknown:
            intent_unsent(context, intent)
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
        records_store(mirror, [record], database_now())
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


def _as_stored(
    context: ChunkContext, item: PlanItem, record: Record, *, only: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return the baseline with what NAV made of the values sent: upper case, rounding, defaults are accepted.

    `only` limits that to these ERP fields; what stands in the others may be somebody else's edit.
    """
    baseline = dict(item.payload.get("baseline", {}))
    for field in context.mapping.fields.all():
        key = str(field.pk)
        if key in baseline and field.erp_field in record.values and (only is None or field.erp_field in only):
            stored = canonical_erp(field.kind, record.values[field.erp_field])
            crm_value = baseline[key][-1]
            baseline[key] = [stored] if stored == crm_value else [stored, crm_value]
    return baseline


# After a lost answer


def _settle_doubtful(
    context: ChunkContext,
    erp: NavClient,
    mirror: MirrorTable,
    items: list[PlanItem],
    intents: dict[str, WriteIntent],
) -> set[int]:
    """Settle creations that were sent without an answer; return those that must not be sent (again) now."""
    settled: set[int] = set()
    found = _look_for(erp, mirror, items, intents) if items else {}
    for item in items:
        records = found[item.pk]
        if len(records) == 1:
            creation_store(context, mirror, item, records[0])
        elif records:
            failures_store(context, [(item, _which_one(records))])
        elif not _wait_for_nav(context, item, intents[item.crm_id]):
            continue
        settled.add(item.pk)
    return settled


def _look_for(
    erp: NavClient, mirror: MirrorTable, items: list[PlanItem], intents: dict[str, WriteIntent]
) -> dict[int, list[Record]]:
    fresh: list[Record] = []
    for page in erp.iter_pages(mirror.service, mirror.columns):
        records = [change.record for change in page.changes if change.record]
        known = set(mirror.records.filter(key__in=[record.key for record in records]).values_list("key", flat=True))
        fresh += [record for record in records if record.key not in known]
    return {
        item.pk: [
            record
            for record in fresh
            if equals_sent(record.values, intents[item.crm_id].values or item.payload["values"])
        ]
        for item in items
    }


def _which_one(records: list[Record]) -> RecordProblem:
    keys = ", ".join(record.key for record in records[:5])
    return RecordProblem(
        f"The answer of NAV was lost while this record was created, and {len(records)} new records there are equal to it: "
        f"{keys}. Couple the right one by hand.",
        code="which_one_is_it",
        waits=True,
    )


def _equal_one_open() -> RecordProblem:
    return RecordProblem(
        "An equal record is being created in NAV, and whether it arrived is not known yet. This one follows as soon as that one "
        "is settled; else the two could not be told apart.",
        code="equal_one_open",
        waits=True,
    )


def _wait_for_nav(context: ChunkContext, item: PlanItem, intent: WriteIntent) -> bool:
    """Let a creation wait while NAV may still be carrying it out; tell whether it waits."""
    sent_at = intent.sent_at or intent.opened_at
    until = sent_at + timedelta(seconds=settings.NAV_OPERATION_SECONDS)
    if database_now() >= until:
        return False
    problem = RecordProblem(
        "The answer of NAV was lost while this record was created, and the record is not there. NAV may still be at it: it "
        "is looked for again, and sent again only when NAV's time limit for an operation is over.",
        code="answer_lost",
        waits=True,
    )
    failures_store(context, [(item, problem)])
    pending = PendingRecord.objects.filter(mapping=context.mapping, direction="from", key=item.crm_id)
    pending.update(retry_at=until)
    return True


# Changes


def erp_modifies_apply(context: ChunkContext, items: list[PlanItem]) -> None:
    """Change records in NAV under If-Match; one that has moved is compared again in the next run.

    A version conflict may be our own change, whose answer was lost: a record that holds every value sent counts as written.
    """
    mirror = erp_mirror(context.mapping)
    with erp_client(context.mapping.erp) as erp, count_requests(context.run.pk, "erp", erp):
        rows = [(item.erp_key, wire_values(item), item.payload.get("etag") or None) for item in items]
        answers = erp.update_many(mirror.service, rows)
        found = {
            item.pk: record
            for item, answer in zip(items, answers, strict=True)
            if isinstance(answer.error, VersionConflict) and (record := _holds_what_was_sent(erp, mirror, item))
        }
    pairs = list(zip(items, answers, strict=True))
    written = [(item, answer.record) for item, answer in pairs if answer.error is None]
    refused = [(item, _worded(answer.error)) for item, answer in pairs if answer.error and item.pk not in found]
    _modifications_store(context, mirror, written)
    _modifications_store(context, mirror, [(item, found[item.pk]) for item in items if item.pk in found], moved=True)
    failures_store(context, refused)


def _holds_what_was_sent(erp: NavClient, mirror: MirrorTable, item: PlanItem) -> Record | None:
    record = erp.find(mirror.service, item.erp_key)
    values = item.payload["values"]
    known = record is not None and all(name in record.values for name in values)
    return record if record is not None and known and equals_sent(record.values, values) else None


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
    context: ChunkContext, mirror: MirrorTable, written: list[tuple[PlanItem, Record | None]], *, moved: bool = False
) -> None:
    """Store changes that NAV holds. A record that `moved` may hold edits of others: only what was sent becomes the baseline."""
    if not written:
        return
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        job = job_of(context.line, "from")
        records_store(mirror, [record for _item, record in written if record], database_now())
        for item, record in written:
            if record:
                only = list(item.payload["values"]) if moved else None
                item.payload["baseline"] = _as_stored(context, item, record, only=only)
        items = [item for item, _record in written]
        baselines_move(context, items, result="from_result")
        counters_add(job, {"modified": len(items)})
        entries_add(job, [(item, "") for item in items])
        PlanItem.objects.filter(pk__in=[item.pk for item in items]).update(status=ItemStatus.APPLIED)
