"""The page services of one company: reads and writes behind `.../ODataV4/Company('X')/Service`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson

from sandbox.common.faults import Effects
from sandbox.common.stats import Stats
from sandbox.common.wire import Request, Response
from sandbox.nav import query
from sandbox.nav.errors import NavError, not_supported, unknown_property
from sandbox.nav.integration import IntegrationRecords
from sandbox.nav.keys import split_segment
from sandbox.nav.schema import Page
from sandbox.nav.store import CompanyStore, Row
from sandbox.nav.view import PageView
from sandbox.nav.writer import Writer

JSON = "application/json; odata.metadata=minimal; odata.streaming=true"
_BOM = b"\xef\xbb\xbf"


def odata(value: Any, status: int = 200, headers: Mapping[str, str] | None = None, rows: int = 0) -> Response:
    """An answer with the headers a server of ours sends on every reply."""
    return Response(status, base_headers() | {"content-type": JSON} | dict(headers or {}), orjson.dumps(value), rows)


def base_headers() -> dict[str, str]:
    return {
        "odata-version": "4.0",
        "cache-control": "no-cache, no-store",
        "access-control-expose-headers": "Date, Content-Length, Server, OData-Version",
    }


class Services:
    """Answers requests to the page services of one company."""

    def __init__(
        self,
        store: CompanyStore,
        pages: Mapping[str, Page],
        writer: Writer,
        integration: IntegrationRecords,
        stats: Stats,
        view_class: type[PageView] = PageView,
    ) -> None:
        self.store = store
        self.pages = pages
        self._writer = writer
        self._integration = integration
        self._stats = stats
        self._view_class = view_class
        self._views: dict[tuple[str, frozenset[str]], PageView] = {}

    def view(self, service: str, effects: Effects) -> PageView:
        """The page service of this name. Raises NavError 404."""
        page = self.pages.get(service)
        if page is None:
            raise NavError("BadRequest_ResourceNotFound", f"Resource not found for the segment '{service}'.")
        dropped = frozenset(effects.dropped)
        found = self._views.get((service, dropped))
        if found is None:
            found = self._view_class(page, self.store, self._writer.flavour, dropped)
            self._views[service, dropped] = found
        if page.table == "IntegrationRecord":
            self._integration.fill()
        return found

    def handle(self, request: Request, segments: list[str], root: str, context: str) -> Response:
        """Answer a request to `segments` behind the company; `root` and `context` are absolute URLs of the company."""
        name, key = split_segment(segments[0])
        view = self.view(name, request.effects)
        if len(segments) > 1 and segments[1] != "$count":
            return self._contained(request, view, key, segments[1:], root, context)
        if len(segments) > 2:
            raise not_supported("This path is not supported by the stand-in.")
        call = Call(self, request, view, f"{root}/{quote(name)}", f"{context}/{name}", {})
        if key is None:
            return call.collection(count_only=len(segments) > 1)
        return call.entity(key)

    def _contained(
        self, request: Request, view: PageView, key: str | None, rest: list[str], root: str, context: str
    ) -> Response:
        """`SalesOrder(...)/SalesOrderSalesLines`: the lines of one document."""
        part, part_key = split_segment(rest[0])
        service = view.page.parts.get(part)
        if part in view.fields or part.endswith("_Link"):
            raise not_supported(f"Reading '{part}' as a path is not supported by this stand-in.")
        if service is None or key is None:
            raise NavError("BadRequest_ResourceNotFound", f"Resource not found for the segment '{rest[0]}'.")
        parent = view.find(key)
        lines = self.view(service, request.effects)
        within = {own: parent.get(name) for name, own in lines.page.parent_key.items()}
        address = f"{root}/{view.address(parent)}/{part}"
        call = Call(self, request, lines, address, f"{context}/{service}", within)
        if part_key is not None:
            return call.entity(part_key)
        return call.collection(count_only=len(rest) > 1 and rest[1] == "$count")

    def count_rows(self, table: str, kind: str, number: int) -> None:
        if number:
            self._stats.count_rows(table, kind, number)

    @property
    def writer(self) -> Writer:
        return self._writer


class Call:
    """One request to one page service."""

    def __init__(
        self, services: Services, request: Request, view: PageView, address: str, context: str, within: Row
    ) -> None:
        self._services = services
        self._request = request
        self._view = view
        self._address = address
        self._context = context
        self._within = within
        self._options = request.options()
        query.check_options(self._options)

    def collection(self, *, count_only: bool) -> Response:
        """A list, its count, or an insert."""
        verb = self._request.verb
        if count_only:
            if verb != "GET":
                raise _not_allowed(self._view, verb)
            number = str(query.count(self._view, self._options, self._within))
            return Response(200, base_headers() | {"content-type": "text/plain"}, _BOM + number.encode())
        if verb == "GET":
            return self._list()
        if verb == "POST":
            return self._insert()
        raise _not_allowed(self._view, verb)

    def _list(self) -> Response:
        size = query.page_size(self._options, self._request.headers, self._view.flavour)
        result = query.run(self._view, self._options, size, self._within)
        show = self._view.projector(self._options.get("$select"))
        expand = self._expansion()
        body: dict[str, Any] = {"@odata.context": self._context}
        if result.total is not None:
            body["@odata.count"] = result.total
        body["value"] = [self._expanded(show(row), row, expand) for row in result.rows]
        if result.token is not None:
            body["@odata.nextLink"] = query.next_link(self._address, self._options, result)
        self._services.count_rows(self._view.table.name, "read", len(result.rows))
        return odata(body)

    def _expansion(self) -> list[str]:
        """The parts `$expand` names; nested options are not supported."""
        names = [name.strip() for name in self._options.get("$expand", "").split(",") if name.strip()]
        for name in names:
            if name not in self._view.page.parts:
                if name in self._view.fields or name.endswith("_Link") or not name.isidentifier():
                    raise not_supported(f"$expand={name} is not supported by this stand-in.")
                raise unknown_property(name, self._view.page.service)
        return names

    def _expanded(self, shown: dict[str, Any], row: Row, parts: list[str]) -> dict[str, Any]:
        for part in parts:
            lines = self._services.view(self._view.page.parts[part], self._request.effects)
            within = {own: row.get(name) for name, own in lines.page.parent_key.items()}
            shown[part] = [lines.projector(None)(line) for line in query.matching(lines, {}, within)]
        return shown

    def entity(self, key: str) -> Response:
        """One row: read, change or delete."""
        row = self._view.find(key)
        verb = self._request.verb
        if verb == "GET":
            self._services.count_rows(self._view.table.name, "read", 1)
            return self._one(row, 200)
        if verb in ("PATCH", "PUT"):
            return self._modify(row)
        if verb == "DELETE":
            return self._delete(row)
        raise _not_allowed(self._view, verb)

    def _one(self, row: Row, status: int, rows: int = 0) -> Response:
        show = self._view.projector(self._options.get("$select"))
        shown = self._expanded(show(row), row, self._expansion())
        headers = {"etag": shown["@odata.etag"]}
        if status == 201:
            root = self._address.rpartition("/")[0]
            headers["location"] = f"{root}/{self._view.address(row)}"
        if rows and "return-no-content" in self._request.headers.get("prefer", ""):
            return Response(204, base_headers() | headers, b"", rows)
        return odata({"@odata.context": f"{self._context}/$entity"} | shown, status, headers, rows)

    def _insert(self) -> Response:
        if not self._view.page.insert:
            raise _not_allowed(self._view, "POST")
        values = self._values(new=True)
        fixed = [(name, value) for name, value in {**self._view.page.fixed, **self._within}.items()]
        names = {name for name, _ in fixed}
        values = fixed + [pair for pair in values if pair[0] not in names]
        row = self._services.writer.insert(self._view.table.name, values, self._request.effects)
        return self._one(row, 201, 1)

    def _modify(self, row: Row) -> Response:
        if not self._view.page.modify:
            raise _not_allowed(self._view, "PATCH")
        match = self._request.headers.get("if-match")
        if match is None:
            raise NavError(
                "BadRequest_InvalidToken", "The request must carry an If-Match header with the record's ETag."
            )
        self._check_match(row, match)
        values = self._values(new=False)
        changed = self._view.modify(self._services.writer, row, values, self._request.effects)
        return self._one(changed, 200, 1)

    def _delete(self, row: Row) -> Response:
        if not self._view.page.delete:
            raise _not_allowed(self._view, "DELETE")
        match = self._request.headers.get("if-match")
        if match is not None:
            self._check_match(row, match)
        self._services.writer.delete(self._view.table.name, row)
        return Response(204, base_headers(), b"", 1)

    def _check_match(self, row: Row, match: str) -> None:
        """Whether the caller saw this version. `*` always did."""
        wanted = match.strip()
        if wanted == "*" or wanted == self._view.etag(row):
            return
        if not _is_etag(wanted):
            raise NavError("BadRequest_InvalidToken", f"The ETag '{match}' in the If-Match header is not valid.")
        message = "Another user has already changed the record. To start again, refresh the page and try again."
        raise NavError("Request_EntityChanged", message)

    def _values(self, *, new: bool) -> list[tuple[str, Any]]:
        """The body as table fields with checked values, in the order sent."""
        try:
            body = orjson.loads(self._request.body or b"{}")
        except orjson.JSONDecodeError as error:
            raise NavError("BadRequest", f"The body of the request is not valid JSON: {error}") from None
        if not isinstance(body, dict):
            raise NavError("BadRequest", "The body of the request must be one JSON object.")
        return self._view.accepted(body, new=new)


def _is_etag(text: str) -> bool:
    """`W/"base64 of 'LENGTH;VALUE;00;'"`."""
    if not (text.startswith('W/"') and text.endswith('"')):
        return False
    try:
        return base64.b64decode(text[3:-1], validate=True).endswith(b";00;'")
    except (binascii.Error, ValueError):
        return False


def _not_allowed(view: PageView, verb: str) -> NavError:
    message = f"The entity '{view.page.service}' does not support the method {verb}."
    return NavError("BadRequest_MethodNotAllowed", message)
