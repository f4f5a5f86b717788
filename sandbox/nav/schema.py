"""What a NAV table and a page service are made of, and the two small notations they are declared in.

Tables and pages are data (`tables.py`, `pages.py`). A table's field is one line, `Name kind [length] [; flags]`:

- kinds: `code text dec int bool date datetime time option guid formula`; a length `50/100` is 50 in NAV 2017, 100 in BC;
- an option lists its members split by `|`; an empty member is NAV's blank option, one space on the wire;
- flags: `-> Table` (must exist there), `ro`, `flow` (computed, read-only), `var` (page variable, cannot be filtered),
  `phone`, `mail`, `req`, `min=0`, `max=100`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

EMPTY_DATE = "0001-01-01"
EMPTY_DATETIME = "0001-01-01T00:00:00Z"
EMPTY_GUID = "00000000-0000-0000-0000-000000000000"

BLANKS: dict[str, Any] = {
    "code": "",
    "text": "",
    "formula": "",
    "time": "",
    "dec": 0,
    "int": 0,
    "bool": False,
    "date": EMPTY_DATE,
    "datetime": EMPTY_DATETIME,
    "guid": EMPTY_GUID,
}
EDM = {
    "code": "Edm.String",
    "text": "Edm.String",
    "formula": "Edm.String",
    "time": "Edm.String",
    "option": "Edm.String",
    "dec": "Edm.Decimal",
    "int": "Edm.Int32",
    "bool": "Edm.Boolean",
    "date": "Edm.Date",
    "datetime": "Edm.DateTimeOffset",
    "guid": "Edm.Guid",
}
NAV_TYPE = {"dec": "Decimal", "int": "Integer", "bool": "Boolean", "formula": "DateFormula", "datetime": "DateTime"}


@dataclass(frozen=True, slots=True)
class Field:
    """A table field under its OData name; `length_bc` is the length in Business Central."""

    name: str
    kind: str
    length: int = 0
    length_bc: int = 0
    options: tuple[str, ...] = ()
    relation: str = ""
    read_only: bool = False
    flow: bool = False
    variable: bool = False
    required: bool = False
    check: str = ""
    minimum: float | None = None
    maximum: float | None = None

    @property
    def blank(self) -> Any:
        """What an empty field holds on the wire."""
        return self.options[0] if self.kind == "option" else BLANKS[self.kind]

    @property
    def caption(self) -> str:
        """The field's name as people read it."""
        return self.name.replace("_", " ")

    @property
    def is_text(self) -> bool:
        return self.kind in ("code", "text", "formula")

    @property
    def nav_type(self) -> str:
        return NAV_TYPE.get(self.kind, self.kind.capitalize())

    def max_length(self, flavour: str) -> int:
        return self.length_bc if flavour == "bc" else self.length


@dataclass(frozen=True)
class Table:
    """A NAV table: its number, its name in the database, its key and its fields."""

    name: str
    number: int
    caption: str
    key: tuple[str, ...]
    fields: Mapping[str, Field]
    series: str = ""
    blanks: Mapping[str, Any] = field(default_factory=dict)

    def complete(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Every stored and computed field of `row`; what the sparse row leaves out is blank."""
        return {name: row.get(name, blank) for name, blank in self.blanks.items()}

    def key_of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row.get(name, self.blanks[name]) for name in self.key)


@dataclass(frozen=True)
class Page:
    """A page published as a web service; `controls` maps OData names to table fields.

    `parts` names the contained collections with the service that shows their rows, whose own `parent_key` ties them to
    the row. `links` names the single rows (API only) with the entity that shows them and the control that holds their id.
    """

    service: str
    number: int
    table: str
    controls: Mapping[str, str]
    insert: bool = True
    modify: bool = True
    delete: bool = True
    fixed: Mapping[str, Any] = field(default_factory=dict)
    flow_filters: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    parent_key: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    singular: str = ""
    """The name of the entity type, where it is not the service's."""

    @property
    def type_name(self) -> str:
        """The entity type as metadata and error messages name it: `NAV.CustomerCard`, `Microsoft.NAV.customer`."""
        return f"Microsoft.NAV.{self.singular}" if self.singular else f"NAV.{self.service}"

    @property
    def editable(self) -> bool:
        return self.insert or self.modify or self.delete


def parse_field(line: str) -> Field:
    """One field from its line of the notation in the module's docstring."""
    declaration, _, flag_text = line.partition(";")
    name, kind, *rest = declaration.strip().split(None, 2)
    detail = rest[0].strip() if rest else ""
    values: dict[str, Any] = {}
    if kind == "option":
        values["options"] = tuple(member.strip() or " " for member in detail.split("|"))
    elif detail:
        nav, _, bc = detail.partition("/")
        values["length"], values["length_bc"] = int(nav), int(bc or nav)
    for flag in filter(None, (part.strip() for part in flag_text.split(","))):
        values.update(_flag(flag))
    return Field(name, kind, **values)


def _flag(flag: str) -> dict[str, Any]:
    """The attributes one flag sets."""
    known: dict[str, dict[str, Any]] = {
        "ro": {"read_only": True},
        "flow": {"read_only": True, "flow": True},
        "var": {"read_only": True, "variable": True},
        "req": {"required": True},
        "phone": {"check": "phone"},
        "mail": {"check": "mail"},
    }
    if flag.startswith("->"):
        return {"relation": flag[2:].strip()}
    name, _, value = flag.partition("=")
    if value:
        return {{"min": "minimum", "max": "maximum"}[name]: float(value)}
    return known[flag]


def table(name: str, number: int, caption: str, key: str, fields: str, series: str = "") -> Table:
    """A table from its field lines."""
    parsed = [parse_field(line) for line in fields.strip().splitlines() if line.strip()]
    by_name = {item.name: item for item in parsed}
    blanks = {item.name: item.blank for item in parsed}
    return Table(name, number, caption, tuple(key.split()), by_name, series, blanks)


def controls_of(names: str | Iterable[str]) -> dict[str, str]:
    """Controls from a list of names; `Control=Field` where the page gives the field another name."""
    words = names.split() if isinstance(names, str) else list(names)
    return {word.partition("=")[0]: word.partition("=")[2] or word for word in words}
