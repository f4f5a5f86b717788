"""Fetch: bring what changed on a side into the mirror, page by page.

Each page is committed with the position behind it, so a killed worker goes on where it stopped. The cursor moves once, after
the last page. A row counts as changed by the hash of its mapped values, never by its ETag or time alone.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from connector.errors import DeltaTokenExpired
from connector.records import Change, ChangePage, Record
from sync.adapters import crm_client, erp_client
from sync.choices import Side
from sync.engine.values import joined_key
from sync.models import Coupling, IntegrationTableMapping, MirrorRecord, MirrorTable
from sync.services.leases import database_now, lease_check, lease_give_back, lease_take
from sync.services.requests import count_requests

SCAN = "scan"
DELTA = "delta"
OPTIONS = "options"
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


def is_fetched_for(mirror: MirrorTable, run_id: uuid.UUID) -> bool:
    """Tell whether the table has been read completely for this run."""
    return mirror.fetched_for == run_id


def mirror_fetch(mirror: MirrorTable, side: str, run_id: uuid.UUID, *, again: bool = False) -> bool:
    """Read a table up to now, unless that has been done for this run; False when another worker is reading it.

    `again` reads once more (read-back after writing). Raises the connector's errors; what was committed stays.
    """
    if is_fetched_for(mirror, run_id) and not again:
        return True
    token = lease_take(mirror)
    if token is None:
        return False
    try:
        if again or not is_fetched_for(mirror, run_id):
            _read(mirror, side, run_id, token)
    finally:
        lease_give_back(mirror, token)
    return True


def _read(mirror: MirrorTable, side: str, run_id: uuid.UUID, token: uuid.UUID) -> None:
    try:
        for page in _pages(mirror, side, run_id):
            _commit_page(mirror, page, run_id, token)
    except DeltaTokenExpired:
        # The token aged out (0x80044352): a full compare replaces it, without anybody's help.
        MirrorTable.objects.filter(pk=mirror.pk).update(cursor="", position="")
        mirror.refresh_from_db()
        for page in _pages(mirror, side, run_id):
            _commit_page(mirror, page, run_id, token)


def _pages(mirror: MirrorTable, side: str, run_id: uuid.UUID) -> Iterator[ChangePage]:
    if not mirror.position:
        _begin(mirror, side)
    position = mirror.position or None
    if side == Side.ERP:
        with erp_client(mirror.connection) as erp, count_requests(run_id, "erp", erp):
            yield from erp.iter_pages(mirror.service, mirror.columns, position=position)
    elif mirror.strategy == OPTIONS:
        with crm_client(mirror.connection) as crm, count_requests(run_id, "crm", crm):
            yield _option_page(mirror, crm)
    else:
        with crm_client(mirror.connection) as crm, count_requests(run_id, "crm", crm):
            if mirror.strategy == DELTA:
                yield from crm.changes_since(mirror.table, mirror.columns, mirror.cursor or None, position=position)
            else:
                yield from crm.iter_pages(mirror.table, mirror.columns, position=position)


def _begin(mirror: MirrorTable, side: str) -> None:
    if side == Side.CRM and "." in mirror.table:
        mirror.strategy = OPTIONS
    elif side == Side.CRM and mirror.metadata.get("change_tracking", True):
        mirror.strategy = DELTA
    else:
        mirror.strategy = SCAN
    mirror.is_full_read = mirror.strategy != DELTA or not mirror.cursor
    mirror.rows_read = 0
    if mirror.is_full_read:
        mirror.scan += 1
    mirror.save(update_fields=["strategy", "is_full_read", "scan", "rows_read"])


def _option_page(mirror: MirrorTable, crm: Any) -> ChangePage:
    table, column = mirror.table.split(".", 1)
    options = crm.options(table, column)
    changes = [
        Change(str(value), Record(str(value), {"value": value, "label": label}, None, None, None))
        for value, label in sorted(options.items())
    ]
    return ChangePage(changes, None, None)


def _commit_page(mirror: MirrorTable, page: ChangePage, run_id: uuid.UUID, token: uuid.UUID) -> None:
    now = database_now()
    records = [record_row(mirror, change.record, now) for change in page.changes if change.record is not None]
    gone = [change.key for change in page.changes if change.record is None]
    with transaction.atomic():
        lease_check(mirror, token)
        rows_store(mirror, records)
        rows_drop(mirror, gone, now)
        mirror.rows_read += len(page.changes)
        mirror.position = page.position or ""
        if not page.position:
            _finish(mirror, page, run_id, now)
        mirror.save(
            update_fields=["rows_read", "position", "cursor", "fetched_at", "fetched_for", "row_count", "is_full_read"]
        )


def _finish(mirror: MirrorTable, page: ChangePage, run_id: uuid.UUID, now: datetime) -> None:
    if mirror.is_full_read:
        unseen = mirror.records.filter(scan__lt=mirror.scan, deleted_at__isnull=True)
        rows_drop(mirror, list(unseen.values_list("key", flat=True)), now)
    mirror.cursor = page.cursor or ""
    mirror.fetched_at = now
    mirror.fetched_for = run_id
    mirror.row_count = mirror.records.filter(deleted_at__isnull=True).count()


def content_hash(values: dict[str, Any]) -> str:
    """Return the hash of a row's mapped values."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def record_row(mirror: MirrorTable, record: Record, now: datetime) -> MirrorRecord:
    """Return the mirror's form of a remote record, not saved."""
    values = {column: record.values.get(column) for column in mirror.columns if column in record.values}
    if mirror.strategy == OPTIONS:
        values = dict(record.values)
    row = MirrorRecord(
        mirror_table=mirror,
        key=record.key,
        number=str(values.get(mirror.number_column) or "")[:120],
        name=str(values.get(mirror.name_column) or "")[:250],
        values=values,
        etag=record.etag or "",
        modified_at=record.modified_at,
        modified_by=record.modified_by or "",
        content_hash=content_hash(values),
        scan=mirror.scan,
        changed_at=now,
    )
    for slot, columns in enumerate(mirror.match_columns, 1):
        setattr(row, f"match_{slot}", joined_key([values.get(column) for column in columns]))
    return row


