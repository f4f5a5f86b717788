"""How a default mapping is written down: one module per table, a `MAPPING` in each."""

from dataclasses import dataclass, field
from typing import Any, Literal

Way = Literal["to", "from", "both"]


@dataclass(frozen=True, slots=True)
class FieldDefault:
    """One row of *Integration Field Mapping*; kinds as in sync/engine/model.py."""

    erp: str
    crm: str
    way: Way
    kind: str = "text"
    caption: str = ""
    crm_caption: str = ""
    target: str = ""
    constant: str = ""
    not_null: bool = False
    clear_on_fail: bool = False
    enabled: bool = True
    validate: bool = True


@dataclass(frozen=True, slots=True)
class CriterionDefault:
    """Equal columns tell that two uncoupled records are the same; `automatic` couples without asking.

    `erp` and `crm` are column names, parted by "+" where the key has several parts.
    """

    erp: str
    crm: str
    automatic: bool = False
    case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class MappingDefault:
    """One *Integration Table Mapping* as shipped (reference 2.3, NAV set)."""

    name: str
    erp_table: str
    crm_table: str
    way: Way
    fields: tuple[FieldDefault, ...]
    rule: str = ""
    kind: Literal["table", "option"] = "table"
    option_column: str = ""
    twin_columns: tuple[tuple[str, str], ...] = ()
    only_coupled: bool = True
    create_new: bool = True
    depends_on: tuple[str, ...] = ()
    erp_filter: tuple[tuple[str, str, str], ...] = ()
    crm_filter: tuple[tuple[str, str, Any], ...] = ()
    criteria: tuple[CriterionDefault, ...] = ()
    crm_template: dict[str, Any] = field(default_factory=dict)
    erp_template: dict[str, Any] = field(default_factory=dict)
    interval_minutes: int = 30
    inactivity_minutes: int = 720


@dataclass(frozen=True, slots=True)
class TableDefault:
    """A mirrored table beyond the mapped fields: which columns name and number its rows.

    `extra` are columns that rules read. Columns that the server does not serve are left out.
    """

    side: Literal["erp", "crm"]
    table: str
    number: str
    name: str
    extra: tuple[str, ...] = ()
