"""The set-up as one document: connections without secrets, options, mappings with all that belongs to them.

The same set-up gives the same bytes: rows stand in their own order or by name, and ids of this environment are written as
references by name (references.py). `checked` reads such a document and says in a sentence, naming the place, what is wrong.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from connector.errors import ConfigurationError
from connector.models import Connection, Side
from setup_wizard.answers import document_of
from setup_wizard.setup_text.references import References
from sync.choices import ConflictScope, DeletionConflict, Direction, MappingKind, UpdateConflict
from sync.engine.filters import OPERATORS
from sync.models import IntegrationTableMapping
from sync.services.mapping_changes import is_limit
from sync.services.mapping_texts import FIELD_DEFAULTS, MAPPING_KEYS, ON_HOLD, READY, Text, mapping_text

SCHEMA = 1
PARTS = ("connections", "options", "mappings")
# Rows of a mapping stand deeper than this in the file, each on a line of its own.
ROW_DEPTH = 3
SIDES = {"nav": Side.ERP.value, "sales": Side.CRM.value}
CONNECTION_KEYS = "name flavour address company auth_kind user client_id authority scope thumbprint ca_file".split()
FIELD_KINDS = "text code decimal integer boolean date datetime option state lookup currency owner base_unit".split()


def setup_document() -> Text:
    """Return the present set-up as a document."""
    connections = {name: _connection(side) for name, side in SIDES.items()}
    sales = connections_stored().get("sales")
    references = References(sales)
    mappings = [references.named(mapping_text(mapping)) for mapping in _mappings()]
    return {
        "schema": SCHEMA,
        "connections": {name: text for name, text in connections.items() if text},
        "options": {"default_price_list": str(sales.setting("default_price_list_name")) if sales else ""},
        "mappings": mappings,
    }


def connections_stored() -> dict[str, Connection]:
    """Return the stored connections by the names that documents give them."""
    found = {name: Connection.objects.filter(side=side).order_by("pk").first() for name, side in SIDES.items()}
    return {name: connection for name, connection in found.items() if connection is not None}


def _connection(side: str) -> Text:
    connection = Connection.objects.filter(side=side).order_by("pk").first()
    if connection is None:
        return {}
    text = {key: getattr(connection, key) for key in CONNECTION_KEYS}
    if side == Side.ERP:
        text["services"] = dict(sorted(connection.setting("services_chosen", {}).items()))
    return text


def _mappings() -> Iterable[IntegrationTableMapping]:
    return IntegrationTableMapping.objects.select_related("erp", "crm").order_by("position", "name")


def document_bytes(document: Text) -> bytes:
    """Return a document as the file that people read: JSON, a field row or filter on one line, ending in a line end."""
    return (_written(document, 0) + "\n").encode()


def document_sha256(document: Text) -> str:
    """Return the hash of a document's file."""
    return hashlib.sha256(document_bytes(document)).hexdigest()


def _written(value: Any, depth: int) -> str:
    line = json.dumps(value, ensure_ascii=False)
    longest = 260 if depth > ROW_DEPTH else 130
    if not isinstance(value, dict | list) or not value or (depth >= 2 and len(line) <= longest):
        return line
    pad, end = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict):
        rows = [
            f"{pad}{json.dumps(key, ensure_ascii=False)}: {_written(part, depth + 1)}" for key, part in value.items()
        ]
        return "{\n" + ",\n".join(rows) + f"\n{end}}}"
    return "[\n" + ",\n".join(pad + _written(part, depth + 1) for part in value) + f"\n{end}]"


# Reading


def document_read(path: Path) -> Text:
    """Return the document that a file holds, checked. Raises ConfigurationError naming the place of what is wrong."""
    return checked(document_of(path))


