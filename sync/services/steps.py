"""Creations that take steps: a product is created as draft, gets its price in the default price list, is published, gets
the list. Each step is one bulk request per chunk; `PlanItem.step` says how many are done, so a killed worker goes on there.

A changed price is kept in step in the default price list in the same way. Source: Dataverse refuses a price list on a product
without an item in that list, and a new product can only be a draft.
"""

from typing import Any

from django.db import transaction

from connector.dataverse.client import DataverseClient, Reference
from connector.errors import IntegrationError
from connector.records import WriteOutcome
from sync.choices import ItemStatus, SynchAction
from sync.models import Coupling, IntegrationTableMapping, PlanItem
from sync.services.catalog import rule_of
from sync.services.intents import chosen_id
from sync.services.leases import lease_check
from sync.services.outcomes import ChunkContext

PRICE_ITEM = "default_price"
CURRENCY_AMOUNT = 1
ACTIVE = 0


def steps_of(mapping: IntegrationTableMapping) -> tuple[str, ...]:
    """Return the steps that follow a creation in this mapping."""
    return tuple(rule_of(mapping).steps)


def steps_apply(context: ChunkContext, crm: DataverseClient, items: list[PlanItem]) -> None:
    """Take the remaining steps for these items; creations and changes of a price alike."""
    ids = _ids(context, items)
    for number, step in enumerate(steps_of(context.mapping), 1):
        due = [item for item in items if item.pk in ids and _is_due(item, step, number)]
        if due:
            _take(context, crm, step, number, due, ids)
    created = [item.pk for item in items if item.action == SynchAction.INSERT and item.status == ItemStatus.PENDING]
    if created:
        with transaction.atomic():
            lease_check(context.chunk, context.token)
            PlanItem.objects.filter(pk__in=created, status=ItemStatus.PENDING, step__gt=len(steps_of(context.mapping))).update(
                status=ItemStatus.APPLIED
            )


def _ids(context: ChunkContext, items: list[PlanItem]) -> dict[int, str]:
    keys = [item.erp_key for item in items]
    pairs = dict(
        Coupling.objects.filter(mapping=context.mapping, erp_key__in=keys).values_list("erp_key", "crm_id")
    )
    return {item.pk: pairs[item.erp_key] for item in items if item.erp_key in pairs}


def _is_due(item: PlanItem, step: str, number: int) -> bool:
    if item.status == ItemStatus.FAILED:
        return False
    if item.action == SynchAction.INSERT:
        return item.step == number
    return step == PRICE_ITEM and "price" in item.payload.get("values", {})


def _take(
    context: ChunkContext, crm: DataverseClient, step: str, number: int, items: list[PlanItem], ids: dict[int, str]
) -> None:
    answers = {
        PRICE_ITEM: _price_items,
        "publish": _publish,
        "default_price_list": _price_list,
    }[step](context, crm, items, ids)
    done = [item for item, answer in zip(items, answers, strict=True) if answer.error is None]
    refused = [(item, answer.error) for item, answer in zip(items, answers, strict=True) if answer.error is not None]
    _store(context, done, refused, number)


def _store(
    context: ChunkContext,
    done: list[PlanItem],
    refused: list[tuple[PlanItem, IntegrationError]],
    number: int,
) -> None:
    from sync.services.crm_writes import failures_store

    with transaction.atomic():
        lease_check(context.chunk, context.token)
        inserts = [item.pk for item in done if item.action == SynchAction.INSERT]
        PlanItem.objects.filter(pk__in=inserts).update(step=number + 1)
    for item in done:
        item.step = number + 1
    for item, _error in refused:
        item.status = ItemStatus.FAILED
    failures_store(context, refused)


def _price_items(
    context: ChunkContext, crm: DataverseClient, items: list[PlanItem], ids: dict[int, str]
) -> list[WriteOutcome]:
    """Create or correct the price list item of each product in the default price list."""
    rows = [_price_row(context, item, ids[item.pk]) for item in items]
    table = "productpricelevel"
    present = crm.existing(table, [key for key, _values in rows], ["productpricelevelid"]) if _may_exist(items) else {}
    outcomes: dict[str, WriteOutcome] = {}
    fresh = [(key, values) for key, values in rows if key not in present]
    if fresh:
        outcomes |= {key: answer for (key, _v), answer in zip(fresh, crm.create_many(table, fresh), strict=True)}
    again = [(key, {"amount": values["amount"]}, None) for key, values in rows if key in present]
    if again:
        outcomes |= {key: answer for (key, _v, _e), answer in zip(again, crm.update_many(table, again), strict=True)}
    return [outcomes[key] for key, _values in rows]


def _may_exist(items: list[PlanItem]) -> bool:
    """A first creation has no price item yet; a change, or a step taken up again after a crash, may have one."""
    return any(item.action == SynchAction.MODIFY or item.payload.get("resumed") for item in items)


def _price_row(context: ChunkContext, item: PlanItem, product_id: str) -> tuple[str, dict[str, Any]]:
    settings = context.mapping.crm.settings or {}
    values = item.payload["values"]
    unit = values.get("defaultuomid", {}).get("resolved")
    row: dict[str, Any] = {
        "pricelevelid": Reference("pricelevel", str(settings["default_price_list_id"])),
        "productid": Reference("product", product_id),
        "amount": float(values.get("price", {}).get("v") or 0),
        "pricingmethodcode": CURRENCY_AMOUNT,
        "transactioncurrencyid": Reference("transactioncurrency", str(settings["base_currency_id"])),
    }
    if unit:
        row["uomid"] = Reference("uom", unit)
    return chosen_id(context.mapping, item.erp_key, 0, f"{product_id}:price"), row


def _publish(
    context: ChunkContext, crm: DataverseClient, items: list[PlanItem], ids: dict[int, str]
) -> list[WriteOutcome]:
    """Make the drafts active."""
    return crm.update_many("product", [(ids[item.pk], {"statecode": ACTIVE, "statuscode": 1}, None) for item in items])


def _price_list(
    context: ChunkContext, crm: DataverseClient, items: list[PlanItem], ids: dict[int, str]
) -> list[WriteOutcome]:
    """Make the default price list the product's own."""
    settings = context.mapping.crm.settings or {}
    values = {"pricelevelid": Reference("pricelevel", str(settings["default_price_list_id"]))}
    return crm.update_many("product", [(ids[item.pk], values, None) for item in items])
