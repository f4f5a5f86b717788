"""Plan one chunk of a line: mirror + couplings + mapping → actions with reasons. Reads much, writes nothing.

Order of decisions per record: outside the mapping? coupled? then compare with the baseline; not coupled: build the new
record, look for its match, and only then create.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sync.choices import Direction, SynchAction, SynchKind
from sync.engine.compare import (
    Baseline,
    Change,
    NewRecord,
    PairPlan,
    Policies,
    compare_pair,
    new_crm_record,
    new_erp_record,
)
from sync.engine.conflicts import Initial, Verdict
from sync.engine.errors import MissingDependency, RecordProblem
from sync.engine.filters import meets
from sync.engine.model import FieldSpec, MappingSpec, Row
from sync.engine.plan import Action, unborn
from sync.engine.transform import crm_values, erp_values, lookups_to_crm, lookups_to_erp
from sync.engine.values import Canonical
from sync.models import Coupling, SynchRunLine
from sync.services import matching
from sync.services.catalog import rule_of
from sync.services.resolving import PlanResolver
from sync.services.specs import RelatedRows, crm_mirror, erp_mirror, facts_of, mapping_spec, row_of

TO, FROM = Direction.TO.value, Direction.FROM.value
SECOND_PASS = "Set in the second pass, now that the record it refers to is in."


@dataclass(slots=True)
class ChunkPlan:
    """What one chunk needs: actions in order, and the counts of records that need none, per direction."""

    actions: list[Action] = field(default_factory=list)
    counters: dict[str, Counter[str]] = field(default_factory=lambda: {TO: Counter(), FROM: Counter()})
    seen: int = 0


class ChunkPlanner:
    """Plans the chunks of one line; one object per chunk."""

    def __init__(self, line: SynchRunLine) -> None:
        self.line = line
        self.mapping = line.mapping
        self.spec: MappingSpec = mapping_spec(self.mapping)
        self.rule = rule_of(self.mapping)
        self.facts = facts_of(self.mapping)
        self.plan = line.run.plan
        self.resolver = PlanResolver(self.mapping, self.plan, self.facts)
        self.related = RelatedRows(self.mapping, self.facts)
        self.erp = erp_mirror(self.mapping)
        self.crm = crm_mirror(self.mapping)
        self.deferrable = deferrable_targets(line)
        self.result = ChunkPlan()

    # ERP side: coupled pairs, and uncoupled ERP records

    def plan_erp_keys(self, keys: list[str]) -> ChunkPlan:
        """Plan the ERP records with these keys and their partners."""
        rows = {record.key: row_of(record) for record in self.erp.records.filter(key__in=keys, deleted_at__isnull=True)}
        couplings = {pair.erp_key: pair for pair in Coupling.objects.filter(mapping=self.mapping, erp_key__in=keys)}
        partners = self._crm_rows(pair.crm_id for pair in couplings.values())
        self.related.load(need for row in rows.values() for need in self.rule.needs_of_erp(row))
        raw = {key: self._derived(row) for key, row in rows.items()}
        self._load_lookups(
            [values for values in raw.values() if isinstance(values, dict)], [row.values for row in partners.values()]
        )
        fresh: dict[str, dict[str, Canonical]] = {}
        for key in keys:
            self.result.seen += 1
            pair = couplings.get(key)
            if pair is not None:
                self._plan_coupled(pair, rows.get(key), raw.get(key), partners.get(pair.crm_id))
            elif key in rows and self._may_create(TO):
                values = raw[key]
                if isinstance(values, RecordProblem):
                    self._problem(TO, values, erp=key, name=rows[key].name)
                elif self._outside_erp(rows[key]) is None:
                    fresh[key] = erp_values(self.spec.fields, values)
        self._plan_new_in_crm(rows, fresh)
        return self.result

    def _crm_rows(self, ids: Iterable[str]) -> dict[str, Row]:
        records = self.crm.records.filter(key__in=list(ids), deleted_at__isnull=True)
        return {record.key: row_of(record) for record in records}

    def _derived(self, row: Row) -> dict[str, Any] | RecordProblem:
        if not meets(row.values, self.spec.erp_filter):
            return dict(row.values)
        try:
            return {**row.values, **self.rule.derive(row, self.related)}
        except RecordProblem as problem:
            return problem

    def _load_lookups(self, erp: list[dict[str, Any]], crm: list[Any]) -> None:
        fields = self.spec.fields
        self.resolver.load_to_crm(
            lookup for values in erp for lookup in lookups_to_crm(fields, erp_values(fields, values))
        )
        self.resolver.load_to_erp(
            lookup for values in crm for lookup in lookups_to_erp(fields, crm_values(fields, values))
        )
        self.resolver.load_options(spec.target for spec in fields if spec.kind == "option")
        if any(spec.kind == "base_unit" for spec in fields):
            self.resolver.load_units()

    def _may_create(self, direction: str) -> bool:
        if self.spec.way not in (direction, "both"):
            return False
        return self.line.run.kind == SynchKind.FULL or not self.spec.only_coupled

    def _outside_erp(self, row: Row) -> str | None:
        if not meets(row.values, self.spec.erp_filter):
            return "Outside the table filter."
        return self.rule.erp_outside(row, self.related)

    def _plan_coupled(
        self, pair: Coupling, row: Row | None, raw: dict[str, Any] | RecordProblem | None, partner: Row | None
    ) -> None:
        if pair.skipped:
            self._count_both("skipped")
        elif row is None or partner is None:
            self._partner_gone(pair, row, partner)
        elif isinstance(raw, RecordProblem):
            self._problem(TO, raw, erp=pair.erp_key, crm=pair.crm_id, name=row.name)
        elif self._outside_erp(row) is None and meets(partner.values, self.spec.crm_filter):
            self.compare(pair.erp_key, pair.crm_id, row, raw or {}, partner, pair.baseline, "erp")

    def _partner_gone(self, pair: Coupling, row: Row | None, partner: Row | None) -> None:
        side = "NAV" if row is None else "Sales"
        direction = TO if self.spec.way != FROM else FROM
        name = (row or partner).name if row or partner else pair.erp_key  # type: ignore[union-attr]
        if self.spec.deletion_conflict == "uncouple":
            self._add(direction, SynchAction.UNCOUPLE, pair.erp_key, pair.crm_id, name, f"The record is gone in {side}.")
            return
        self._add(
            direction,
            SynchAction.CONFLICT,
            pair.erp_key,
            pair.crm_id,
            name,
            f"The coupled record is gone in {side}. Decide whether to restore it, to uncouple, or to delete the other one.",
            code="partner_deleted",
            payload={"conflicts": [{"field": "", "baseline": None, "erp": row is not None, "crm": partner is not None}]},
        )

    # Comparing a pair

    def compare(
        self,
        erp_key: str,
        crm_id: str,
        row: Row,
        raw: dict[str, Any],
        partner: Row,
        baseline: Baseline,
        initial: Initial,
        fields: tuple[FieldSpec, ...] | None = None,
    ) -> PairPlan:
        """Compare a pair and add what it needs."""
        fields = fields or self.spec.fields
        policies = Policies(
            update_conflict=self.spec.update_conflict,
            whole_record=self.spec.whole_record,
            initial="crm" if self.spec.way == FROM else initial,
            newer=_newer(row, partner),
            deferrable=self.deferrable,
        )
        pair = compare_pair(
            fields, erp_values(fields, raw), crm_values(fields, dict(partner.values)), baseline, self.resolver, policies
        )
        self._emit(pair, erp_key, crm_id, row, partner, baseline)
        return pair

    def _emit(self, pair: PairPlan, erp_key: str, crm_id: str, row: Row, partner: Row, baseline: Baseline) -> None:
        stuck = {verdict: problem for verdict, problem in reversed(pair.problems)}
        moved = {change.spec.id for change in (*pair.to, *pair.back)}
        settled = {key: value for key, value in pair.agreed.items() if key not in moved and baseline.get(key) != value}
        place = {"erp": erp_key, "crm": crm_id, "name": row.name or partner.name}
        wrote = False
        for direction, verdict, changes in ((TO, Verdict.TO, pair.to), (FROM, Verdict.FROM, pair.back)):
            if self.spec.way not in (direction, "both"):
                continue
            if verdict in stuck:
                self._problem(direction, stuck[verdict], **place)
            elif changes:
                etag = partner.etag if direction == TO else row.etag
                self._modify(direction, changes, pair, place, {} if wrote else settled, etag, row)
                wrote = True
            elif not (pair.conflicts and direction == TO):
                self.result.counters[direction]["unchanged"] += 1
        if pair.conflicts:
            self._conflict(pair, place)
        if not wrote and (settled or pair.deferred):
            payload = {"baseline": settled, "deferred": pair.deferred}
            self._add(TO, SynchAction.UNCHANGED, erp_key, crm_id, row.name, "", payload=payload)

    def _modify(
        self,
        direction: str,
        changes: list[Change],
        pair: PairPlan,
        place: dict[str, str],
        settled: Baseline,
        etag: str,
        row: Row,
    ) -> None:
        payload: dict[str, Any] = {"etag": etag, "deferred": pair.deferred}
        payload["baseline"] = {**settled, **{change.spec.id: pair.agreed[change.spec.id] for change in changes if change.spec.id in pair.agreed}}
        if direction == TO:
            payload["values"] = self._crm_payload(changes)
            shown = {change.spec.crm: [change.before, change.after] for change in changes}
        else:
            payload["values"] = self._erp_payload(changes, row)
            shown = {change.spec.erp: [change.before, change.after] for change in changes}
        names = ", ".join(change.spec.caption for change in changes)
        side = "NAV" if direction == TO else "Sales"
        reason = SECOND_PASS if self.line.pass_number == 2 else f"Changed in {side}: {names}."
        self._add(
            direction, SynchAction.MODIFY, place["erp"], place["crm"], place["name"], reason, fields=shown, payload=payload
        )

    def _crm_payload(self, changes: list[Change]) -> dict[str, Any]:
        return {
            change.spec.crm: {"v": change.after, "k": change.spec.kind, "t": self._table_of(change.spec)}
            for change in changes
        }

    def _table_of(self, spec: FieldSpec) -> str:
        if spec.kind == "currency":
            return "transactioncurrency"
        if spec.kind == "owner":
            return "systemuser"
        if spec.kind == "base_unit":
            return "uom"
        return self.spec.target_tables.get(spec.target, "")

    def _erp_payload(self, changes: list[Change], row: Row | None) -> dict[str, Any]:
        kinds = {change.spec.erp: change.spec.kind for change in changes}
        values = {change.spec.erp: change.after for change in changes}
        self.related.load(self.rule.needs_to_restore(values))
        real = self.rule.restore(values, row, self.related)
        return {name: {"v": value, "k": kinds.get(name, "text")} for name, value in real.items()}

    def _conflict(self, pair: PairPlan, place: dict[str, str]) -> None:
        conflicts = [
            {"field": change.spec.crm, "baseline": change.source, "erp": change.before, "crm": change.after}
            for change in pair.conflicts
        ]
        names = ", ".join(change.spec.caption for change in pair.conflicts)
        self._add(
            TO if self.spec.way != FROM else FROM,
            SynchAction.CONFLICT,
            place["erp"],
            place["crm"],
            place["name"],
            f"Changed on both sides since the last synchronization: {names}. Choose which value counts.",
            code="update_conflict",
            fields={change.spec.crm: [change.before, change.after] for change in pair.conflicts},
            payload={"conflicts": conflicts},
        )

    # New records

    def _plan_new_in_crm(self, rows: dict[str, Row], fresh: dict[str, dict[str, Canonical]]) -> None:
        records: dict[str, NewRecord] = {}
        for key, values in fresh.items():
            try:
                records[key] = new_crm_record(self.spec.fields, values, self.resolver, self.deferrable)
            except RecordProblem as problem:
                self._problem(TO, problem, erp=key, name=rows[key].name)
        found = matching.candidates_in_crm(self, records)
        for key, record in records.items():
            match = found.get(key)
            if match is None:
                self._insert_in_crm(rows[key], record)
            elif match.automatic:
                self.couple(TO, key, match.key, rows[key].name, match.reason)
                self.compare(key, match.key, rows[key], self._derived(rows[key]), self._partner(match.key), {}, "erp")  # type: ignore[arg-type]
            else:
                self._problem(TO, matching.waiting(match, rows[key].name or key), erp=key, name=rows[key].name)

    def _partner(self, crm_id: str) -> Row:
        return row_of(self.crm.records.get(key=crm_id))

    def couple(self, direction: str, erp_key: str, crm_id: str, name: str, reason: str) -> None:
        """Add the coupling of two records that are the same."""
        self._add(direction, SynchAction.COUPLE, erp_key, crm_id, name, reason)

    def _insert_in_crm(self, row: Row, record: NewRecord) -> None:
        values = {
            **self._crm_payload(record.changes),
            **{column: _constant(value) for column, value in self.rule.new_crm_values(self.facts).items()},
            **{column: _constant(value) for column, value in self.spec.crm_template.items()},
        }
        self._add(
            TO,
            SynchAction.INSERT,
            row.key,
            unborn(self.spec.name, row.key),
            row.name,
            "Not in Sales yet.",
            fields={column: [None, value["v"]] for column, value in sorted(values.items())},
            payload={"values": values, "baseline": record.agreed, "deferred": record.deferred},
        )

    # CRM side: uncoupled rows, and the pairs of a mapping that only goes from Sales

    def plan_crm_ids(self, ids: list[str]) -> ChunkPlan:
        """Plan the CRM rows with these ids: pairs of a one-way mapping from Sales, and uncoupled rows."""
        rows = self._crm_rows(ids)
        couplings = {pair.crm_id: pair for pair in Coupling.objects.filter(mapping=self.mapping, crm_id__in=ids)}
        partners = {
            record.key: row_of(record)
            for record in self.erp.records.filter(
                key__in=[pair.erp_key for pair in couplings.values()], deleted_at__isnull=True
            )
        }
        self.related.load(need for row in partners.values() for need in self.rule.needs_of_erp(row))
        self.related.load(need for row in rows.values() for need in self.rule.needs_of_crm(row))
        raw = {key: self._derived(row) for key, row in partners.items()}
        self._load_lookups([v for v in raw.values() if isinstance(v, dict)], [row.values for row in rows.values()])
        fresh: dict[str, dict[str, Canonical]] = {}
        for crm_id in ids:
            self.result.seen += 1
            pair = couplings.get(crm_id)
            if pair is not None:
                self._plan_coupled(pair, partners.get(pair.erp_key), raw.get(pair.erp_key), rows.get(crm_id))
            elif crm_id in rows and self._inside_crm(rows[crm_id]):
                fresh[crm_id] = crm_values(self.spec.fields, dict(rows[crm_id].values))
        self._plan_new_in_erp(rows, fresh)
        return self.result

    def _inside_crm(self, row: Row) -> bool:
        return meets(row.values, self.spec.crm_filter) and self.rule.crm_outside(row, self.related) is None

    def _plan_new_in_erp(self, rows: dict[str, Row], fresh: dict[str, dict[str, Canonical]]) -> None:
        if not self._may_create(FROM):
            return
        records: dict[str, NewRecord] = {}
        for crm_id, values in fresh.items():
            try:
                records[crm_id] = new_erp_record(self.spec.fields, values, self.resolver)
            except RecordProblem as problem:
                self._problem(FROM, problem, crm=crm_id, name=rows[crm_id].name)
        found = matching.candidates_in_erp(self, records)
        for crm_id, record in records.items():
            match, row = found.get(crm_id), rows[crm_id]
            if match is not None and match.automatic:
                self.couple(FROM, match.key, crm_id, row.name, match.reason)
                partner = row_of(self.erp.records.get(key=match.key))
                self.related.load(self.rule.needs_of_erp(partner))
                self.compare(match.key, crm_id, partner, self._derived(partner), row, {}, "crm")  # type: ignore[arg-type]
            elif match is not None:
                self._problem(FROM, matching.waiting(match, row.name or crm_id), crm=crm_id, name=row.name)
            elif self.spec.create_new:
                self._insert_in_erp(row, record)

    def _insert_in_erp(self, row: Row, record: NewRecord) -> None:
        try:
            values = self._erp_payload(record.changes, None)
        except RecordProblem as problem:
            self._problem(FROM, problem, crm=row.key, name=row.name)
            return
        values |= {name: _constant(value) for name, value in self.spec.erp_template.items()}
        self._add(
            FROM,
            SynchAction.INSERT,
            unborn(self.spec.name, row.key),
            row.key,
            row.name,
            "Not in NAV yet.",
            fields={name: [None, value["v"]] for name, value in sorted(values.items())},
            payload={"values": values, "baseline": record.agreed, "deferred": []},
        )

    # Second pass

    def plan_second_pass(self, keys: list[str]) -> ChunkPlan:
        """Plan the fields that had to wait for a later line of this run, for the ERP records with these keys."""
        from sync.services.second_pass import waiting_fields

        waiting = waiting_fields(self.line, keys)
        rows = {record.key: row_of(record) for record in self.erp.records.filter(key__in=keys, deleted_at__isnull=True)}
        self.related.load(need for row in rows.values() for need in self.rule.needs_of_erp(row))
        raw = {key: self._derived(row) for key, row in rows.items()}
        partners = self._crm_rows(crm_id for crm_id, _fields in waiting.values())
        self._load_lookups([v for v in raw.values() if isinstance(v, dict)], [row.values for row in partners.values()])
        for key in keys:
            values = raw.get(key)
            if key not in waiting or not isinstance(values, dict):
                continue
            self.result.seen += 1
            crm_id, ids = waiting[key]
            fields = tuple(spec for spec in self.spec.fields if spec.id in ids)
            partner = partners.get(crm_id) or Row(key=crm_id, values={})
            if fields:
                self.compare(key, crm_id, rows[key], values, partner, {}, "erp", fields)
        for counters in self.result.counters.values():
            counters.clear()
        return self.result

    # Adding to the plan

    def _count_both(self, counter: str) -> None:
        for direction in (TO, FROM):
            if self.spec.way in (direction, "both"):
                self.result.counters[direction][counter] += 1

    def _problem(self, direction: str, problem: RecordProblem, *, erp: str = "", crm: str = "", name: str = "") -> None:
        if self.spec.way not in (direction, "both"):
            direction = FROM if direction == TO else TO
        action = SynchAction.WAIT if problem.waits else SynchAction.FAIL
        payload = {"target": problem.target} if isinstance(problem, MissingDependency) else {}
        self._add(
            direction, action, erp, crm, name, str(problem), code=problem.code, cause=problem.cause, payload=payload
        )

    def _add(
        self,
        direction: str,
        action: SynchAction,
        erp: str,
        crm: str,
        name: str,
        reason: str,
        *,
        code: str = "",
        cause: str = "",
        fields: dict[str, list[Any]] | None = None,
        payload: dict[str, Any] | None = None,
    ) -> None:
        self.result.actions.append(
            Action(direction, action.value, erp, crm, name, fields or {}, payload or {}, reason, code, cause)
        )


def _constant(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"v": value, "k": "constant", "t": ""}


def _newer(row: Row, partner: Row) -> Any:
    if not row.modified_at or not partner.modified_at or row.modified_at == partner.modified_at:
        return ""
    return "erp" if row.modified_at > partner.modified_at else "crm"


def deferrable_targets(line: SynchRunLine) -> frozenset[str]:
    """Return the mappings that come later in the same run, so that a lookup into them is set in the second pass."""
    if line.pass_number == 2:
        return frozenset()
    later = line.run.lines.filter(pass_number=1, position__gt=line.position)
    return frozenset(later.values_list("name", flat=True))


PlannerMethod = Callable[[ChunkPlanner, list[str]], ChunkPlan]
