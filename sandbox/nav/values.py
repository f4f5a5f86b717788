"""Turns what a client sent (JSON values, URL literals) into a field's value, or refuses it as NAV does."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime
from typing import Any, Final

from sandbox.nav.dates import is_formula
from sandbox.nav.errors import NavError
from sandbox.nav.schema import EMPTY_DATETIME, Field

_MEMBER_CODE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PHONE_LETTERS: Final = re.compile(r"[^\W\d_]")
_MAIL: Final = re.compile(r"[^@\s;,<>]+@[^@\s;,<>.]+(\.[^@\s;,<>.]+)*")
_CLIENT_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "dec": (int, float),
    "int": (int,),
    "bool": (bool,),
}


def checked(field: Field, value: Any, flavour: str, where: str) -> Any:
    """The value `field` stores for what a JSON body gave. `where` names the record in messages."""
    if value is None:
        raise NavError("BadRequest", f"A null value was found for the property named '{field.name}'.")
    expected = _CLIENT_TYPES.get(field.kind)
    if expected is not None:
        if not isinstance(value, expected) or (isinstance(value, bool) and field.kind != "bool"):
            raise _wrong_type(field, value)
        return _in_range(field, value, where)
    if not isinstance(value, str):
        raise _wrong_type(field, value)
    if field.is_text or field.kind == "time":
        return _text(field, value, flavour, where)
    if field.kind == "option":
        return option_member(field, value)
    return parsed(field, value)


def _text(field: Field, value: str, flavour: str, where: str) -> str:
    limit = field.max_length(flavour)
    if field.kind == "code":
        value = value.strip().upper()
    if limit and len(value) > limit:
        message = f"The length of the string is {len(value)}, but it must be less than or equal to {limit} characters."
        raise NavError("Application_StringExceededLength", f"{message} Value: {value}")
    if field.kind == "formula" and not is_formula(value):
        text = f"The expression '{value}' cannot be evaluated to a DateFormula in the field {field.caption}."
        raise NavError("Application_EvaluateException", text)
    if field.check == "phone" and _PHONE_LETTERS.search(value):
        raise NavError("Application_FieldValidationException", f"{field.caption} must not contain letters in {where}.")
    if field.check == "mail":
        _check_mail(value)
    return value


def _check_mail(value: str) -> None:
    """NAV takes several addresses split by semicolons."""
    for address in filter(None, (part.strip() for part in value.split(";"))):
        if not _MAIL.fullmatch(address):
            raise NavError("Application_DialogException", f'The email address "{address}" is not valid.')


def option_member(field: Field, value: str) -> str:
    """An option by its name; blank may be written as one space, as nothing or as `_x0020_`."""
    plain = _MEMBER_CODE.sub(lambda match: chr(int(match[1], 16)), value)
    wanted = plain if plain.strip() else " "
    if wanted not in field.options:
        existing = ",".join(field.options)
        raise NavError("Unknown", f"'{value}' is not an option. The existing options are: {existing}")
    return wanted


def _in_range(field: Field, value: Any, where: str) -> Any:
    if field.minimum is not None and value < field.minimum:
        raise NavError(
            "Application_FieldValidationException",
            f"The value of {field.caption} must be {field.minimum:g} or more in {where}.",
        )
    if field.maximum is not None and value > field.maximum:
        raise NavError(
            "Application_FieldValidationException",
            f"The value of {field.caption} must be {field.maximum:g} or less in {where}.",
        )
    return int(value) if isinstance(value, float) and value.is_integer() else value


def parsed(field: Field, text: str) -> Any:
    """A date, a date-time, a GUID, a number or a boolean from its text form."""
    try:
        if field.kind == "date":
            return date.fromisoformat(text).isoformat()
        if field.kind == "datetime":
            return wire_stamp(datetime.fromisoformat(text))
        if field.kind == "guid":
            return str(uuid.UUID(text))
        if field.kind == "int":
            return int(text)
        if field.kind == "dec":
            value = float(text)
            return int(value) if value.is_integer() else value
        if field.kind == "bool":
            return {"true": True, "false": False}[text]
    except (ValueError, KeyError):
        raise _wrong_type(field, text) from None
    return text


def wire_stamp(moment: datetime) -> str:
    """Milliseconds with trailing zeros cut, in UTC: `2025-03-05T19:19:22.37Z`."""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment.year == 1:
        return EMPTY_DATETIME
    fraction = f".{moment.microsecond // 1000:03}".rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def comparable_stamp(stamp: str) -> str:
    """A wire stamp in a form that sorts as time does."""
    bare = stamp[:-1]
    return (bare if "." in bare else f"{bare}.").ljust(24, "0")


def _wrong_type(field: Field, value: Any) -> NavError:
    return NavError("BadRequest", f"Cannot convert the value '{value}' of the property '{field.name}' to {field.kind}.")