def checked(document: Any) -> Text:
    """Return a document whose every part is known and of the right kind. Raises ConfigurationError naming the place."""
    if not isinstance(document, dict):
        raise _wrong("the file", "it holds no object")
    if document.get("schema") != SCHEMA:
        raise _wrong("schema", f"it is {document.get('schema')!r}, and this program reads {SCHEMA}")
    _known("the file", document, ("schema", *PARTS))
    for name, text in _object("connections", document.get("connections", {})).items():
        _connection_check(f"connections.{name}", name, text)
    options = _object("options", document.get("options", {}))
    _known("options", options, ("default_price_list",))
    for key, value in options.items():
        _kind(f"options.{key}", value, str)
    names: set[str] = set()
    for number, text in enumerate(_list("mappings", document.get("mappings", [])), 1):
        name = _mapping_check(f"mappings[{number}]", text)
        if name in names:
            raise _wrong(f"mappings[{name}]", "it stands there twice")
        names.add(name)
    return document


def _wrong(place: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"The set-up file cannot be used. In {place}: {what}.", code="setup_file")


def _known(place: str, part: Text, keys: Iterable[str]) -> None:
    allowed = list(keys)
    if unknown := [key for key in part if key not in allowed]:
        raise _wrong(place, f"{unknown[0]!r} is not known; known are {', '.join(allowed)}")


def _object(place: str, value: Any) -> Text:
    if not isinstance(value, dict):
        raise _wrong(place, "it is no object")
    return value


def _list(place: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(place, "it is no list")
    return value


def _kind(place: str, value: Any, kind: type) -> None:
    words = {str: "a text", bool: "true or false", int: "a whole number"}
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _wrong(place, f"{value!r} is not {words[kind]}")


def _one_of(choices: Iterable[str]) -> Callable[[str, Any], None]:
    known = [str(choice) for choice in choices]

    def check(place: str, value: Any) -> None:
        if value not in known:
            raise _wrong(place, f"{value!r} is not one of {', '.join(known)}")

    return check


def _connection_check(place: str, name: str, text: Any) -> None:
    if name not in SIDES:
        raise _wrong("connections", f"{name!r} is not known; known are nav, sales")
    part = _object(place, text)
    _known(place, part, [*CONNECTION_KEYS, "services"] if name == "nav" else CONNECTION_KEYS)
    for key, value in part.items():
        if key == "services":
            for table, service in _object(f"{place}.services", value).items():
                _kind(f"{place}.services.{table}", service, str)
        else:
            _kind(f"{place}.{key}", value, str)


_NEEDED = ("erp_table", "crm_table", "direction", "fields")
_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "kind": _one_of(MappingKind.values),
    "direction": _one_of(Direction.values),
    "update_conflict": _one_of(UpdateConflict.values),
    "conflict_scope": _one_of(ConflictScope.values),
    "deletion_conflict": _one_of(DeletionConflict.values),
}
_SWITCHES = ("only_coupled", "create_new", "synch_after_bulk_coupling")


def _mapping_check(place: str, text: Any) -> str:
    part = _object(place, text)
    _kind(f"{place}.name", part.get("name"), str)
    name = str(part["name"])
    place = f"mappings[{name}]"
    if not name or len(name) > 20:
        raise _wrong(place, "a name has 1 to 20 characters")
    _known(place, part, ("name", *MAPPING_KEYS, "schedule", "fields", "match", "templates", "options"))
    for key in _NEEDED:
        if key not in part:
            raise _wrong(place, f"{key} is missing")
    for key in MAPPING_KEYS:
        if key in part:
            _setting_check(f"{place}.{key}", key, part[key])
    if "schedule" in part:
        _schedule_check(f"{place}.schedule", part["schedule"])
    pairs: set[tuple[str, str]] = set()
    for number, row in enumerate(_list(f"{place}.fields", part["fields"]), 1):
        pair = _field_check(f"{place}.fields[{number}]", row)
        if pair in pairs:
            raise _wrong(f"{place}.fields[{pair[0]} – {pair[1]}]", "it stands there twice")
        pairs.add(pair)
    _rows_check(
        f"{place}.match", part.get("match", []), {"erp": str, "crm": str}, {"automatic": bool, "case_sensitive": bool}
    )
    _rows_check(f"{place}.options", part.get("options", []), {"erp": str, "label": str}, {})
    for number, row in enumerate(_list(f"{place}.templates", part.get("templates", [])), 1):
        _template_check(f"{place}.templates[{number}]", row)
    return name


