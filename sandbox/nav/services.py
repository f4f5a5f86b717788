"""The page services, or the API entities, of one company: which view a path leads to, and what `$expand` adds to a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from sandbox.common.faults import Effects
from sandbox.common.stats import Stats
from sandbox.common.wire import Request, Response
from sandbox.nav import query
from sandbox.nav.calls import Call, Place
from sandbox.nav.directory import Guard
from sandbox.nav.errors import NavError, not_supported, unknown_property
from sandbox.nav.expand import Expansion
from sandbox.nav.integration import IntegrationRecords
from sandbox.nav.keys import split_segment
from sandbox.nav.metadata import list_page
from sandbox.nav.schema import Page
from sandbox.nav.store import CompanyStore, Row
from sandbox.nav.view import PageView
from sandbox.nav.writer import Writer


class Services:
    """Answers requests to one company. `pages` may change while the server runs: call `forget_views` then."""

    def __init__(
        self,
        store: CompanyStore,
        pages: Mapping[str, Page],
        writer: Writer,
        integration: IntegrationRecords,
        stats: Stats,
        guard: Guard,
        make_view: Callable[..., PageView] = PageView,
    ) -> None:
        self.store = store
        self.pages = pages
        self.writer = writer
        self.stats = stats
        self.guard = guard
        self._integration = integration
        self._make_view = make_view
        self._views: dict[tuple[str, frozenset[str]], PageView] = {}

    def forget_views(self) -> None:
        """Build every view anew at its next use."""
        self._views.clear()

    def view(self, service: str, effects: Effects) -> PageView:
        """The page service of this name. Raises NavError 404."""
        page = self.pages.get(service)
        if page is None:
            raise NavError("BadRequest_ResourceNotFound", f"Resource not found for the segment '{service}'.")
        dropped = frozenset(effects.dropped)
        found = self._views.get((service, dropped))
        if found is None:
            found = self._make_view(page, self.store, self.writer.flavour, dropped)
            self._views[service, dropped] = found
        if page.table == "IntegrationRecord":
            self._integration.fill()
        return found

    def handle(self, request: Request, segments: list[str], root: str, context: str) -> Response:
        """Answer a request to `segments` behind the company; `root` and `context` are absolute URLs of the company."""
        name, key = split_segment(segments[0])
        view = self.view(name, request.effects)
        return self._follow(request, Place(view, f"{root}/{quote(name)}", f"{context}/{name}"), key, segments[1:])

    def _follow(self, request: Request, place: Place, key: str | None, rest: list[str]) -> Response:
        """Go down the path, one segment at a time."""
        call = Call(self, request, place)
        if not rest:
            return call.collection() if key is None else call.entity(key)
        if rest == ["$count"] and key is None:
            return call.count()
        if key is None:
            raise _no_path(rest[0])
        name, _, action = rest[0].rpartition(".")
        if name in ("Microsoft.NAV", "NAV"):
            return call.action(key, action)
        return self._navigate(request, place, key, rest)

    def _navigate(self, request: Request, place: Place, key: str, rest: list[str]) -> Response:
        """`SalesOrder(...)/SalesOrderSalesLines`, `customers(...)/currency`, `CustomerCard(...)/Currency_Code_Link`."""
        name, part_key = split_segment(rest[0])
        view = place.view
        parent = view.find(key)
        self.guard.require(view.table.name, "Read")
        address = f"{place.address.rpartition('/')[0]}/{view.address(parent)}/{name}"
        collection = self._collection(view, parent, name, request.effects)
        if collection is not None:
            target, within = collection
            context = f"{place.context.rpartition('/')[0]}/{target.page.service}"
            return self._follow(request, Place(target, address, context, within), part_key, rest[1:])
        if name in view.page.links:
            row = self._single(view, parent, name, request.effects)
            if row is None or rest[1:] or part_key is not None:
                raise _no_path(name)
            target = self.view(view.page.links[name][0], request.effects)
            context = f"{place.context.rpartition('/')[0]}/{target.page.service}"
            return Call(self, request, Place(target, address, context)).entity(target.row_key(row))
        if name in view.fields:
            raise not_supported(f"Reading '{name}' as a path is not supported by this stand-in.")
        raise _no_path(rest[0])

    def _collection(self, view: PageView, row: Row, name: str, effects: Effects) -> tuple[PageView, Row] | None:
        """The view and the fixed values of a contained collection or a `_Link`; None if the name is neither."""
        service = view.page.parts.get(name)
        if service is not None:
            target = self.view(service, effects)
            return target, {own: view.parent_value(row, part) for part, own in target.page.parent_key.items()}
        control = name.removesuffix("_Link")
        if control == name or control not in view.fields or not view.page.editable:
            return None
        linked = list_page(view.fields[control].relation, self.pages)
        if not linked:
            return None
        target = self.view(linked, effects)
        return target, {target.table.key[0]: view.readers[control](row)}

    def _single(self, view: PageView, row: Row, name: str, effects: Effects) -> Row | None:
        """The row a to-one navigation leads to."""
        service, control = view.page.links[name]
        target = self.view(service, effects)
        found: Row | None = target.rows.by_id(view.readers[control](row))
        return found

    def expanded(
        self, view: PageView, shown: dict[str, Any], row: Row, parts: list[Expansion], effects: Effects
    ) -> Any:
        """A row as shown, with what `$expand` adds to it."""
        for part in parts:
            collection = self._collection(view, row, part.name, effects)
            if collection is not None:
                target, within = collection
                shown[part.name] = self._many(target, within, part, effects)
            elif part.name in view.page.links:
                found = self._single(view, row, part.name, effects)
                target = self.view(view.page.links[part.name][0], effects)
                shown[part.name] = None if found is None else self._one(target, found, part, effects)
            elif part.name in view.fields:
                raise NavError(
                    "BadRequest",
                    f"Property '{part.name}' on type '{view.page.type_name}' is not a navigation property.",
                )
            else:
                raise unknown_property(part.name, view.page.type_name)
        return shown

    def _many(self, view: PageView, within: Row, part: Expansion, effects: Effects) -> list[Any]:
        result = query.run(view, part.options, query.PAGE_SIZE[view.flavour], within)
        return [self._one(view, row, part, effects) for row in result.rows]

    def _one(self, view: PageView, row: Row, part: Expansion, effects: Effects) -> Any:
        self.guard.require(view.table.name, "Read")
        nested = query.expansions(part.options)
        return self.expanded(view, view.projector(part.options.get("$select"))(row), row, nested, effects)

    def count_rows(self, table: str, kind: str, number: int) -> None:
        if number:
            self.stats.count_rows(table, kind, number)


def _no_path(segment: str) -> NavError:
    return NavError("BadRequest_NotFound", f"Resource not found for the segment '{segment}'.")
