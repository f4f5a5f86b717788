"""Storing a plan: chunk by chunk, then checked as a whole and hashed."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Count

from sync.choices import ChunkStage, ItemStatus, SynchAction
from sync.engine.plan import Action, PlanHash, is_unborn, plan_line
from sync.models import PlanItem, SynchChunk, SynchRun, SynchRunLine
from sync.services.agreement import agreements_store
from sync.services.plan_writer import ChunkPlan
from sync.services.second_pass import shown_references

NOTED = {SynchAction.WAIT, SynchAction.FAIL, SynchAction.CONFLICT}


def chunk_plan_store(chunk: SynchChunk, plan: ChunkPlan) -> None:
    """Store what a chunk needs; repeating it replaces what was stored before. Runs inside the caller's transaction."""
    line = chunk.line
    PlanItem.objects.filter(line=line, chunk=chunk.number).delete()
    PlanItem.objects.bulk_create(
        (_item(line, chunk.number, sequence, action) for sequence, action in enumerate(plan.actions)), batch_size=500
    )
    agreements_store(plan.agreed)
    chunk.counters = {direction: dict(counter) for direction, counter in plan.counters.items() if counter}
    chunk.outside = plan.outside
    chunk.stage = ChunkStage.PLANNED
    chunk.save(update_fields=["counters", "outside", "stage"])


def _item(line: SynchRunLine, chunk: int, sequence: int, action: Action) -> PlanItem:
    return PlanItem(
        plan=line.run.plan,
        line=line,
        chunk=chunk,
        sequence=sequence,
        mapping=line.mapping,
        direction=action.direction,
        action=action.action,
        erp_key=action.erp,
        crm_id=action.crm,
        name=action.name[:250],
        fields=action.fields,
        payload=action.payload,
        reason=action.reason,
        code=action.code,
        cause=action.cause[:120],
        status=ItemStatus.PENDING,
    )


def double_couplings_resolve(line: SynchRunLine) -> int:
    """Turn couplings that claim one record twice into waiting records; return how many.

    Two ERP records with the same name find the same account: neither is coupled, a person decides.
    """
    changed = 0
    couples = PlanItem.objects.filter(line=line, action=SynchAction.COUPLE)
    for column, other in (("crm_id", "erp_key"), ("erp_key", "crm_id")):
        doubles = (
            couples.values(column).annotate(claims=Count("pk")).filter(claims__gt=1).values_list(column, flat=True)
        )
        for key in list(doubles):
            changed += _hold_back(line, column, other, key)
    return changed


def _hold_back(line: SynchRunLine, column: str, other: str, key: str) -> int:
    claims = list(PlanItem.objects.filter(line=line, action=SynchAction.COUPLE, **{column: key}))
    names = ", ".join(sorted(getattr(item, other) for item in claims)[:5])
    with transaction.atomic():
        for item in claims:
            partner = {column: key, other: getattr(item, other)}
            PlanItem.objects.filter(
                line=line, action__in=[SynchAction.MODIFY, SynchAction.CONFLICT, SynchAction.UNCHANGED], **partner
            ).delete()
            item.action, item.code = SynchAction.WAIT, "several_matches"
            item.reason = f"{len(claims)} records match the same one: {names}. Choose which one it is."
            item.save(update_fields=["action", "code", "reason"])
    return len(claims)


def plan_lines(run: SynchRun) -> Iterator[dict[str, Any]]:
    """Yield the lines of a run's plan in order."""
    for line in run.lines.order_by("position", "pass_number"):
        yield from line_lines(line)


def line_lines(line: SynchRunLine) -> Iterator[dict[str, Any]]:
    """Yield the plan lines of one review line in order."""
    items = PlanItem.objects.filter(line=line).exclude(action=SynchAction.UNCHANGED).order_by("chunk", "sequence")
    batch: list[PlanItem] = []
    for item in items.iterator(chunk_size=1000):
        batch.append(item)
        if len(batch) == 1000:
            yield from _shown(line, batch)
            batch = []
    yield from _shown(line, batch)


def _shown(line: SynchRunLine, items: list[PlanItem]) -> Iterator[dict[str, Any]]:
    born = shown_references(line, [item.erp_key for item in items]) if line.pass_number == 2 else {}
    for item in items:
        crm = item.crm_id if is_unborn(item.crm_id) else born.get(item.erp_key, item.crm_id)
        yield plan_line(line.name, item.direction, item.action, item.erp_key, crm, item.fields, item.reason)


def line_hash(line: SynchRunLine) -> str:
    """Return the hash over the plan lines of one review line."""
    digest = PlanHash()
    for shown in line_lines(line):
        digest.add(shown)
    return digest.text()


def run_hash(run: SynchRun) -> str:
    """Return the hash over a whole run's plan, from the hashes of its lines."""
    digest = PlanHash()
    for line in run.lines.order_by("position", "pass_number"):
        digest.add_text(f"{line.name}:{line.pass_number}:{line.plan_sha256}\n")
    return digest.text()