def _setting_check(place: str, key: str, value: Any) -> None:
    if key in _CHECKS:
        _CHECKS[key](place, value)
    elif key in _SWITCHES:
        _kind(place, value, bool)
    elif key in {"erp_filter", "crm_filter"}:
        _filter_check(place, value)
    elif key == "depends_on":
        for number, name in enumerate(_list(place, value), 1):
            _kind(f"{place}[{number}]", name, str)
    else:
        _kind(place, value, str)
        if key == "mass_change_limit" and not is_limit(value):
            raise _wrong(place, f"{value!r} is neither a number nor a share such as 5%")


def _filter_check(place: str, value: Any) -> None:
    for number, part in enumerate(_list(place, value), 1):
        is_condition = isinstance(part, list) and len(part) == 3 and isinstance(part[0], str) and part[1] in OPERATORS
        if not is_condition:
            raise _wrong(f"{place}[{number}]", f"{part!r} is no condition; it looks like ['Column', '=', 'value']")


def _schedule_check(place: str, value: Any) -> None:
    part = _object(place, value)
    keys = ("status", "interval_minutes", "inactivity_minutes")
    _known(place, part, keys)
    for key in keys:
        if key not in part:
            raise _wrong(place, f"{key} is missing")
    _one_of((READY, ON_HOLD))(f"{place}.status", part["status"])
    for key in keys[1:]:
        _kind(f"{place}.{key}", part[key], int)
        if part[key] < 1:
            raise _wrong(f"{place}.{key}", "it is at least 1")


def _field_check(place: str, value: Any) -> tuple[str, str]:
    row = _object(place, value)
    for key in ("erp", "crm"):
        _kind(f"{place}.{key}", row.get(key), str)
    place = f"{place.rpartition('[')[0]}[{row['erp']} – {row['crm']}]"
    _known(place, row, ("erp", "crm", *FIELD_DEFAULTS))
    _one_of(Direction.values)(f"{place}.direction", row.get("direction"))
    for key, usual in FIELD_DEFAULTS.items():
        if key not in row or key == "direction":
            continue
        _kind(f"{place}.{key}", row[key], bool if isinstance(usual, bool) else str)
    _one_of(FIELD_KINDS)(f"{place}.kind", row.get("kind", "text"))
    _one_of(["", *UpdateConflict.values])(f"{place}.update_conflict", row.get("update_conflict", ""))
    return row["erp"], row["crm"]


def _rows_check(place: str, value: Any, needed: dict[str, type], allowed: dict[str, type]) -> None:
    for number, part in enumerate(_list(place, value), 1):
        row = _object(f"{place}[{number}]", part)
        _known(f"{place}[{number}]", row, (*needed, *allowed))
        for key, kind in needed.items():
            _kind(f"{place}[{number}].{key}", row.get(key), kind)
        for key, kind in allowed.items():
            if key in row:
                _kind(f"{place}[{number}].{key}", row[key], kind)


def _template_check(place: str, value: Any) -> None:
    row = _object(place, value)
    _known(place, row, ("direction", "code", "values"))
    _one_of((Direction.TO, Direction.FROM))(f"{place}.direction", row.get("direction"))
    _kind(f"{place}.code", row.get("code"), str)
    if not 1 <= len(row["code"]) <= 10:
        raise _wrong(f"{place}.code", "a code has 1 to 10 characters")
    _object(f"{place}.values", row.get("values"))
