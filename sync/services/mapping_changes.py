"""Changes to a mapping's settings: `set_mapping NAME key=value…`, checked before anything is stored, and written down."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction

from connector.errors import ConfigurationError
from sync.choices import RUN_ENDS, ConflictScope, DeletionConflict, Direction, FieldStatus, MappingKind, UpdateConflict
from sync.engine.filters import filter_text, parse_filter
from sync.models import AuditEvent, IntegrationTableMapping, JobQueueEntry, MirrorTable, SynchRunLine
from sync.services.catalog import catalog_note, connection_of
from sync.services.mapping_texts import ON_HOLD, READY, criteria_store, schedule_set
from sync.services.runs import RunRefused

Change = tuple[str, Any, Any]
_LIMIT = re.compile(r"\d{1,6}(\.\d+)?%|\d{1,9}|")
LONGEST_INTERVAL_MINUTES = 7 * 24 * 60


def mapping_named(name: str) -> IntegrationTableMapping:
    """Return a mapping by its name. Raises ConfigurationError naming those that there are."""
    mapping = IntegrationTableMapping.objects.filter(name=name).order_by("pk").first()
    if mapping is None:
        known = ", ".join(IntegrationTableMapping.objects.order_by("position").values_list("name", flat=True))
        raise ConfigurationError(
            f"There is no mapping called {name}. The mappings are: {known or 'none'}.", code="unknown_mapping"
        )
    return mapping


def mapping_set(name: str, settings: Mapping[str, str], user: str) -> list[Change]:
    """Change settings of a mapping, given as texts by key (design 9), and return what changed: (key, before, after).

    All or nothing. Raises ConfigurationError for an unknown key or value, naming it, RunRefused while a run holds the mapping.
    """
    mapping = mapping_named(name)
    unknown = sorted(set(settings) - SETTERS.keys())
    if unknown:
        raise ConfigurationError(
            f"A mapping has no setting {unknown[0]!r}. The settings are: {', '.join(SETTERS)}.", code="unknown_setting"
        )
    with transaction.atomic():
        refuse_if_held([mapping])
        before = settings_of(mapping)
        for key, text in settings.items():
            SETTERS[key](mapping, text.strip())
        mapping.save()
        mapping.refresh_from_db()
        after = settings_of(mapping)
        changes = [(key, before[key], after[key]) for key in before if before[key] != after[key]]
        if changes:
            AuditEvent.objects.create(
                who=user, what="mapping_changed", on_what=name, details={key: [old, new] for key, old, new in changes}
            )
            catalog_note(IntegrationTableMapping.objects.filter(erp=mapping.erp, crm=mapping.crm))
    return changes


def refuse_if_held(mappings: Iterable[IntegrationTableMapping]) -> None:
    """Refuse while a run is at work on one of these mappings: its plan was made with the present settings. Raises RunRefused."""
    lines = SynchRunLine.objects.filter(mapping__in=list(mappings)).exclude(run__status__in=RUN_ENDS)
    held = lines.select_related("run").order_by("position").first()
    if held:
        run = held.run
        raise RunRefused(
            f"{run} was started by {run.started_by} and is still at work on {held.name}. "
            "Wait for its end, or stop it on the page CRM Full Synch. Review.",
            run,
        )


def settings_of(mapping: IntegrationTableMapping) -> dict[str, Any]:
    """Return the settings of a mapping by the keys of `set_mapping`, as they are now."""
    entry = JobQueueEntry.objects.filter(mapping=mapping).first()
    return {
        "direction": mapping.direction,
        "only_coupled": mapping.only_coupled,
        "update_conflict": mapping.update_conflict,
        "conflict_scope": mapping.conflict_scope,
        "deletion_conflict": mapping.deletion_conflict,
        "create_new": mapping.create_new,
        "match": ",".join(criterion.erp_field for criterion in mapping.criteria.all() if criterion.automatic),
        "erp_filter": filter_text(mapping.erp_filter),
        "crm_filter": filter_text(mapping.crm_filter),
        "schedule": ON_HOLD if entry is None or entry.status == ON_HOLD else READY,
        "interval_minutes": entry.minutes_between_runs if entry else mapping.interval_minutes,
        "mass_change_limit": mapping.mass_change_limit,
    }


def _wrong(mapping: IntegrationTableMapping, key: str, text: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"{mapping.name}: {key}={text} is not possible. {what}", code="wrong_value")


def _choice(key: str, choices: Iterable[str]) -> Callable[[IntegrationTableMapping, str], None]:
    known = [str(choice) for choice in choices]

    def set_choice(mapping: IntegrationTableMapping, text: str) -> None:
        if text not in known:
            raise _wrong(mapping, key, text, f"It is one of {', '.join(known)}.")
        setattr(mapping, key, text)

    return set_choice


def _direction(mapping: IntegrationTableMapping, text: str) -> None:
    _choice("direction", Direction.values)(mapping, text)
    if mapping.kind == MappingKind.OPTION and text != Direction.TO:
        raise _wrong(mapping, "direction", text, "The values of a choice column go to Sales only.")
    ways = set(mapping.fields.exclude(status=FieldStatus.DISABLED).values_list("direction", flat=True))
    for way, words in ((Direction.TO, "to Sales"), (Direction.FROM, "to NAV")):
        if text in {way, Direction.BOTH} and not ways & {way, Direction.BOTH}:
            raise _wrong(mapping, "direction", text, f"No field row of it goes {words}.")


def _switch(key: str) -> Callable[[IntegrationTableMapping, str], None]:
    def set_switch(mapping: IntegrationTableMapping, text: str) -> None:
        if text not in {"true", "false"}:
            raise _wrong(mapping, key, text, "It is true or false.")
        setattr(mapping, key, text == "true")

    return set_switch


def _filter(key: str, side: str) -> Callable[[IntegrationTableMapping, str], None]:
    def set_filter(mapping: IntegrationTableMapping, text: str) -> None:
        conditions = parse_filter(text)
        known = columns_of(mapping, side)
        unknown = [column for column, _operator, _value in conditions if known and column not in known]
        if unknown:
            table = mapping.erp_table if side == "erp" else mapping.crm_table
            raise _wrong(mapping, key, text, f"{table} has no column {unknown[0]}.")
        setattr(mapping, key, [list(condition) for condition in conditions])

    return set_filter


def columns_of(mapping: IntegrationTableMapping, side: str) -> set[str]:
    """Return the columns that a mapping's table is known to have; empty while its metadata was never read."""
    table = mapping.erp_table if side == "erp" else mapping.crm_table
    mirror = MirrorTable.objects.filter(connection=connection_of(mapping, side), table=table).first()
    return set(mirror.metadata.get("columns", {})) if mirror else set()


