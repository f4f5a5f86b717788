"""`$batch` of Business Central, JSON and multipart (reference 3.5).

Entries run in order, each in a transaction of its own; a failure ends the batch unless the caller prefers to go on. With
`Isolation: snapshot` all are one transaction: if any fails, all are undone although earlier replies keep their status. A
change set of a multipart batch is one transaction, and one error if it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote

import orjson

from sandbox.common.faults import FaultBook
from sandbox.common.stats import Stats
from sandbox.common.wire import Request, Response, decoded_target
from sandbox.nav import multipart
from sandbox.nav.errors import NavError, not_supported
from sandbox.nav.multipart import Entry
from sandbox.nav.replies import base_headers, odata
from sandbox.nav.store import CompanyStore
from sandbox.nav.transactions import unit_of_work

MAX_ENTRIES: Final = 100
_SAFE: Final = "/?&=()',$:%"
Replies = list[tuple[Entry, Response]]


class Undone(Exception):
    """Leaves a transaction so that it is undone."""


class Batch:
    """One batch request."""

    def __init__(
        self,
        request: Request,
        tree: str,
        faults: FaultBook,
        stats: Stats,
        stores: Iterable[CompanyStore],
        answer: Callable[[Request], Response],
    ) -> None:
        self._request = request
        self._tree = tree
        self._faults = faults
        self._stats = stats
        self._stores = list(stores)
        self._answer = answer
        self._go_on = "continue-on-error" in request.headers.get("prefer", "").lower()

    def run(self) -> Response:
        """The answer to the whole batch: 200 even when entries fail."""
        kind = self._request.headers.get("content-type", "")
        as_json = "multipart/mixed" not in kind
        if as_json and "json" not in kind:
            raise NavError("BadRequest", f"A batch is application/json or multipart/mixed, not '{kind}'.", 415)
        entries = self._json_entries() if as_json else multipart.entries(self._request.body, kind)
        if len(entries) > MAX_ENTRIES:
            raise NavError("BadRequest", f"The batch holds {len(entries)} requests; the limit is {MAX_ENTRIES}.")
        replies = self._isolated(entries)
        rows = sum(response.rows for _, response in replies)
        if as_json:
            return odata({"responses": [_reply(entry.id, response) for entry, response in replies]}, rows=rows)
        content_type, body = multipart.written(replies)
        return Response(200, base_headers() | {"content-type": content_type}, body, rows)

    def _isolated(self, entries: list[Entry]) -> Replies:
        isolation = self._request.headers.get("isolation", "").lower()
        if isolation not in ("", "snapshot"):
            raise NavError("BadRequest", f"The isolation '{isolation}' is not supported; use snapshot.")
        if not isolation:
            return self._all(entries)
        return self._undone_if_failed(lambda: self._all(entries))

    def _undone_if_failed(self, work: Callable[[], Replies]) -> Replies:
        """The replies of work that is kept only if every one of them is a success."""
        replies: Replies = []
        try:
            with unit_of_work(self._stores, self._stats):
                replies = work()
                if any(response.status >= 400 for _, response in replies):
                    raise Undone
        except Undone:
            for _, response in replies:
                response.rows = 0
        return replies

    def _all(self, entries: list[Entry]) -> Replies:
        """Run the entries in order, those of a change set together."""
        replies: Replies = []
        for group, members in groupby(enumerate(entries), key=lambda pair: _group(*pair)):
            chosen = [entry for _, entry in members]
            done = self._change_set(chosen, replies) if isinstance(group, str) else [self._single(chosen[0], replies)]
            replies += done
            if any(response.status >= 400 for _, response in done) and not self._go_on:
                break
        return replies

    def _change_set(self, entries: list[Entry], before: Replies) -> Replies:
        """All of a change set or nothing of it."""

        def work() -> Replies:
            done: Replies = []
            for entry in entries:
                done.append(self._single(entry, before + done))
                if done[-1][1].status >= 400:
                    break
            return done

        return self._undone_if_failed(work)

    def _single(self, entry: Entry, before: Replies) -> tuple[Entry, Response]:
        part = self._part(entry, before)
        part.effects = self._faults.effects(part.verb, part.target, part=True).joined(self._request.effects)
        self._stats.count_part(part.verb, decoded_target(part.path, ""))
        return entry, self._answer(part)

    def _json_entries(self) -> list[Entry]:
        try:
            body = orjson.loads(self._request.body)
            given = body["requests"]
            return [_json_entry(value) for value in given]
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            raise NavError(
                "BadRequest", "A batch is a JSON object with 'requests', each with 'method' and 'url'."
            ) from None

    def _part(self, entry: Entry, before: Replies) -> Request:
        """The request one entry stands for; a company named in its headers goes into the query."""
        url = multipart.relative(_resolved(entry.url, before), self._tree)
        path, _, query = url.lstrip("/").partition("?")
        company = entry.headers.get("companyid") or entry.headers.get("company")
        company = company or self._request.options().get("company")
        if company and "company=" not in query:
            query = f"{query}&company={quote(company)}".lstrip("&")
        inherited = {name: self._request.headers[name] for name in ("host",) if name in self._request.headers}
        return Request(
            verb=entry.verb.upper(),
            path=f"{self._tree}/{quote(path, safe=_SAFE)}",
            query_string=quote(query, safe=_SAFE + "+"),
            headers=inherited | dict(entry.headers),
            body=entry.body,
            client=self._request.client,
        )


def _group(index: int, entry: Entry) -> int | str:
    """What belongs together: the entries of a change set, every other entry alone."""
    return index if entry.group is None else f"group {entry.group}"


def _resolved(url: str, before: Replies) -> str:
    """An address that begins with `$ID` is that of what an earlier entry made."""
    name, slash, rest = url.lstrip("/").partition("/")
    if not name.startswith("$") or name in ("$metadata", "$batch"):
        return url
    for entry, response in before:
        if str(entry.id) == name[1:] and "location" in response.headers:
            return response.headers["location"] + slash + rest
    raise NavError("BadRequest", f"The batch has no earlier request {name} that made a record.")


def _json_entry(value: Mapping[str, Any]) -> Entry:
    if "atomicityGroup" in value or "dependsOn" in value:
        raise not_supported("atomicityGroup and dependsOn are not supported in a batch; use the Isolation header.")
    headers = {name.lower(): str(text) for name, text in (value.get("headers") or {}).items()}
    body = orjson.dumps(value["body"]) if value.get("body") is not None else b""
    return Entry(str(value["method"]), str(value["url"]), headers, body, value.get("id"))


def _reply(entry_id: Any, response: Response) -> dict[str, Any]:
    reply: dict[str, Any] = {"id": entry_id, "status": response.status, "headers": {}}
    if response.status == 204:
        return reply
    kind = response.headers.get("content-type", "")
    reply["headers"] = {"content-type": kind, "odata-version": "4.0"}
    if "json" in kind:
        reply["body"] = orjson.loads(response.body)
    else:
        reply["body"] = response.body.decode("utf-8-sig")
    return reply
