"""What a start would take on."""

from dataclasses import dataclass

from django.db.models import Count

from sync.models import Coupling, IntegrationTableMapping, MirrorTable, OptionMapping
from sync.selectors.mappings import crm_table_of
from sync.services.recommending import recommendation
from sync.tables.looks import Look, recommendation_look


@dataclass(frozen=True, slots=True)
class StartRow:
    """What a start would take on for one mapping."""

    mapping: IntegrationTableMapping
    erp_count: int | None
    crm_count: int | None
    coupled: int
    recommendation: Look


def start_rows() -> list[StartRow]:
    """Return, per mapping, what both sides hold as far as we have seen, and how many pairs are coupled."""
    mappings = list(IntegrationTableMapping.objects.select_related("erp", "crm"))
    counts = {
        (table.connection_id, table.table): table.row_count
        for table in MirrorTable.objects.filter(fetched_at__isnull=False).only("connection_id", "table", "row_count")
    }
    coupled = dict(Coupling.objects.values_list("mapping").annotate(number=Count("pk")))
    coupled.update(dict(OptionMapping.objects.values_list("mapping").annotate(number=Count("pk"))))
    return [
        StartRow(
            mapping,
            counts.get((mapping.erp_id, mapping.erp_table)),
            counts.get((mapping.crm_id, crm_table_of(mapping))),
            coupled.get(mapping.pk, 0),
            recommendation_look(recommendation(mapping)),
        )
        for mapping in mappings
    ]
