"""The companies of one server: each has its own rows, its page services and, in Business Central, its API entities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sandbox.common.clock import Clock
from sandbox.common.options import Options
from sandbox.common.stats import Stats
from sandbox.dataset import NAME, SECOND_NAME, build, second_company
from sandbox.nav.api_entities import ENTITIES
from sandbox.nav.api_views import api_view
from sandbox.nav.directory import Guard
from sandbox.nav.errors import NavError
from sandbox.nav.integration import IntegrationRecords
from sandbox.nav.keys import unquoted
from sandbox.nav.publishing import Publishing
from sandbox.nav.services import Services
from sandbox.nav.store import CompanyStore, Event, Row
from sandbox.nav.values import wire_stamp
from sandbox.nav.writer import Writer

Listener = Callable[[str, list[Event]], None]
_SYSTEM_VERSION: Final = "25.4.29661.29727"


@dataclass
class Company:
    """One company and what answers for it."""

    store: CompanyStore
    services: Services
    api: Services
    writer: Writer
    integration: IntegrationRecords

    def page_row(self) -> dict[str, Any]:
        """The company as the page services list it."""
        store = self.store
        return {"Name": store.name, "Evaluation_Company": False, "Display_Name": store.name, "Id": store.id}

    def api_row(self) -> dict[str, Any]:
        """The company as API v2.0 lists it."""
        return {
            "id": self.store.id,
            "systemVersion": _SYSTEM_VERSION,
            "timestamp": 1,
            "name": self.store.name,
            "displayName": "",
            "businessProfileId": "",
            "systemCreatedAt": self.store.loaded_at,
            "systemCreatedBy": "00000000-0000-0000-0000-000000000001",
            "systemModifiedAt": self.store.loaded_at,
            "systemModifiedBy": "00000000-0000-0000-0000-000000000001",
        }


@lru_cache(maxsize=2)
def _start(
    dataset: str, seed: int, today: date | None, counts: tuple[int | None, ...]
) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """The rows both companies begin with. They are shared by every start: a stored row is replaced, never changed."""
    return build(dataset, seed, today, *counts).tables, second_company(today).tables


class Companies:
    """All companies of a server, by name and by id."""

    def __init__(
        self, options: Options, clock: Clock, stats: Stats, guard: Guard, publishing: Publishing, today: date | None
    ) -> None:
        self._options = options
        self._clock = clock
        self._stats = stats
        self._guard = guard
        self._publishing = publishing
        self._today = today
        self._companies: dict[str, Company] = {}
        self.listeners: list[Listener] = []
        self.reset()

    def __iter__(self) -> Iterator[Company]:
        return iter(self._companies.values())

    @property
    def first(self) -> Company:
        """The company the ready line names."""
        return self._companies[NAME]

    @property
    def stores(self) -> list[CompanyStore]:
        return [company.store for company in self]

    def reset(self) -> None:
        """Every company as at the start."""
        first, second = self.start_tables()
        self._companies = {NAME: self._company(NAME, first), SECOND_NAME: self._company(SECOND_NAME, second)}

    def start_tables(self) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
        """The rows both companies begin with."""
        chosen = self._options
        counts = tuple(getattr(chosen, name) for name in ("customers", "contacts", "items", "prices", "orders"))
        return _start(chosen.dataset, chosen.seed, self._today, counts)

    def forget_views(self) -> None:
        """Build every view of a page service anew."""
        for company in self:
            company.services.forget_views()

    def named(self, name: str) -> Company:
        """The company of this name, case counting. Raises NavError 404."""
        company = self._companies.get(name)
        if company is None:
            raise NavError(
                "Internal_CompanyNotFound", f"Cannot find company {name!r}." if name else "No company was given."
            )
        return company

    def identified(self, company_id: str) -> Company:
        """The company of this id. Raises NavError 404."""
        for company in self:
            if company.store.id == company_id.strip("'").lower():
                return company
        raise NavError("Internal_CompanyNotFound", f"Cannot find company {company_id}.")

    def by_key(self, key: str) -> Company:
        """`Company('NAME')`, `Company(Name='NAME')` or, in Business Central, `Company(Id=GUID)`."""
        name, _, value = key.rpartition("=") if key.startswith(("Name=", "Id=", "id=")) else ("Name", "", key)
        if name == "Name" and unquoted(value) is not None:
            return self.named(unquoted(value) or "")
        if self._options.flavour == "bc":
            return self.identified(value)
        raise NavError("BadRequest_InvalidRequestUrl", f"'{key}' is not a key of a company.")

    def by_query(self, wanted: str) -> Company:
        """`?company=`, by name (quotes tolerated) or id; without it there is no default among two companies."""
        name = unquoted(wanted)
        name = wanted if name is None else name
        if self._options.flavour == "bc" and any(name.lower() == company.store.id for company in self):
            return self.identified(name)
        return self.named(name)

    def _company(self, name: str, tables: dict[str, list[Row]]) -> Company:
        flavour = self._options.flavour
        store = CompanyStore(name, lambda: wire_stamp(self._clock.now()))
        store.load(tables)
        store.listeners.append(lambda events: self._tell(name, events))
        writer = Writer(store, flavour, self._clock, self._stats)
        integration = IntegrationRecords(store)
        services = Services(store, self._publishing.pages, writer, integration, self._stats, self._guard)
        api = Services(store, ENTITIES, writer, integration, self._stats, self._guard, api_view)
        return Company(store, services, api, writer, integration)

    def _tell(self, name: str, events: list[Event]) -> None:
        for listener in self.listeners:
            listener(name, events)
