"""What the writing modules share: the chunk at hand, and moving baselines."""

import uuid

from sync.choices import CouplingState, ItemStatus, JobStatus
from sync.models import Coupling, PlanItem, SynchChunk
from sync.services.storing import rows_update


class ChunkContext:
    """One chunk being applied under its lease."""

    def __init__(self, chunk: SynchChunk, token: uuid.UUID) -> None:
        self.chunk = chunk
        self.token = token
        self.line = chunk.line
        self.mapping = chunk.line.mapping
        self.run = chunk.line.run

    def pending(self, direction: str, action: str) -> list[PlanItem]:
        """Return the actions of one kind that are still to do, in order."""
        items = PlanItem.objects.filter(line=self.line, chunk=self.chunk.number, status=ItemStatus.PENDING)
        return list(items.filter(direction=direction, action=action).order_by("sequence"))

    @staticmethod
    def by_direction(items: list[PlanItem]) -> dict[str, list[PlanItem]]:
        """Return the items grouped by direction."""
        groups: dict[str, list[PlanItem]] = {}
        for item in items:
            groups.setdefault(item.direction, []).append(item)
        return groups


def baselines_move(
    context: ChunkContext, items: list[PlanItem], *, provisional: bool = False, result: str = ""
) -> None:
    """Move the baselines of coupled pairs to what their items say, and note that they are in sync.

    `provisional` marks values sent in bulk that are confirmed at read-back; `result` names the result column to set.
    """
    pairs = {
        pair.erp_key: pair
        for pair in Coupling.objects.filter(mapping=context.mapping, erp_key__in=[item.erp_key for item in items])
    }
    moved = []
    for item in items:
        pair = pairs.get(item.erp_key)
        if pair is None:
            continue
        pair.baseline = {**pair.baseline, **item.payload.get("baseline", {})}
        pair.deferred = _deferred(context, pair, item)
        if provisional:
            pair.provisional = True
            pair.sent = sorted({*pair.sent, *item.payload.get("sent", [])})
        if item.payload.get("settles"):
            pair.state, pair.reason, pair.cause = CouplingState.IN_SYNC, "", ""
        if pair.state in (CouplingState.WAITING, CouplingState.FAILED) and result:
            pair.state, pair.reason, pair.cause = CouplingState.IN_SYNC, "", ""
        if result:
            setattr(pair, result, JobStatus.SUCCESS)
        moved.append(pair)
    columns = ["baseline", "deferred", "provisional", "sent", "state", "reason", "cause"] + ([result] if result else [])
    rows_update(moved, columns)


def _deferred(context: ChunkContext, pair: Coupling, item: PlanItem) -> list[str]:
    if context.line.pass_number == 2:
        return []
    return list(item.payload.get("deferred", pair.deferred))
