"""How tables and columns are declared, and what every table has by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.dataverse.words import TABLE_LABELS, label, schema_name

SYSTEM, APPLICATION, RECOMMENDED, NONE = "SystemRequired", "ApplicationRequired", "Recommended", "None"
LOOKUP_TYPES = frozenset({"Lookup", "Customer", "Owner"})
OPTION_TYPES = frozenset({"Picklist", "State", "Status", "MultiSelectPicklist"})

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
    precision_source: int = 0
    """What a money value is rounded to: 0 its own precision, 1 the organisation's for prices, 2 the currency's."""
    required: str = NONE
    access: str = "CU"
    targets: tuple[Target, ...] = ()
    options: Mapping[int, str] = field(default_factory=dict)
    default: Any = None
    date_only: bool = False
    """The wire form is a date, not a moment."""
    custom: bool = False
    display: str = ""
    """The display name, where it does not follow from the logical name."""
    schema: str = ""
    """The schema name, where it does not follow from the logical name."""
    option_set: str = ""
    """The global option set the options come from."""
    format: str = ""
    """The format of a text, where it does not follow from the name."""
    yes_no: tuple[str, str] = ("No", "Yes")
    """The labels of a yes/no column, false first."""

    @property
    def wire(self) -> str:
        """The property name in rows."""
        return f"_{self.name}_value" if self.type in LOOKUP_TYPES else self.name

    @property
    def label(self) -> str:
        """The display name."""
        return self.display or label(self.name)

    @property
    def schema_name(self) -> str:
        """The schema name."""
        return self.schema or schema_name(self.name)

    @property
    def shown_precision(self) -> int:
        """The precision metadata tell: 2 for money that is rounded by a setting, as the table reference prints it."""
        return 2 if self.precision_source else self.precision

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
    required: tuple[Column, ...]
    """The columns the platform itself needs a value in."""
    money: frozenset[str] | None
    """The money columns without their base twins; None if rows carry no currency."""
    custom: bool = False

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
    """Money columns; their `_base` twins come by themselves. Amounts follow the currency's precision, prices another."""
    return _many(names, type="Money", minimum=low, maximum=high, precision=4, **{"precision_source": 2} | more)


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
_FILLED_BY_SERVER = frozenset({"ownerid", "statecode", "statuscode"})
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
    custom: bool = False,
    display: str = "",
    key: str = "",
) -> Table:
    """A table: the declared columns and those every table of its ownership has."""
    declared = [column for group in columns for column in group]
    every = (
        _own_columns(name, ownership, owner_access, key or f"{name}id")
        + _state_columns(states or {}, initial_state)
        + declared
    )
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
        primary_id=key or f"{name}id",
        bulk=bulk,
        tracked=tracked,
        optimistic=optimistic,
        creatable=creatable,
        deletable=deletable,
        label=display or TABLE_LABELS.get(name) or label(name),
        custom=custom,
        **_derived(name, by_name),
    )


def extended(base: Table, columns: Iterable[Column]) -> Table:
    """The table with more columns; one of the same name takes the place of the former."""
    by_name = dict(base.columns) | {column.name: column for column in columns}
    complete = {column.name: column for column in _with_money(list(by_name.values()))}
    return replace(base, columns=complete, **_derived(base.name, complete))


def reduced(base: Table, names: Iterable[str]) -> Table:
    """The table without these columns."""
    gone = set(names)
    by_name = {name: column for name, column in base.columns.items() if name not in gone}
    return replace(base, columns=by_name, **_derived(base.name, by_name))


def _derived(name: str, columns: Mapping[str, Column]) -> dict[str, Any]:
    """What follows from the columns of a table."""
    return {
        "by_wire": {column.wire: column for column in columns.values()},
        "defaults": _defaults(columns.values()),
        "navs": {target.nav: (column, target) for column in columns.values() for target in column.targets},
        "required": tuple(
            column
            for column in columns.values()
            if column.required == SYSTEM and column.access and column.name not in _FILLED_BY_SERVER
        ),
        "money": _money_columns(name, columns),
    }


def _money_columns(name: str, columns: Mapping[str, Column]) -> frozenset[str] | None:
    if "exchangerate" not in columns or name == "transactioncurrency":
        return None
    money = (column.name for column in columns.values() if column.type == "Money")
    return frozenset(each for each in money if not each.endswith("_base"))


def _defaults(columns: Iterable[Column]) -> dict[str, Any]:
    """The default values; state and reason are always written."""
    written = ("State", "Status")
    return {each.wire: each.default for each in columns if each.default is not None and each.type not in written}


def _own_columns(name: str, ownership: str, owner_access: str, key: str) -> Columns:
    user = {"target": "systemuser", "access": ""}
    columns = guid(key, access="C", required=SYSTEM)
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
        _base_twin(column)
        for column in columns
        if column.type == "Money" and not column.name.endswith("_base") and f"{column.name}_base" not in names
    ]
    return result


def _base_twin(column: Column) -> Column:
    return replace(
        column,
        name=f"{column.name}_base",
        access="",
        required=NONE,
        minimum=-1e15,
        maximum=1e15,
        precision_source=0,
        display=f"{column.display} (Base)" if column.display else "",
        schema=f"{column.schema}_Base" if column.schema else "",
    )
