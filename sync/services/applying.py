"""Apply one chunk: write in bulk, store the outcome of every action, never write over something unseen.

Order within a chunk: what needs no request (couplings, notes), creations in Sales, changes in Sales, creations in NAV, changes
in NAV. Every request is followed by one commit that stores its outcomes under the chunk's lease, so that a killed
worker's successor finds what was done and what was only intended.
"""

import uuid
from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from sync.choices import ChunkStage, CouplingState, Direction, ItemStatus, MappingKind, SynchAction
from sync.models import Coupling, FieldConflict, PendingRecord, PlanItem, SynchChunk, SynchJobError, SynchRunLine
from sync.services.crm_writes import crm_inserts_apply, crm_modifies_apply
from sync.services.erp_writes import erp_inserts_apply, erp_modifies_apply
from sync.services.intents import DONE, intents_close, source_key
from sync.services.jobs import counters_add, entries_add, error_of, job_of
from sync.services.leases import lease_check
from sync.services.options import options_couple
from sync.services.outcomes import ChunkContext, baselines_move

WITHOUT_REQUEST = [
    SynchAction.COUPLE,
    SynchAction.UNCOUPLE,
    SynchAction.UNCHANGED,
    SynchAction.WAIT,
    SynchAction.FAIL,
    SynchAction.CONFLICT,
]


def chunk_apply(chunk: SynchChunk, token: uuid.UUID) -> None:
    """Carry out what is still to do in a chunk, and close it. Safe to repeat after a crash at any point."""
    context = ChunkContext(chunk, token)
    _apply_notes(context)
    for direction, action, apply in (
        (Direction.TO, SynchAction.INSERT, crm_inserts_apply),
        (Direction.TO, SynchAction.MODIFY, crm_modifies_apply),
        (Direction.FROM, SynchAction.INSERT, erp_inserts_apply),
        (Direction.FROM, SynchAction.MODIFY, erp_modifies_apply),
    ):
        items = context.pending(direction, action)
        if items:
            apply(context, items)
    _close(context)


def _close(context: ChunkContext) -> None:
    chunk = context.chunk
    with transaction.atomic():
        lease_check(chunk, context.token)
        for direction, counts in chunk.counters.items():
            counters_add(job_of(context.line, direction), counts)
        chunk.stage = ChunkStage.DONE
        chunk.save(update_fields=["stage"])
        SynchRunLine.objects.filter(pk=context.line.pk).update(done=F("done") + len(chunk.keys) - chunk.outside)


def _apply_notes(context: ChunkContext) -> None:
    items = list(
        PlanItem.objects.filter(
            line=context.line,
            chunk=context.chunk.number,
            status=ItemStatus.PENDING,
            action__in=[action.value for action in WITHOUT_REQUEST],
        ).order_by("sequence")
    )
    if not items:
        return
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        by_action: dict[str, list[PlanItem]] = {}
        for item in items:
            by_action.setdefault(item.action, []).append(item)
        # A successor may take over the row that its predecessor gives up in the same chunk.
        _uncouple(context, by_action.get(SynchAction.UNCOUPLE, []))
        _couple(context, by_action.get(SynchAction.COUPLE, []))
        unchanged = by_action.get(SynchAction.UNCHANGED, [])
        baselines_move(context, unchanged)
        _settle(context, [item for item in unchanged if item.payload.get("settles")])
        _note_problems(context, by_action.get(SynchAction.FAIL, []) + by_action.get(SynchAction.WAIT, []))
        _open_conflicts(context, by_action.get(SynchAction.CONFLICT, []))
        PlanItem.objects.filter(pk__in=[item.pk for item in items]).update(status=ItemStatus.APPLIED)


def _settle(context: ChunkContext, items: list[PlanItem]) -> None:
    """Close what was open about pairs that agree again; their field conflicts were settled by people's own edits."""
    keys = [item.erp_key for item in items]
    couplings = Coupling.objects.filter(mapping=context.mapping, erp_key__in=keys)
    conflicts = FieldConflict.objects.filter(coupling__in=couplings.values("pk"), state="open")
    conflicts.update(state="closed", resolution="agreed", resolved_at=timezone.now())
    errors = SynchJobError.objects.filter(mapping=context.mapping, erp_key__in=keys, resolved_at__isnull=True)
    errors.update(resolved_at=timezone.now())


def _couple(context: ChunkContext, items: list[PlanItem]) -> None:
    if context.mapping.kind == MappingKind.OPTION:
        options_couple(context, items)
    else:
        _couplings_create(context, items)
    pending_forget(context, items)
    for direction, group in context.by_direction(items).items():
        intents_close(context.mapping, direction, [source_key(item) for item in group], DONE)
        job = job_of(context.line, direction)
        counters_add(job, {"coupled": len(group)})
        entries_add(job, [(item, "") for item in group])


