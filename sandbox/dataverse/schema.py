"""How tables and columns are declared, and what every table has by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.dataverse.words import TABLE_LABELS, label, schema_name

SYSTEM, APPLICATION, RECOMMENDED, NONE = "SystemRequired", "ApplicationRequired", "Recommended", "None"
LOOKUP_TYPES = frozenset({"Lookup", "Customer", "Owner"})
OPTION_TYPES = frozenset({"Picklist", "State", "Status"})

Columns = list["Column"]


@dataclass(frozen=True, slots=True)
class Target:
    """One table a lookup may point to, and the navigation property that writes it."""

    table: str
    nav: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `access` holds C if a create may set it and U if an update may."""

    name: str
    type: str
    max_length: int = 0
    minimum: float = 0
    maximum: float = 0
    precision: int = 0
    required: str = NONE
    access: str = "CU"
    targets: tuple[Target, ...] = ()
    options: Mapping[int, str] = field(default_factory=dict)
    default: Any = None
    date_only: bool = False
    """The wire form is a date, not a moment."""
    custom: bool = False

    @property
    def wire(self) -> str:
        """The property name in rows."""
        return f"_{self.name}_value" if self.type in LOOKUP_TYPES else self.name

    @property
    def label(self) -> str:
        """The display name."""
        return label(self.name)

    @property
    def schema_name(self) -> str:
        """The schema name."""
        return schema_name(self.name)

    @property
    def polymorphic(self) -> bool:
        """Whether the target table of a value has to be remembered."""
        return len(self.targets) > 1


@dataclass(frozen=True, slots=True)
class State:
    """A state with its reasons; the first reason is the default one."""

    label: str
    reasons: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Table:
    """One table with all its columns and what the service offers for it."""

    name: str
    set_name: str
    schema_name: str
    code: int
    primary_name: str
    ownership: str
    columns: Mapping[str, Column]
    states: Mapping[int, State]
    initial_state: int
    primary_id: str
    bulk: bool
    tracked: bool
    optimistic: bool
    creatable: bool
    deletable: bool
    label: str
    by_wire: Mapping[str, Column]
    defaults: Mapping[str, Any]
    """What a row holds where nothing was ever written: rows are stored without it."""
    navs: Mapping[str, tuple[Column, Target]]

    def state_of(self, reason: int) -> int | None:
        """The state a status reason belongs to."""
        return next((state for state, value in self.states.items() if reason in value.reasons), None)

    def default_reason(self, state: int) -> int:
        """The reason a state takes when none is given."""
        return next(iter(self.states[state].reasons))


def _many(names: str, **settings: Any) -> Columns:
    return [Column(name, **settings) for name in names.split()]


def text(length: int, names: str, **more: Any) -> Columns:
    """String columns of this length."""
    return _many(names, type="String", max_length=length, **more)


def memo(length: int, names: str, **more: Any) -> Columns:
    """Long text columns."""
    return _many(names, type="Memo", max_length=length, **more)


def whole(low: int, high: int, names: str, **more: Any) -> Columns:
    """Integer columns with a range."""
    return _many(names, type="Integer", minimum=low, maximum=high, **more)


def decimal(low: float, high: float, precision: int, names: str, **more: Any) -> Columns:
    """Decimal columns with a range and a number of decimals."""
    return _many(names, type="Decimal", minimum=low, maximum=high, precision=precision, **more)


def double(low: float, high: float, names: str, **more: Any) -> Columns:
    """Floating point columns."""
    return _many(names, type="Double", minimum=low, maximum=high, precision=5, **more)


def money(low: float, high: float, names: str, **more: Any) -> Columns:
    """Money columns; their `_base` twins come by themselves."""
    return _many(names, type="Money", minimum=low, maximum=high, precision=4, **more)


def flag(names: str, *, default: bool | None = False, **more: Any) -> Columns:
    """Yes/no columns."""
    return _many(names, type="Boolean", default=default, **more)


def moment(names: str, **more: Any) -> Columns:
    """Points in time (UTC on the wire)."""
    return _many(names, type="DateTime", **more)


def date(names: str, **more: Any) -> Columns:
    """Dates without time."""
    return _many(names, type="DateTime", date_only=True, **more)


def guid(names: str, **more: Any) -> Columns:
    """Bare ids."""
    return _many(names, type="Uniqueidentifier", **more)


def choice(name: str, options: Mapping[int, str], **more: Any) -> Columns:
    """A choice column with its options."""
    return [Column(name, "Picklist", options=options, **more)]


def choices(names: str, options: Mapping[int, str], **more: Any) -> Columns:
    """Choice columns with the same options."""
    return [Column(name, "Picklist", options=options, **more) for name in names.split()]


