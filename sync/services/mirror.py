"""The mirror's rows: a remote record in the form we keep, stored, compared by hash, and dropped.

A row counts as changed by the hash of its mapped values, never by its ETag or time alone.
"""

import hashlib
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Exists, OuterRef, QuerySet

from connector.records import Record
from sync.choices import Side
from sync.engine.values import joined_key
from sync.models import Coupling, IntegrationTableMapping, MirrorRecord, MirrorTable

OPTIONS = "options"
"""Strategy of a choice column, whose options are mirrored like rows."""
_WRITTEN = [
    "number",
    "name",
    "values",
    "etag",
    "modified_at",
    "modified_by",
    "content_hash",
    "scan",
    "changed_at",
    "deleted_at",
    "match_1",
    "match_2",
    "match_3",
    "match_4",
]


def content_hash(values: dict[str, Any]) -> str:
    """Return the hash of a row's mapped values."""
    text = orjson.dumps(values, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()


def records_store(mirror: MirrorTable, records: list[Record], now: datetime) -> None:
    """Insert or update the mirror's rows of remote records; one whose values are as before keeps its time of change."""
    if not records:
        return
    columns = ("key", "pk", "etag", "content_hash", "changed_at", "deleted_at")
    known = mirror.records.filter(key__in=[record.key for record in records]).values_list(*columns)
    present = {key: facts for key, *facts in known}
    changed: list[MirrorRecord] = []
    same: list[int] = []
    for record in records:
        values = _values(mirror, record)
        digest, changed_at = content_hash(values), now
        if record.key in present:
            pk, etag, old_digest, old_changed_at, deleted_at = present[record.key]
            if digest == old_digest and deleted_at is None:
                changed_at = old_changed_at
                if etag == (record.etag or ""):
                    same.append(pk)
                    continue
        changed.append(_row(mirror, record, values, digest, changed_at))
    MirrorRecord.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["mirror_table", "key"], update_fields=_WRITTEN, batch_size=1000
    )
    if same and mirror.is_full_read:
        MirrorRecord.objects.filter(pk__in=same).update(scan=mirror.scan)


def _values(mirror: MirrorTable, record: Record) -> dict[str, Any]:
    if mirror.strategy == OPTIONS:
        return dict(record.values)
    return {column: record.values[column] for column in mirror.columns if column in record.values}


def _row(
    mirror: MirrorTable, record: Record, values: dict[str, Any], digest: str, changed_at: datetime
) -> MirrorRecord:
    row = MirrorRecord(
        mirror_table=mirror,
        key=record.key,
        number=str(values.get(mirror.number_column) or "")[:120],
        name=str(values.get(mirror.name_column) or "")[:250],
        values=values,
        etag=record.etag or "",
        modified_at=record.modified_at,
        modified_by=record.modified_by or "",
        content_hash=digest,
        scan=mirror.scan,
        changed_at=changed_at,
    )
    for slot, columns in enumerate(mirror.match_columns, 1):
        setattr(row, f"match_{slot}", joined_key([values.get(column) for column in columns]))
    return row


def rows_drop(mirror: MirrorTable, keys: list[str], now: datetime) -> None:
    """Note deleted rows: a coupled one stays with its time of deletion, the others leave the mirror."""
    if not keys:
        return
    coupled = is_coupled(mirror)
    for start in range(0, len(keys), 1000):
        rows = mirror.records.filter(key__in=keys[start : start + 1000])
        rows.filter(coupled, deleted_at__isnull=True).update(deleted_at=now, changed_at=now)
        rows.filter(~coupled).delete()


def is_coupled(mirror: MirrorTable) -> Exists:
    """Return the condition that a row of the mirror is coupled."""
    return Exists(_couplings_of(mirror).filter(**{_key_column(mirror): OuterRef("key")}))


def _couplings_of(mirror: MirrorTable) -> QuerySet[Coupling]:
    mappings = IntegrationTableMapping.objects.filter(**{mirror.connection.side: mirror.connection})
    return Coupling.objects.filter(mapping__in=mappings.values("pk"))


def _key_column(mirror: MirrorTable) -> str:
    return "erp_key" if mirror.connection.side == Side.ERP else "crm_id"
