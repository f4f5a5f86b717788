"""The second pass: fields that refer to records of a later line of the same run (primary contact ↔ parent account)."""

from sync.choices import FieldStatus, SynchAction
from sync.engine.plan import is_unborn
from sync.models import Coupling, IntegrationTableMapping, PlanItem, SynchRunLine


def later_targets(mapping: IntegrationTableMapping, later: set[str]) -> set[str]:
    """Return the mappings among `later` that enabled lookups of this mapping point to."""
    fields = mapping.fields.filter(status=FieldStatus.ENABLED, kind="lookup", target__in=later)
    return set(fields.values_list("target", flat=True))


def waiting_keys(line: SynchRunLine) -> list[str]:
    """Return the ERP keys whose first pass left fields for the second, in key order."""
    if line.run.preview:
        items = _first_pass_items(line)
        return sorted({item.erp_key for item in items if item.payload.get("deferred")})
    waiting = Coupling.objects.filter(mapping=line.mapping).exclude(deferred=[])
    return sorted(waiting.values_list("erp_key", flat=True))


def waiting_fields(line: SynchRunLine, keys: list[str]) -> dict[str, tuple[str, set[str]]]:
    """Return, per ERP key, the CRM row (or its `new:…` reference) and the ids of the field mappings that wait."""
    planned = {
        item.erp_key: (item.crm_id, set(item.payload.get("deferred", [])))
        for item in _first_pass_items(line).filter(erp_key__in=keys)
        if item.payload.get("deferred")
    }
    if line.run.preview:
        return planned
    waiting = Coupling.objects.filter(mapping=line.mapping, erp_key__in=keys).exclude(deferred=[])
    return {pair.erp_key: (pair.crm_id, set(pair.deferred)) for pair in waiting}


def shown_reference(line: SynchRunLine, erp_key: str, crm_id: str) -> str:
    """Return how a plan line names the CRM row: `new:…` when the first pass of this run created it."""
    if is_unborn(crm_id):
        return crm_id
    item = _first_pass_items(line).filter(erp_key=erp_key, action=SynchAction.INSERT).first()
    return item.crm_id if item else crm_id


def shown_references(line: SynchRunLine, keys: list[str]) -> dict[str, str]:
    """Return the `new:…` references of the rows that the first pass of this run created, by ERP key."""
    items = _first_pass_items(line).filter(erp_key__in=keys, action=SynchAction.INSERT)
    return dict(items.values_list("erp_key", "crm_id"))


def _first_pass_items(line: SynchRunLine):  # type: ignore[no-untyped-def]
    return PlanItem.objects.filter(
        plan=line.run.plan, mapping=line.mapping, line__pass_number=1, direction="to", erp_key__gt=""
    )
