"""From stored mappings to what the planner needs: specs, facts, and mirror rows as plain values."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from connector.errors import ConfigurationError
from connector.models import Connection
from sync.adapters import facts_from_json
from sync.choices import ConflictScope, FieldStatus, MappingKind, Side
from sync.engine.errors import MappingInvalid
from sync.engine.model import ColumnFacts, Criterion, Facts, FieldSpec, MappingSpec, Need, Row
from sync.models import IntegrationTableMapping, MirrorRecord, MirrorTable
from sync.services.catalog import option_table


def mirror_of(connection: Connection, table: str) -> MirrorTable:
    """Return the mirror of a remote table. Raises ConfigurationError when its metadata has never been read."""
    mirror = MirrorTable.objects.filter(connection=connection, table=table).first()
    if mirror is None:
        raise ConfigurationError(
            f"The table {table} is not known on {connection.name}. Run check_connection, then start again.",
            code="table_unknown",
        )
    return mirror


def erp_mirror(mapping: IntegrationTableMapping) -> MirrorTable:
    """Return the mirror of the mapped ERP table."""
    return mirror_of(mapping.erp, mapping.erp_table)


def crm_mirror(mapping: IntegrationTableMapping) -> MirrorTable:
    """Return the mirror of the mapped CRM table, or of the options of the mapped choice column."""
    table = option_table(mapping) if mapping.kind == MappingKind.OPTION else mapping.crm_table
    return mirror_of(mapping.crm, table)


def mapping_spec(mapping: IntegrationTableMapping, *mirrors: MirrorTable) -> MappingSpec:
    """Return the mapping as the planner sees it; who has the mirrors of its two tables at hand passes them, ERP first.

    Raises MappingInvalid when it has no usable field rows, or carries an issue found in the metadata.
    """
    if mapping.issue:
        raise MappingInvalid(mapping.issue, code="mapping_issue")
    erp, crm = mirrors or (erp_mirror(mapping), crm_mirror(mapping))
    fields = _field_specs(mapping, erp, crm)
    if not fields:
        raise MappingInvalid(
            f"The mapping {mapping.name} has no enabled field rows, so there is nothing to synchronize. "
            "Enable at least one row in Integration Field Mapping.",
            code="no_field_mappings",
        )
    return MappingSpec(
        id=mapping.pk,
        name=mapping.name,
        erp_table=mapping.erp_table,
        crm_table=mapping.crm_table,
        way=mapping.direction,  # type: ignore[arg-type]
        fields=fields,
        only_coupled=mapping.only_coupled,
        create_new=mapping.create_new,
        update_conflict=mapping.update_conflict,  # type: ignore[arg-type]
        whole_record=mapping.conflict_scope == ConflictScope.RECORD,
        deletion_conflict=mapping.deletion_conflict,
        erp_filter=tuple(tuple(part) for part in mapping.erp_filter),
        crm_filter=tuple(tuple(part) for part in mapping.crm_filter),
        criteria_in_crm=_criteria(mapping, crm, "crm_field"),
        criteria_in_erp=_criteria(mapping, erp, "erp_field"),
        crm_template=_template(mapping, "to"),
        erp_template=_template(mapping, "from"),
        target_tables=_target_tables(mapping),
    )


def _field_specs(mapping: IntegrationTableMapping, erp: MirrorTable, crm: MirrorTable) -> tuple[FieldSpec, ...]:
    erp_columns = erp.metadata.get("columns", {})
    crm_columns = crm.metadata.get("columns", {})
    return tuple(
        FieldSpec(
            id=str(field.pk),
            erp=field.erp_field,
            crm=field.crm_field,
            way=field.direction,  # type: ignore[arg-type]
            kind=field.kind,
            target=field.target,
            constant=field.constant,
            not_null=field.not_null,
            clear_on_fail=field.clear_value_on_failed_sync,
            policy=field.update_conflict or None,  # type: ignore[arg-type]
            caption=field.erp_caption or field.crm_caption or field.erp_field or field.crm_field,
            erp_facts=_facts(erp_columns, field.erp_field.lstrip("@")),
            crm_facts=_facts(crm_columns, field.crm_field),
        )
        for field in mapping.fields.filter(status=FieldStatus.ENABLED)
    )


def _facts(columns: dict[str, Any], name: str) -> ColumnFacts:
    return facts_from_json(columns[name]) if name in columns else ColumnFacts()


def _criteria(mapping: IntegrationTableMapping, mirror: MirrorTable, column: str) -> tuple[Criterion, ...]:
    found = []
    for criterion in mapping.criteria.all():
        columns = getattr(criterion, column).split("+")
        if columns in mirror.match_columns:
            found.append(
                Criterion(
                    slot=mirror.match_columns.index(columns) + 1,
                    columns=tuple(columns),
                    automatic=criterion.automatic,
                    case_sensitive=criterion.case_sensitive,
                    label=" and ".join(columns),
                )
            )
    return tuple(found)


def _template(mapping: IntegrationTableMapping, direction: str) -> dict[str, Any]:
    template = mapping.templates.filter(direction=direction).first()
    return dict(template.values) if template else {}


def _target_tables(mapping: IntegrationTableMapping) -> dict[str, str]:
    targets = {field.target for field in mapping.fields.all() if field.target}
    siblings = IntegrationTableMapping.objects.filter(erp=mapping.erp, crm=mapping.crm, name__in=targets)
    tables = dict(siblings.values_list("name", "crm_table"))
    if missing := sorted(targets - tables.keys()):
        raise MappingInvalid(
            f"The mapping {mapping.name} looks up {', '.join(missing)}, and no such mapping exists. "
            "Create it, or disable the field rows that use it.",
            code="unknown_target",
        )
    return tables


def row_of(record: MirrorRecord) -> Row:
    """Return a mirror record as the engine's plain row."""
    return Row(
        key=record.key,
        values=record.values,
        etag=record.etag,
        modified_at=record.modified_at.isoformat() if record.modified_at else "",
        modified_by=record.modified_by,
        number=record.number,
        name=record.name,
    )


