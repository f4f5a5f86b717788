"""Read back: what the other side made of what we sent becomes the confirmed baseline."""

from collections.abc import Iterator

from sync.choices import Direction, MappingKind
from sync.engine.compare import packed, unpacked
from sync.engine.values import canonical_crm
from sync.models import Coupling, IntegrationTableMapping, SynchRunLine
from sync.services.agreement import agreements_store
from sync.services.catalog import connection_of, tables_of
from sync.services.fetch import mirror_fetch
from sync.services.planning import ChunkPlanner
from sync.services.specs import crm_mirror, mapping_spec, mirror_of
from sync.services.storing import rows_update

BATCH = 1000


def read_back_line(line: SynchRunLine) -> bool:
    """Read what a line wrote to Sales and settle its provisional baselines; False when a table is being read by another."""
    mapping = line.mapping
    if mapping.kind == MappingKind.OPTION or line.direction == Direction.FROM:
        return True
    if not Coupling.objects.filter(mapping=mapping, provisional=True).exists():
        return True
    for remote in tables_of(mapping):
        if remote.side == "crm":
            mirror = mirror_of(connection_of(mapping, "crm"), remote.table)
            if not mirror_fetch(mirror, line.run, again=True):
                return False
    for erp_keys in baselines_confirm(mapping):
        plan = ChunkPlanner(line, is_over=True).plan_erp_keys(erp_keys)
        agreements_store(plan.agreed)
    return True


def baselines_confirm(mapping: IntegrationTableMapping) -> Iterator[list[str]]:
    """Settle every provisional baseline of a mapping against the mirror; yield the ERP keys, a batch at a time.

    Equal values are confirmed; different ones last written by us are the target's rewrite (upper case, rounding) and accepted;
    different ones written by somebody else are that person's edit, and the values sent stay as baseline so that it shows.
    Only fields that were sent are settled: what differs in another field is an edit that is still to be seen.
    """
    us = str((mapping.crm.settings or {}).get("integration_user_id", "")).lower()
    fields = {spec.id: spec for spec in mapping_spec(mapping).fields if spec.crm}
    mirror = crm_mirror(mapping)
    while batch := list(Coupling.objects.filter(mapping=mapping, provisional=True).order_by("pk")[:BATCH]):
        rows = {record.key: record for record in mirror.records.filter(key__in=[pair.crm_id for pair in batch])}
        for pair in batch:
            sent, pair.sent, pair.provisional = set(pair.sent), [], False
            row = rows.get(pair.crm_id)
            if row is None or (us and row.modified_by.lower() not in ("", us)):
                continue
            for key, entry in pair.baseline.items():
                if key in sent and key in fields and fields[key].crm in row.values:
                    stored = canonical_crm(fields[key].kind, row.values[fields[key].crm])
                    pair.baseline[key] = packed(unpacked(entry)[0], stored)
        rows_update(batch, ["baseline", "sent", "provisional"])
        yield [pair.erp_key for pair in batch]
