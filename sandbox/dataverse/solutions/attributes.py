"""Reads the columns of a package: one `attribute` element becomes one `Column`.

Source: the schema `CustomizationsSolution.xsd` of the SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from sandbox.dataverse.schema import APPLICATION, NONE, RECOMMENDED, SYSTEM, Column, State
from sandbox.dataverse.solutions.manifest import described, invalid, text_of

TYPES = {
    "nvarchar": "String",
    "varchar": "String",
    "nchar": "String",
    "char": "String",
    "text": "String",
    "ntext": "Memo",
    "int": "Integer",
    "smallint": "Integer",
    "tinyint": "Integer",
    "bigint": "BigInt",
    "float": "Double",
    "real": "Double",
    "decimal": "Decimal",
    "numeric": "Decimal",
    "money": "Money",
    "smallmoney": "Money",
    "bit": "Boolean",
    "datetime": "DateTime",
    "smalldatetime": "DateTime",
    "picklist": "Picklist",
    "multiselectpicklist": "MultiSelectPicklist",
    "lookup": "Lookup",
    "customer": "Customer",
    "owner": "Owner",
    "state": "State",
    "status": "Status",
    "primarykey": "Uniqueidentifier",
    "uniqueidentifier": "Uniqueidentifier",
    "timezone": "Integer",
}
"""`CrmDataType` of the schema, and the type of later versions for several options, to the type of the Web API."""
SHADOWS = frozenset({"virtual", "phoneticguide", "managedproperty", "timestamp", "HierarchyId"})
"""What stands beside other columns or is kept by the platform; nothing is made for it."""
REQUIRED = {
    "": NONE,
    "none": NONE,
    "recommended": RECOMMENDED,
    "required": APPLICATION,
    "applicationrequired": APPLICATION,
    "systemrequired": SYSTEM,
}
FORMATS = {
    "email": "Email",
    "url": "Url",
    "phone": "Phone",
    "textarea": "TextArea",
    "text": "Text",
    "tickersymbol": "TickerSymbol",
    "richtext": "RichText",
    "json": "Json",
}
LIMITS = {
    "Integer": (-(2.0**31), 2.0**31 - 1),
    "BigInt": (-(2.0**63), 2.0**63 - 1),
    "Decimal": (-1e11, 1e11),
    "Double": (-1e11, 1e11),
    "Money": (-922337203685477.0, 922337203685477.0),
}
DATE_ONLY = "2"
"""`Behavior`: 1 is the user's time, 2 a date, 3 independent of time zones."""
DEFAULT_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column of the package, with what only the package knows of it."""

    column: Column
    is_key: bool = False
    is_name: bool = False
    is_secured: bool = False
    states: Mapping[int, State] = field(default_factory=dict)


def read_attribute(element: Element) -> Attribute | None:
    """The column of an `attribute` element; None for one the platform makes by itself. Raises: ServiceError 400."""
    schema = element.get("PhysicalName", "")
    kind = text_of(element, "Type")
    if not schema or len(schema) > 50:
        raise invalid(f"The PhysicalName '{schema}' of an attribute is not valid.")
    if kind in SHADOWS or text_of(element, "AttributeOf"):
        return None
    if kind not in TYPES:
        raise invalid(f"The type '{kind}' of the attribute '{schema}' is not one the sandbox can make.")
    name = text_of(element, "LogicalName") or text_of(element, "Name") or schema.lower()
    if name != name.lower() or name != schema.lower():
        raise invalid(f"The LogicalName '{name}' of the attribute '{schema}' is not its PhysicalName in lower case.")
    mask = text_of(element, "DisplayMask").split("|")
    column = _column(element, name, schema, TYPES[kind], kind)
    is_key = kind == "primarykey"
    states = _states(element) if kind in ("state", "status") else {}
    return Attribute(column, is_key, "PrimaryName" in mask, text_of(element, "IsSecured") == "1", states)


def _column(element: Element, name: str, schema: str, kind: str, wire: str) -> Column:
    required = text_of(element, "RequiredLevel").lower()
    if required not in REQUIRED:
        raise invalid(f"The RequiredLevel '{required}' of the attribute '{schema}' is not valid.")
    low, high = _range(element, kind)
    options = read_options(element.find("optionset")) if kind in ("Picklist", "MultiSelectPicklist", "Boolean") else {}
    return Column(
        name=name,
        type=kind,
        max_length=_length(element, kind),
        minimum=low,
        maximum=high,
        precision=_precision(element, kind),
        required=REQUIRED[required],
        access=_access(element),
        options={} if kind == "Boolean" else options,
        default=_default(element, kind),
        date_only=kind == "DateTime" and text_of(element, "Behavior") == DATE_ONLY,
        custom=text_of(element, "IsCustomField") != "0",
        display=described(element, "displaynames/displayname"),
        schema=schema,
        option_set=text_of(element, "OptionSetName") if kind in ("Picklist", "MultiSelectPicklist") else "",
        format=FORMATS.get(text_of(element, "Format").lower(), ""),
        yes_no=(options.get(0, "No"), options.get(1, "Yes")) if wire == "bit" else ("No", "Yes"),
    )


def _access(element: Element) -> str:
    create, update = text_of(element, "ValidForCreateApi"), text_of(element, "ValidForUpdateApi")
    return ("" if create == "0" else "C") + ("" if update == "0" else "U")


def _length(element: Element, kind: str) -> int:
    """The most characters: `MaxLength`; of a text without it `Length`, which counts bytes of two each."""
    if kind not in ("String", "Memo"):
        return 0
    given = text_of(element, "MaxLength")
    if given:
        length = _number(element, "MaxLength", given)
        if not 1 <= length <= (1_048_576 if kind == "Memo" else 4000):
            raise invalid(f"The MaxLength {given} of '{element.get('PhysicalName')}' is outside the valid range.")
        return int(length)
    stored = text_of(element, "Length")
    if stored.isdigit():
        return max(1, int(stored) // 2)
    return 2000 if kind == "Memo" else DEFAULT_LENGTH


def _range(element: Element, kind: str) -> tuple[float, float]:
    low, high = LIMITS.get(kind, (0.0, 0.0))
    given_low, given_high = text_of(element, "MinValue"), text_of(element, "MaxValue")
    if kind in LIMITS:
        low = max(low, _number(element, "MinValue", given_low)) if given_low else low
        high = min(high, _number(element, "MaxValue", given_high)) if given_high else high
        if low > high:
            raise invalid(f"MinValue is above MaxValue in '{element.get('PhysicalName')}'.")
    return low, high


def _precision(element: Element, kind: str) -> int:
    if kind == "Money":
        return 4
    if kind not in ("Decimal", "Double"):
        return 0
    given = text_of(element, "Accuracy")
    digits = int(_number(element, "Accuracy", given)) if given else 2
    if not 0 <= digits <= (10 if kind == "Decimal" else 5):
        raise invalid(f"The Accuracy {digits} of '{element.get('PhysicalName')}' is outside the valid range.")
    return digits


def _default(element: Element, kind: str) -> int | bool | None:
    given = text_of(element, "AppDefaultValue")
    if kind == "Boolean":
        return given == "1"
    if kind == "Picklist" and given and given != "-1":
        return int(_number(element, "AppDefaultValue", given))
    return None


def _number(element: Element, name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise invalid(f"The value '{text}' of {name} in '{element.get('PhysicalName')}' is not a number.") from error


def read_options(element: Element | None) -> dict[int, str]:
    """The options of an `optionset` element: value and label."""
    options: dict[int, str] = {}
    for each in element.iterfind("options/option") if element is not None else ():
        value, label = each.get("value", ""), described(each, "labels/label")
        if not value.lstrip("-").isdigit() or not label:
            raise invalid("An option needs a value and a label.")
        if int(value) in options:
            raise invalid(f"The option value {value} stands twice in an option set.")
        options[int(value)] = label
    return options


def _states(element: Element) -> dict[int, State]:
    """The states of a `state` column with their default reasons, or the reasons of a `status` column by state."""
    found: dict[int, State] = {}
    for state in element.iterfind("optionset/states/state"):
        reason = int(state.get("defaultstatus", "1"))
        found[int(state.get("value", "0"))] = State(described(state, "labels/label"), {reason: ""})
    for status in element.iterfind("optionset/statuses/status"):
        number = int(status.get("state", "0"))
        held = found.get(number, State("", {}))
        reasons = {**held.reasons, int(status.get("value", "1")): described(status, "labels/label")}
        found[number] = State(held.label, reasons)
    return found
