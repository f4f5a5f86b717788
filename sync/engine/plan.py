"""The plan's lines: how an action reads, and the hash that tells two plans apart.

A line is `{mapping, direction, action, erp, crm, fields: {name: [before, after]}, reason}`. Rows that are not born yet
read `new:<MAPPING>:<source key>`, in a preview and in the run that then applies it, so both have one hash.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Action:
    """One planned action on one record in one direction; `payload` as in sync/models/plans.py."""

    direction: str
    action: str
    erp: str = ""
    crm: str = ""
    name: str = ""
    fields: dict[str, list[Any]] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    code: str = ""
    cause: str = ""


def unborn(mapping: str, source_key: str) -> str:
    """Return the reference of a row that this plan will create."""
    return f"new:{mapping}:{source_key}"


def is_unborn(reference: object) -> bool:
    """Tell whether a reference stands for a row that is not there yet."""
    return isinstance(reference, str) and reference.startswith("new:")


def born_key(reference: str) -> tuple[str, str]:
    """Return (mapping, source key) of an unborn reference."""
    _new, mapping, key = reference.split(":", 2)
    return mapping, key


def plan_line(
    mapping: str, direction: str, action: str, erp: str, crm: str, fields: Any, reason: str
) -> dict[str, Any]:
    """Return one line of a plan in its published form."""
    return {
        "mapping": mapping,
        "direction": direction,
        "action": action,
        "erp": erp,
        "crm": crm,
        "fields": fields,
        "reason": reason,
    }


class PlanHash:
    """SHA-256 over the lines of a plan in order."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, line: dict[str, Any]) -> None:
        """Take one line in."""
        self._digest.update(json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
        self._digest.update(b"\n")

    def add_text(self, text: str) -> None:
        """Take the hash of a part in."""
        self._digest.update(text.encode())

    def text(self) -> str:
        """Return the hash in hexadecimal."""
        return self._digest.hexdigest()
