"""The actions that change the options of a choice column or a global option set, and publishing.

A change is a draft until it is published: rows and metadata go on with the published options.
Source: learn.microsoft.com, "Create and update choices (option sets) using the Web API", "PublishXml Action".
"""

from __future__ import annotations

from typing import Any

from defusedxml import ElementTree

from sandbox.dataverse import errors
from sandbox.dataverse.call import Call
from sandbox.dataverse.labels import ENGLISH
from sandbox.dataverse.store import Store

FIRST_CUSTOM_VALUE = 100_000_000
"""New values without a number of their own start at the publisher's prefix times ten thousand."""
Place = tuple[str, str]
"""Table and column; for a global option set an empty text and its name."""


def insert(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """InsertOptionValue: a new option; its value. Raises: ServiceError 400, 403."""
    call.require_customizer()
    options = _draft(call, body)
    value = body.get("Value")
    if value is None:
        value = max([FIRST_CUSTOM_VALUE - 1, *options]) + 1
    if value in options:
        raise errors.bad_request("0x80048403", f"The option value {value} is in use.")
    options[int(value)] = _text(body)
    return {"NewOptionValue": int(value)}


def update(call: Call, body: dict[str, Any]) -> None:
    """UpdateOptionValue: another label. Raises: ServiceError 400, 403."""
    call.require_customizer()
    options = _draft(call, body)
    options[_held(options, body)] = _text(body)


def delete(call: Call, body: dict[str, Any]) -> None:
    """DeleteOptionValue: rows keep the value they have. Raises: ServiceError 400, 403."""
    call.require_customizer()
    options = _draft(call, body)
    del options[_held(options, body)]


# ── publishing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def publish_all(call: Call, _body: dict[str, Any]) -> None:
    """PublishAllXml: every draft counts from now on. Raises: ServiceError 403."""
    call.require_customizer()
    _publish(call.store, list(call.store.option_drafts))


def publish(call: Call, body: dict[str, Any]) -> None:
    """PublishXml: the drafts of the tables and option sets named. Raises: ServiceError 400, 403."""
    call.require_customizer()
    try:
        root = ElementTree.fromstring(str(body.get("ParameterXml", "")))
    except ElementTree.ParseError as error:
        raise errors.bad_request("0x80040203", f"The ParameterXml cannot be read: {error}") from error
    tables = {(each.text or "").strip().lower() for each in root.iterfind("entities/entity")}
    sets = {(each.text or "").strip() for each in root.iterfind("optionsets/optionset")}
    unknown = min(tables - call.store.tables.keys(), default=None)
    if unknown is not None:
        raise errors.bad_request("0x80041102", f"The entity with a name = '{unknown}' was not found.")
    drafts = call.store.option_drafts
    _publish(call.store, [place for place in drafts if (place[1] in sets if not place[0] else place[0] in tables)])


def _publish(store: Store, places: list[Place]) -> None:
    for place in places:
        options = _published(store, place)
        if options is not None:
            draft = store.option_drafts[place]
            options.clear()
            options.update(draft)
            store.metadata_version += 1
        del store.option_drafts[place]


# ── what a body names ───────────────────────────────────────────────────────────────────────────────────────────────────


def _published(store: Store, place: Place) -> dict[int, str] | None:
    """The options that count; columns of a global option set share them with it."""
    if place[0]:
        return store.options.get(place)
    held = store.option_sets.get(place[1])
    return held.options if held else None


def _draft(call: Call, body: dict[str, Any]) -> dict[int, str]:
    """The options as they will be once published, to be changed."""
    place = _place(call, body)
    published = _published(call.store, place)
    if published is None:
        raise errors.bad_request("0x80041103", f"There is no choice column '{place[1]}' on '{place[0]}'.")
    return call.store.option_drafts.setdefault(place, dict(published))


def _place(call: Call, body: dict[str, Any]) -> Place:
    if body.get("OptionSetName"):
        name = str(body["OptionSetName"])
        if name not in call.store.option_sets:
            raise errors.bad_request("0x80048403", f"There is no global option set '{name}'.")
        return "", name
    entity, attribute = str(body.get("EntityLogicalName")), str(body.get("AttributeLogicalName"))
    if (entity, attribute) not in call.store.options:
        return entity, attribute
    column = call.store.tables[entity].columns[attribute]
    if column.type not in ("Picklist", "MultiSelectPicklist"):
        raise errors.not_supported("changing the options of state and status")
    if column.option_set:
        raise errors.bad_request("0x80048403", f"'{attribute}' uses the global option set '{column.option_set}'.")
    return entity, attribute


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
