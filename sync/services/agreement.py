"""Pairs that were compared and agreed, and have not moved since: they need not be loaded and compared once more.

A token stands for everything a comparison looks at: the content of both rows, and the *scenery* around them, which is the
mapping, the facts, the couplings and options that lookups lead to, and the related tables. One of them moves, and the
token no longer fits; then the pair is compared as ever.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import Count, Max

from connector.models import Connection
from sync.choices import CouplingState, MappingKind, SynchAction
from sync.engine.model import Facts, MappingSpec
from sync.engine.rules.base import Rule
from sync.models import Coupling, IntegrationTableMapping, MirrorRecord, MirrorTable, OptionMapping, Plan, PlanItem

COMPARISON = 1
"""Raise it with every change in how pairs are compared: what agreed under the old way is compared again."""


def scenery(mapping: IntegrationTableMapping, spec: MappingSpec, facts: Facts, rule: Rule) -> str:
    """Return a text that changes with whatever a comparison looks at beside the two rows themselves."""
    around = facts if rule.depends_on_day else replace(facts, today="")
    partners = [_partners(target) for target in _targets(mapping, spec)]
    erp_tables = (*rule.erp_tables, mapping.erp_table) if rule.sees_siblings else rule.erp_tables
    parts = [COMPARISON, spec, around, partners, _related(mapping.erp, erp_tables)]
    parts.append(_related(mapping.crm, tuple(table for table in rule.crm_tables if table not in rule.only_for_new)))
    text = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS, default=_plain)
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()


def lookups_move(mapping: IntegrationTableMapping, spec: MappingSpec, plan: Plan) -> bool:
    """Tell whether this plan creates or couples records that the mapping's lookups may lead to."""
    births = PlanItem.objects.filter(plan=plan, mapping__in=_targets(mapping, spec))
    return births.filter(action__in=[SynchAction.INSERT, SynchAction.COUPLE]).exists()


def _targets(mapping: IntegrationTableMapping, spec: MappingSpec) -> list[IntegrationTableMapping]:
    names = {field.target for field in spec.fields if field.target}
    return list(
        IntegrationTableMapping.objects.filter(erp=mapping.erp, crm=mapping.crm, name__in=names).order_by("name")
    )


def _partners(target: IntegrationTableMapping) -> Any:
    if target.kind == MappingKind.OPTION:
        return sorted(OptionMapping.objects.filter(mapping=target).values_list("erp_key", "value"))
    # A coupling never changes its two ends: records that are coupled anew get a new row.
    return Coupling.objects.filter(mapping=target).aggregate(Count("pk"), Max("pk"))


def _related(remote: Connection, tables: tuple[str, ...]) -> list[Any]:
    """Return how many rows the related tables have, and when one was last seen to differ or to be gone."""
    if not tables:
        return []
    rows = MirrorRecord.objects.filter(mirror_table__connection=remote, mirror_table__table__in=tables)
    return sorted(rows.values_list("mirror_table__table").annotate(Count("pk"), Max("changed_at")))


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


class Agreement:
    """The tokens of one chunk's pairs; `around` is the scenery, or empty while lookups move: then nothing is passed over."""

    def __init__(self, mapping: IntegrationTableMapping, erp: MirrorTable, crm: MirrorTable, around: str) -> None:
        self._mapping = mapping
        self._erp = erp
        self._crm = crm
        self._around = around
        self._digests: dict[str, dict[str, str]] = {"erp": {}, "crm": {}}

    def unmoved(self, erp_keys: Iterable[str]) -> set[str]:
        """Return the keys of the coupled records that agree still."""
        if not self._around:
            return set()
        pairs = list(self._pairs(erp_keys))
        self._digests["erp"] |= _digests(self._erp, [erp_key for erp_key, _crm_id, _agreed in pairs])
        self._digests["crm"] |= _digests(self._crm, [crm_id for _erp_key, crm_id, _agreed in pairs])
        return {erp_key for erp_key, crm_id, agreed in pairs if agreed and agreed == self.token(erp_key, crm_id)}

    def token(self, erp_key: str, crm_id: str) -> str:
        """Return what stands for a pair as it is now; empty when there is nothing to go by."""
        erp, crm = self._digests["erp"].get(erp_key), self._digests["crm"].get(crm_id)
        if not (self._around and erp and crm):
            return ""
        return hashlib.sha1(f"{self._around}{erp}{crm}".encode(), usedforsecurity=False).hexdigest()

    def _pairs(self, erp_keys: Iterable[str]) -> Iterable[tuple[str, str, str]]:
        pairs = Coupling.objects.filter(mapping=self._mapping, erp_key__in=list(erp_keys), **SETTLED)
        return pairs.values_list("erp_key", "crm_id", "agreed")


SETTLED: dict[str, Any] = {
    "state": CouplingState.IN_SYNC,
    "skipped": False,
    "provisional": False,
    "deferred": [],
}
"""Couplings about which nothing is open."""


def is_settled(pair: Coupling) -> bool:
    """Tell whether nothing is open about a coupling."""
    return all(getattr(pair, name) == value for name, value in SETTLED.items())


def _digests(mirror: MirrorTable, keys: list[str]) -> dict[str, str]:
    rows = mirror.records.filter(key__in=keys, deleted_at__isnull=True)
    return dict(rows.values_list("key", "content_hash"))


def agreements_store(tokens: dict[int, str]) -> None:
    """Keep the tokens of pairs that have just been compared and agreed, by coupling."""
    if not tokens:
        return
    table = connection.ops.quote_name(Coupling._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET agreed = %s WHERE id = %s",  # noqa: S608
            [(token, pk) for pk, token in tokens.items()],
        )