def _couplings_create(context: ChunkContext, items: list[PlanItem]) -> None:
    Coupling.objects.bulk_create(
        (
            Coupling(mapping=context.mapping, erp_key=item.erp_key, crm_id=item.crm_id, synched_at=timezone.now())
            for item in items
        ),
        batch_size=500,
    )


def _uncouple(context: ChunkContext, items: list[PlanItem]) -> None:
    Coupling.objects.filter(mapping=context.mapping, erp_key__in=[item.erp_key for item in items]).delete()
    for direction, group in context.by_direction(items).items():
        job = job_of(context.line, direction)
        counters_add(job, {"uncoupled": len(group)})
        entries_add(job, [(item, "") for item in group])


def _note_problems(context: ChunkContext, items: list[PlanItem]) -> None:
    problems_store(
        context, [(item, item.reason, item.code, item.cause, item.action == SynchAction.WAIT) for item in items]
    )


def problems_store(context: ChunkContext, problems: list[tuple[PlanItem, str, str, str, bool]]) -> None:
    """Store records that did not get through, as (item, sentence, code, cause, waits): job error, and retry clock."""
    by_direction: dict[str, list[tuple[PlanItem, str, str, str, bool]]] = {}
    for problem in problems:
        by_direction.setdefault(problem[0].direction, []).append(problem)
    for direction, group in by_direction.items():
        job = job_of(context.line, direction)
        waits = sum(1 for problem in group if problem[4])
        counters_add(job, Counter(waiting=waits, failed=len(group) - waits))
        SynchJobError.objects.bulk_create(
            (error_of(job, item, text, code, cause, waits=wait) for item, text, code, cause, wait in group),
            batch_size=500,
        )
    for item, text, code, cause, wait in problems:
        _remember(context, item, text, code, cause, wait)


def _remember(context: ChunkContext, item: PlanItem, text: str, code: str, cause: str, waits: bool) -> None:
    state = CouplingState.WAITING if waits else CouplingState.FAILED
    coupled = Coupling.objects.filter(mapping=context.mapping)
    coupled = (
        coupled.filter(erp_key=item.erp_key)
        if item.erp_key and not item.erp_key.startswith("new:")
        else coupled.filter(crm_id=item.crm_id)
    )
    if coupled.update(state=state, reason=text, cause=cause[:120]):
        return
    key = item.erp_key if item.direction == Direction.TO else item.crm_id
    pending, new = PendingRecord.objects.update_or_create(
        mapping=context.mapping,
        direction=item.direction,
        key=key,
        defaults={"name": item.name, "code": code[:60], "message": text, "cause": cause[:120], "waits": waits},
    )
    if not new:
        PendingRecord.objects.filter(pk=pending.pk).update(attempts=F("attempts") + 1)


def pending_forget(context: ChunkContext, items: list[PlanItem]) -> None:
    """Take records that got through off the list of pending ones, and close their errors."""
    for direction, group in context.by_direction(items).items():
        column = "erp_key" if direction == Direction.TO else "crm_id"
        keys = [getattr(item, column) for item in group]
        pending = PendingRecord.objects.filter(mapping=context.mapping, direction=direction, key__in=keys)
        if pending.delete()[0]:
            open_errors = SynchJobError.objects.filter(mapping=context.mapping, resolved_at__isnull=True)
            open_errors.filter(**{f"{column}__in": keys}).update(resolved_at=timezone.now())


def _open_conflicts(context: ChunkContext, items: list[PlanItem]) -> None:
    for direction, group in context.by_direction(items).items():
        counters_add(job_of(context.line, direction), {"conflicts": len(group)})
    pairs = {
        pair.erp_key: pair
        for pair in Coupling.objects.filter(mapping=context.mapping, erp_key__in=[item.erp_key for item in items])
    }
    for item in items:
        pair = pairs.get(item.erp_key)
        if pair is None:
            continue
        for conflict in item.payload.get("conflicts", []):
            FieldConflict.objects.update_or_create(
                coupling=pair,
                field=conflict["field"],
                state="open",
                defaults={
                    "baseline": conflict["baseline"],
                    "erp_value": conflict["erp"],
                    "crm_value": conflict["crm"],
                },
            )
        Coupling.objects.filter(pk=pair.pk).update(state=CouplingState.CONFLICT, reason=item.reason, cause=item.code)


def problem_fields(error: Any) -> tuple[str, str, str, bool]:
    """Return (sentence, code, cause, waits) of an error of the tree."""
    code = getattr(error, "code", "") or type(error).__name__
    return str(error), code, getattr(error, "cause", "") or code, bool(getattr(error, "waits", False))
