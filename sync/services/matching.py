"""Look for the match of records that are about to be created; no creation happens before this look.

Criteria are tried in their order, on the mirror, one query per criterion and chunk. An automatic criterion with exactly one free
match couples; any other find holds the creation back until a person decides, since creating beside it would make a twin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sync.engine.compare import NewRecord
from sync.engine.errors import RecordProblem
from sync.engine.filters import meets
from sync.engine.model import Criterion, Row
from sync.engine.plan import is_unborn
from sync.engine.values import canonical_erp, joined_key
from sync.models import Coupling, IntegrationTableMapping, MirrorRecord, MirrorTable, WriteIntent

if TYPE_CHECKING:
    from sync.services.planning import ChunkPlanner


OWN = Criterion(0, (), automatic=True, label="record, created by an earlier run whose answer was lost")
CODES = ("match_taken", "several_matches", "possible_match")
RIVAL = "rival"
"""Code of a record that would be created beside another new one with the same natural key."""
OUTSIDE = "outside"
"""Code of an uncoupling whose record is outside the mapping by now."""


@dataclass(frozen=True, slots=True)
class Match:
    """What was found: the key of the first free candidate, and whether coupling it needs no question."""

    key: str
    name: str
    automatic: bool
    count: int
    taken: bool
    label: str
    side: str

    @property
    def reason(self) -> str:
        """Say why these two are the same."""
        return f"Same {self.label}."


def waiting(match: Match, name: str) -> RecordProblem:
    """Return why a record waits for a person's decision about its possible match."""
    if match.taken:
        text = (
            f"{name} has the same {match.label} as {match.name} in {match.side}, which is already coupled to another record. "
            "Uncouple that one, change the value, or create this record by hand."
        )
        return RecordProblem(text, code="match_taken", waits=True)
    if match.count > 1:
        text = (
            f"{match.count} records in {match.side} have the same {match.label} as {name}. "
            "Choose which one is the same, or create a new one."
        )
        return RecordProblem(text, code="several_matches", waits=True)
    text = f"{match.name} in {match.side} has the same {match.label} as {name}. Couple the two, or create a new one."
    return RecordProblem(text, code="possible_match", waits=True)


def rivals(planner: "ChunkPlanner", rows: Mapping[str, Row]) -> dict[str, RecordProblem]:
    """Return, by ERP key, why a new record must not be created: another new one has the same natural key and goes first.

    The one with the lowest key goes, wherever it is planned, so that every chunk and every preview decide alike.
    """
    found: dict[str, RecordProblem] = {}
    for criterion in planner.spec.criteria_in_erp:
        if not criterion.automatic:
            continue
        keys = {key: joined_key([row.values.get(column) for column in criterion.columns]) for key, row in rows.items()}
        same = _rows(planner, planner.erp, criterion, {key for key in keys.values() if key}, "erp")
        groups = [group for group in same.values() if len(group) > 1]
        taken = _taken(planner, [row.key for group in groups for row in group], "erp")
        for group in groups:
            free = [row for row in group if row.key not in taken]
            found |= {row.key: _rival(row, free[0], criterion) for row in free[1:] if row.key in rows}
    return found


def _rival(row: MirrorRecord, first: MirrorRecord, criterion: Criterion) -> RecordProblem:
    return RecordProblem(
        f"{row.key} and {first.key} have the same {criterion.label} once case, blanks and accents are written alike, so "
        f"Sales can hold only one of them. {first.key} goes first: rename or remove one of the two in NAV.",
        code=RIVAL,
        waits=True,
    )


def candidates_in_crm(planner: "ChunkPlanner", records: dict[str, NewRecord]) -> dict[str, Match]:
    """Return the matches, in Sales, of ERP records about to be created there, by ERP key."""
    return _candidates(planner, planner.crm, planner.spec.criteria_in_crm, records, "crm")


def candidates_in_erp(planner: "ChunkPlanner", records: dict[str, NewRecord]) -> dict[str, Match]:
    """Return the matches, in NAV, of CRM rows about to be created there, by CRM id."""
    return _candidates(planner, planner.erp, planner.spec.criteria_in_erp, records, "erp")


