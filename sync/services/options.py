"""Option mappings: ERP codes tied to the values of a choice column (payment terms, shipment methods, shipping agents)."""

from collections import Counter
from collections.abc import Mapping

from django.db import transaction

from connector.dataverse.choices import Option
from connector.errors import IntegrationError
from sync.adapters import crm_client
from sync.choices import ItemStatus, SynchAction
from sync.defaults import MAPPINGS
from sync.engine.plan import Action, unborn
from sync.engine.values import match_key
from sync.models import OptionMapping, PlanItem, SynchRunLine
from sync.services.intents import DONE, intents_close, intents_open
from sync.services.jobs import counters_add, entries_add, job_of
from sync.services.leases import lease_check
from sync.services.outcomes import ChunkContext
from sync.services.plan_writer import ChunkPlan
from sync.services.requests import count_requests
from sync.services.specs import crm_mirror, erp_mirror, mapping_spec

TO = "to"
FIRST_VALUE = 100_000_000
"""Where the values of a customer's own options begin."""


def options_plan(line: SynchRunLine, keys: list[str]) -> ChunkPlan:
    """Plan the ERP codes with these keys: tie equal labels, add missing options, rename changed ones."""
    mapping_spec(line.mapping)
    plan = ChunkPlan(counters={TO: Counter()})
    labels = {
        int(record.key): str(record.values.get("label") or "")
        for record in crm_mirror(line.mapping).records.filter(deleted_at__isnull=True)
    }
    tied = {option.erp_key: option.value for option in OptionMapping.objects.filter(mapping=line.mapping)}
    free = {match_key(label): value for value, label in sorted(labels.items()) if value not in tied.values()}
    rows = erp_mirror(line.mapping).records.filter(key__in=keys, deleted_at__isnull=True).order_by("key")
    for row in rows:
        code = str(row.values.get("Code") or row.key)
        if row.key in tied and tied[row.key] in labels:
            _plan_tied(plan, row.key, code, tied[row.key], labels[tied[row.key]])
        elif (value := free.pop(match_key(code), None)) is not None:
            action = Action(TO, SynchAction.COUPLE.value, row.key, str(value), row.name or code, reason="Same code.")
            plan.actions.append(action)
        else:
            plan.actions.append(_new_option(line, row.key, row.name or code, code))
    return plan


def _plan_tied(plan: ChunkPlan, key: str, code: str, value: int, label: str) -> None:
    if match_key(label) == match_key(code):
        plan.counters[TO]["unchanged"] += 1
        return
    fields = {"label": [label, code]}
    payload = {"values": {"label": {"v": code, "k": "text", "t": ""}}}
    plan.actions.append(
        Action(TO, SynchAction.MODIFY.value, key, str(value), code, fields, payload, "Changed in NAV: Code.")
    )


def _new_option(line: SynchRunLine, key: str, name: str, code: str) -> Action:
    if "," in code:
        reason = f"The code {code} holds a comma, which an option in Sales must not have. Rename the code in NAV."
        return Action(
            TO, SynchAction.FAIL.value, key, "", name, reason=reason, code="comma_in_code", cause="comma_in_code"
        )
    payload = {"values": {"label": {"v": code, "k": "text", "t": ""}}, "baseline": {}}
    fields = {"label": [None, code]}
    crm = unborn(line.name, key)
    return Action(TO, SynchAction.INSERT.value, key, crm, name, fields, payload, "Not in Sales yet.")


