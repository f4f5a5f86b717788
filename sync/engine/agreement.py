"""What both sides agree on, and one planned change of it.

The baseline holds per field id `[erp, crm]` in canonical form, or `[both]` where they are equal.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sync.engine.errors import RecordProblem
from sync.engine.model import FieldSpec
from sync.engine.transform import Resolver
from sync.engine.values import Canonical

Baseline = dict[str, list[Canonical]]
Transform = Callable[[FieldSpec, Canonical, Resolver], Canonical]


@dataclass(slots=True)
class Change:
    """One field that is going to be written: canonical values of the destination before and after."""

    spec: FieldSpec
    before: Canonical
    after: Canonical
    source: Canonical


def packed(erp: Canonical, crm: Canonical) -> list[Canonical]:
    """Return a baseline entry in its short form."""
    return [erp] if erp == crm and type(erp) is type(crm) else [erp, crm]


def unpacked(entry: list[Canonical]) -> tuple[Canonical, Canonical]:
    """Return what the ERP and what the CRM held."""
    return (entry[0], entry[0]) if len(entry) == 1 else (entry[0], entry[1])


def constant_value(spec: FieldSpec) -> Canonical:
    """Return a constant in the canonical form of its field kind."""
    if spec.kind in {"integer", "option", "state"}:
        return int(spec.constant)
    if spec.kind == "boolean":
        return spec.constant.lower() in {"1", "true", "yes"}
    return spec.constant


def attempt(
    transform: Transform, spec: FieldSpec, value: Canonical, resolver: Resolver
) -> tuple[Canonical, RecordProblem | None]:
    """Return the transformed value, or the problem that stands in its way."""
    try:
        return transform(spec, value, resolver), None
    except RecordProblem as problem:
        return None, problem