def rows_store(mirror: MirrorTable, rows: list[MirrorRecord]) -> None:
    """Insert or update mirror rows; a row whose values are as before keeps its time of change."""
    if not rows:
        return
    columns = ("key", "pk", "etag", "content_hash", "changed_at", "deleted_at")
    known = mirror.records.filter(key__in=[row.key for row in rows]).values_list(*columns)
    present = {key: facts for key, *facts in known}
    changed: list[MirrorRecord] = []
    same: list[int] = []
    for row in rows:
        if row.key in present:
            pk, etag, digest, changed_at, deleted_at = present[row.key]
            if digest == row.content_hash and deleted_at is None:
                row.changed_at = changed_at
                if etag == row.etag:
                    same.append(pk)
                    continue
        changed.append(row)
    MirrorRecord.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["mirror_table", "key"], update_fields=_WRITTEN, batch_size=1000
    )
    if same and mirror.is_full_read:
        MirrorRecord.objects.filter(pk__in=same).update(scan=mirror.scan)


def rows_drop(mirror: MirrorTable, keys: list[str], now: datetime) -> None:
    """Note deleted rows: a coupled one stays with its time of deletion, the others leave the mirror."""
    if not keys:
        return
    mappings = IntegrationTableMapping.objects.filter(erp=mirror.connection) | IntegrationTableMapping.objects.filter(
        crm=mirror.connection
    )
    column = "erp_key" if mirror.connection.side == Side.ERP else "crm_id"
    coupled = Coupling.objects.filter(mapping__in=mappings.values("pk"), **{column: OuterRef("key")})
    for start in range(0, len(keys), 1000):
        rows = mirror.records.filter(key__in=keys[start : start + 1000])
        rows.filter(Exists(coupled), deleted_at__isnull=True).update(deleted_at=now, changed_at=now)
        rows.filter(~Exists(coupled)).delete()


def overlap_start(moment: datetime, minutes: int = 15) -> datetime:
    """Return from when the next read of a stamped table starts: doubles are dropped by hash."""
    return moment - timedelta(minutes=minutes)
