"""Routes a Web API request, or a part of a batch, to what answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.common.stats import Stats
from sandbox.common.wire import Response
from sandbox.dataverse import (
    actions,
    answers,
    bulk,
    csdl,
    errors,
    functions,
    keys,
    metadata,
    query,
    records,
    references,
    role_actions,
    tracking,
)
from sandbox.dataverse.call import API_PATH, MAX_PAGE, Call
from sandbox.dataverse.schema import Table

BOUND = "Microsoft.Dynamics.CRM."
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


class Service:
    """The Web API without batches, identity and transactions."""

    def __init__(self, stats: Stats) -> None:
        self.snapshots = query.Snapshots()
        self._stats = stats

    def answer(self, call: Call, verb: str, segments: list[str], query_string: str, body: bytes) -> Response:
        """Answer a request by its path segments after the API's address. Raises: ServiceError."""
        raw = dict(parse_qsl(query_string, keep_blank_values=True))
        if not segments:
            return self._root(call)
        name, key = keys.split_segment(segments[0])
        if name == "$metadata":
            return csdl.answer(call, verb, raw)
        if name in metadata.SETS:
            return metadata.answer(call, verb, segments, raw, body)
        table = call.by_set(name)
        if table is None:
            return self._unbound(call, verb, name, key, raw, body)
        if key is None:
            return self._on_set(call, verb, table, segments, query_string, raw, body)
        keys.check_characters(key)
        if len(segments) == 1:
            return self._on_row(call, verb, table, key, raw, body)
        return self._below_row(call, verb, table, key, segments[1:], query_string, raw, body)

    def _root(self, call: Call) -> Response:
        value = [
            {"name": each.set_name, "kind": "EntitySet", "url": each.set_name} for each in call.store.tables.values()
        ]
        return answers.body({"@odata.context": f"{call.base}$metadata", "value": value})

    def _unbound(
        self, call: Call, verb: str, name: str, key: str | None, raw: Mapping[str, str], body: bytes
    ) -> Response:
        answer = None
        if verb == "GET":
            answer = functions.run_function(call, name, key, raw)
        elif verb == "POST":
            answer = functions.run_action(call, name, _json(name, body) if body.strip() else {})
        if answer is None:
            raise errors.segment_unknown(name)
        return answer

    def _on_set(
        self,
        call: Call,
        verb: str,
        table: Table,
        segments: list[str],
        query_string: str,
        raw: Mapping[str, str],
        body: bytes,
    ) -> Response:
        if len(segments) > 2:
            raise errors.segment_unknown(segments[2])
        below = segments[1] if len(segments) == 2 else ""
        if verb == "GET" and not below:
            return self._list(call, table, query_string, raw)
        if verb == "GET" and below == "$count":
            return self._count(call, table, raw)
        if verb == "POST" and not below:
            return records.create(call, table, _json(table.set_name, body), query.parse_options(raw))
        if verb == "POST" and below.startswith(BOUND):
            answer = bulk.run(call, table, below.removeprefix(BOUND), _json(table.set_name, body))
            if answer is not None:
                return answer
        if below:
            raise errors.segment_unknown(below)
        raise errors.ServiceError(405, "0x80060888", f"The verb {verb} is not allowed on the set '{table.set_name}'.")

    def _list(self, call: Call, table: Table, query_string: str, raw: Mapping[str, str]) -> Response:
        address = f"{table.set_name}?{query_string}" if query_string else table.set_name
        if tracking.asked(call, raw):
            body = tracking.read(call, table, raw, self.snapshots, address)
            headers = query.applied(call, "odata.track-changes")
        else:
            headers = query.applied(call)
            body = query.list_rows(call, table, query.parse_options(raw), self.snapshots, address)
        self._stats.count_rows(table.name, "read", len(body["value"]))
        return answers.body(body, headers=headers)

    def _count(self, call: Call, table: Table, raw: Mapping[str, str]) -> Response:
        call.require("Read", table.name)
        if "$deltatoken" in raw:
            number = tracking.count(call, table, raw["$deltatoken"])
        else:
            number = len(query.matching(call, table, query.parse_options(raw)))
        return Response(200, {"content-type": "text/plain"}, str(min(number, MAX_PAGE)).encode())

    def _on_row(self, call: Call, verb: str, table: Table, key: str, raw: Mapping[str, str], body: bytes) -> Response:
        if verb == "GET":
            self._stats.count_rows(table.name, "read")
            return records.read(call, table, key, query.parse_options(raw))
        if verb == "PATCH":
            return records.change(call, table, key, _json(table.set_name, body), query.parse_options(raw))
        if verb == "DELETE":
            return records.delete(call, table, key)
        raise errors.ServiceError(405, "0x80060888", f"The verb {verb} is not allowed on a row.")

    def _below_row(
        self,
        call: Call,
        verb: str,
        table: Table,
        key: str,
        below: list[str],
        query_string: str,
        raw: Mapping[str, str],
        body: bytes,
    ) -> Response:
        name, last = below[0], below[1] if len(below) == 2 else ""
        if last == "$ref":
            return references.answer(call, verb, table, key, name, raw, body, self.snapshots)
        if last == "$count" and verb == "GET":
            return references.count(call, table, key, name, raw)
        if last == "$value" and verb == "GET":
            return records.read_property(call, table, key, name, bare=True)
        if len(below) > 1:
            raise errors.not_supported(f"the path '{'/'.join(below)}'")
        if name.startswith(BOUND):
            return self._bound(call, verb, table, key, name.removeprefix(BOUND), body)
        if name in table.by_wire and name not in table.navs:
            if verb == "GET":
                return records.read_property(call, table, key, name)
            if verb in ("PUT", "DELETE"):
                value = _json(table.set_name, body).get("value") if verb == "PUT" else None
                return records.write_property(call, table, key, name, value)
        elif verb == "GET":
            return self._follow(call, table, key, name, query_string, raw)
        raise errors.ServiceError(405, "0x80060888", f"The verb {verb} is not allowed on '{name}'.")

    def _follow(
        self, call: Call, table: Table, key: str, nav: str, query_string: str, raw: Mapping[str, str]
    ) -> Response:
        """GET of a navigation property: a row, or a list."""
        if nav not in table.navs:
            address = f"{table.set_name}({key})/{nav}{'?' if query_string else ''}{query_string}"
            return references.related(call, table, key, nav, raw, self.snapshots, address)
        found = references.behind(call, table, references.existing(call, table, key), nav)
        return records.read(call, *found, query.parse_options(raw)) if found else answers.empty()

    def _bound(self, call: Call, verb: str, table: Table, key: str, name: str, body: bytes) -> Response:
        name, _, inner = name.partition("(")
        action = actions.BOUND.get((table.name, name)) if verb == "POST" else None
        if action is not None:
            given = _json(table.set_name, body) if body.strip() else {}
            return action(call, keys.resolve(call, table, key), given) or answers.empty()
        function = role_actions.FUNCTIONS.get((table.name, name)) if verb == "GET" else None
        if function is not None:
            return function(call, keys.resolve(call, table, key), keys.pairs(inner.removesuffix(")")))
        raise errors.not_supported(f"'{name}' on {table.set_name}")


def _json(set_name: str, body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.payload_invalid(set_name, f"The JSON cannot be read: {error}") from error


def api_path(path: str) -> str | None:
    """The part of a raw path after the API's address; None if it is elsewhere."""
    if path.startswith(API_PATH) or f"{path}/" == API_PATH:
        return path[len(API_PATH) :]
    return None
