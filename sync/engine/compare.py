"""Compare a coupled pair field by field with its baseline. Nothing is stored here."""

from dataclasses import dataclass, field

from sync.engine.agreement import Baseline, Change, attempt, constant_value, packed, unpacked
from sync.engine.conflicts import Initial, Newer, Verdict, first_verdict, verdict
from sync.engine.creating import NewRecord, new_crm_record, new_erp_record
from sync.engine.errors import MissingDependency, RecordProblem
from sync.engine.model import FieldSpec, Policy
from sync.engine.transform import Resolver, to_crm, to_erp
from sync.engine.values import Canonical

__all__ = [
    "Baseline",
    "Change",
    "NewRecord",
    "PairPlan",
    "Policies",
    "compare_pair",
    "constant_value",
    "new_crm_record",
    "new_erp_record",
    "packed",
    "unpacked",
]


@dataclass(slots=True)
class PairPlan:
    """What one coupled pair needs. `agreed` is the baseline after everything here has been written."""

    to: list[Change] = field(default_factory=list)
    back: list[Change] = field(default_factory=list)
    conflicts: list[Change] = field(default_factory=list)
    left: list[FieldSpec] = field(default_factory=list)
    deferred: list[str] = field(default_factory=list)
    problems: list[tuple[Verdict, RecordProblem]] = field(default_factory=list)
    agreed: Baseline = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policies:
    """How a comparison decides where the field has no policy of its own."""

    update_conflict: Policy = "ask"
    whole_record: bool = False
    initial: Initial = "none"
    newer: Newer = ""
    deferrable: frozenset[str] = frozenset()


def compare_pair(
    fields: tuple[FieldSpec, ...],
    erp: dict[str, Canonical],
    crm: dict[str, Canonical],
    baseline: Baseline,
    resolver: Resolver,
    policies: Policies,
) -> PairPlan:
    """Return what a coupled pair needs; values are canonical and keyed by ERP field and CRM column."""
    plan = PairPlan()
    for spec in fields:
        _compare_field(plan, spec, erp, crm, baseline.get(spec.id), resolver, policies)
    if plan.conflicts and policies.whole_record:
        plan.to.clear()
        plan.back.clear()
        plan.agreed = dict(baseline)
    return plan


def _compare_field(
    plan: PairPlan,
    spec: FieldSpec,
    erp: dict[str, Canonical],
    crm: dict[str, Canonical],
    base: list[Canonical] | None,
    resolver: Resolver,
    policies: Policies,
) -> None:
    if not spec.erp or not spec.crm:
        _compare_constant(plan, spec, erp, crm)
        return
    mine, theirs = erp.get(spec.erp), crm.get(spec.crm)
    wanted, problem = attempt(to_crm, spec, mine, resolver)
    if problem is None and wanted == theirs:
        plan.agreed[spec.id] = packed(mine, theirs)
        return
    seen = _seen(spec, mine, theirs, problem, resolver, policies)
    decision = _decide(spec, seen, base, policies)
    if decision is Verdict.TO:
        _plan_to(plan, spec, Change(spec, theirs, wanted, mine), problem, base, policies)
    elif decision is Verdict.FROM:
        _plan_back(plan, spec, mine, theirs, base, resolver)
    else:
        if decision is Verdict.CONFLICT:
            plan.conflicts.append(Change(spec, mine, theirs, base[0] if base else None))
        elif base is None:
            plan.agreed[spec.id] = packed(seen.mine, seen.theirs)
            return
        else:
            plan.left.append(spec)
        if base is not None:
            plan.agreed[spec.id] = base


@dataclass(frozen=True, slots=True)
class _Seen:
    """Both values as the decision sees them: a reference that may be cleared and leads nowhere counts as blank.

    So it is tried again in every run, flows once it leads somewhere, and never stands against the other side's edit.
    """

    mine: Canonical
    theirs: Canonical
    raw_mine: Canonical
    raw_theirs: Canonical

    def is_empty_source(self, decision: Verdict) -> bool:
        """Tell whether what would flow is blank only because a reference, on either side, leads nowhere."""
        source = {Verdict.TO: self.mine, Verdict.FROM: self.theirs}.get(decision, self.mine or self.theirs)
        return source is None and (self.raw_mine, self.raw_theirs) != (self.mine, self.theirs)

    def moved(self, base: list[Canonical]) -> tuple[bool, bool]:
        """Tell, for either side, whether it differs from what was agreed; losing its partner is no edit."""
        erp, crm = unpacked(base)
        return erp not in (self.mine, self.raw_mine), crm not in (self.theirs, self.raw_theirs)


