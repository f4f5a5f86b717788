"""Counts what a stand-in was asked and what it did to its rows."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from sandbox.common.faults import FaultBook

_GUID = re.compile(r"(?<=/)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?=/|$)")
_KEY = re.compile(r"\((?:[^()']|'(?:[^']|'')*')*\)")

ROW_KINDS = ("read", "inserted", "updated", "deleted")


def path_template(path: str) -> str:
    """The decoded path with its keys replaced by `({key})`, so that equal calls count together."""
    return _GUID.sub("{key}", _KEY.sub("({key})", path))


class Stats:
    """Requests by verb and path template, rows by table and kind, refusals by the limits, faults fired."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self.parts: Counter[tuple[str, str]] = Counter()
        self.rows: dict[str, dict[str, int]] = {}
        self.throttled = 0

    def count_request(self, verb: str, path: str) -> None:
        """Count one HTTP request by its decoded path; a `$batch` is one."""
        self.requests[verb, path_template(path)] += 1

    def count_part(self, verb: str, path: str) -> None:
        """Count one request inside a `$batch` (shown apart, under `batched`)."""
        self.parts[verb, path_template(path)] += 1

    def count_rows(self, table: str, kind: str, number: int = 1) -> None:
        """Count rows `read`, `inserted`, `updated` or `deleted`."""
        counts = self.rows.get(table)
        if counts is None:
            counts = self.rows[table] = dict.fromkeys(ROW_KINDS, 0)
        counts[kind] += number

    def clear(self) -> None:
        """Start counting at zero."""
        self.requests.clear()
        self.parts.clear()
        self.rows.clear()
        self.throttled = 0

    def report(self, faults: FaultBook) -> dict[str, Any]:
        """The body of `GET /_sandbox/stats`."""
        return {
            "requests": _listed(self.requests),
            "batched": _listed(self.parts),
            "rows": self.rows,
            "throttled": self.throttled,
            "faults": faults.report(),
        }


def _listed(counts: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"verb": verb, "path": path, "count": count} for (verb, path), count in sorted(counts.items())]
