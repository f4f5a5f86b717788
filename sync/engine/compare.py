"""Compare a coupled pair field by field with its baseline, and build the values of a new record.

Nothing is stored here. The baseline holds per field id `[erp, crm]` in canonical form, or `[both]` where they are equal.
"""

from dataclasses import dataclass, field
from typing import Any

from sync.engine.conflicts import Initial, Newer, Verdict, first_verdict, verdict
from sync.engine.errors import MissingDependency, RecordProblem
from sync.engine.model import FieldSpec, Policy
from sync.engine.transform import Resolver, to_crm, to_erp
from sync.engine.values import Canonical

Baseline = dict[str, list[Canonical]]


@dataclass(slots=True)
class Change:
    """One field that is going to be written: canonical values of the destination before and after."""

    spec: FieldSpec
    before: Canonical
    after: Canonical
    source: Canonical


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


def packed(erp: Canonical, crm: Canonical) -> list[Canonical]:
    """Return a baseline entry in its short form."""
    return [erp] if erp == crm and type(erp) is type(crm) else [erp, crm]


def unpacked(entry: list[Canonical]) -> tuple[Canonical, Canonical]:
    """Return what the ERP and what the CRM held."""
    return (entry[0], entry[0]) if len(entry) == 1 else (entry[0], entry[1])


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
    wanted, problem = _attempt(to_crm, spec, mine, resolver)
    if problem is None and wanted == theirs:
        plan.agreed[spec.id] = packed(mine, theirs)
        return
    decision = _decide(spec, mine, theirs, base, policies)
    if decision is Verdict.TO:
        _plan_to(plan, spec, Change(spec, theirs, wanted, mine), problem, base, policies)
    elif decision is Verdict.FROM:
        _plan_back(plan, spec, mine, theirs, base, resolver)
    else:
        if decision is Verdict.CONFLICT:
            plan.conflicts.append(Change(spec, mine, theirs, base[0] if base else None))
        elif base is None:
            plan.agreed[spec.id] = packed(mine, theirs)
            return
        else:
            plan.left.append(spec)
        if base is not None:
            plan.agreed[spec.id] = base


def _decide(
    spec: FieldSpec, mine: Canonical, theirs: Canonical, base: list[Canonical] | None, policies: Policies
) -> Verdict:
    if spec.not_null and mine is None and (base is None or theirs == unpacked(base)[1]):
        return Verdict.LEAVE
    if base is None:
        return first_verdict(spec.way, policies.initial)
    base_erp, base_crm = unpacked(base)
    return verdict(
        spec.way,
        erp_moved=mine != base_erp and not (spec.not_null and mine is None),
        crm_moved=theirs != base_crm,
        policy=spec.policy or policies.update_conflict,
        newer=policies.newer,
    )


def _attempt(
    transform: Any, spec: FieldSpec, value: Canonical, resolver: Resolver
) -> tuple[Canonical, RecordProblem | None]:
    try:
        return transform(spec, value, resolver), None
    except RecordProblem as problem:
        return None, problem


def _plan_to(
    plan: PairPlan,
    spec: FieldSpec,
    change: Change,
    problem: RecordProblem | None,
    base: list[Canonical] | None,
    policies: Policies,
) -> None:
    if isinstance(problem, MissingDependency) and spec.target in policies.deferrable:
        plan.deferred.append(spec.id)
    elif problem is not None and spec.clear_on_fail:
        if change.before is not None:
            plan.to.append(Change(spec, change.before, None, change.source))
        plan.agreed[spec.id] = packed(change.source, None)
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
    wanted, problem = _attempt(to_erp, spec, theirs, resolver)
    if problem is not None and spec.clear_on_fail:
        wanted, problem = None, None
    if problem is None and wanted == mine:
        plan.agreed[spec.id] = packed(mine, theirs)
    elif problem is None and spec.erp_facts.updatable:
        plan.back.append(Change(spec, mine, wanted, theirs))
        plan.agreed[spec.id] = packed(wanted, theirs)
    else:
        if problem is not None:
            plan.problems.append((Verdict.FROM, problem))
        else:
            plan.left.append(spec)
        if base is not None:
            plan.agreed[spec.id] = base


def _compare_constant(
    plan: PairPlan, spec: FieldSpec, erp: dict[str, Canonical], crm: dict[str, Canonical]
) -> None:
    if spec.crm and spec.way != "from":
        wanted, present = constant_value(spec), crm.get(spec.crm)
        if wanted != present and spec.crm_facts.updatable:
            plan.to.append(Change(spec, present, wanted, None))
    elif spec.erp and spec.way != "to":
        present = erp.get(spec.erp)
        if spec.constant != present and spec.erp_facts.updatable:
            plan.back.append(Change(spec, present, spec.constant, None))


def constant_value(spec: FieldSpec) -> Canonical:
    """Return a constant in the canonical form of its field kind."""
    if spec.kind in {"integer", "option", "state"}:
        return int(spec.constant)
    if spec.kind == "boolean":
        return spec.constant.lower() in {"1", "true", "yes"}
    return spec.constant


@dataclass(slots=True)
class NewRecord:
    """The values of a record that is not on the other side yet, in the destination's canonical form."""

    changes: list[Change] = field(default_factory=list)
    deferred: list[str] = field(default_factory=list)
    agreed: Baseline = field(default_factory=dict)


def new_crm_record(
    fields: tuple[FieldSpec, ...],
    erp: dict[str, Canonical],
    resolver: Resolver,
    deferrable: frozenset[str],
) -> NewRecord:
    """Return the CRM row an ERP record becomes. Raises RecordProblem with the first field that does not fit."""
    record = NewRecord()
    for spec in fields:
        if spec.way == "from" or not spec.crm:
            continue
        if not spec.erp:
            record.changes.append(Change(spec, None, constant_value(spec), None))
            continue
        value = erp.get(spec.erp)
        wanted = _new_crm_value(record, spec, value, resolver, deferrable)
        if wanted is None:
            continue
        if spec.crm_facts.creatable:
            record.changes.append(Change(spec, None, wanted, value))
        record.agreed[spec.id] = packed(value, wanted)
    return record


def _new_crm_value(
    record: NewRecord, spec: FieldSpec, value: Canonical, resolver: Resolver, deferrable: frozenset[str]
) -> Canonical:
    wanted, problem = _attempt(to_crm, spec, value, resolver)
    if isinstance(problem, MissingDependency) and spec.target in deferrable:
        record.deferred.append(spec.id)
        return None
    if problem is not None and not spec.clear_on_fail:
        raise problem
    if wanted is None and problem is None and not spec.not_null:
        record.agreed[spec.id] = packed(value, None)
    return wanted


def new_erp_record(fields: tuple[FieldSpec, ...], crm: dict[str, Canonical], resolver: Resolver) -> NewRecord:
    """Return the ERP record a CRM row becomes. Raises RecordProblem with the first field that does not fit."""
    record = NewRecord()
    for spec in fields:
        if spec.way == "to" or not spec.erp:
            continue
        if not spec.crm:
            record.changes.append(Change(spec, None, spec.constant, None))
            continue
        value = crm.get(spec.crm)
        wanted, problem = _attempt(to_erp, spec, value, resolver)
        if problem is not None and not spec.clear_on_fail and not spec.not_null:
            raise problem
        if wanted is not None and spec.erp_facts.creatable:
            record.changes.append(Change(spec, None, wanted, value))
        record.agreed[spec.id] = packed(wanted, value)
    return record
