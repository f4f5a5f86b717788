"""The values of a record that is not on the other side yet, and what both sides agree on once it is.

A field that does not flow to the new record counts as agreed as it stands: its side sends it when it changes there, and
not because the record is new.
"""

from dataclasses import dataclass, field

from sync.engine.agreement import Baseline, Change, attempt, constant_value, packed
from sync.engine.errors import MissingDependency, RecordProblem
from sync.engine.model import FieldSpec
from sync.engine.transform import Resolver, to_crm, to_erp
from sync.engine.values import Canonical


@dataclass(slots=True)
class NewRecord:
    """The values of a new record, in the destination's canonical form.

    `deferred` are the ids of fields for the second pass; `later` are changes that the destination takes only once the
    record is there (a state), agreed only when they are done; `known` holds every mapped value by its destination
    column, whichever way it flows: what the record is looked for by.
    """

    changes: list[Change] = field(default_factory=list)
    deferred: list[str] = field(default_factory=list)
    later: list[Change] = field(default_factory=list)
    agreed: Baseline = field(default_factory=dict)
    known: dict[str, Canonical] = field(default_factory=dict)


def new_crm_record(
    fields: tuple[FieldSpec, ...],
    erp: dict[str, Canonical],
    resolver: Resolver,
    deferrable: frozenset[str],
) -> NewRecord:
    """Return the CRM row an ERP record becomes. Raises RecordProblem with the first field that does not fit."""
    record = NewRecord()
    for spec in fields:
        if not spec.crm:
            continue
        if not spec.erp:
            if spec.way != "from":
                record.changes.append(Change(spec, None, constant_value(spec), None))
            continue
        value = erp.get(spec.erp)
        wanted, problem = attempt(to_crm, spec, value, resolver)
        record.known[spec.crm] = wanted
        if spec.way == "from":
            record.agreed[spec.id] = packed(value, None)
        elif isinstance(problem, MissingDependency) and spec.target in deferrable:
            record.deferred.append(spec.id)
        else:
            _add_crm_value(record, Change(spec, None, wanted, value), problem)
    return record


def _add_crm_value(record: NewRecord, change: Change, problem: RecordProblem | None) -> None:
    spec = change.spec
    if problem is not None and not spec.clear_on_fail:
        raise problem
    if problem is not None:
        record.agreed[spec.id] = packed(None, None)
    elif change.after is None:
        if not spec.not_null:
            record.agreed[spec.id] = packed(change.source, None)
    elif spec.crm_facts.creatable:
        record.changes.append(change)
        record.agreed[spec.id] = packed(change.source, change.after)
    elif not spec.crm_facts.updatable:
        record.agreed[spec.id] = packed(change.source, change.after)
    else:
        record.later.append(change)


def new_erp_record(fields: tuple[FieldSpec, ...], crm: dict[str, Canonical], resolver: Resolver) -> NewRecord:
    """Return the ERP record a CRM row becomes. Raises RecordProblem with the first field that does not fit."""
    record = NewRecord()
    for spec in fields:
        if not spec.erp:
            continue
        if not spec.crm:
            if spec.way != "to":
                record.changes.append(Change(spec, None, constant_value(spec), None))
            continue
        value = crm.get(spec.crm)
        wanted, problem = attempt(to_erp, spec, value, resolver)
        record.known[spec.erp] = wanted
        if spec.way == "to":
            record.agreed[spec.id] = packed(None, value)
        else:
            _add_erp_value(record, Change(spec, None, wanted, value), problem)
    return record


def _add_erp_value(record: NewRecord, change: Change, problem: RecordProblem | None) -> None:
    spec = change.spec
    if problem is not None and not spec.clear_on_fail and not spec.not_null:
        raise problem
    if problem is not None and spec.clear_on_fail:
        record.agreed[spec.id] = packed(None, None)
        return
    if change.after is not None and spec.erp_facts.creatable:
        record.changes.append(change)
    record.agreed[spec.id] = packed(change.after, change.source)
