"""What a chunk's plan consists of, and how decisions are written into it: actions with reasons, payloads, counters."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sync.choices import Direction, SynchAction
from sync.engine.compare import Baseline, Change, NewRecord, PairPlan, packed
from sync.engine.conflicts import Verdict
from sync.engine.errors import MissingDependency, RecordProblem
from sync.engine.model import FieldSpec, MappingSpec, Row
from sync.engine.plan import Action, unborn
from sync.engine.rules.base import Rule
from sync.models import MirrorTable, PlanItem, SynchRunLine
from sync.services.specs import RelatedRows

TO, FROM = Direction.TO.value, Direction.FROM.value
ACTIVE, DRAFT = 0, 2
"""States of a product: only one that has never been active is a draft."""
IN_SECOND_TURN = "Set in the second pass, now that the record it refers to is in."


@dataclass(slots=True)
class ChunkPlan:
    """What one chunk needs: actions in order, and the counts of records that need none, per direction.

    `outside` counts the records that the mapping does not take: by a filter, by a rule, or because nothing is to be created.
    `agreed` holds, by coupling, the tokens of pairs that need nothing (agreement.py).
    """

    actions: list[Action] = field(default_factory=list)
    counters: dict[str, Counter[str]] = field(default_factory=lambda: {TO: Counter(), FROM: Counter()})
    outside: int = 0
    agreed: dict[int, str] = field(default_factory=dict)


class PlanWriter:
    """Adds actions to the plan of one chunk (`result`)."""

    def __init__(
        self, line: SynchRunLine, spec: MappingSpec, rule: Rule, related: RelatedRows, erp: MirrorTable
    ) -> None:
        self.line = line
        self.spec = spec
        self.rule = rule
        self.related = related
        self.erp = erp
        self.result = ChunkPlan()

    # Coupled pairs

    def write_pair(self, pair: PairPlan, erp_key: str, crm_id: str, row: Row, partner: Row, baseline: Baseline) -> None:
        """Add what a compared pair needs."""
        stuck = dict(reversed(pair.problems))
        moved = {change.spec.id for change in (*pair.to, *pair.back)}
        settled = {key: value for key, value in pair.agreed.items() if key not in moved and baseline.get(key) != value}
        place = {"erp": erp_key, "crm": crm_id, "name": row.name or partner.name}
        wrote = False
        for direction, verdict, changes in ((TO, Verdict.TO, pair.to), (FROM, Verdict.FROM, pair.back)):
            if self.spec.way not in (direction, "both"):
                continue
            if verdict in stuck:
                self.problem(direction, stuck[verdict], **place)
            elif changes:
                etag = partner.etag if direction == TO else row.etag
                try:
                    self._modify(direction, changes, pair, place, {} if wrote else settled, etag, row)
                    wrote = True
                except RecordProblem as problem:
                    self.problem(direction, problem, **place)
            elif not (pair.conflicts and direction == TO):
                self.result.counters[direction]["unchanged"] += 1
        if pair.conflicts:
            self._conflict(pair, place)
        if not wrote and (settled or pair.deferred):
            payload = {"baseline": settled, "deferred": pair.deferred}
            self.add(TO, SynchAction.UNCHANGED, erp_key, crm_id, row.name, "", payload=payload)

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
        moved = {change.spec.id: pair.agreed[change.spec.id] for change in changes if change.spec.id in pair.agreed}
        payload: dict[str, Any] = {"etag": etag, "deferred": pair.deferred, "baseline": {**settled, **moved}}
        if direction == TO:
            payload["sent"] = [change.spec.id for change in changes]
            payload["values"] = self._crm_payload(changes)
            _finish_draft(payload, changes)
            shown = {change.spec.crm: [change.before, change.after] for change in changes}
        else:
            payload["values"] = self._erp_payload(changes, row)
            shown = {change.spec.erp: [change.before, change.after] for change in changes}
        names = ", ".join(change.spec.caption for change in changes)
        side = "NAV" if direction == TO else "Sales"
        reason = IN_SECOND_TURN if self.line.pass_number == 2 else f"Changed in {side}: {names}."
        self.add(
            direction,
            SynchAction.MODIFY,
            place["erp"],
            place["crm"],
            place["name"],
            reason,
            fields=shown,
            payload=payload,
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
        self.add(
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

    def couple(self, direction: str, erp_key: str, crm_id: str, name: str, reason: str) -> None:
        """Add the coupling of two records that are the same."""
        self.add(direction, SynchAction.COUPLE, erp_key, crm_id, name, reason)

    def insert_in_crm(self, row: Row, record: NewRecord) -> None:
        """Add the creation of a row in Sales."""
        values = {
            **self._crm_payload(record.changes),
            **{column: _constant(value) for column, value in self.rule.new_crm_values(self.related.facts).items()},
            **{column: _constant(value) for column, value in self.spec.crm_template.items()},
        }
        self.add(
            TO,
            SynchAction.INSERT,
            row.key,
            unborn(self.spec.name, row.key),
            row.name,
            "Not in Sales yet.",
            fields={column: [None, value["v"]] for column, value in sorted(values.items())},
            payload={
                "values": values,
                "baseline": record.agreed,
                "deferred": record.deferred,
                "state": next((change.after for change in record.later if change.spec.kind == "state"), None),
                "later": {change.spec.id: packed(change.source, change.after) for change in record.later},
            },
        )

    def insert_in_erp(self, row: Row, record: NewRecord) -> None:
        """Add the creation of a record in NAV."""
        try:
            values = self._erp_payload(record.changes, None)
            values |= {name: _constant(value) for name, value in self._new_erp_key().items()}
        except RecordProblem as problem:
            self.problem(FROM, problem, crm=row.key, name=row.name)
            return
        values |= {name: _constant(value) for name, value in self.spec.erp_template.items()}
        self.add(
            FROM,
            SynchAction.INSERT,
            unborn(self.spec.name, row.key),
            row.key,
            row.name,
            "Not in NAV yet.",
            fields={name: [None, value["v"]] for name, value in sorted(values.items())},
            payload={"values": values, "baseline": record.agreed, "deferred": []},
        )

    def _new_erp_key(self) -> dict[str, Any]:
        key = self.rule.new_erp_key(self._taken)
        self._taken.update(str(value) for value in key.values())
        return key

    @cached_property
    def _taken(self) -> set[str]:
        planned = PlanItem.objects.filter(line=self.line, direction=FROM, action=SynchAction.INSERT)
        keys = {str(part.get("v")) for item in planned for part in item.payload.get("values", {}).values()}
        return keys | set(self.erp.records.values_list("key", flat=True))

    # Actions

    def count_both(self, counter: str) -> None:
        """Count a record that needs no action in each direction of the mapping."""
        for direction in (TO, FROM):
            if self.spec.way in (direction, "both"):
                self.result.counters[direction][counter] += 1

    def problem(self, direction: str, problem: RecordProblem, *, erp: str = "", crm: str = "", name: str = "") -> None:
        """Add a record that waits or fails, with its sentence."""
        if self.spec.way not in (direction, "both"):
            direction = FROM if direction == TO else TO
        action = SynchAction.WAIT if problem.waits else SynchAction.FAIL
        payload = {"target": problem.target} if isinstance(problem, MissingDependency) else {}
        self.add(
            direction, action, erp, crm, name, str(problem), code=problem.code, cause=problem.cause, payload=payload
        )

    def add(
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
        """Add an action."""
        self.result.actions.append(
            Action(direction, action.value, erp, crm, name, fields or {}, payload or {}, reason, code, cause)
        )


def _finish_draft(payload: dict[str, Any], changes: list[Change]) -> None:
    """A coupled draft is a creation that was cut off: it is activated, and its further steps follow, retiring included."""
    state = next((change for change in changes if change.spec.kind == "state" and change.before == DRAFT), None)
    if state is not None:
        payload["unfinished"] = True
        payload["state"] = state.after
        payload["values"][state.spec.crm]["v"] = ACTIVE


def _constant(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"v": value, "k": "constant", "t": ""}
