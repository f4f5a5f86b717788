"""The lists of records: rows of the mirror with their coupling, searched, narrowed down and sorted by key."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from connector.models import Side
from sync.choices import CouplingState, Direction, MappingKind
from sync.engine.filters import meets
from sync.models import (
    Coupling,
    IntegrationTableMapping,
    MirrorRecord,
    MirrorTable,
    PendingRecord,
)
from sync.selectors.paging import Page, page_of, starts_with
from sync.selectors.record_lists import ListColumn, RecordList
from sync.tables.looks import BAD, IDLE, OFF, WAIT, Look, coupling_look

TROUBLED = (CouplingState.WAITING, CouplingState.FAILED, CouplingState.CONFLICT, CouplingState.SKIPPED)
VIEWS = ("", "coupled", "uncoupled", "troubled")
ORDERS = {"": ("number", "key"), "name": ("name", "key"), "-number": ("-number", "-key"), "-name": ("-name", "-key")}


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One row of a record list."""

    record: MirrorRecord
    cells: list[Any]
    coupling: Coupling | None
    look: Look

    @property
    def shown_number(self) -> str:
        """The record's number, or its key where NAV has none."""
        return self.record.number or self.record.key

    @property
    def is_coupled(self) -> bool:
        """Whether the record has a partner in Sales."""
        return self.coupling is not None and self.coupling.state != CouplingState.UNCOUPLED


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of a record list with its columns and the mirror it comes from."""

    columns: list[ListColumn]
    page: Page[MirrorRecord]
    rows: list[RecordRow]
    mirror: MirrorTable | None
    mapping: IntegrationTableMapping | None


def mirror_for(item: RecordList) -> MirrorTable | None:
    """Return the mirror of a list's NAV table, if it has been read."""
    return (
        MirrorTable.objects.select_related("connection")
        .filter(connection__side=Side.ERP, table=item.table)
        .order_by("connection_id")
        .first()
    )


def mapping_for(table: str) -> IntegrationTableMapping | None:
    """Return the mapping that couples the records of a NAV table."""
    return (
        IntegrationTableMapping.objects.select_related("erp", "crm")
        .filter(erp_table=table, kind=MappingKind.TABLE)
        .order_by("position")
        .first()
    )


def list_view(
    item: RecordList, *, text: str = "", view: str = "", order: str = "", after: str = "", before: str = ""
) -> ListView:
    """Return one page of a list: searched by number or name, narrowed to a view, in an order that has an index."""
    mirror, mapping = mirror_for(item), mapping_for(item.table)
    records = MirrorRecord.objects.filter(mirror_table=mirror, deleted_at__isnull=True)
    if mirror is None:
        records = MirrorRecord.objects.none()
    records = _narrowed(_searched(records, text), mapping, view)
    page = page_of(records, ORDERS.get(order, ORDERS[""]), after=after, before=before)
    columns = [column for column in item.columns if mirror and set(column.names) & set(mirror.columns)]
    return ListView(columns, page, _rows(page.rows, columns, mapping), mirror, mapping)


def _searched(records: QuerySet[MirrorRecord], text: str) -> QuerySet[MirrorRecord]:
    text = text.strip()
    if not text:
        return records
    spellings = dict.fromkeys((text, text.upper(), text[:1].upper() + text[1:], text.title()))
    condition = starts_with("number", text) | starts_with("number", text.upper())
    for spelling in spellings:
        condition |= starts_with("name", spelling)
    return records.filter(condition)


def _narrowed(
    records: QuerySet[MirrorRecord], mapping: IntegrationTableMapping | None, view: str
) -> QuerySet[MirrorRecord]:
    if view not in VIEWS or not view:
        return records
    couplings = Coupling.objects.filter(mapping=mapping).exclude(state=CouplingState.UNCOUPLED)
    if view == "coupled":
        return records.filter(Exists(couplings.filter(erp_key=OuterRef("key"))))
    if view == "uncoupled":
        return records.filter(~Exists(couplings.filter(erp_key=OuterRef("key"))))
    pending = PendingRecord.objects.filter(mapping=mapping, direction=Direction.TO)
    troubled = couplings.filter(state__in=TROUBLED)
    return records.filter(key__in=troubled.values_list("erp_key").union(pending.values_list("key")))


def _rows(
    records: list[MirrorRecord], columns: list[ListColumn], mapping: IntegrationTableMapping | None
) -> list[RecordRow]:
    keys = [record.key for record in records]
    couplings = {pair.erp_key: pair for pair in Coupling.objects.filter(mapping=mapping, erp_key__in=keys)}
    pending = {
        row.key: row for row in PendingRecord.objects.filter(mapping=mapping, direction=Direction.TO, key__in=keys)
    }
    return [
        RecordRow(
            record,
            [next((record.values[name] for name in column.names if name in record.values), None) for column in columns],
            couplings.get(record.key),
            state_look(record, couplings.get(record.key), pending.get(record.key), mapping),
        )
        for record in records
    ]


def state_look(
    record: MirrorRecord,
    coupling: Coupling | None,
    pending: PendingRecord | None,
    mapping: IntegrationTableMapping | None,
) -> Look:
    """Return where a record stands, in glyph and words."""
    if coupling is not None:
        return coupling_look(coupling.state)
    if pending is not None:
        return WAIT.saying(_("Waits, not coupled")) if pending.waits else BAD.saying(_("Failed, not coupled"))
    if mapping is not None and mapping.erp_filter and not meets(record.values, mapping.erp_filter):
        return OFF
    return IDLE


# ----------------------------------------------------------------- one record