def facts_of(mapping: IntegrationTableMapping) -> Facts:
    """Return what holds for the whole company and organization."""
    crm = mapping.crm.settings or {}
    erp = mapping.erp.settings or {}
    mirrors = MirrorTable.objects.filter(connection=mapping.erp)
    return Facts(
        today=timezone.localdate().isoformat(),
        lcy_code=str(erp.get("lcy_code", "")),
        base_currency_id=str(crm.get("base_currency_id", "")).lower(),
        base_currency_code=str(crm.get("base_currency_code", "")),
        currency_precision=int(crm.get("currency_precision", 2)),
        default_price_list_id=str(crm.get("default_price_list_id", "")).lower(),
        integration_user_id=str(crm.get("integration_user_id", "")).lower(),
        erp_columns={mirror.table: frozenset(mirror.metadata.get("columns", {})) for mirror in mirrors},
    )


class RelatedRows:
    """Rows of other mirrored tables, loaded for a whole chunk in one query per table and kind of key."""

    def __init__(self, mapping: IntegrationTableMapping, facts: Facts) -> None:
        self.facts = facts
        self._connections = {Side.ERP: mapping.erp, Side.CRM: mapping.crm}
        self._rows: dict[tuple[str, str, str, str], list[Row]] = {}
        self._asked: set[tuple[str, str, str, str]] = set()

    def load(self, needs: Iterable[Need]) -> None:
        """Read the rows that a rule has named, those that have not been read yet."""
        wanted: dict[tuple[str, str, str], set[str]] = {}
        for need in needs:
            place = (need.side, need.table, need.by)
            if (*place, need.value) not in self._asked:
                wanted.setdefault(place, set()).add(need.value)
                self._asked.add((*place, need.value))
        for (side, table, by), values in wanted.items():
            self._load(side, table, by, sorted(values))

    def _load(self, side: str, table: str, by: str, values: Sequence[str]) -> None:
        mirror = mirror_of(self._connections[Side(side)], table)
        for start in range(0, len(values), 1000):
            part = values[start : start + 1000]
            records = mirror.records.filter(**{f"{by}__in": part}, deleted_at__isnull=True).order_by("key")
            for record in records:
                self._rows.setdefault((side, table, by, getattr(record, by)), []).append(row_of(record))

    def by_key(self, side: str, table: str, key: str) -> Row | None:
        """Return the row with that key, or None."""
        return next(iter(self._rows.get((side, table, "key", key), ())), None)

    def by_number(self, side: str, table: str, number: str) -> Sequence[Row]:
        """Return the rows whose number column holds `number`, in key order."""
        return self._rows.get((side, table, "number", number), ())

    def by_name(self, side: str, table: str, name: str) -> Sequence[Row]:
        """Return the rows whose name column holds `name`, in key order."""
        return self._rows.get((side, table, "name", name), ())
