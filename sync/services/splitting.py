"""Which records a line looks at, and their division into chunks."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from sync.choices import ChunkStage, Direction, MappingKind, SynchAction, SynchKind
from sync.models import Coupling, MirrorRecord, PendingRecord, PlanItem, SynchChunk, SynchRunLine
from sync.services.catalog import rule_of
from sync.services.specs import crm_mirror, erp_mirror, mirror_of


def erp_keys(line: SynchRunLine) -> list[str]:
    """Return the ERP keys that a line plans from the ERP side, in key order.

    A full run takes every record; a scheduled one what changed on either side since the last, and what waits or failed.
    A mapping that only goes from Sales is planned from the other side.
    """
    mapping = line.mapping
    if line.direction == Direction.FROM:
        return []
    records = erp_mirror(mapping).records
    if line.run.scope.get("erp") is not None:
        return sorted(line.run.scope["erp"])
    if line.run.scope.get("crm") is not None:
        pairs = Coupling.objects.filter(mapping=mapping, crm_id__in=line.run.scope["crm"])
        return sorted(pairs.values_list("erp_key", flat=True))
    if line.run.kind == SynchKind.FULL or mapping.kind == MappingKind.OPTION or surroundings_changed(line):
        return sorted(records.values_list("key", flat=True))
    keys = set(_changed(records.all(), mapping.erp_watermark).values_list("key", flat=True))
    changed_crm = _changed(crm_mirror(mapping).records.filter(key=OuterRef("crm_id")), mapping.crm_watermark)
    pairs = Coupling.objects.filter(mapping=mapping)
    keys |= set(pairs.filter(Exists(changed_crm) | ~Q(state="in_sync")).values_list("erp_key", flat=True))
    pending = PendingRecord.objects.filter(mapping=mapping, direction=Direction.TO)
    return sorted(keys | set(pending.values_list("key", flat=True)))


def surroundings_changed(line: SynchRunLine) -> bool:
    """Tell whether what the rule looks at beside the rows themselves has changed since the last run.

    A new exchange rate, a new business relation, or a new day brings records into the mapping, or changes what they become,
    without a change of their own.
    """
    mapping = line.mapping
    watermark = mapping.erp_watermark
    if watermark is None:
        return True
    rule = rule_of(mapping)
    if rule.depends_on_day and timezone.localdate(watermark) < timezone.localdate():
        return True
    return any(_changed(mirror_of(mapping.erp, table).records.all(), watermark).exists() for table in rule.erp_tables)


def _changed(records: QuerySet[MirrorRecord], watermark: datetime | None) -> QuerySet[MirrorRecord]:
    return records.filter(changed_at__gt=watermark) if watermark else records


def back_keys(line: SynchRunLine) -> list[str]:
    """Return the CRM ids that a line plans from the CRM side, in key order.

    Rows that the way to Sales has just claimed are left out. Pairs are planned here only where the mapping goes from Sales alone.
    """
    mapping = line.mapping
    if line.direction == Direction.TO or mapping.kind == MappingKind.OPTION:
        return []
    records = crm_mirror(mapping).records.filter(deleted_at__isnull=True)
    if line.run.scope.get("crm") is not None:
        records = records.filter(key__in=line.run.scope["crm"])
    elif line.run.scope.get("erp") is not None:
        pairs = Coupling.objects.filter(mapping=mapping, erp_key__in=line.run.scope["erp"])
        records = records.filter(key__in=pairs.values("crm_id"))
    elif line.run.kind != SynchKind.FULL and mapping.crm_watermark:
        waiting = PendingRecord.objects.filter(mapping=mapping, direction=Direction.FROM, key=OuterRef("key"))
        records = records.filter(Q(changed_at__gt=mapping.crm_watermark) | Exists(waiting))
    if line.direction == Direction.BOTH:
        coupled = Coupling.objects.filter(mapping=mapping, crm_id=OuterRef("key"))
        claimed = PlanItem.objects.filter(line=line, action=SynchAction.COUPLE, crm_id=OuterRef("key"))
        records = records.exclude(Exists(coupled)).exclude(Exists(claimed))
    return sorted(records.values_list("key", flat=True))


def chunks_make(line: SynchRunLine, side: str, keys: list[str]) -> None:
    """Divide keys into chunks; repeating it replaces the chunks of that side. Runs inside the caller's transaction."""
    line.chunks.filter(side=side).delete()
    first = 1 + max(line.chunks.values_list("number", flat=True), default=0)
    size = settings.CHUNK_RECORDS
    SynchChunk.objects.bulk_create(
        SynchChunk(line=line, number=first + index, side=side, keys=keys[start : start + size], stage=ChunkStage.PLAN)
        for index, start in enumerate(range(0, len(keys), size))
    )
