"""What a document would change in the present set-up: place by place, in words, and for mappings in records."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sync.choices import CouplingState
from sync.engine.filters import meets
from sync.models import Coupling, FieldConflict, IntegrationTableMapping, MirrorRecord, MirrorTable
from sync.services.mapping_texts import FIELD_DEFAULTS, Text

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
# What every mapping has; compared also where only one of both says it.
_ROWS = {"fields": ("erp", "crm"), "match": ("erp", "crm"), "templates": ("direction", "code"), "options": ("erp",)}
# Settings that decide which records a mapping takes or writes.
SCOPE = frozenset({"erp_filter", "crm_filter", "only_coupled", "create_new", "direction"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: `place` such as `mappings[CUSTOMER].fields[Name – name].direction`, `kind` added, removed or changed."""

    place: str
    kind: str
    before: Any = None
    after: Any = None

    @property
    def words(self) -> str:
        """The change as a sentence."""
        if self.kind == ADDED:
            return (
                f"{self.place} is added."
                if isinstance(self.after, dict)
                else f"{self.place} is added: {_shown(self.after)}."
            )
        if self.kind == REMOVED:
            return f"{self.place} is removed."
        return f"{self.place}: {_shown(self.before)} becomes {_shown(self.after)}."

    def as_json(self) -> Text:
        """The change for programs."""
        return {"place": self.place, "kind": self.kind, "before": self.before, "after": self.after, "words": self.words}


