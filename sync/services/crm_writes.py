"""Writes to Sales: creations under ids of our choosing, changes under the version that was seen.

A creation in bulk is all-or-nothing; the client sends a refused chunk again row by row, so every row has its own answer. After
a lost answer the rows are read back by id first, and only what is missing is sent again.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from connector.dataverse.client import DataverseClient
from connector.errors import DuplicateRecord, IntegrationError, NotFound, Permanent, VersionConflict
from connector.records import Record, WriteOutcome
from sync.adapters import crm_client, wire_crm
from sync.choices import ItemStatus, JobStatus, MappingKind
from sync.engine.plan import is_unborn
from sync.models import Coupling, PlanItem, WriteIntent
from sync.services.intents import DONE, FAILED, intents_close, intents_open
from sync.services.jobs import counters_add, entries_add, job_of
from sync.services.leases import database_now, lease_check
from sync.services.mirror import records_store
from sync.services.outcomes import ChunkContext, baselines_move
from sync.services.replanning import modify_again
from sync.services.requests import count_requests
from sync.services.resolving import BornResolver
from sync.services.specs import crm_mirror
from sync.services.steps import StepTaker, steps_of

RETRIES_OF_A_MOVED_ROW = 3


def resolver_for(context: ChunkContext, items: list[PlanItem]) -> BornResolver:
    """Return a resolver that knows every reference in these items."""
    resolver = BornResolver(context.mapping)
    values = [value for item in items for value in item.payload.get("values", {}).values()]
    resolver.load({value["v"] for value in values if is_unborn(value["v"])})
    if any(value.get("k") == "base_unit" for value in values):
        resolver.load_units(context.mapping.crm_id)
    return resolver


def wire_values(item: PlanItem, resolver: BornResolver) -> dict[str, Any]:
    """Return an item's values ready to be sent. Raises MissingDependency when a row it refers to was not created."""
    return {
        column: wire_crm(value["k"], resolver.materialized(value["v"], value["k"]), value.get("t", ""))
        for column, value in item.payload["values"].items()
    }


def crm_inserts_apply(context: ChunkContext, items: list[PlanItem]) -> None:
    """Create rows in Sales."""
    if context.mapping.kind == MappingKind.OPTION:
        from sync.services.options import options_insert

        options_insert(context, items)
        return
    items, ready = _ready(context, items)
    if not items:
        return
    fresh = [item for item in items if item.step == 0]
    intents, doubtful = intents_open(context, fresh) if fresh else ({}, set())
    with crm_client(context.mapping.crm) as crm, count_requests(context.run.pk, "crm", crm):
        if fresh:
            _create(context, crm, fresh, ready, intents, doubtful)
        if steps_of(context.mapping):
            StepTaker(context, crm, ready).take(items)


def _ready(context: ChunkContext, items: list[PlanItem]) -> tuple[list[PlanItem], dict[int, dict[str, Any]]]:
    resolver = resolver_for(context, items)
    ready: dict[int, dict[str, Any]] = {}
    refused: list[tuple[PlanItem, IntegrationError]] = []
    for item in items:
        try:
            ready[item.pk] = wire_values(item, resolver)
        except IntegrationError as error:
            refused.append((item, error))
    failures_store(context, refused)
    return [item for item in items if item.pk in ready], ready


def _create(
    context: ChunkContext,
    crm: DataverseClient,
    items: list[PlanItem],
    ready: dict[int, dict[str, Any]],
    intents: dict[str, WriteIntent],
    doubtful: set[str],
) -> None:
    outcomes: dict[int, WriteOutcome] = {}
    present: dict[str, Record] = {}
    if doubtful:
        ids = [intents[key].target_key for key in doubtful]
        present = crm.existing(context.mapping.crm_table, ids, crm_mirror(context.mapping).columns)
    missing = []
    for item in items:
        record = present.get(intents[item.erp_key].target_key)
        if record is not None:
            outcomes[item.pk] = WriteOutcome(record.key, record.etag, record, None)
        else:
            missing.append(item)
    if missing:
        rows = [(intents[item.erp_key].target_key, ready[item.pk]) for item in missing]
        answers = crm.create_many(context.mapping.crm_table, rows)
        outcomes |= {item.pk: answer for item, answer in zip(missing, answers, strict=True)}
    _adopt_own(context, crm, items, outcomes, intents)
    creations_store(context, items, outcomes)


def _adopt_own(
    context: ChunkContext,
    crm: DataverseClient,
    items: list[PlanItem],
    outcomes: dict[int, WriteOutcome],
    intents: dict[str, WriteIntent],
) -> None:
    """A duplicate under the very id we chose is our own earlier row: take it, do not make another."""
    clashes = [item for item in items if isinstance(outcomes[item.pk].error, DuplicateRecord)]
    if not clashes:
        return
    ids = [intents[item.erp_key].target_key for item in clashes]
    present = crm.existing(context.mapping.crm_table, ids, crm_mirror(context.mapping).columns)
    for item in clashes:
        record = present.get(intents[item.erp_key].target_key)
        if record is not None:
            outcomes[item.pk] = WriteOutcome(record.key, record.etag, record, None)


