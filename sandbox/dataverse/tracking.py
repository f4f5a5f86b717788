"""Change tracking: the first full pass, deltas with deletions, tokens that age.

Source: learn.microsoft.com, "Use change tracking to synchronize data with external systems".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from sandbox.dataverse import errors, query
from sandbox.dataverse.access import privilege_name
from sandbox.dataverse.call import Call
from sandbox.dataverse.schema import Table

_TOKEN = re.compile(r"(\d+)!(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)")
_COOKIE = re.compile(r'tracking="([0-9a-f]+)" offset="(\d+)" since="(\d*)" until="(\d+)"')
_REFUSED = ("$filter", "$orderby", "$expand", "$top", "$count")


@dataclass(frozen=True, slots=True)
class _Pass:
    """Where a tracked read stands."""

    entries: list[str]
    """Ids, deletions with a minus in front."""
    token: str | None
    offset: int
    since: int | None
    """None is the first, full pass."""
    until: int


def asked(call: Call, raw: Mapping[str, str]) -> bool:
    """Whether a list read is about change tracking."""
    if "$deltatoken" in raw or "odata.track-changes" in call.preferences:
        return True
    return _COOKIE.search(raw.get("$skiptoken", "")) is not None


def read(call: Call, table: Table, raw: Mapping[str, str], snapshots: query.Snapshots, address: str) -> dict[str, Any]:
    """A page of a tracked read; the last page has the delta link."""
    call.require("Read", table.name)
    if call.reach("Read", table.name) is not None:
        raise call.denied(privilege_name(table, "Read"), table.name, table.code, table.label)
    if table.name not in call.store.tracked:
        raise errors.bad_request("0x80072491", f"Entity {table.name} isn't enabled for change tracking.")
    for name in _REFUSED:
        if name in raw:
            text = f'The "${{{name[1:]}}}" query parameter isn\'t supported when Change Tracking is enabled.'
            raise errors.query_invalid(text)
    options = query.parse_options(raw)
    place = _place(call, table, options, snapshots)
    render = query.row_renderer(call, table, options)
    rows = call.store.rows(table.name)
    size = call.page_size
    value: list[dict[str, Any]] = []
    for entry in place.entries[place.offset : place.offset + size]:
        if entry.startswith("-"):
            value.append(_deleted(call, table, entry[1:]))
        elif entry in rows:
            value.append(render(rows[entry]))
    suffix = "" if place.since is None else "/$delta"
    body: dict[str, Any] = {"@odata.context": query.context(call, table, options, suffix), "value": value}
    if place.offset + size < len(place.entries):
        token = place.token or snapshots.keep(place.entries)
        body["@odata.nextLink"] = _next_link(call, address, place, token, place.offset + size)
    else:
        body["@odata.deltaLink"] = f"{call.base}{_without(address)}$deltatoken={quote(_new_token(call, place.until))}"
    return body


def count(call: Call, table: Table, token: str) -> int:
    """How many changes there are since a delta token."""
    call.require("Read", table.name)
    return len(_changes(call, table, _version(call, token)))


def _place(call: Call, table: Table, options: query.Options, snapshots: query.Snapshots) -> _Pass:
    match = _COOKIE.search(options.skip_token or "")
    if match:
        since = int(match[3]) if match[3] else None
        entries = snapshots.get(match[1])
        if entries is None:
            entries = _changes(call, table, since)
        return _Pass(entries, match[1], int(match[2]), since, int(match[4]))
    since = _version(call, options.delta_token) if options.delta_token is not None else None
    return _Pass(_changes(call, table, since), None, 0, since, call.store.version)


def _changes(call: Call, table: Table, since: int | None) -> list[str]:
    """Written ids in order of version, then deletions; without a version all ids."""
    data = call.store.data[table.name]
    if since is None:
        return list(data.by_version)
    written = []
    for row in data.newest_first():
        if row["versionnumber"] <= since:
            break
        written.append(row[table.primary_id])
    first = bisect_right(data.deleted, since, key=lambda entry: entry[0])
    gone = [key for _version, key in data.deleted[first:] if key not in data.rows]
    return written[::-1] + [f"-{key}" for key in dict.fromkeys(gone)]


def _new_token(call: Call, version: int) -> str:
    moment = datetime.fromisoformat(call.now)
    return f"{version}!{moment:%m/%d/%Y %H:%M:%S}"


def _version(call: Call, token: str) -> int:
    """The version in a delta token. Raises: ServiceError 400 if it is malformed or too old."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise errors.query_invalid(f"The delta token '{token}' is malformed.")
    version, month, day, year, hour, minute, second = (int(part) for part in match.groups())
    issued = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    days = call.store.organization().get("expirechangetrackingindays") or 0
    aged = datetime.fromisoformat(call.now) - issued > timedelta(days=days)
    if aged or version > call.store.version or call.effects.stale_delta():
        text = "Version stamp associated with the client has expired. Please perform a full sync."
        raise errors.bad_request("0x80044352", text)
    return version


def _deleted(call: Call, table: Table, key: str) -> dict[str, Any]:
    context = f"{call.base}$metadata#{table.set_name}/$deletedEntity"
    return {"@odata.context": context, "id": key, "reason": "deleted"}


def _without(address: str) -> str:
    """The address without tokens, ready for another option."""
    path, _, options = address.partition("?")
    tokens = re.compile(r"(?:\$|%24)(?:skiptoken|deltatoken)=")
    kept = [part for part in options.split("&") if part and not tokens.match(part)]
    return f"{path}?{''.join(f'{part}&' for part in kept)}"


def _next_link(call: Call, address: str, place: _Pass, token: str, offset: int) -> str:
    since = "" if place.since is None else place.since
    inner = f'tracking="{token}" offset="{offset}" since="{since}" until="{place.until}"'
    cookie = f'<cookie pagenumber="{offset // call.page_size + 1}" {inner} istracking="True" />'
    return f"{call.base}{_without(address)}$skiptoken={quote(cookie)}"
