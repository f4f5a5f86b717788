"""One request to one page service or API entity: list, count, read, insert, change, delete, bound action."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.common.wire import Request, Response
from sandbox.nav import query
from sandbox.nav.errors import NavError, not_supported
from sandbox.nav.replies import no_content, odata, plain_number
from sandbox.nav.store import Row
from sandbox.nav.transactions import unit_of_work
from sandbox.nav.view import PageView

if TYPE_CHECKING:
    from sandbox.nav.services import Services


@dataclass(frozen=True)
class Place:
    """Where in the service a request points: a view, its absolute address and context, and the parent's values."""

    view: PageView
    address: str
    context: str
    within: Row = field(default_factory=dict)


class Call:
    """One request to one view."""

    def __init__(self, services: Services, request: Request, place: Place) -> None:
        self._services = services
        self._request = request
        self._place = place
        self._options = request.options()
        query.check_options(self._options, place.view.flavour)
        self._view = place.view.with_flow(query.flow(place.view, self._options))

    def collection(self) -> Response:
        """A list or an insert."""
        verb = self._request.verb
        if verb == "GET":
            return self._list()
        if verb == "POST":
            return self._insert()
        raise _not_allowed(self._view, verb)

    def count(self) -> Response:
        """`/$count`."""
        if self._request.verb != "GET":
            raise _not_allowed(self._view, self._request.verb)
        self._require("Read")
        self._view.check_list(self._options, self._place.within)
        return plain_number(query.count(self._view, self._options, self._place.within))

    def entity(self, key: str) -> Response:
        """One row: read, change or delete."""
        row = self._view.find(key)
        within = self._place.within
        blanks = self._view.table.blanks
        if any(row.get(name, blanks.get(name)) != value for name, value in within.items()):
            raise NavError("BadRequest_NotFound", f"There is no '{key}' within this record.")
        verb = self._request.verb
        if verb == "GET":
            self._require("Read")
            self._services.count_rows(self._view.table.name, "read", 1)
            return self._one(row, 200)
        if verb in ("PATCH", "PUT"):
            return self._modify(row)
        if verb == "DELETE":
            return self._delete(row)
        raise _not_allowed(self._view, verb)

    def action(self, key: str, name: str) -> Response:
        """A bound action. Raises NavError 501 where the entity has none of this name."""
        if name not in self._view.page.actions:
            raise not_supported(f"The action '{name}' is not defined on the entity '{self._view.page.service}'.")
        if self._request.verb != "POST":
            raise _not_allowed(self._view, self._request.verb)
        row = self._view.find(key)
        self._check_match(row, self._request.headers.get("if-match", "*"))
        self._require("Modify")
        with self._unit():
            made = self._view.act(name, self._services.writer, row)
        if not made:
            return no_content()
        return no_content({"location": f"{self._root()}/{made}"})

    def _list(self) -> Response:
        self._require("Read")
        if "$skiptoken" in self._options and self._request.effects.stale_delta():
            raise NavError("BadRequest", "The skip token is not valid any more; read the list again.", 410)
        self._view.check_list(self._options, self._place.within)
        size = query.page_size(self._options, self._request.headers, self._view.flavour)
        expansions = query.expansions(self._options)
        result = query.run(self._view, self._options, size, self._place.within)
        show = self._view.projector(self._options.get("$select"))
        body: dict[str, Any] = {"@odata.context": self._place.context}
        if result.total is not None:
            body["@odata.count"] = result.total
        effects = self._request.effects
        body["value"] = [
            self._services.expanded(self._view, show(row), row, expansions, effects) for row in result.rows
        ]
        if result.token is not None:
            body["@odata.nextLink"] = query.next_link(self._place.address, self._options, result)
        self._services.count_rows(self._view.table.name, "read", len(result.rows))
        return odata(body)

    def _one(self, row: Row, status: int, rows: int = 0) -> Response:
        show = self._view.projector(self._options.get("$select"))
        shown = show(row)
        headers = {"etag": shown["@odata.etag"]}
        if status == 201:
            headers["location"] = f"{self._root()}/{self._view.address(row)}"
        if rows and "return-no-content" in self._request.headers.get("prefer", ""):
            return no_content(headers, rows)
        parts = query.expansions(self._options)
        shown = self._services.expanded(self._view, shown, row, parts, self._request.effects)
        return odata({"@odata.context": f"{self._place.context}/$entity"} | shown, status, headers, rows)

    def _root(self) -> str:
        """The company's address: what comes before the service's name."""
        end = self._place.address.rfind("/" + self._view.page.service)
        contained = self._place.address.rpartition("/")[0]
        return self._place.address[:end] if end >= 0 and not self._place.within else contained

    def _insert(self) -> Response:
        if not self._view.page.insert:
            raise _not_allowed(self._view, "POST")
        self._require("Insert")
        body = self._body()
        parts = self._view.deep_parts(body)
        effects = self._request.effects
        with self._unit():
            row = self._view.insert(self._services.writer, body, self._place.within, effects)
            written = 1
            for name, children in parts.items():
                written += self._insert_children(row, name, children)
        row = self._view.reread(row)
        return self._one(row, 201, written)

    def _insert_children(self, row: Row, name: str, children: Any) -> int:
        """The lines of a deep insert; how many there were."""
        if not isinstance(children, list) or not all(isinstance(child, dict) for child in children):
            raise NavError("BadRequest", f"The property '{name}' must be a collection of objects.")
        target = self._services.view(self._view.page.parts[name], self._request.effects)
        within = {own: self._view.parent_value(row, part) for part, own in target.page.parent_key.items()}
        self._services.guard.require(target.table.name, "Insert")
        for child in children:
            target.insert(self._services.writer, child, within, self._request.effects)
        return len(children)

    def _modify(self, row: Row) -> Response:
        if not self._view.page.modify:
            raise _not_allowed(self._view, self._request.verb)
        self._require("Modify")
        match = self._request.headers.get("if-match")
        if match is None:
            raise NavError(
                "BadRequest_InvalidToken", "The request must carry an If-Match header with the ETag of the record."
            )
        self._check_match(row, match)
        with self._unit():
            new = self._view.modify(self._services.writer, row, self._body(), self._request.effects)
        return self._one(new, 200, 1)

    def _delete(self, row: Row) -> Response:
        if not self._view.page.delete:
            raise _not_allowed(self._view, "DELETE")
        self._require("Delete")
        self._check_match(row, self._request.headers.get("if-match", "*"))
        with self._unit():
            self._view.delete(self._services.writer, row)
        return no_content()

    def _unit(self) -> Any:
        return unit_of_work([self._services.store], self._services.stats)

    def _require(self, right: str) -> None:
        self._services.guard.require(self._view.table.name, right)

    def _check_match(self, row: Row, match: str) -> None:
        """Whether the caller saw this version. `*` always did."""
        wanted = match.strip()
        if wanted == "*" or wanted == self._view.etag(row):
            return
        if not _is_etag(wanted):
            raise NavError("BadRequest_InvalidToken", f"The ETag '{match}' in the If-Match header is not valid.")
        message = "Another user has already changed the record. To start again, refresh the page and try again."
        raise NavError("Request_EntityChanged", message)

    def _body(self) -> Mapping[str, Any]:
        """The JSON object that was sent, its members in the order sent."""
        kind = self._request.headers.get("content-type", "application/json")
        if self._request.body and "json" not in kind:
            raise NavError("BadRequest", f"The content type '{kind}' is not supported; send JSON.", 415)
        try:
            body = orjson.loads(self._request.body or b"{}")
        except orjson.JSONDecodeError as error:
            raise NavError("BadRequest", f"The body of the request is not valid JSON: {error}") from None
        if not isinstance(body, dict):
            raise NavError("BadRequest", "The body of the request must be one JSON object.")
        return body


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
