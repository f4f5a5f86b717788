"""Creations that take steps: a product is created as draft, gets its price in the default price list, is published, gets
the list, and is retired where NAV blocks it. Each step is one bulk request per chunk; `PlanItem.step` says how many are
done, so a killed worker's successor goes on there.

A changed price is kept in step in the default price list in the same way. Source: Dataverse refuses a price list on a product
without an item in that list, and a new product can only be a draft.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction

from connector import odata
from connector.dataverse.client import DataverseClient, Reference
from connector.errors import IntegrationError
from connector.records import WriteOutcome
from sync.choices import ItemStatus, SynchAction
from sync.models import Coupling, IntegrationTableMapping, PlanItem
from sync.services.catalog import rule_of
from sync.services.intents import chosen_id
from sync.services.leases import lease_check
from sync.services.outcomes import ChunkContext
from sync.services.specs import crm_mirror
from sync.services.storing import rows_update

PRICE_ITEM = "default_price"
RETIRE = "retire"
CURRENCY_AMOUNT = 1
NO_QUANTITY_CONTROL = 1
ACTIVE, RETIRED, DRAFT = 0, 1, 2
REASONS = {ACTIVE: 1, RETIRED: 2}
"""Default status reason of each state of a product."""
PRODUCTS_PER_LOOK = 50


def steps_of(mapping: IntegrationTableMapping) -> tuple[str, ...]:
    """Return the steps that follow a creation in this mapping."""
    return tuple(rule_of(mapping).steps)


class StepTaker:
    """Takes the steps of the products of one chunk.

    `ready` holds the wire values of each item, by its primary key.
    """

    def __init__(self, context: ChunkContext, crm: DataverseClient, ready: dict[int, dict[str, Any]]) -> None:
        self.context = context
        self.crm = crm
        self.ready = ready
        settings = context.mapping.crm.settings or {}
        self.price_list = str(settings.get("default_price_list_id") or "")
        self.ids: dict[int, str] = {}

    def take(self, items: list[PlanItem]) -> None:
        """Take the remaining steps for these items; creations and changes alike."""
        self.ids = self._product_ids(items)
        names = steps_of(self.context.mapping)
        for number, step in enumerate(names, 1):
            due = [item for item in items if item.pk in self.ids and self._is_due(item, step, number)]
            if due:
                self._take(step, number, due)
        self._close(items, len(names))

    def _close(self, items: list[PlanItem], steps: int) -> None:
        created = [item.pk for item in items if item.action == SynchAction.INSERT and item.status == ItemStatus.PENDING]
        if created:
            with transaction.atomic():
                lease_check(self.context.chunk, self.context.token)
                done = PlanItem.objects.filter(pk__in=created, status=ItemStatus.PENDING, step__gt=steps)
                done.update(status=ItemStatus.APPLIED)
                self._later_agree([item for item in items if item.pk in created and item.step > steps])

    def _later_agree(self, items: list[PlanItem]) -> None:
        """Take the fields that the steps have set into the baselines."""
        later = {item.erp_key: item.payload.get("later", {}) for item in items}
        pairs = list(Coupling.objects.filter(mapping=self.context.mapping, erp_key__in=later))
        for pair in pairs:
            pair.baseline |= later[pair.erp_key]
        rows_update(pairs, ["baseline"])

    def _product_ids(self, items: list[PlanItem]) -> dict[int, str]:
        couplings = Coupling.objects.filter(mapping=self.context.mapping, erp_key__in=[item.erp_key for item in items])
        pairs = dict(couplings.values_list("erp_key", "crm_id"))
        return {item.pk: pairs[item.erp_key] for item in items if item.erp_key in pairs}

    def _is_due(self, item: PlanItem, step: str, number: int) -> bool:
        if item.status == ItemStatus.FAILED:
            return False
        if item.action == SynchAction.INSERT:
            return item.step == number
        if item.payload.get("unfinished"):
            return step != "publish"
        return step == PRICE_ITEM and "price" in item.payload.get("values", {})

    def _take(self, step: str, number: int, items: list[PlanItem]) -> None:
        actions: dict[str, Callable[[list[PlanItem]], list[WriteOutcome]]] = {
            PRICE_ITEM: self._price_items,
            "publish": self._publish,
            "default_price_list": self._price_list,
            RETIRE: self._retire,
        }
        answers = actions[step](items)
        done = [item for item, answer in zip(items, answers, strict=True) if answer.error is None]
        refused = [
            (item, answer.error) for item, answer in zip(items, answers, strict=True) if answer.error is not None
        ]
        self._store(done, refused, number)

    def _store(self, done: list[PlanItem], refused: list[tuple[PlanItem, IntegrationError]], number: int) -> None:
        from sync.services.crm_writes import failures_store

        with transaction.atomic():
            lease_check(self.context.chunk, self.context.token)
            inserts = [item.pk for item in done if item.action == SynchAction.INSERT]
            PlanItem.objects.filter(pk__in=inserts).update(step=number + 1)
        for item in done:
            item.step = number + 1
        for item, _error in refused:
            item.status = ItemStatus.FAILED
        failures_store(self.context, refused)

    # The steps

    def _publish(self, items: list[PlanItem]) -> list[WriteOutcome]:
        """Make the drafts active."""
        return self._products_change(items, {"statecode": ACTIVE, "statuscode": REASONS[ACTIVE]})

    def _price_list(self, items: list[PlanItem]) -> list[WriteOutcome]:
        """Make the default price list the product's own."""
        return self._products_change(items, {"pricelevelid": Reference("pricelevel", self.price_list)})

    def _retire(self, items: list[PlanItem]) -> list[WriteOutcome]:
        """Retire those that NAV blocks; the others need nothing."""
        blocked = [item for item in items if item.payload.get("state") == RETIRED]
        changed = self._products_change(blocked, {"statecode": RETIRED, "statuscode": REASONS[RETIRED]})
        answers = {item.pk: answer for item, answer in zip(blocked, changed, strict=True)}
        return [answers.get(item.pk) or WriteOutcome(key=self.ids[item.pk]) for item in items]

    def _products_change(self, items: list[PlanItem], values: dict[str, Any]) -> list[WriteOutcome]:
        return self.crm.update_many("product", [(self.ids[item.pk], values, None) for item in items])

    def _price_items(self, items: list[PlanItem]) -> list[WriteOutcome]:
        """Create or correct the price list item of each product in the default price list."""
        present = self._present_price_items([item for item in items if _may_have_price_item(item)])
        fresh = [item for item in items if self.ids[item.pk] not in present]
        again = [item for item in items if self.ids[item.pk] in present]
        outcomes: dict[int, WriteOutcome] = {}
        if fresh:
            rows = [(self._price_item_id(item), self._price_row(item)) for item in fresh]
            outcomes |= _by_item(fresh, self.crm.create_many("productpricelevel", rows))
        if again:
            changes = [(present[self.ids[item.pk]], {"amount": self._price(item)}, None) for item in again]
            outcomes |= _by_item(again, self.crm.update_many("productpricelevel", changes))
        return [outcomes[item.pk] for item in items]

    def _present_price_items(self, items: list[PlanItem]) -> dict[str, str]:
        """Return the ids of the price list items that these products have in the default price list, by product id."""
        found: dict[str, str] = {}
        for start in range(0, len(items), PRODUCTS_PER_LOOK):
            products = [self.ids[item.pk] for item in items[start : start + PRODUCTS_PER_LOOK]]
            where = odata.all_of(
                [
                    odata.compare("_pricelevelid_value", "eq", self.price_list, "Edm.Guid"),
                    odata.any_of("_productid_value", products, "Edm.Guid"),
                ]
            )
            for record in self.crm.iter_records("productpricelevel", ["productid"], where=where):
                found.setdefault(str(record.values["productid"]), record.key)
        return found

    def _price_item_id(self, item: PlanItem) -> str:
        return chosen_id(self.context.mapping, item.erp_key, 0, f"{self.ids[item.pk]}:price")

    def _price_row(self, item: PlanItem) -> dict[str, Any]:
        row: dict[str, Any] = {
            "pricelevelid": Reference("pricelevel", self.price_list),
            "productid": Reference("product", self.ids[item.pk]),
            "amount": self._price(item),
            "pricingmethodcode": CURRENCY_AMOUNT,
            "quantitysellingcode": NO_QUANTITY_CONTROL,
        }
        if unit := self._unit(item):
            row["uomid"] = Reference("uom", unit)
        return row

    def _price(self, item: PlanItem) -> float:
        value = item.payload["values"].get("price", {}).get("v")
        if value is None and item.action == SynchAction.MODIFY:
            record = crm_mirror(self.context.mapping).records.filter(key=self.ids[item.pk]).first()
            value = record.values.get("price") if record else None
        return float(value or 0)

    def _unit(self, item: PlanItem) -> str:
        reference = self.ready.get(item.pk, {}).get("defaultuomid")
        if isinstance(reference, Reference):
            return reference.id
        record = crm_mirror(self.context.mapping).records.filter(key=self.ids[item.pk]).first()
        return str(record.values.get("defaultuomid") or "") if record else ""


def _may_have_price_item(item: PlanItem) -> bool:
    """A first creation has no price item yet; a change, or a step taken up again after a crash, may have one."""
    return item.action == SynchAction.MODIFY or bool(item.payload.get("resumed"))


def _by_item(items: Iterable[PlanItem], answers: Iterable[WriteOutcome]) -> dict[int, WriteOutcome]:
    return {item.pk: answer for item, answer in zip(items, answers, strict=True)}
