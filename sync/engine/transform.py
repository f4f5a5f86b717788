"""One field value from one side to the other; the only place where a value changes its form.

A value that does not fit its destination is never cut: it raises RecordProblem, with a sentence that names field, value
and limit, before anything is sent.
"""

from collections.abc import Iterator
from typing import Protocol
from urllib.parse import unquote

from connector.records import key_text
from sync.engine.errors import MissingDependency, RecordProblem
from sync.engine.model import ColumnFacts, FieldSpec
from sync.engine.values import Canonical, canonical_crm, canonical_erp, rounded


class Resolver(Protocol):
    """Where lookups lead; filled for a whole chunk beforehand."""

    def crm_reference(self, target: str, erp_key: str) -> str | None:
        """Return the id (or `new:…`) of the CRM row coupled to an ERP record of the mapping `target`."""

    def erp_key(self, target: str, crm_id: str) -> str | None:
        """Return the key of the ERP record coupled to a CRM row of the mapping `target`."""

    def option_value(self, target: str, code: str) -> int | None:
        """Return the option value tied to an ERP code."""

    def option_code(self, target: str, value: int) -> str | None:
        """Return the ERP code tied to an option value."""

    def base_unit(self, target: str, reference: str) -> str | None:
        """Return the id of the base unit of a unit group (`new:…` groups answer themselves)."""

    def base_currency(self) -> tuple[str, str]:
        """Return the id of the organization's base currency and NAV's code for it."""


def erp_lookup_key(value: Canonical) -> str:
    """Return the record key that a code in a lookup field names."""
    return key_text([str(value)])


def erp_code(key: str) -> str:
    """Return the code that a record key of one part stands for; the inverse of `erp_lookup_key`."""
    return unquote(key)


def lookups_to_crm(fields: tuple[FieldSpec, ...], values: dict[str, Canonical]) -> Iterator[tuple[str, str]]:
    """Yield (mapping, ERP key) for every lookup that `to_crm` will ask for."""
    for spec in fields:
        value = values.get(spec.erp)
        if spec.target and value not in (None, "") and spec.kind in {"lookup", "currency", "owner", "base_unit"}:
            yield spec.target, erp_lookup_key(value)


def lookups_to_erp(fields: tuple[FieldSpec, ...], values: dict[str, Canonical]) -> Iterator[tuple[str, str]]:
    """Yield (mapping, CRM id) for every lookup that `to_erp` will ask for."""
    for spec in fields:
        value = values.get(spec.crm)
        if spec.target and value and spec.kind in {"lookup", "currency", "owner"}:
            yield spec.target, str(value)


def to_crm(spec: FieldSpec, value: Canonical, resolver: Resolver) -> Canonical:
    """Return the canonical CRM form of a canonical ERP value.

    Raises MissingDependency (the row referred to is not coupled) and RecordProblem (does not fit).
    """
    if spec.kind == "currency":
        return _currency_to_crm(spec, value, resolver)
    if value is None:
        _check_required(spec)
        return None
    match spec.kind:
        case "lookup" | "owner":
            return _reference(spec, value, resolver)
        case "base_unit":
            return resolver.base_unit(spec.target, _reference(spec, value, resolver))
        case "option":
            return _option(spec, value, resolver)
        case "state":
            return 1 if value not in (False, "False") else 0
        case "decimal":
            return _fitting_number(spec, rounded(str(value), spec.crm_facts.precision), spec.crm_facts, "Sales")
        case "integer":
            return canonical_crm("integer", value)
        case _:
            return _fitting_text(spec, value, spec.crm_facts, "Sales")


def to_erp(spec: FieldSpec, value: Canonical, resolver: Resolver) -> Canonical:
    """Return the canonical ERP form of a canonical CRM value; raises as `to_crm` does."""
    if value is None:
        return False if spec.kind == "state" else None
    match spec.kind:
        case "currency":
            return _currency_to_erp(spec, str(value), resolver)
        case "lookup" | "owner":
            return _erp_code(spec, str(value), resolver)
        case "option":
            code = resolver.option_code(spec.target, int(value))
            if code is None:
                raise RecordProblem(
                    f"{spec.caption} holds option {value} in Sales, which no {spec.target} record is tied to. "
                    f"Synchronize {spec.target}, or choose another option.",
                    code="option_without_partner",
                    cause=f"{spec.target}:{value}",
                    field=spec.erp,
                )
            return erp_code(code)
        case "state":
            return int(value) == 1
        case "decimal":
            return _fitting_number(spec, str(value), spec.erp_facts, "NAV")
        case "code":
            return _fitting_text(spec, str(value).upper(), spec.erp_facts, "NAV")
        case "boolean" | "integer":
            return value
        case _:
            return _fitting_text(spec, value, spec.erp_facts, "NAV")


