"""Integration table mappings as the list and the mapping page show them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from sync.choices import FieldStatus
from sync.models import Coupling, IntegrationTableMapping, MirrorTable, OptionMapping, SynchJob
from sync.selectors.record_lists import BY_TABLE


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One row of the list."""

    mapping: IntegrationTableMapping
    coupled: int
    erp_count: int | None
    crm_count: int | None
    unavailable: int

    @property
    def records_slug(self) -> str:
        """The record list that shows the mapping's NAV table; blank when there is none."""
        found = BY_TABLE.get(self.mapping.erp_table)
        return found.slug if found else ""


def crm_table_of(mapping: IntegrationTableMapping) -> str:
    """Return the name under which the Sales side of a mapping is mirrored."""
    return f"{mapping.crm_table}.{mapping.option_column}" if mapping.option_column else mapping.crm_table


def mapping_rows() -> list[MappingRow]:
    """Return all mappings with their counts, in a fixed number of queries."""
    mappings = list(
        IntegrationTableMapping.objects.select_related("erp", "crm", "job_queue_entry").annotate(
            unavailable_count=Count("fields", filter=Q(fields__status=FieldStatus.UNAVAILABLE))
        )
    )
    coupled = dict(Coupling.objects.values_list("mapping").annotate(number=Count("pk")))
    coupled.update(dict(OptionMapping.objects.values_list("mapping").annotate(number=Count("pk"))))
    counts = {
        (table.connection_id, table.table): table.row_count
        for table in MirrorTable.objects.filter(fetched_at__isnull=False).only("connection_id", "table", "row_count")
    }
    return [
        MappingRow(
            mapping,
            coupled.get(mapping.pk, 0),
            counts.get((mapping.erp_id, mapping.erp_table)),
            counts.get((mapping.crm_id, crm_table_of(mapping))),
            getattr(mapping, "unavailable_count", 0),
        )
        for mapping in mappings
    ]


def mapping_by_name(name: str) -> IntegrationTableMapping | None:
    """Return a mapping by name."""
    return (
        IntegrationTableMapping.objects.select_related("erp", "crm")
        .prefetch_related("fields", "criteria")
        .filter(name=name)
        .first()
    )


def filter_words(conditions: list[Any]) -> list[str]:
    """Return a table filter in words: "Blocked is blank", one condition each."""
    words = {
        "=": _("is %(value)s"),
        "<>": _("is not %(value)s"),
        ">": _("is more than %(value)s"),
        ">=": _("is at least %(value)s"),
        "<": _("is less than %(value)s"),
        "<=": _("is at most %(value)s"),
    }
    texts = []
    for column, operator, value in conditions:
        shown = (
            _("blank") if value in ("", None) else _("yes") if value is True else _("no") if value is False else value
        )
        name = str(column).replace("_", " ").strip()
        texts.append(f"{name} {words.get(operator, operator + ' %(value)s') % {'value': shown}}")
    return texts


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What is known of one side's table."""

    side: str
    table: str
    mirror: MirrorTable | None
    strategy: str
    note: str = ""


def table_facts(mapping: IntegrationTableMapping) -> list[TableFacts]:
    """Return how changes are found on both sides, and when each was last read."""
    facts = []
    for side, connection_id, table in (
        ("erp", mapping.erp_id, mapping.erp_table),
        ("crm", mapping.crm_id, crm_table_of(mapping)),
    ):
        mirror = MirrorTable.objects.filter(connection_id=connection_id, table=table).first()
        note = ""
        if side == "crm" and mirror and mirror.metadata.get("concurrency") is False:
            note = _(
                "This table has no row versions in Sales. So each row is read immediately before it is written, "
                "and a change that somebody makes meanwhile is not overwritten."
            )
        facts.append(TableFacts(side, table, mirror, strategy_text(mirror.strategy if mirror else ""), note))
    return facts


def strategy_text(strategy: str) -> str:
    """Return how changes of a table are found, in words."""
    words = {
        "delta": _("By change tracking: the server lists what changed and what was deleted since the last read."),
        "stamp": _(
            "By time of change, with a few minutes of overlap. A full read at least once a day finds what was deleted."
        ),
        "day": _("By day of change, with two days of overlap. A full read at least once a day finds what was deleted."),
        "scan": _("By a full read: the server says nothing about changes, so all rows are read and compared."),
        "options": _("The values of a choice, read anew each time."),
    }
    return words.get(strategy, strategy or _("Not read yet"))


def last_jobs(mapping: IntegrationTableMapping, limit: int = 5) -> list[SynchJob]:
    """Return the last jobs of a mapping."""
    return list(SynchJob.objects.filter(mapping=mapping).select_related("run")[:limit])


def coupling_counts(mapping: IntegrationTableMapping) -> dict[str, int]:
    """Return how many couplings of a mapping stand in which state."""
    rows = Coupling.objects.filter(mapping=mapping).values_list("state").annotate(number=Count("pk")).order_by()
    return {str(state): int(number) for state, number in rows}
