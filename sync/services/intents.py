"""Intents: what is about to be created, so that a lost answer or a killed worker never makes a twin."""

import hashlib
import uuid
from typing import Any

from django.db import IntegrityError, transaction

from sync.models import IntegrationTableMapping, PlanItem, WriteIntent
from sync.services.leases import database_now, lease_check
from sync.services.outcomes import ChunkContext
from sync.services.storing import rows_update

OPEN, DONE, FAILED = "open", "done", "failed"


def chosen_id(mapping: IntegrationTableMapping, erp_key: str, birth: int, part: str = "") -> str:
    """Return the id under which an ERP record is created in Sales: the same for the same birth of the same record."""
    organization = str((mapping.crm.settings or {}).get("organization_id") or mapping.crm_id)
    name = "\n".join([organization, mapping.erp.company, mapping.name, erp_key, str(birth), part])
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def intents_open(context: ChunkContext, items: list[PlanItem]) -> tuple[dict[str, WriteIntent], set[str]]:
    """Write an open intent per creation before anything is sent; return them by source key.

    The second value holds the keys whose intent was open already: an earlier worker may have sent them, so they are read
    back before anything is sent again.
    """
    direction = items[0].direction
    keys = [source_key(item) for item in items]
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        present = _by_key(context.mapping, direction, keys)
        doubtful = {key for key, intent in present.items() if intent.state == OPEN}
        fresh: list[WriteIntent] = []
        again: list[WriteIntent] = []
        for item in items:
            key = source_key(item)
            if key in doubtful:
                continue
            old = present.get(key)
            birth = old.birth + (1 if old.state == DONE else 0) if old else 0
            intent = old or WriteIntent(mapping=context.mapping, direction=direction, source_key=key)
            intent.birth, intent.state, intent.written, intent.line = birth, OPEN, False, context.line
            intent.target_key = chosen_id(context.mapping, key, birth) if direction == "to" else ""
            intent.values = item.payload["values"] if direction == "from" else {}
            (again if old else fresh).append(intent)
        WriteIntent.objects.bulk_create(fresh, batch_size=500)
        columns = ["birth", "state", "written", "line", "target_key", "values"]
        rows_update(again, columns)
    return _by_key(context.mapping, direction, keys), doubtful


def intents_close(mapping: IntegrationTableMapping, direction: str, keys: list[str], state: str) -> None:
    """Close intents with their outcome, inside the transaction that stores it."""
    for start in range(0, len(keys), 1000):
        WriteIntent.objects.filter(
            mapping=mapping, direction=direction, source_key__in=keys[start : start + 1000]
        ).update(state=state, fingerprint=None)


def intent_written(context: ChunkContext, intent: WriteIntent, values: dict[str, Any]) -> bool:
    """Note, before a request with these values goes out, that its answer may get lost; tell whether it may go out.

    It may not while an equal creation is open, here or at another worker: a constraint sees to it. The record that came of
    them could not be told apart.
    """
    try:
        with transaction.atomic():
            lease_check(context.chunk, context.token)
            WriteIntent.objects.filter(pk=intent.pk).update(
                written=True, sent_at=database_now(), values=values, fingerprint=_fingerprint(values)
            )
    except IntegrityError:
        return False
    return True


def _fingerprint(values: dict[str, Any]) -> str:
    """Return the same text for values that NAV's records cannot be told apart by: case does not count."""
    parts = [f"{name}={value['v'] if value['v'] is not None else ''}".casefold() for name, value in values.items()]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def intent_unsent(context: ChunkContext, intent: WriteIntent) -> None:
    """Note that a request was surely not carried out, so that it can be repeated without waiting."""
    with transaction.atomic():
        lease_check(context.chunk, context.token)
        WriteIntent.objects.filter(pk=intent.pk).update(written=False, sent_at=None, fingerprint=None)


def source_key(item: PlanItem) -> str:
    """Return the key of the record that a creation comes from."""
    return item.erp_key if item.direction == "to" else item.crm_id


def _by_key(mapping: IntegrationTableMapping, direction: str, keys: list[str]) -> dict[str, WriteIntent]:
    intents = WriteIntent.objects.filter(mapping=mapping, direction=direction, source_key__in=keys)
    return {intent.source_key: intent for intent in intents}