def lookup(name: str, target: str, nav: str | None = None, **more: Any) -> Columns:
    """A lookup to one table; `nav` where it is not the column's name."""
    return [Column(name, "Lookup", targets=(Target(target, nav or name),), **more)]


def lookup_any(name: str, targets: Iterable[str], kind: str = "Lookup", **more: Any) -> Columns:
    """A lookup to one of several tables, each with its own navigation property."""
    pairs = tuple(Target(target, f"{name}_{target}") for target in targets)
    return [Column(name, kind, targets=pairs, **more)]


DEFAULT_REASONS = {0: State("Active", {1: "Active"}), 1: State("Inactive", {2: "Inactive"})}
YES_NO = {0: "No", 1: "Yes"}


def table(
    name: str,
    set_name: str,
    schema: str,
    code: int,
    columns: Iterable[Columns],
    *,
    primary_name: str = "name",
    ownership: str = "OrganizationOwned",
    states: Mapping[int, State] | None = None,
    initial_state: int = 0,
    owner_access: str = "CU",
    bulk: bool = False,
    tracked: bool = True,
    optimistic: bool = True,
    creatable: bool = True,
    deletable: bool = True,
) -> Table:
    """A table: the declared columns and those every table of its ownership has."""
    declared = [column for group in columns for column in group]
    every = _own_columns(name, ownership, owner_access) + _state_columns(states or {}, initial_state) + declared
    by_name = {column.name: column for column in _with_money(every)}
    return Table(
        name=name,
        set_name=set_name,
        schema_name=schema,
        code=code,
        primary_name=primary_name,
        ownership=ownership,
        columns=by_name,
        states=states or {},
        initial_state=initial_state,
        primary_id=f"{name}id",
        bulk=bulk,
        tracked=tracked,
        optimistic=optimistic,
        creatable=creatable,
        deletable=deletable,
        label=TABLE_LABELS.get(name) or label(name),
        by_wire={column.wire: column for column in by_name.values()},
        defaults=_defaults(by_name.values()),
        navs={target.nav: (column, target) for column in by_name.values() for target in column.targets},
    )


def _defaults(columns: Iterable[Column]) -> dict[str, Any]:
    """The default values; state and reason are always written."""
    written = ("State", "Status")
    return {each.wire: each.default for each in columns if each.default is not None and each.type not in written}


def _own_columns(name: str, ownership: str, owner_access: str) -> Columns:
    user = {"target": "systemuser", "access": ""}
    columns = guid(f"{name}id", access="C", required=SYSTEM)
    columns += moment("createdon modifiedon", access="") + moment("overriddencreatedon", access="C")
    for column in ("createdby", "modifiedby", "createdonbehalfby", "modifiedonbehalfby"):
        columns += lookup(column, **user)
    columns += [Column("versionnumber", "BigInt", maximum=2**63 - 1, access="")]
    columns += whole(-(2**31), 2**31 - 1, "importsequencenumber", access="C")
    if ownership == "UserOwned":
        owner = (Target("systemuser", "ownerid"), Target("team", "ownerid"))
        columns += [Column("ownerid", "Owner", targets=owner, required=SYSTEM, access=owner_access)]
        columns += lookup("owninguser", "systemuser", access="") + lookup("owningteam", "team", access="")
        columns += lookup("owningbusinessunit", "businessunit", access="")
    elif ownership == "OrganizationOwned" and name != "organization":
        columns += lookup("organizationid", "organization", access="")
    return columns


def _state_columns(states: Mapping[int, State], initial: int) -> Columns:
    if not states:
        return []
    reasons = {reason: text for state in states.values() for reason, text in state.reasons.items()}
    labels = {number: state.label for number, state in states.items()}
    return [
        Column("statecode", "State", options=labels, default=initial, access="U", required=SYSTEM),
        Column("statuscode", "Status", options=reasons),
    ]


def _with_money(columns: Columns) -> Columns:
    """The columns with the currency, the rate and the `_base` twins that money columns need."""
    if not any(column.type == "Money" for column in columns):
        return columns
    names = {column.name for column in columns}
    result = list(columns)
    if "transactioncurrencyid" not in names:
        result += lookup("transactioncurrencyid", "transactioncurrency")
    if "exchangerate" not in names:
        result += decimal(1e-10, 1e11, 12, "exchangerate", access="")
    result += [
        replace(column, name=f"{column.name}_base", access="", required=NONE, minimum=-1e15, maximum=1e15)
        for column in columns
        if column.type == "Money"
    ]
    return result
