"""Fakes for the engine: a resolver and related rows that are plain dictionaries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from sync.engine.model import Facts, FieldSpec, Row

TODAY = "2017-01-26"
BASE = "00000000-0000-0000-0000-0000000000b0"


@dataclass
class FakeResolver:
    """Lookups by (mapping, key); what is not in a dictionary is not coupled."""

    references: dict[tuple[str, str], str] = field(default_factory=dict)
    options: dict[tuple[str, str], int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    base: tuple[str, str] = (BASE, "GBP")

    def crm_reference(self, target: str, erp_key: str) -> str | None:
        return self.references.get((target, erp_key))

    def erp_key(self, target: str, crm_id: str) -> str | None:
        found = [key for (name, key), reference in self.references.items() if (name, reference) == (target, crm_id)]
        return found[0] if found else None

    def option_value(self, target: str, code: str) -> int | None:
        return self.options.get((target, code))

    def option_code(self, target: str, value: int) -> str | None:
        found = [code for (name, code), number in self.options.items() if (name, number) == (target, value)]
        return found[0] if found else None

    def base_unit(self, target: str, reference: str) -> str | None:
        return reference if reference.startswith("new:") else self.units.get(reference)

    def base_currency(self) -> tuple[str, str]:
        return self.base


class FakeRelated:
    """Related rows by (side, table), found by key, number or name."""

    def __init__(self, rows: Mapping[tuple[str, str], Sequence[Row]], facts: Facts) -> None:
        self.facts = facts
        self._rows = rows

    def _of(self, side: str, table: str) -> Sequence[Row]:
        return sorted(self._rows.get((side, table), ()), key=lambda row: row.key)

    def by_key(self, side: str, table: str, key: str) -> Row | None:
        return next((row for row in self._of(side, table) if row.key == key), None)

    def by_number(self, side: str, table: str, number: str) -> Sequence[Row]:
        return [row for row in self._of(side, table) if row.number == number]

    def by_name(self, side: str, table: str, name: str) -> Sequence[Row]:
        return [row for row in self._of(side, table) if row.name == name]


@pytest.fixture
def resolver() -> FakeResolver:
    """Return a resolver that knows nothing yet."""
    return FakeResolver()


@pytest.fixture
def related() -> Callable[..., FakeRelated]:
    """Return a maker of related rows: `related(erp={"Item": [row]}, crm={…}, lcy_code="GBP")`."""

    def make(
        *, erp: Mapping[str, Sequence[Row]] | None = None, crm: Mapping[str, Sequence[Row]] | None = None, **facts: Any
    ) -> FakeRelated:
        rows = {("erp", table): given for table, given in (erp or {}).items()}
        rows |= {("crm", table): given for table, given in (crm or {}).items()}
        return FakeRelated(rows, Facts(**{"today": TODAY, "lcy_code": "GBP", **facts}))

    return make


@pytest.fixture
def row() -> Callable[..., Row]:
    """Return a maker of rows: `row("10000", number="…", Name="…")`."""

    def make(key: str, *, number: str = "", name: str = "", **values: Any) -> Row:
        return Row(key=key, values=values, number=number, name=name)

    return make


@pytest.fixture
def spec() -> Callable[..., FieldSpec]:
    """Return a maker of field specs named after their columns."""

    def make(erp: str = "Name", crm: str = "name", way: str = "both", **more: Any) -> FieldSpec:
        return FieldSpec(id=more.pop("id", f"{erp}|{crm}"), erp=erp, crm=crm, way=way, **{"caption": erp, **more})  # type: ignore[arg-type]

    return make
