"""The engine's nouns: rows, fields, mappings and what a rule may know. Plain values only.

Values are in *canonical form* (values.py): None for empty, str for text, codes, decimals ("12.5"), dates ("2017-01-26")
and ids (lower case), bool and int as they are. A reference to a CRM row that is not born yet reads
`new:<MAPPING>:<ERP key>`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Way = Literal["to", "from", "both"]
Policy = Literal["ask", "erp", "crm", "newest"]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One record as the mirror holds it; `values` in wire names and wire forms."""

    key: str
    values: Values
    etag: str = ""
    modified_at: str = ""
    modified_by: str = ""
    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What the receiving system says of a column; None means that it says nothing."""

    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    precision: int | None = None
    creatable: bool = True
    updatable: bool = True
    required: bool = False
    options: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field pair.

    `kind`: text, code (upper case), decimal, integer, boolean, date, datetime, choice (ERP option text as is),
    lookup (row of the mapping `target`), currency (blank is the base currency), owner (user), option (value of the
    option mapping `target`), base_unit (base unit of the unit group that `target` couples), state (boolean ERP
    field ↔ statecode).
    An ERP field that starts with "@" is computed by the mapping's rule.
    """

    id: str
    erp: str
    crm: str
    way: Way
    kind: str = "text"
    target: str = ""
    constant: str = ""
    not_null: bool = False
    clear_on_fail: bool = False
    policy: Policy | None = None
    caption: str = ""
    erp_facts: ColumnFacts = field(default_factory=ColumnFacts)
    crm_facts: ColumnFacts = field(default_factory=ColumnFacts)


@dataclass(frozen=True, slots=True)
class Criterion:
    """Columns whose equal normalised value tells that a source and a destination row are the same."""

    slot: int
    columns: tuple[str, ...]
    automatic: bool
    case_sensitive: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds for the whole company and organization."""

    today: str
    lcy_code: str = ""
    base_currency_id: str = ""
    base_currency_code: str = ""
    currency_precision: int = 2
    default_price_list_id: str = ""
    integration_user_id: str = ""
    erp_columns: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Related(Protocol):
    """Rows of other mirrored tables that a rule may look at; loaded for the whole chunk beforehand."""

    facts: Facts

    def by_key(self, side: str, table: str, key: str) -> Row | None:
        """Return the row with that key, or None."""

    def by_number(self, side: str, table: str, number: str) -> Sequence[Row]:
        """Return the rows whose number column holds `number`, in key order."""

    def by_name(self, side: str, table: str, name: str) -> Sequence[Row]:
        """Return the rows whose name column holds `name`, in key order."""


@dataclass(frozen=True, slots=True)
class Need:
    """A request for related rows: `by` is "key", "number" or "name" (TableDefault says which columns those are)."""

    side: str
    table: str
    by: Literal["key", "number", "name"]
    value: str


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """A mapping as the planner sees it: everything that decides, nothing that is stored."""

    id: int
    name: str
    erp_table: str
    crm_table: str
    way: Way
    fields: tuple[FieldSpec, ...]
    only_coupled: bool
    create_new: bool
    update_conflict: Policy
    whole_record: bool
    deletion_conflict: str
    erp_filter: tuple[tuple[str, str, Any], ...]
    crm_filter: tuple[tuple[str, str, Any], ...]
    criteria_in_crm: tuple[Criterion, ...]
    criteria_in_erp: tuple[Criterion, ...]
    crm_template: Mapping[str, Any]
    erp_template: Mapping[str, Any]
    rule: str = ""
    target_tables: Mapping[str, str] = field(default_factory=dict)
