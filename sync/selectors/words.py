"""Words for what plans and journals keep as names on the wire: captions of fields, names of the rows that ids stand for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from sync.models import IntegrationFieldMapping, MirrorRecord

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_UNBORN = re.compile(r"new:(?P<mapping>[^:]+):(?P<key>.+)")


@dataclass(frozen=True, slots=True)
class Words:
    """Captions by mapping and name of a field, names of rows by id; what is not known is shown as it was kept."""

    captions: dict[tuple[int, str], str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def caption(self, mapping_id: int, name: str) -> str:
        """Return the caption of a field."""
        return self.captions.get((mapping_id, name)) or (_("Value of the choice") if name == "label" else name)

    def value(self, value: Any) -> Any:
        """Return the row that an id stands for; a row that was not created yet by its mapping and key."""
        if not isinstance(value, str):
            return value
        if unborn := _UNBORN.fullmatch(value):
            return f"{unborn['mapping']} {unborn['key']}"
        return self.names.get(value.lower(), value)


def words_for(rows: Iterable[tuple[int, dict[str, Any] | None]]) -> Words:
    """Return the words for field changes, given as (mapping, changes), in two queries."""
    listed = list(rows)
    fields = IntegrationFieldMapping.objects.filter(mapping__in={mapping for mapping, _changes in listed})
    captions: dict[tuple[int, str], str] = {}
    for row in fields.only("mapping_id", "erp_field", "crm_field", "erp_caption", "crm_caption"):
        caption = row.erp_caption or row.crm_caption
        for name in filter(None, (row.erp_field, row.crm_field)):
            captions.setdefault((row.mapping_id, name), caption or name.lstrip("@").replace("_", " "))
    return Words(captions, _names(_ids(changes for _mapping, changes in listed)))


def _ids(every: Iterable[dict[str, Any] | None]) -> set[str]:
    changes = (change for changes in every for change in (changes or {}).values() if isinstance(change, list))
    values = (value for change in changes for value in change if isinstance(value, str))
    return {value.lower() for value in values if _ID.fullmatch(value)}


def _names(ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    found = MirrorRecord.objects.filter(key__in=ids).values_list("key", "name", "number")
    return {key.lower(): name or number for key, name, number in found if name or number}