def _candidates(
    planner: "ChunkPlanner",
    mirror: MirrorTable,
    criteria: tuple[Criterion, ...],
    records: dict[str, NewRecord],
    side: str,
) -> dict[str, Match]:
    found = _own_creations(planner, mirror, list(records), side)
    for criterion in criteria:
        keys = {source: _key(record, criterion, side) for source, record in records.items() if source not in found}
        wanted = {key for key in keys.values() if key}
        if not wanted:
            continue
        rows = _rows(planner, mirror, criterion, wanted, side)
        taken = _taken(planner, [row.key for group in rows.values() for row in group], side)
        for source, key in keys.items():
            if key and key in rows:
                found[source] = _match(rows[key], taken, criterion, side)
    return found


def _own_creations(planner: "ChunkPlanner", mirror: MirrorTable, sources: list[str], side: str) -> dict[str, Match]:
    """Return what an earlier run created for these records, whose answer it never saw: their open intents say whose it is."""
    direction = "to" if side == "crm" else "from"
    intents = WriteIntent.objects.filter(
        mapping=planner.mapping, direction=direction, source_key__in=sources, state="open"
    )
    found: dict[str, Match] = {}
    claimed: set[str] = set()
    for intent in intents.order_by("source_key"):
        rows = [row for row in _born_of(mirror, intent, side) if row.key not in claimed]
        taken = _taken(planner, [row.key for row in rows], side)
        free = [row for row in rows if row.key not in taken]
        if free:
            claimed.add(free[0].key)
            found[intent.source_key] = _match(free, set(), OWN, side)
    return found


def claimed_in_erp(mapping: IntegrationTableMapping, mirror: MirrorTable) -> set[str]:
    """Return the ERP records that a run created from Sales without seeing NAV's answer: the way back couples them."""
    intents = WriteIntent.objects.filter(mapping=mapping, direction="from", state="open", written=True)
    keys = {row.key for intent in intents for row in _born_of(mirror, intent, "erp")}
    coupled = Coupling.objects.filter(mapping=mapping, erp_key__in=keys)
    return keys - set(coupled.values_list("erp_key", flat=True))


def _born_of(mirror: MirrorTable, intent: WriteIntent, side: str) -> list[MirrorRecord]:
    if side == "crm":
        return list(mirror.records.filter(key=intent.target_key, deleted_at__isnull=True))
    if not intent.written:
        return []
    since = mirror.records.filter(changed_at__gte=intent.opened_at, deleted_at__isnull=True).order_by("key")
    return [row for row in since if equals_sent(row.values, intent.values)]


def equals_sent(values: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Tell whether an ERP record holds the values that were sent, as far as it is read: case and blanks do not count."""
    known = [name for name in sent if name in values]
    for name in known:
        kind = "text" if sent[name]["k"] == "constant" else sent[name]["k"]
        present = canonical_erp(kind, values[name])
        if str(present or "").casefold() != str(sent[name]["v"] or "").casefold():
            return False
    return bool(known)


def _key(record: NewRecord, criterion: Criterion, side: str) -> str:
    values: dict[str, Any] = dict(record.known)
    for change in record.changes:
        values[change.spec.crm if side == "crm" else change.spec.erp] = change.after
    parts = [values.get(column) for column in criterion.columns]
    if any(part is None or is_unborn(part) for part in parts):
        return ""
    return joined_key(parts)


def _rows(
    planner: "ChunkPlanner", mirror: MirrorTable, criterion: Criterion, wanted: set[str], side: str
) -> dict[str, list[MirrorRecord]]:
    slot = f"match_{criterion.slot}"
    conditions = planner.spec.crm_filter if side == "crm" else planner.spec.erp_filter
    rows: dict[str, list[MirrorRecord]] = {}
    for record in mirror.records.filter(**{f"{slot}__in": list(wanted)}, deleted_at__isnull=True).order_by("key"):
        if meets(record.values, conditions):
            rows.setdefault(getattr(record, slot), []).append(record)
    return rows


def _taken(planner: "ChunkPlanner", keys: list[str], side: str) -> set[str]:
    column = "crm_id" if side == "crm" else "erp_key"
    couplings = Coupling.objects.filter(mapping=planner.mapping, **{f"{column}__in": keys})
    released = {
        action.crm if side == "crm" else action.erp for action in planner.result.actions if action.code == OUTSIDE
    }
    return set(couplings.values_list(column, flat=True)) - released


def _match(rows: list[MirrorRecord], taken: set[str], criterion: Criterion, side: str) -> Match:
    free = [row for row in rows if row.key not in taken]
    first = (free or rows)[0]
    return Match(
        key=first.key,
        name=first.name or first.number or first.key,
        automatic=criterion.automatic and len(free) == 1,
        count=len(free),
        taken=not free,
        label=criterion.label,
        side="Sales" if side == "crm" else "NAV",
    )
