"""Where lookups lead: couplings, and over them what the present plan is going to create or couple.

A row that this plan creates reads `new:…` even after it has been created, so that a preview and the run that applies it have
the same lines. Ids are put in at the last moment, by `materialized`.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from sync.choices import Direction, ItemStatus, MappingKind, SynchAction
from sync.engine.errors import MissingDependency
from sync.engine.model import Facts
from sync.engine.plan import born_key, is_unborn, unborn
from sync.models import Coupling, IntegrationTableMapping, MirrorRecord, OptionMapping, Plan, PlanItem


class PlanResolver:
    """The planner's resolver for one chunk; `load` first, then ask. Without a plan only what is there counts."""

    def __init__(self, mapping: IntegrationTableMapping, plan: Plan | None, facts: Facts) -> None:
        self._plan = plan
        self._facts = facts
        siblings = IntegrationTableMapping.objects.filter(erp=mapping.erp, crm=mapping.crm)
        self._mappings = {sibling.name: sibling for sibling in siblings}
        self._crm: dict[tuple[str, str], str] = {}
        self._erp: dict[tuple[str, str], str] = {}
        self._options: dict[tuple[str, str], Any] = {}
        self._codes: dict[tuple[str, int], str] = {}
        self._units: dict[str, str] = {}

    def load_to_crm(self, lookups: Iterable[tuple[str, str]]) -> None:
        """Read the couplings of ERP records, as (mapping, ERP key)."""
        for name, keys in _grouped(lookups).items():
            mapping = self._mappings[name]
            planned = self._planned(mapping, keys)
            couplings = Coupling.objects.filter(mapping=mapping, erp_key__in=keys)
            for erp_key, crm_id in couplings.values_list("erp_key", "crm_id"):
                self._crm[name, erp_key] = crm_id
            for erp_key, reference in planned.items():
                self._crm[name, erp_key] = reference

    def _planned(self, mapping: IntegrationTableMapping, keys: list[str]) -> dict[str, str]:
        planned: dict[str, str] = {}
        for item in self._births(mapping).filter(erp_key__in=keys):
            is_born_here = item.action == SynchAction.INSERT and item.direction == Direction.TO
            planned[item.erp_key] = unborn(mapping.name, item.erp_key) if is_born_here else item.crm_id
        return planned

    def _births(self, mapping: IntegrationTableMapping) -> QuerySet[PlanItem]:
        """Return what this plan creates or couples in a mapping."""
        if self._plan is None:
            return PlanItem.objects.none()
        items = PlanItem.objects.filter(
            plan=self._plan, mapping=mapping, action__in=[SynchAction.INSERT, SynchAction.COUPLE]
        )
        return items.exclude(status=ItemStatus.FAILED).only("erp_key", "crm_id", "action", "direction")

    def load_to_erp(self, lookups: Iterable[tuple[str, str]]) -> None:
        """Read the couplings of CRM rows, as (mapping, CRM id).

        A record that this very plan creates in NAV has no number yet: what refers to it waits for the next run, in a preview
        and in the run alike.
        """
        for name, ids in _grouped(lookups).items():
            mapping = self._mappings[name]
            couplings = Coupling.objects.filter(mapping=mapping, crm_id__in=ids)
            for erp_key, crm_id in couplings.values_list("erp_key", "crm_id"):
                self._erp[name, crm_id] = erp_key
            for item in self._births(mapping).filter(crm_id__in=ids):
                if item.action == SynchAction.COUPLE:
                    self._erp[name, item.crm_id] = item.erp_key
                elif item.direction == Direction.FROM:
                    self._erp.pop((name, item.crm_id), None)

    def load_options(self, names: Iterable[str]) -> None:
        """Read the option mappings of these mappings; they are few."""
        for name in set(names):
            mapping = self._mappings[name]
            for code, value in OptionMapping.objects.filter(mapping=mapping).values_list("erp_key", "value"):
                self._options[name, code] = value
                self._codes[name, value] = code
            for item in self._births(mapping):
                if item.action == SynchAction.INSERT:
                    self._options[name, item.erp_key] = unborn(name, item.erp_key)
                elif item.action == SynchAction.COUPLE:
                    self._options[name, item.erp_key] = int(item.crm_id)

    def load_units(self) -> None:
        """Read the base unit of every unit group from the mirror of the unit table."""
        units = MirrorRecord.objects.filter(
            mirror_table__table="uom",
            mirror_table__connection__in=[mapping.crm_id for mapping in self._mappings.values()],
            deleted_at__isnull=True,
        )
        for record in units.order_by("key"):
            schedule = str(record.values.get("uomscheduleid") or "").lower()
            if schedule and record.values.get("isschedulebaseuom", True):
                self._units.setdefault(schedule, record.key)

    def crm_reference(self, target: str, erp_key: str) -> str | None:
        """Return the id or `new:…` reference of the coupled CRM row."""
        return self._crm.get((target, erp_key))

    def erp_key(self, target: str, crm_id: str) -> str | None:
        """Return the key of the coupled ERP record."""
        return self._erp.get((target, crm_id))

    def option_value(self, target: str, code: str) -> Any:
        """Return the option value of a code, `new:…` when this plan creates the option."""
        return self._options.get((target, code))

    def option_code(self, target: str, value: int) -> str | None:
        """Return the code of an option value."""
        return self._codes.get((target, value))

    def base_unit(self, target: str, reference: str) -> str | None:
        """Return the id of the base unit of a unit group; an unborn group stands for its own base unit."""
        return reference if is_unborn(reference) else self._units.get(reference)

    def base_currency(self) -> tuple[str, str]:
        """Return the id of the base currency and NAV's code for it."""
        return self._facts.base_currency_id, self._facts.lcy_code


