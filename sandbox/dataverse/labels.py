"""The small values metadata is made of: ids, labels, managed properties."""

from __future__ import annotations

import uuid
from typing import Any

Value = dict[str, Any]
NAMESPACE = uuid.UUID("2d3c5a08-52b5-4b1f-9f0c-6f0b43f1d7ae")
ENGLISH = 1033


def metadata_id(name: str) -> str:
    """The id of a piece of metadata: the same one every time."""
    return str(uuid.uuid5(NAMESPACE, name))


def label(text: str | None) -> Value:
    """A label in English; without text one without translations."""
    if text is None:
        return {"LocalizedLabels": [], "UserLocalizedLabel": None}
    localized = {
        "Label": text,
        "LanguageCode": ENGLISH,
        "IsManaged": True,
        "MetadataId": metadata_id(f"label/{text}"),
        "HasChanged": None,
    }
    return {"LocalizedLabels": [localized], "UserLocalizedLabel": localized}


def managed(name: str, value: Any) -> Value:
    """A property that a solution may lock."""
    return {"Value": value, "CanBeChanged": True, "ManagedPropertyLogicalName": name}
