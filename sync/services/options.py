"""Option mappings: ERP codes tied to the values of a choice column (payment terms, shipment methods, shipping agents)."""

from collections import Counter

from django.db import transaction

from connector.errors import IntegrationError, Permanent, Retryable
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
        plan.seen += 1
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
    """Add options, in the twin columns of the documents too; after a crash the option set is read before adding again."""
    table, column = context.mapping.crm_table, context.mapping.option_column
    _intents, doubtful = intents_open(context, items)
    with crm_client(context.mapping.crm) as crm, count_requests(context.run.pk, "crm", crm):
        present = {match_key(label): value for value, label in crm.options(table, column).items()} if doubtful else {}
        for item in items:
            label = str(item.payload["values"]["label"]["v"])
            try:
                value = present.get(match_key(label)) if item.erp_key in doubtful else None
                if value is None:
                    value = crm.insert_option(table, column, label)
                for twin_table, twin_column in _twins(context):
                    _insert_twin(crm, twin_table, twin_column, label, value)
            except (Retryable, Permanent):
                raise
            except IntegrationError as error:
                from sync.services.crm_writes import failures_store

                failures_store(context, [(item, error)])
                continue
            _store(context, item, value, label)


def _insert_twin(crm, table: str, column: str, label: str, value: int) -> None:  # type: ignore[no-untyped-def]
    if value not in crm.options(table, column):
        crm.insert_option(table, column, label, value)


def _twins(context: ChunkContext) -> tuple[tuple[str, str], ...]:
    default = next((default for default in MAPPINGS if default.name == context.mapping.name), None)
    return default.twin_columns if default else ()


def _store(context: ChunkContext, item: PlanItem, value: int, label: str) -> None:
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        OptionMapping.objects.update_or_create(
            mapping=context.mapping, erp_key=item.erp_key, defaults={"value": value, "label": label}
        )
        intents_close(context.mapping, TO, [item.erp_key], DONE)
        job = job_of(context.line, TO)
        counters_add(job, {"inserted": 1})
        entries_add(job, [(item, str(value))])
        PlanItem.objects.filter(pk=item.pk).update(status=ItemStatus.APPLIED)


def options_rename(context: ChunkContext, items: list[PlanItem]) -> None:
    """Rename options whose code changed."""
    table, column = context.mapping.crm_table, context.mapping.option_column
    with crm_client(context.mapping.crm) as crm, count_requests(context.run.pk, "crm", crm):
        for item in items:
            label = str(item.payload["values"]["label"]["v"])
            crm.update_option(table, column, int(item.crm_id), label)
            with transaction.atomic():
                lease_check(context.chunk, context.token)
                OptionMapping.objects.filter(mapping=context.mapping, erp_key=item.erp_key).update(label=label)
                job = job_of(context.line, TO)
                counters_add(job, {"modified": 1})
                entries_add(job, [(item, "")])
                PlanItem.objects.filter(pk=item.pk).update(status=ItemStatus.APPLIED)


def options_couple(context: ChunkContext, items: list[PlanItem]) -> None:
    """Tie codes to options that exist; runs inside the caller's transaction."""
    for item in items:
        OptionMapping.objects.update_or_create(
            mapping=context.mapping, erp_key=item.erp_key, defaults={"value": int(item.crm_id), "label": item.name}
        )