def _grouped(lookups: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, set[str]] = {}
    for name, key in lookups:
        groups.setdefault(name, set()).add(key)
    return {name: sorted(keys) for name, keys in groups.items()}


class BornResolver:
    """Puts ids in the place of `new:…` references when a plan is applied."""

    def __init__(self, mapping: IntegrationTableMapping) -> None:
        siblings = IntegrationTableMapping.objects.filter(erp=mapping.erp, crm=mapping.crm)
        self._mappings = {sibling.name: sibling for sibling in siblings}
        self._born: dict[str, Any] = {}
        self._units: dict[str, str] = {}

    def load(self, references: Iterable[str]) -> None:
        """Read what became of these references."""
        for name, keys in _grouped(born_key(reference) for reference in references).items():
            mapping = self._mappings[name]
            is_option = mapping.kind == MappingKind.OPTION
            rows: Any = (OptionMapping if is_option else Coupling)._default_manager
            column = "value" if is_option else "crm_id"
            for key, value in rows.filter(mapping=mapping, erp_key__in=keys).values_list("erp_key", column):
                self._born[unborn(name, key)] = value

    def load_units(self, connection_id: int) -> None:
        """Read the base unit of every unit group."""
        rows = MirrorRecord.objects.filter(mirror_table__table="uom", mirror_table__connection_id=connection_id)
        for record in rows.filter(deleted_at__isnull=True):
            schedule = str(record.values.get("uomscheduleid") or "").lower()
            if record.values.get("isschedulebaseuom", True):
                self._units.setdefault(schedule, record.key)

    def materialized(self, value: Any, kind: str) -> Any:
        """Return the value with its real id. Raises MissingDependency when the row was not created after all."""
        if not is_unborn(value):
            return value
        name, key = born_key(value)
        born = self._born.get(value)
        if born is not None and kind == "base_unit":
            born = self._units.get(str(born))
        if born is None:
            raise MissingDependency(
                f"{key} of {name} could not be created in Sales, and this record refers to it. "
                "It follows by itself once that one is in.",
                target=name,
                key=key,
            )
        return born