def _check_required(spec: FieldSpec) -> None:
    may_stay_blank = spec.not_null or spec.clear_on_fail or spec.way == "from"
    if spec.crm_facts.required and spec.crm_facts.creatable and not may_stay_blank:
        raise RecordProblem(
            f"{spec.caption} is empty, and Sales requires it. Fill it in; the record then follows by itself.",
            code="value_missing",
            cause=f"value_missing:{spec.erp}",
            field=spec.erp,
        )


def _reference(spec: FieldSpec, value: Canonical, resolver: Resolver) -> str:
    key = erp_lookup_key(value)
    reference = resolver.crm_reference(spec.target, key)
    if reference is None:
        raise MissingDependency(
            f"{spec.caption} is {value}, which is not coupled to Sales. Couple or synchronize {value} in "
            f"{spec.target} first; this record then follows by itself.",
            target=spec.target,
            key=key,
            field=spec.erp,
        )
    return reference


def _erp_code(spec: FieldSpec, crm_id: str, resolver: Resolver) -> str:
    key = resolver.erp_key(spec.target, crm_id)
    if key is None:
        raise MissingDependency(
            f"{spec.caption} refers to a row in Sales that is not coupled to NAV ({spec.target}). Couple that row first; "
            "this record then follows by itself.",
            target=spec.target,
            key=crm_id,
            field=spec.erp,
        )
    return erp_code(key)


def _currency_to_crm(spec: FieldSpec, value: Canonical, resolver: Resolver) -> Canonical:
    base_id, base_code = resolver.base_currency()
    if value is None or value == base_code:
        return base_id
    return _reference(spec, value, resolver)


def _currency_to_erp(spec: FieldSpec, crm_id: str, resolver: Resolver) -> Canonical:
    base_id, _code = resolver.base_currency()
    return None if crm_id == base_id else _erp_code(spec, crm_id, resolver)


def _option(spec: FieldSpec, value: Canonical, resolver: Resolver) -> int:
    number = resolver.option_value(spec.target, erp_lookup_key(value))
    if number is None:
        raise RecordProblem(
            f"{spec.caption} is {value}, which has no option in Sales. Synchronize {spec.target}; "
            "this record then follows by itself.",
            code="option_without_partner",
            cause=f"{spec.target}:{value}",
            waits=True,
            field=spec.erp,
        )
    return number


def _fitting_text(spec: FieldSpec, value: Canonical, facts: ColumnFacts, system: str) -> Canonical:
    if isinstance(value, str) and facts.max_length and len(value) > facts.max_length:
        raise RecordProblem(
            f"{spec.caption} is {len(value)} characters long, and {system} takes at most {facts.max_length}. "
            f"Shorten it: “{value[:60]}…”.",
            code="value_too_long",
            cause=f"value_too_long:{spec.erp}",
            field=spec.erp,
        )
    return value


def _fitting_number(spec: FieldSpec, value: str | None, facts: ColumnFacts, system: str) -> str | None:
    if value is None:
        return None
    low, high = facts.minimum, facts.maximum
    if (low is not None and float(value) < low) or (high is not None and float(value) > high):
        raise RecordProblem(
            f"{spec.caption} is {value}, and {system} takes numbers {_range(low, high)}. Correct the value.",
            code="value_out_of_range",
            cause=f"value_out_of_range:{spec.erp}",
            field=spec.erp,
        )
    return value


def _range(low: float | None, high: float | None) -> str:
    parts = [f"{word} {bound:g}" for word, bound in (("from", low), ("up to", high)) if bound is not None]
    return " ".join(parts)


def erp_values(fields: tuple[FieldSpec, ...], raw: dict[str, object]) -> dict[str, Canonical]:
    """Return the mapped ERP fields (virtual ones included) in canonical form."""
    return {spec.erp: canonical_erp(spec.kind, raw.get(spec.erp)) for spec in fields if spec.erp}


def crm_values(fields: tuple[FieldSpec, ...], raw: dict[str, object]) -> dict[str, Canonical]:
    """Return the mapped CRM columns in canonical form."""
    return {spec.crm: canonical_crm(spec.kind, raw.get(spec.crm)) for spec in fields if spec.crm}