def creations_store(context: ChunkContext, items: list[PlanItem], outcomes: dict[int, WriteOutcome]) -> None:
    """Store the outcome of creations in Sales: coupling first, in the same commit as intent, journal and counters."""
    from sync.services.applying import pending_forget

    born = [item for item in items if outcomes[item.pk].error is None]
    refused = [(item, error) for item in items if (error := outcomes[item.pk].error) is not None]
    steps_follow = bool(steps_of(context.mapping))
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        job = job_of(context.line, "to")
        Coupling.objects.bulk_create(
            (
                Coupling(
                    mapping=context.mapping,
                    erp_key=item.erp_key,
                    crm_id=str(outcomes[item.pk].key).lower(),
                    baseline=item.payload.get("baseline", {}),
                    provisional=True,
                    sent=sorted(item.payload.get("baseline", {})),
                    deferred=item.payload.get("deferred", []),
                    to_result=JobStatus.SUCCESS,
                    to_job=job,
                    synched_at=timezone.now(),
                )
                for item in born
            ),
            batch_size=500,
        )
        intents_close(context.mapping, "to", [item.erp_key for item in born], DONE)
        pending_forget(context, born)
        counters_add(job, {"inserted": len(born)})
        entries_add(job, [(item, str(outcomes[item.pk].key)) for item in born])
        done = {"step": 1} if steps_follow else {"status": ItemStatus.APPLIED}
        PlanItem.objects.filter(pk__in=[item.pk for item in born]).update(**done)
        intents_close(context.mapping, "to", [item.erp_key for item, _error in refused], FAILED)
    for item in born:
        item.step = 1
    failures_store(context, refused)


def failures_store(context: ChunkContext, refused: list[tuple[PlanItem, IntegrationError]]) -> None:
    """Store refusals, each with its sentence; the rest of the chunk goes on. Raises a refusal that is about the set-up."""
    from sync.services.applying import problem_fields, problems_store

    set_up = next((error for _item, error in refused if isinstance(error, Permanent)), None)
    if set_up is not None:
        # A missing right or setting would refuse every record alike: the line stops with the one sentence that mends it.
        raise set_up
    if not refused:
        return
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        problems_store(context, [(item, *problem_fields(error)) for item, error in refused])
        PlanItem.objects.filter(pk__in=[item.pk for item, _error in refused]).update(status=ItemStatus.FAILED)


def crm_modifies_apply(context: ChunkContext, items: list[PlanItem]) -> None:
    """Change rows in Sales under If-Match; a row that has moved is read and planned again, a few times at most."""
    if context.mapping.kind == MappingKind.OPTION:
        from sync.services.options import options_rename

        options_rename(context, items)
        return
    with crm_client(context.mapping.crm) as crm, count_requests(context.run.pk, "crm", crm):
        for _attempt in range(RETRIES_OF_A_MOVED_ROW):
            items = _modify_once(context, crm, items)
            if not items:
                return
    moved = VersionConflict(
        "The record in Sales changes faster than it can be read. It is compared again in the next run.", code="moving"
    )
    failures_store(context, [(item, moved) for item in items])


def _modify_once(context: ChunkContext, crm: DataverseClient, items: list[PlanItem]) -> list[PlanItem]:
    items, ready = _ready(context, items)
    if not items:
        return []
    rows = [(item.crm_id, ready[item.pk], item.payload.get("etag") or None) for item in items]
    answers = crm.update_many(context.mapping.crm_table, rows)
    written, moved, refused = [], [], []
    for item, answer in zip(items, answers, strict=True):
        if answer.error is None:
            written.append(item)
        elif isinstance(answer.error, VersionConflict | NotFound):
            moved.append(item)
        else:
            refused.append((item, answer.error))
    if written and steps_of(context.mapping):
        StepTaker(context, crm, ready).take(written)
    modifications_store(context, written)
    failures_store(context, refused)
    return modify_again(context, crm, moved)


def modifications_store(context: ChunkContext, items: list[PlanItem]) -> None:
    """Store changes that were written to Sales."""
    if not items:
        return
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        job = job_of(context.line, "to")
        baselines_move(context, items, provisional=True, result="to_result")
        counters_add(job, {"modified": len(items)})
        entries_add(job, [(item, "") for item in items])
        PlanItem.objects.filter(pk__in=[item.pk for item in items]).update(status=ItemStatus.APPLIED)


def mirror_row_refresh(context: ChunkContext, record: Record) -> None:
    """Put a freshly read row into the mirror."""
    mirror = crm_mirror(context.mapping)
    records_store(mirror, [record], database_now())
