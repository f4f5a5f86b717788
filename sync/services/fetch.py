"""Fetch: bring what changed on a side into the mirror, page by page.

Each page is committed with the position behind it, so a killed worker goes on where it stopped. The cursor moves once, after
the last page, to the highest server time or the token that the server gave. How changes are found is chosen per table from its
metadata: change tracking, a time stamp, a day stamp, or a full scan with content hash.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from connector import odata
from connector.errors import ConfigurationError, DeltaTokenExpired, RecordRejected
from connector.nav.client import DAY_STAMP, STAMPS
from connector.records import Change, ChangePage, Record
from sync.adapters import crm_client, erp_client
from sync.choices import Side, SynchKind
from sync.models import MirrorTable, SynchRun
from sync.services.leases import database_now, lease_check, lease_give_back, lease_take
from sync.services.mirror import OPTIONS, is_coupled, records_store, rows_drop
from sync.services.requests import count_requests

SCAN = "scan"
DELTA = "delta"
STAMP = "stamp"
DAY = "day"
STAMPED = (STAMP, DAY)
SCAN_AT_LEAST_EVERY = timedelta(hours=24)
DAY_OVERLAP = timedelta(days=2)
CONFIRM_AT_MOST = 50
_POSITION = [
    "rows_read",
    "position",
    "mark",
    "cursor",
    "fetched_at",
    "fetched_for",
    "scanned_at",
    "row_count",
    "is_full_read",
]


def is_fetched_for(mirror: MirrorTable, run_id: uuid.UUID) -> bool:
    """Tell whether the table has been read completely for this run."""
    return mirror.fetched_for == run_id


def mirror_fetch(mirror: MirrorTable, run: SynchRun, *, again: bool = False) -> bool:
    """Read a table up to now, unless that has been done for this run; False when another worker is reading it.

    `again` reads once more (read-back after writing). Raises the connector's errors; what was committed stays.
    """
    if is_fetched_for(mirror, run.pk) and not again:
        return True
    token = lease_take(mirror)
    if token is None:
        return False
    try:
        if again or not is_fetched_for(mirror, run.pk):
            _read(mirror, run, token)
    finally:
        lease_give_back(mirror, token)
    return True


def _read(mirror: MirrorTable, run: SynchRun, token: uuid.UUID) -> None:
    try:
        _read_pages(mirror, run, token)
    except DeltaTokenExpired:
        # The token aged out (0x80044352): a full compare replaces it, without anybody's help.
        MirrorTable.objects.filter(pk=mirror.pk).update(cursor="", position="")
        mirror.refresh_from_db()
        _read_pages(mirror, run, token)


def _read_pages(mirror: MirrorTable, run: SynchRun, token: uuid.UUID) -> None:
    with _client(mirror, run) as client:
        try:
            for page in _pages(mirror, run, client):
                extra = _confirmed(mirror, page, client) if not page.position and mirror.is_full_read else []
                _commit_page(mirror, page, extra, run.pk, token)
        except RecordRejected as error:
            # No record is concerned by a read that is refused: what the mapping asks for is not served any more.
            raise ConfigurationError(
                f"The table {mirror.table} cannot be read. {error} A column or service may have changed: run "
                "check_connection, then restart this line.",
                code=error.code,
                request_id=error.request_id,
            ) from error


@contextmanager
def _client(mirror: MirrorTable, run: SynchRun) -> Iterator[Any]:
    side = mirror.connection.side
    opened: Any = erp_client(mirror.connection) if side == Side.ERP else crm_client(mirror.connection)
    with opened as client, count_requests(run.pk, side, client):
        yield client


def _pages(mirror: MirrorTable, run: SynchRun, client: Any) -> Iterator[ChangePage]:
    if not mirror.position or (mirror.read_for != run.pk and mirror.strategy != DELTA):
        # The rest of a scan that another run began would miss what changed meanwhile in the part that it has read.
        _begin(mirror, run)
    position = mirror.position or None
    if mirror.connection.side == Side.ERP:
        yield from client.iter_pages(mirror.service, mirror.columns, where=_where(mirror), position=position)
    elif mirror.strategy == OPTIONS:
        yield _option_page(mirror, client)
    elif mirror.strategy == DELTA:
        yield from client.changes_since(mirror.table, mirror.columns, mirror.cursor or None, position=position)
    else:
        yield from client.iter_pages(mirror.table, mirror.columns, position=position)


def _begin(mirror: MirrorTable, run: SynchRun) -> None:
    mirror.strategy = strategy_of(mirror)
    if mirror.strategy == DELTA:
        mirror.is_full_read = not mirror.cursor
    else:
        mirror.is_full_read = mirror.strategy in (SCAN, OPTIONS) or _needs_scan(mirror, run)
    mirror.rows_read = 0
    mirror.position, mirror.read_for, mirror.mark = "", run.pk, mirror.cursor if mirror.strategy in STAMPED else ""
    if mirror.is_full_read:
        mirror.scan += 1
    columns = ["strategy", "is_full_read", "scan", "rows_read", "position", "read_for", "mark"]
    mirror.save(update_fields=columns)


def strategy_of(mirror: MirrorTable) -> str:
    """Return how changes of a table are found, from what its metadata offers, the best first."""
    if mirror.connection.side == Side.CRM:
        if "." in mirror.table:
            return OPTIONS
        return DELTA if mirror.metadata.get("change_tracking", True) else SCAN
    columns = mirror.metadata.get("columns", {})
    if any(name in columns for name in STAMPS):
        return STAMP
    return DAY if DAY_STAMP in columns else SCAN


def stamp_column(mirror: MirrorTable) -> str:
    """Return the column that says when a record changed, for a table that has one."""
    columns = mirror.metadata.get("columns", {})
    return next((name for name in (*STAMPS, DAY_STAMP) if name in columns), "")


def _needs_scan(mirror: MirrorTable, run: SynchRun) -> bool:
    """A stamp tells no deletions: a full run, and at least one read a day, compare everything."""
    if run.kind == SynchKind.FULL or not mirror.cursor or mirror.scanned_at is None:
        return True
    return database_now() - mirror.scanned_at > SCAN_AT_LEAST_EVERY


def _where(mirror: MirrorTable) -> str:
    """Return the filter of an incremental read: from the highest server time seen, with an overlap."""
    if mirror.is_full_read or not mirror.cursor:
        return ""
    column = stamp_column(mirror)
    if mirror.strategy == DAY:
        return odata.compare(column, "ge", date.fromisoformat(mirror.cursor[:10]) - DAY_OVERLAP)
    return odata.compare(column, "ge", overlap_start(datetime.fromisoformat(mirror.cursor)))


def _option_page(mirror: MirrorTable, crm: Any) -> ChangePage:
    table, column = mirror.table.split(".", 1)
    options = crm.options(table, column)
    changes = [
        Change(str(value), Record(str(value), {"value": value, "label": label}, None, None, None))
        for value, label in sorted(options.items())
    ]
    return ChangePage(changes, None, None)


def _confirmed(mirror: MirrorTable, page: ChangePage, client: Any) -> list[Record]:
    """Look once more for coupled records that a full read did not bring, before they count as deleted.

    A record that is inserted or moved while pages are read can slip through between two of them. Beyond CONFIRM_AT_MOST nothing
    is looked for: the mass-change stop asks then.
    """
    on_page = {change.key for change in page.changes}
    unseen = mirror.records.filter(is_coupled(mirror), scan__lt=mirror.scan, deleted_at__isnull=True)
    keys = [
        key for key in unseen.values_list("key", flat=True)[: CONFIRM_AT_MOST + len(on_page) + 1] if key not in on_page
    ]
    if not keys or len(keys) > CONFIRM_AT_MOST or mirror.strategy == OPTIONS:
        return []
    if mirror.connection.side == Side.CRM:
        return list(client.existing(mirror.table, keys, mirror.columns).values())
    return [record for key in keys if (record := client.find(mirror.service, key)) is not None]


def _commit_page(
    mirror: MirrorTable, page: ChangePage, extra: list[Record], run_id: uuid.UUID, token: uuid.UUID
) -> None:
    now = database_now()
    found = [change.record for change in page.changes if change.record is not None] + extra
    gone = [change.key for change in page.changes if change.record is None]
    with transaction.atomic():
        lease_check(mirror, token)
        records_store(mirror, found, now)
        rows_drop(mirror, gone, now)
        mirror.rows_read += len(page.changes)
        mirror.position = page.position or ""
        mirror.mark = max([mirror.mark, *_stamps(mirror, found)])
        if not page.position:
            _finish(mirror, page, run_id, now)
        mirror.save(update_fields=_POSITION)


def _stamps(mirror: MirrorTable, records: list[Record]) -> list[str]:
    if mirror.strategy == DAY:
        return [str(record.values.get(DAY_STAMP) or "") for record in records]
    if mirror.strategy == STAMP:
        return [record.modified_at.isoformat() for record in records if record.modified_at]
    return []


def _finish(mirror: MirrorTable, page: ChangePage, run_id: uuid.UUID, now: datetime) -> None:
    if mirror.is_full_read:
        unseen = mirror.records.filter(scan__lt=mirror.scan, deleted_at__isnull=True)
        rows_drop(mirror, list(unseen.values_list("key", flat=True)), now)
        mirror.scanned_at = now
    mirror.cursor = mirror.mark if mirror.strategy in STAMPED else page.cursor or ""
    mirror.fetched_at = now
    mirror.fetched_for = run_id
    mirror.row_count = mirror.records.filter(deleted_at__isnull=True).count()


def overlap_start(moment: datetime, minutes: int = 15) -> datetime:
    """Return from when the next read of a stamped table starts: doubles are dropped by hash."""
    return moment - timedelta(minutes=minutes)
