"""The actions that change the options of a choice column."""

from __future__ import annotations

from typing import Any

from sandbox.dataverse import errors
from sandbox.dataverse.call import Call

FIRST_CUSTOM_VALUE = 100_000_000
"""New values without a number of their own start at the publisher's prefix times ten thousand."""
ENGLISH = 1033


def insert(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """InsertOptionValue: a new option; its value."""
    call.require_customizer()
    options = _options(call, body)
    value = body.get("Value")
    if value is None:
        value = max([FIRST_CUSTOM_VALUE - 1, *options]) + 1
    if value in options:
        raise errors.bad_request("0x80048403", f"The option value {value} is in use.")
    options[int(value)] = _text(body)
    return {"NewOptionValue": int(value)}


def update(call: Call, body: dict[str, Any]) -> None:
    """UpdateOptionValue: another label."""
    call.require_customizer()
    options = _options(call, body)
    options[_held(options, body)] = _text(body)


def delete(call: Call, body: dict[str, Any]) -> None:
    """DeleteOptionValue: rows keep the value they have."""
    call.require_customizer()
    options = _options(call, body)
    del options[_held(options, body)]


def _options(call: Call, body: dict[str, Any]) -> dict[int, str]:
    if body.get("OptionSetName"):
        raise errors.not_supported("global option sets")
    entity, attribute = body.get("EntityLogicalName"), body.get("AttributeLogicalName")
    options = call.store.options.get((str(entity), str(attribute)))
    if options is None:
        raise errors.bad_request("0x80041103", f"There is no choice column '{attribute}' on '{entity}'.")
    if call.store.tables[str(entity)].columns[str(attribute)].type != "Picklist":
        raise errors.not_supported("changing the options of state and status")
    return options


def _held(options: dict[int, str], body: dict[str, Any]) -> int:
    value = body.get("Value")
    if value not in options:
        raise errors.bad_request("0x80048405", f"There is no option {value}.")
    return int(value)


def _text(body: dict[str, Any]) -> str:
    """The English label, or the first one."""
    labels = (body.get("Label") or {}).get("LocalizedLabels") or []
    texts = {label.get("LanguageCode"): label.get("Label") for label in labels}
    text = texts.get(ENGLISH) or next(iter(texts.values()), None)
    if not text:
        raise errors.bad_request("0x80040203", "The option needs a label.")
    return str(text)
