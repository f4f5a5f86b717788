"""*Initial Synch Recommendation*: what a first synchronization of a mapping would be, as far as the mirror knows.

Unlike the built-in feature it looks at the direction: data that only stands on the far side of a one-way mapping is
nothing to do.
"""

from sync.choices import Direction, MappingKind, Recommendation
from sync.models import Coupling, IntegrationTableMapping, MirrorRecord, MirrorTable, OptionMapping
from sync.services.catalog import option_table


def recommendation(mapping: IntegrationTableMapping) -> Recommendation:
    """Return the recommendation for a mapping; before the first read it is Full Synchronization."""
    if mapping.name in ("SALESPEOPLE", "CURRENCY") or _is_coupled(mapping):
        return Recommendation.FULL
    erp, crm = _has_rows(mapping, "erp"), _has_rows(mapping, "crm")
    if erp is None or crm is None:
        return Recommendation.FULL
    if mapping.kind == MappingKind.OPTION:
        return Recommendation.COUPLE if erp else Recommendation.NONE
    if erp and crm:
        return Recommendation.COUPLE
    source_is_empty = (mapping.direction == Direction.TO and not erp) or (
        mapping.direction == Direction.FROM and not crm
    )
    return Recommendation.NONE if source_is_empty or not (erp or crm) else Recommendation.FULL


def _is_coupled(mapping: IntegrationTableMapping) -> bool:
    model = OptionMapping if mapping.kind == MappingKind.OPTION else Coupling
    return model._default_manager.filter(mapping=mapping).exists()


def _has_rows(mapping: IntegrationTableMapping, side: str) -> bool | None:
    connection = mapping.erp if side == "erp" else mapping.crm
    table = mapping.erp_table if side == "erp" else mapping.crm_table
    if side == "crm" and mapping.kind == MappingKind.OPTION:
        table = option_table(mapping)
    mirror = MirrorTable.objects.filter(connection=connection, table=table).first()
    if mirror is None or mirror.fetched_at is None:
        return None
    return MirrorRecord.objects.filter(mirror_table=mirror, deleted_at__isnull=True).exists()