def _shown(value: Any) -> str:
    if value in ("", [], None):
        return "empty"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class MappingChange:
    """What changes in one mapping, and in how many records it can show.

    `records`: `enter` and `leave` are records of the mirror that come into or fall out of the filters; `create` are uncoupled
    records inside them that a run may create or couple from now on; `compare` are coupled pairs that are compared by other rules;
    `conflicts` are open conflicts that another policy may settle; `uncouple` are couplings that would go. None: not known before
    the next run has read the column. The exact plan is what `synch --preview` says after applying.
    """

    name: str
    kind: str
    differences: list[Difference]
    records: dict[str, int | None] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The records in words; empty where no record is concerned."""
        captions = {
            "enter": "come into the filter",
            "leave": "fall out of the filter",
            "create": "may be created or coupled",
            "compare": "coupled records are compared anew",
            "conflicts": "open conflicts may be settled",
            "uncouple": "couplings go",
        }
        said = [
            f"{'an unknown number' if number is None else number} {captions[name]}"
            for name, number in self.records.items()
            if number != 0
        ]
        return f"{self.name}: {', '.join(said)}." if said else ""

    def as_json(self) -> Text:
        """The change for programs."""
        return {
            "name": self.name,
            "kind": self.kind,
            "records": self.records,
            "differences": [difference.as_json() for difference in self.differences],
        }


def differences_of(current: Text, wanted: Text) -> list[Difference]:
    """Return what `wanted` changes in connections and options; parts that it does not name stay."""
    found: list[Difference] = []
    for name, text in wanted.get("connections", {}).items():
        found += _settings(f"connections.{name}", current.get("connections", {}).get(name, {}), text)
    if "options" in wanted:
        found += _settings("options", current.get("options", {}), wanted["options"])
    return found


def mapping_changes_of(current: Text, wanted: Text) -> list[MappingChange]:
    """Return what `wanted` changes in the mappings; where it lists mappings, those that it does not list go."""
    if "mappings" not in wanted:
        return []
    present = {text["name"]: text for text in current.get("mappings", [])}
    listed = {text["name"]: text for text in wanted["mappings"]}
    changes = []
    for name, text in listed.items():
        place = f"mappings[{name}]"
        if name not in present:
            changes.append(MappingChange(name, ADDED, [Difference(place, ADDED, None, text)]))
        elif differences := _mapping(place, present[name], text):
            changes.append(MappingChange(name, CHANGED, differences, _records(name, present[name], text, differences)))
    for name in present.keys() - listed.keys():
        gone = Difference(f"mappings[{name}]", REMOVED, present[name], None)
        couplings = Coupling.objects.filter(mapping__name=name).count()
        changes.append(MappingChange(name, REMOVED, [gone], {"uncouple": couplings}))
    kept = [name for name in present if name in listed]
    wished = [name for name in listed if name in present]
    if kept != wished:
        changes.append(MappingChange("", CHANGED, [Difference("mappings.order", CHANGED, kept, wished)]))
    return sorted(changes, key=lambda change: change.name)


def _settings(place: str, before: Text, after: Text) -> list[Difference]:
    return [
        Difference(f"{place}.{key}", CHANGED, before.get(key), value)
        for key, value in after.items()
        if before.get(key) != value
    ]


def _mapping(place: str, before: Text, after: Text) -> list[Difference]:
    plain = {key: value for key, value in after.items() if key not in _ROWS and key not in {"name", "schedule"}}
    found = _settings(place, before, plain)
    if "schedule" in after:
        found += _settings(f"{place}.schedule", before["schedule"], after["schedule"])
    for part, keys in _ROWS.items():
        if part in after:
            found += _rows(f"{place}.{part}", before.get(part, []), after[part], keys, can_remove=part != "options")
    return found


def _rows(
    place: str, before: list[Text], after: list[Text], keys: tuple[str, ...], *, can_remove: bool
) -> list[Difference]:
    usual = FIELD_DEFAULTS if place.endswith(".fields") else {"automatic": False, "case_sensitive": False}
    present = {_key(row, keys): row for row in before}
    listed = {_key(row, keys): row for row in after}
    found: list[Difference] = []
    for key, row in listed.items():
        name = f"{place}[{' – '.join(part or '(constant)' for part in key)}]"
        if key not in present:
            found.append(Difference(name, ADDED, None, row))
            continue
        for setting in dict.fromkeys((*present[key], *row)):
            old, new = present[key].get(setting, usual.get(setting)), row.get(setting, usual.get(setting))
            if old != new:
                found.append(Difference(f"{name}.{setting}", CHANGED, old, new))
    if can_remove:
        found += [
            Difference(f"{place}[{' – '.join(part or '(constant)' for part in key)}]", REMOVED, row, None)
            for key, row in present.items()
            if key not in listed
        ]
        kept = [list(key) for key in present if key in listed]
        wished = [list(key) for key in listed if key in present]
        if kept != wished:
            found.append(Difference(f"{place}.order", CHANGED, kept, wished))
    return found


def _key(row: Text, keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(row[key]) for key in keys)


# Records


def _records(name: str, before: Text, after: Text, differences: list[Difference]) -> dict[str, int | None]:
    mapping = IntegrationTableMapping.objects.select_related("erp", "crm").get(name=name)
    place = f"mappings[{name}]."
    settings = {difference.place.removeprefix(place).partition("[")[0].partition(".")[0] for difference in differences}
    records: dict[str, int | None] = {}
    for side in ("erp", "crm"):
        if f"{side}_filter" in settings:
            _count_filter(records, mapping, side, before[f"{side}_filter"], after[f"{side}_filter"])
    if settings & (SCOPE | {"match"}):
        records["create"] = _uncoupled(mapping, after)
    if settings & {"fields", "direction"}:
        records["compare"] = Coupling.objects.filter(mapping=mapping).exclude(state=CouplingState.UNCOUPLED).count()
    if settings & {"update_conflict", "conflict_scope"}:
        records["conflicts"] = FieldConflict.objects.filter(coupling__mapping=mapping, state="open").count()
    return records


def _mirror(mapping: IntegrationTableMapping, side: str) -> MirrorTable | None:
    connection, table = (mapping.erp, mapping.erp_table) if side == "erp" else (mapping.crm, mapping.crm_table)
    return MirrorTable.objects.filter(connection=connection, table=table).first()


def _count_filter(
    records: dict[str, int | None], mapping: IntegrationTableMapping, side: str, before: list[Any], after: list[Any]
) -> None:
    mirror = _mirror(mapping, side)
    columns = {condition[0] for condition in after}
    if mirror is None or mirror.fetched_at is None or not columns <= {*mirror.columns}:
        records |= {"enter": None, "leave": None}
        return
    enter, leave = records.get("enter") or 0, records.get("leave") or 0
    rows = MirrorRecord.objects.filter(mirror_table=mirror, deleted_at__isnull=True).values_list("values", flat=True)
    for values in rows.iterator(2000):
        was, will = meets(values, before), meets(values, after)
        enter, leave = enter + (will and not was), leave + (was and not will)
    records |= {"enter": enter, "leave": leave}


def _uncoupled(mapping: IntegrationTableMapping, after: Text) -> int | None:
    """Count uncoupled records of the sides from which records are created under the new settings."""
    direction = after.get("direction", mapping.direction)
    if not after.get("create_new", mapping.create_new):
        return 0
    total = 0
    for side, way, ends in (("erp", "to", "erp_key"), ("crm", "from", "crm_id")):
        mirror = _mirror(mapping, side)
        if direction not in {way, "both"}:
            continue
        if mirror is None or mirror.fetched_at is None:
            return None
        conditions = after.get(f"{side}_filter", getattr(mapping, f"{side}_filter"))
        coupled = Coupling.objects.filter(mapping=mapping).values(ends)
        rows = MirrorRecord.objects.filter(mirror_table=mirror, deleted_at__isnull=True).exclude(key__in=coupled)
        total += sum(meets(values, conditions) for values in rows.values_list("values", flat=True).iterator(2000))
    return total
