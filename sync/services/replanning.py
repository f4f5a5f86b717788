"""A row that moved between plan and write is read again and planned again, never overwritten."""

from django.db import transaction

from connector.dataverse.client import DataverseClient
from sync.choices import ItemStatus, SynchAction
from sync.engine.plan import Action
from sync.models import Coupling, PlanItem
from sync.services.jobs import counters_add, job_of
from sync.services.leases import database_now, lease_check
from sync.services.mirror import records_store, rows_drop
from sync.services.outcomes import ChunkContext
from sync.services.specs import crm_mirror


def modify_again(context: ChunkContext, crm: DataverseClient, items: list[PlanItem]) -> list[PlanItem]:
    """Read moved rows, plan their pairs again; return the items that are now to be written.

    A row that is gone, in conflict, or equal by now leaves the list with its own outcome.
    """
    if not items:
        return []
    mirror = crm_mirror(context.mapping)
    present = crm.existing(context.mapping.crm_table, [item.crm_id for item in items], mirror.columns)
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        now = database_now()
        records_store(mirror, list(present.values()), now)
        rows_drop(mirror, [item.crm_id for item in items if item.crm_id not in present], now)
        return [again for item in items if (again := _plan_again(context, item)) is not None]


def _plan_again(context: ChunkContext, item: PlanItem) -> PlanItem | None:
    from sync.services.planning import ChunkPlanner

    planner = ChunkPlanner(context.line)
    actions = planner.plan_erp_keys([item.erp_key]).actions
    wanted = next(
        (action for action in actions if action.direction == "to" and action.action == SynchAction.MODIFY), None
    )
    for action in actions:
        if action is not wanted and action.action in (SynchAction.CONFLICT, SynchAction.FAIL, SynchAction.WAIT):
            _note(context, item, action)
    if wanted is None:
        PlanItem.objects.filter(pk=item.pk).update(status=ItemStatus.APPLIED)
        _settle(context, item, actions)
        return None
    item.fields, item.payload, item.reason = wanted.fields, wanted.payload, wanted.reason
    item.save(update_fields=["fields", "payload", "reason"])
    return item


def _note(context: ChunkContext, item: PlanItem, action: Action) -> None:
    from sync.services.applying import _open_conflicts, problems_store

    item.reason, item.code, item.cause, item.payload = action.reason, action.code, action.cause, action.payload
    if action.action == SynchAction.CONFLICT:
        _open_conflicts(context, [item])
    else:
        problems_store(context, [(item, action.reason, action.code, action.cause, action.action == SynchAction.WAIT)])


def _settle(context: ChunkContext, item: PlanItem, actions: list[Action]) -> None:
    settled = [action for action in actions if action.action == SynchAction.UNCHANGED]
    for action in settled:
        pair = Coupling.objects.get(mapping=context.mapping, erp_key=item.erp_key)
        pair.baseline = {**pair.baseline, **action.payload.get("baseline", {})}
        pair.save(update_fields=["baseline"])
    if not any(action.action in (SynchAction.CONFLICT, SynchAction.FAIL, SynchAction.WAIT) for action in actions):
        counters_add(job_of(context.line, "to"), {"unchanged": 1})