def _match(mapping: IntegrationTableMapping, text: str) -> None:
    """Choose the fields by which records are coupled without asking, in this order; the criteria that only ask stay."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    asking = [_criterion_text(row) for row in mapping.criteria.all() if not row.automatic]
    chosen = [_criterion_named(mapping, name, text) for name in names]
    taken = {(row["erp"], row["crm"]) for row in chosen}
    criteria_store(mapping, chosen + [row for row in asking if (row["erp"], row["crm"]) not in taken])


def _criterion_text(row: Any) -> dict[str, Any]:
    return {
        "erp": row.erp_field,
        "crm": row.crm_field,
        "automatic": row.automatic,
        "case_sensitive": row.case_sensitive,
    }


def _criterion_named(mapping: IntegrationTableMapping, name: str, text: str) -> dict[str, Any]:
    kept = mapping.criteria.filter(erp_field=name).first() or mapping.criteria.filter(crm_field=name).first()
    if kept is not None:
        return _criterion_text(kept) | {"automatic": True}
    rows = mapping.fields.exclude(status=FieldStatus.UNAVAILABLE).exclude(erp_field="").exclude(crm_field="")
    row = rows.filter(erp_field=name).first() or rows.filter(crm_field=name).first()
    if row is None or row.erp_field.startswith("@"):
        known = ", ".join(dict.fromkeys(each.erp_field for each in rows if not each.erp_field.startswith("@")))
        raise _wrong(mapping, "match", text, f"There is no field row for {name}. There are: {known}.")
    return {"erp": row.erp_field, "crm": row.crm_field, "automatic": True, "case_sensitive": False}


def _schedule(mapping: IntegrationTableMapping, text: str) -> None:
    if text not in {READY, ON_HOLD}:
        raise _wrong(mapping, "schedule", text, f"It is {READY} or {ON_HOLD}.")
    entry, _new = JobQueueEntry.objects.get_or_create(mapping=mapping)
    schedule_set(entry, text)
    entry.save(update_fields=["status"])


def _interval(mapping: IntegrationTableMapping, text: str) -> None:
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_INTERVAL_MINUTES:
        raise _wrong(mapping, "interval_minutes", text, "It is a number of minutes from 1 to a week (10080).")
    mapping.interval_minutes = int(text)
    entry, _new = JobQueueEntry.objects.get_or_create(mapping=mapping)
    entry.minutes_between_runs = int(text)
    entry.save(update_fields=["minutes_between_runs"])


def _limit(mapping: IntegrationTableMapping, text: str) -> None:
    if not is_limit(text):
        raise _wrong(
            mapping, "mass_change_limit", text, "It is a number, a share such as 5%, or empty for the usual one."
        )
    mapping.mass_change_limit = text


def is_limit(text: str) -> bool:
    """Tell whether a text is a mass-change limit: a number, a percentage of at most 100, or empty."""
    if not _LIMIT.fullmatch(text) or len(text) > 10:
        return False
    return not text.endswith("%") or float(text[:-1]) <= 100


SETTERS: dict[str, Callable[[IntegrationTableMapping, str], None]] = {
    "direction": _direction,
    "only_coupled": _switch("only_coupled"),
    "update_conflict": _choice("update_conflict", UpdateConflict.values),
    "conflict_scope": _choice("conflict_scope", ConflictScope.values),
    "deletion_conflict": _choice("deletion_conflict", DeletionConflict.values),
    "create_new": _switch("create_new"),
    "match": _match,
    "erp_filter": _filter("erp_filter", "erp"),
    "crm_filter": _filter("crm_filter", "crm"),
    "schedule": _schedule,
    "interval_minutes": _interval,
    "mass_change_limit": _limit,
}