def _seen(
    spec: FieldSpec,
    mine: Canonical,
    theirs: Canonical,
    problem: RecordProblem | None,
    resolver: Resolver,
    policies: Policies,
) -> _Seen:
    if not spec.clear_on_fail:
        return _Seen(mine, theirs, mine, theirs)
    mine_fails = problem is not None and not _is_deferred(spec, problem, policies)
    theirs_fails = spec.way != "to" and attempt(to_erp, spec, theirs, resolver)[1] is not None
    return _Seen(None if mine_fails else mine, None if theirs_fails else theirs, mine, theirs)


def _is_deferred(spec: FieldSpec, problem: RecordProblem | None, policies: Policies) -> bool:
    return isinstance(problem, MissingDependency) and spec.target in policies.deferrable


def _decide(spec: FieldSpec, seen: _Seen, base: list[Canonical] | None, policies: Policies) -> Verdict:
    if spec.not_null and seen.mine is None and (base is None or seen.theirs == unpacked(base)[1]):
        return Verdict.LEAVE
    if base is None:
        # A reference that leads nowhere must not wipe out what the other side holds.
        decision = first_verdict(spec.way, policies.initial)
        return Verdict.LEAVE if seen.is_empty_source(decision) else decision
    erp_moved, crm_moved = seen.moved(base)
    return verdict(
        spec.way,
        erp_moved=erp_moved and not (spec.not_null and seen.mine is None),
        crm_moved=crm_moved,
        policy=spec.policy or policies.update_conflict,
        newer=policies.newer,
    )


def _plan_to(
    plan: PairPlan,
    spec: FieldSpec,
    change: Change,
    problem: RecordProblem | None,
    base: list[Canonical] | None,
    policies: Policies,
) -> None:
    if _is_deferred(spec, problem, policies):
        plan.deferred.append(spec.id)
    elif problem is not None and spec.clear_on_fail:
        if change.before is not None:
            plan.to.append(Change(spec, change.before, None, change.source))
        plan.agreed[spec.id] = packed(None, None)
        return
    elif problem is not None:
        plan.problems.append((Verdict.TO, problem))
    elif not spec.crm_facts.updatable:
        plan.left.append(spec)
    else:
        plan.to.append(change)
        plan.agreed[spec.id] = packed(change.source, change.after)
        return
    if base is not None:
        plan.agreed[spec.id] = base


def _plan_back(
    plan: PairPlan,
    spec: FieldSpec,
    mine: Canonical,
    theirs: Canonical,
    base: list[Canonical] | None,
    resolver: Resolver,
) -> None:
    wanted, problem = attempt(to_erp, spec, theirs, resolver)
    source = theirs
    if problem is not None and spec.clear_on_fail:
        wanted, problem, source = None, None, None
    if problem is None and wanted == mine:
        plan.agreed[spec.id] = packed(mine, source)
    elif problem is None and spec.erp_facts.updatable:
        plan.back.append(Change(spec, mine, wanted, theirs))
        plan.agreed[spec.id] = packed(wanted, source)
    else:
        if problem is not None:
            plan.problems.append((Verdict.FROM, problem))
        else:
            plan.left.append(spec)
        if base is not None:
            plan.agreed[spec.id] = base


def _compare_constant(plan: PairPlan, spec: FieldSpec, erp: dict[str, Canonical], crm: dict[str, Canonical]) -> None:
    if spec.crm and spec.way != "from":
        wanted, present = constant_value(spec), crm.get(spec.crm)
        if wanted != present and spec.crm_facts.updatable:
            plan.to.append(Change(spec, present, wanted, None))
    elif spec.erp and spec.way != "to":
        wanted, present = constant_value(spec), erp.get(spec.erp)
        if wanted != present and spec.erp_facts.updatable:
            plan.back.append(Change(spec, present, wanted, None))
