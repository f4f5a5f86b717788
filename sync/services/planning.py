"""Plan one chunk of a line: mirror + couplings + mapping → actions with reasons. Reads much, writes nothing.

Order of decisions per record: outside the mapping? coupled? then compare with the baseline; not coupled: build the new
record, look for its match, and only then create.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sync.choices import CouplingState, SynchAction, SynchKind
from sync.engine.compare import (
    Baseline,
    NewRecord,
    PairPlan,
    Policies,
    compare_pair,
    new_crm_record,
    new_erp_record,
    unpacked,
)
from sync.engine.conflicts import Initial
from sync.engine.errors import RecordProblem
from sync.engine.filters import meets
from sync.engine.model import FieldSpec, MappingSpec, Row
from sync.engine.plan import Action
from sync.engine.transform import crm_values, erp_values, lookups_to_crm, lookups_to_erp
from sync.engine.values import Canonical
from sync.models import Coupling, PlanItem, SynchRunLine, WriteIntent
from sync.services import matching
from sync.services.agreement import Agreement, is_settled, lookups_move, scenery
from sync.services.catalog import rule_of
from sync.services.plan_writer import FROM, TO, ChunkPlan, PlanWriter
from sync.services.resolving import PlanResolver
from sync.services.specs import RelatedRows, crm_mirror, erp_mirror, facts_of, mapping_spec, row_of

UNSETTLED = (CouplingState.CONFLICT, CouplingState.WAITING, CouplingState.FAILED)
NOTED = (SynchAction.CONFLICT, SynchAction.WAIT, SynchAction.FAIL)


class ChunkPlanner:
    """Plans the chunks of one line; one object per chunk.

    `is_over` is for looking once more at what the line has written: what the plan meant to create is there by then.
    """

    def __init__(self, line: SynchRunLine, *, is_over: bool = False) -> None:
        self.line = line
        self.mapping = line.mapping
        self.erp = erp_mirror(self.mapping)
        self.crm = crm_mirror(self.mapping)
        self.spec: MappingSpec = mapping_spec(self.mapping, self.erp, self.crm)
        self.rule = rule_of(self.mapping)
        self.facts = facts_of(self.mapping)
        self.plan = line.run.plan
        self.resolver = PlanResolver(self.mapping, None if is_over else self.plan, self.facts)
        self.related = RelatedRows(self.mapping, self.facts)
        self.deferrable = deferrable_targets(line)
        self.writer = PlanWriter(line, self.spec, self.rule, self.related, self.erp)
        self.result = self.writer.result
        moving = not is_over and lookups_move(self.mapping, self.spec, self.plan)
        around = "" if moving else scenery(self.mapping, self.spec, self.facts, self.rule)
        self.agreement = Agreement(self.mapping, self.erp, self.crm, around)

    # ERP side: coupled pairs, and uncoupled ERP records

    def plan_erp_keys(self, keys: list[str]) -> ChunkPlan:
        """Plan the ERP records with these keys and their partners."""
        unmoved = self.agreement.unmoved(keys)
        for _key in unmoved:
            self.writer.count_both("unchanged")
        keys = [key for key in keys if key not in unmoved]
        rows = self._erp_rows(keys)
        couplings = {pair.erp_key: pair for pair in Coupling.objects.filter(mapping=self.mapping, erp_key__in=keys)}
        partners = self._crm_rows(pair.crm_id for pair in couplings.values())
        self._load_related(rows.values(), partners.values())
        raw = {key: self._derived(row) for key, row in rows.items()}
        self._load_lookups(
            [values for values in raw.values() if isinstance(values, dict)], [row.values for row in partners.values()]
        )
        fresh: dict[str, dict[str, Canonical]] = {}
        claimed = matching.claimed_in_erp(self.mapping, self.erp)
        for key in keys:
            pair = couplings.get(key)
            if pair is not None:
                self._plan_coupled(pair, rows.get(key), raw.get(key), partners.get(pair.crm_id))
            elif key in claimed:
                continue
            elif key in rows and self._may_create(TO):
                values = raw[key]
                if isinstance(values, RecordProblem):
                    self.writer.problem(TO, values, erp=key, name=rows[key].name)
                elif self._outside_erp(rows[key]) is None:
                    fresh[key] = erp_values(self.spec.fields, values)
                else:
                    self.result.outside += 1
            else:
                self.result.outside += 1
        self._plan_new_in_crm(rows, fresh)
        return self.result

    def _load_related(self, erp: Iterable[Row], crm: Iterable[Row] = ()) -> None:
        erp = list(erp)
        self.related.load(need for row in erp for need in self.rule.needs_of_erp(row))
        self.related.load(need for row in erp for need in self.rule.more_needs_of_erp(row, self.related))
        self.related.load(need for row in crm for need in self.rule.needs_of_crm(row))

    def _erp_rows(self, keys: Iterable[str]) -> dict[str, Row]:
        records = self.erp.records.filter(key__in=list(keys), deleted_at__isnull=True)
        return {record.key: row_of(record) for record in records}

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
        reason: str | None = self.rule.erp_outside(row, self.related)
        return reason

    def _plan_coupled(
        self, pair: Coupling, row: Row | None, raw: dict[str, Any] | RecordProblem | None, partner: Row | None
    ) -> None:
        if pair.skipped:
            self.writer.count_both("skipped")
        elif row is None or partner is None:
            self._partner_gone(pair, row, partner)
        elif isinstance(raw, RecordProblem):
            self.writer.problem(TO, raw, erp=pair.erp_key, crm=pair.crm_id, name=row.name)
        elif (reason := self._outside_erp(row)) is not None:
            self._left_mapping(pair, row, reason)
        elif not meets(partner.values, self.spec.crm_filter):
            self.result.outside += 1
        else:
            before = len(self.result.actions)
            self.compare(pair.erp_key, pair.crm_id, row, raw or {}, partner, pair.baseline, "erp")
            self._settle(pair, row, self.result.actions[before:])
            if is_settled(pair) and len(self.result.actions) == before:
                self.result.agreed[pair.pk] = self.agreement.token(pair.erp_key, pair.crm_id)

    def _settle(self, pair: Coupling, row: Row, actions: list[Action]) -> None:
        """Note that a pair that waited, failed or was in conflict agrees again."""
        if pair.state in UNSETTLED and not any(action.action in NOTED for action in actions):
            self.writer.add(
                TO, SynchAction.UNCHANGED, pair.erp_key, pair.crm_id, row.name, "", payload={"settles": True}
            )

    def _left_mapping(self, pair: Coupling, row: Row, reason: str) -> None:
        """A coupled record that is outside by now keeps its coupling, unless a successor is to take its row over."""
        if self.rule.gives_row_up(row, self.related):
            self.writer.add(
                TO, SynchAction.UNCOUPLE, pair.erp_key, pair.crm_id, row.name, reason, code=matching.OUTSIDE
            )

    def _partner_gone(self, pair: Coupling, row: Row | None, partner: Row | None) -> None:
        side = "NAV" if row is None else "Sales"
        direction = TO if self.spec.way != FROM else FROM
        name = (row or partner).name if row or partner else pair.erp_key  # type: ignore[union-attr]
        if self.spec.deletion_conflict == "uncouple":
            self.writer.add(
                direction, SynchAction.UNCOUPLE, pair.erp_key, pair.crm_id, name, f"The record is gone in {side}."
            )
            return
        self.writer.add(
            direction,
            SynchAction.CONFLICT,
            pair.erp_key,
            pair.crm_id,
            name,
            f"The coupled record is gone in {side}. Decide whether to restore it, to uncouple, or to delete the other one.",
            code="partner_deleted",
            payload={
                "conflicts": [{"field": "", "baseline": None, "erp": row is not None, "crm": partner is not None}]
            },
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
        agreed = {spec.erp: unpacked(baseline[spec.id])[0] for spec in fields if spec.erp and spec.id in baseline}
        try:
            row = replace(row, values=self.rule.refined(raw, agreed, partner, self.related))
        except RecordProblem as problem:
            self.writer.problem(TO, problem, erp=erp_key, crm=crm_id, name=row.name)
            return PairPlan()
        policies = Policies(
            update_conflict=self.spec.update_conflict,
            whole_record=self.spec.whole_record,
            initial="crm" if self.spec.way == FROM else initial,
            newer=_newer(row, partner),
            deferrable=self.deferrable,
        )
        pair = compare_pair(
            fields,
            erp_values(fields, dict(row.values)),
            crm_values(fields, dict(partner.values)),
            baseline,
            self.resolver,
            policies,
        )
        self.writer.write_pair(pair, erp_key, crm_id, row, partner, baseline)
        return pair

    # New records

    def _plan_new_in_crm(self, rows: dict[str, Row], fresh: dict[str, dict[str, Canonical]]) -> None:
        records: dict[str, NewRecord] = {}
        for key, values in fresh.items():
            try:
                records[key] = new_crm_record(self.spec.fields, values, self.resolver, self.deferrable)
            except RecordProblem as problem:
                self.writer.problem(TO, problem, erp=key, name=rows[key].name)
        found = matching.candidates_in_crm(self, records)
        partners = self._crm_rows(match.key for match in found.values() if match.automatic)
        self._load_related((), partners.values())
        self._load_lookups([], [row.values for row in partners.values()])
        rivals = matching.rivals(self, {key: rows[key] for key in records if key not in found})
        for key, record in records.items():
            match = found.get(key)
            if key in rivals:
                self.writer.problem(TO, rivals[key], erp=key, name=rows[key].name)
            elif match is None or match.label == matching.OWN.label:
                # A creation whose answer was lost is planned as the creation it is: applying it reads the row back and takes
                # it over with the baseline of an insert. Comparing it as a match would let empty fields flow over NAV.
                self.writer.insert_in_crm(rows[key], record)
            elif match.automatic:
                self._compare_match(
                    TO, match.reason, key, match.key, rows[key], self._derived(rows[key]), partners[match.key], "erp"
                )
            else:
                waits = matching.waiting(match, rows[key].name or key)
                self.writer.problem(TO, waits, erp=key, crm=match.key, name=rows[key].name)

    def _compare_match(
        self,
        direction: str,
        reason: str,
        erp_key: str,
        crm_id: str,
        row: Row,
        raw: dict[str, Any] | RecordProblem,
        partner: Row,
        initial: Initial,
    ) -> None:
        """Couple a match and compare the pair; a row that its rule refuses is not coupled."""
        try:
            if isinstance(raw, RecordProblem):
                raise raw
            self.rule.refined(raw, {}, partner, self.related)
        except RecordProblem as problem:
            self.writer.problem(direction, problem, erp=erp_key, crm=crm_id, name=row.name)
            return
        self.writer.couple(direction, erp_key, crm_id, row.name or partner.name, reason)
        self.compare(erp_key, crm_id, row, raw, partner, {}, initial)

    def plan_crm_ids(self, ids: list[str]) -> ChunkPlan:
        """Plan the CRM rows with these ids: pairs of a one-way mapping from Sales, and uncoupled rows."""
        rows = self._crm_rows(ids)
        couplings = {pair.crm_id: pair for pair in Coupling.objects.filter(mapping=self.mapping, crm_id__in=ids)}
        partners = self._erp_rows(pair.erp_key for pair in couplings.values())
        self._load_related(partners.values(), rows.values())
        raw = {key: self._derived(row) for key, row in partners.items()}
        self._load_lookups([v for v in raw.values() if isinstance(v, dict)], [row.values for row in rows.values()])
        fresh: dict[str, dict[str, Canonical]] = {}
        held = self._held_back(ids)
        for crm_id in ids:
            pair = couplings.get(crm_id)
            if pair is not None:
                self._plan_coupled(pair, partners.get(pair.erp_key), raw.get(pair.erp_key), rows.get(crm_id))
            elif crm_id in rows and crm_id not in held and self._inside_crm(rows[crm_id]):
                fresh[crm_id] = crm_values(self.spec.fields, dict(rows[crm_id].values))
            else:
                self.result.outside += 1
        self._plan_new_in_erp(rows, fresh)
        return self.result

    def _held_back(self, ids: list[str]) -> set[str]:
        """Return the rows that belong to an ERP record already: as the possible match that it waits for, or as its own
        creation whose answer was lost. Creating from them would make the twin.
        """
        own = WriteIntent.objects.filter(mapping=self.mapping, direction=TO, state="open", target_key__in=ids)
        waits = PlanItem.objects.filter(line=self.line, direction=TO, action=SynchAction.WAIT, code__in=matching.CODES)
        held = set(waits.filter(crm_id__in=ids).values_list("crm_id", flat=True))
        return held | set(own.values_list("target_key", flat=True))

    def _inside_crm(self, row: Row) -> bool:
        return meets(row.values, self.spec.crm_filter) and self.rule.crm_outside(row, self.related) is None

    def _plan_new_in_erp(self, rows: dict[str, Row], fresh: dict[str, dict[str, Canonical]]) -> None:
        if not self._may_create(FROM):
            self.result.outside += len(fresh)
            return
        records: dict[str, NewRecord] = {}
        for crm_id, values in fresh.items():
            try:
                records[crm_id] = new_erp_record(self.spec.fields, values, self.resolver)
            except RecordProblem as problem:
                self.writer.problem(FROM, problem, crm=crm_id, name=rows[crm_id].name)
        for record in records.values():
            self.related.load(self.rule.needs_to_restore(record.known))
            record.known |= self.rule.match_values(record.known, self.related)
        found = matching.candidates_in_erp(self, records)
        partners = self._erp_rows(match.key for match in found.values() if match.automatic)
        self._load_related(partners.values())
        raw = {key: self._derived(row) for key, row in partners.items()}
        self._load_lookups([values for values in raw.values() if isinstance(values, dict)], [])
        for crm_id, record in records.items():
            match, row = found.get(crm_id), rows[crm_id]
            if match is not None and match.automatic:
                self._compare_match(
                    FROM, match.reason, match.key, crm_id, partners[match.key], raw[match.key], row, "crm"
                )
            elif match is not None:
                self.writer.problem(FROM, matching.waiting(match, row.name or crm_id), crm=crm_id, name=row.name)
            elif self.spec.create_new:
                self.writer.insert_in_erp(row, record)
            else:
                self.result.outside += 1

    # Second pass

    def plan_second_pass(self, keys: list[str]) -> ChunkPlan:
        """Plan the fields that had to wait for a later line of this run, for the ERP records with these keys."""
        from sync.services.second_pass import waiting_fields

        waiting = waiting_fields(self.line, keys)
        rows = self._erp_rows(keys)
        partners = self._crm_rows(crm_id for crm_id, _fields in waiting.values())
        self._load_related(rows.values(), partners.values())
        raw = {key: self._derived(row) for key, row in rows.items()}
        self._load_lookups([v for v in raw.values() if isinstance(v, dict)], [row.values for row in partners.values()])
        for key in keys:
            values = raw.get(key)
            if key not in waiting or not isinstance(values, dict):
                self.result.outside += 1
                continue
            crm_id, ids = waiting[key]
            fields = tuple(spec for spec in self.spec.fields if spec.id in ids)
            partner = partners.get(crm_id) or Row(key=crm_id, values={})
            if fields:
                self.compare(key, crm_id, rows[key], values, partner, {}, "erp", fields)
        for counters in self.result.counters.values():
            counters.clear()
        return self.result


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