def options_insert(context: ChunkContext, items: list[PlanItem]) -> None:
    """Add options, in the twin columns of the documents too: one look, one request for all of them, one publication.

    The look before adding makes a repetition after a crash harmless: an option that is there is taken. What a cut-off attempt
    has added lies there as a draft, which nobody sees before it is published; so that is done first.
    """
    _intents, doubtful = intents_open(context, items)
    columns = _columns(context)
    with crm_client(context.mapping.crm) as crm, count_requests(context.run.pk, "crm", crm):
        if doubtful:
            crm.choices.publish(table for table, _column in columns)
        present = crm.choices.read(columns)
        values = _values(items, present[columns[0]])
        wanted = [
            (item, Option(table, column, values[item.pk], _label(item)))
            for item in items
            for table, column in columns
            if values[item.pk] not in present[table, column]
        ]
        outcomes = crm.choices.insert([option for _item, option in wanted])
        crm.choices.publish(table for table, _column in columns)
    refused = {
        item.pk: outcome.error for (item, _option), outcome in zip(wanted, outcomes, strict=True) if outcome.error
    }
    _store(context, [item for item in items if item.pk not in refused], values)
    _refuse(context, items, refused)


def _values(items: list[PlanItem], present: dict[int, str]) -> dict[int, int]:
    """Return the value of each new option: the present one of equal label, else the next free one."""
    by_label = {match_key(label): value for value, label in present.items()}
    following = max([FIRST_VALUE, *(value + 1 for value in present)])
    values: dict[int, int] = {}
    for item in items:
        value = by_label.get(match_key(_label(item)))
        if value is None:
            value, following = following, following + 1
        values[item.pk] = value
    return values


def _label(item: PlanItem) -> str:
    return str(item.payload["values"]["label"]["v"])


def _columns(context: ChunkContext) -> list[tuple[str, str]]:
    default = next((default for default in MAPPINGS if default.name == context.mapping.name), None)
    twins = default.twin_columns if default else ()
    return [(context.mapping.crm_table, context.mapping.option_column), *twins]


def _store(context: ChunkContext, items: list[PlanItem], values: dict[int, int]) -> None:
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        for item in items:
            OptionMapping.objects.update_or_create(
                mapping=context.mapping,
                erp_key=item.erp_key,
                defaults={"value": values[item.pk], "label": _label(item)},
            )
        intents_close(context.mapping, TO, [item.erp_key for item in items], DONE)
        job = job_of(context.line, TO)
        counters_add(job, {"inserted": len(items)})
        entries_add(job, [(item, str(values[item.pk])) for item in items])
        PlanItem.objects.filter(pk__in=[item.pk for item in items]).update(status=ItemStatus.APPLIED)


def _refuse(context: ChunkContext, items: list[PlanItem], refused: Mapping[int, IntegrationError]) -> None:
    from sync.services.crm_writes import failures_store

    failures_store(context, [(item, refused[item.pk]) for item in items if item.pk in refused])


def options_rename(context: ChunkContext, items: list[PlanItem]) -> None:
    """Rename options whose code changed, in the twin columns too."""
    columns = _columns(context)
    with crm_client(context.mapping.crm) as crm, count_requests(context.run.pk, "crm", crm):
        present = crm.choices.read(columns)
        wanted = [
            (item, Option(table, column, int(item.crm_id), _label(item)))
            for item in items
            for table, column in columns
            if int(item.crm_id) in present[table, column]
        ]
        outcomes = crm.choices.rename([option for _item, option in wanted])
        crm.choices.publish(table for table, _column in columns)
    refused = {
        item.pk: outcome.error for (item, _option), outcome in zip(wanted, outcomes, strict=True) if outcome.error
    }
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        renamed = [item for item in items if item.pk not in refused]
        for item in renamed:
            OptionMapping.objects.filter(mapping=context.mapping, erp_key=item.erp_key).update(label=_label(item))
        job = job_of(context.line, TO)
        counters_add(job, {"modified": len(renamed)})
        entries_add(job, [(item, "") for item in renamed])
        PlanItem.objects.filter(pk__in=[item.pk for item in renamed]).update(status=ItemStatus.APPLIED)
    _refuse(context, items, refused)


def options_couple(context: ChunkContext, items: list[PlanItem]) -> None:
    """Tie codes to options that exist; runs inside the caller's transaction."""
    for item in items:
        OptionMapping.objects.update_or_create(
            mapping=context.mapping, erp_key=item.erp_key, defaults={"value": int(item.crm_id), "label": item.name}
        )
