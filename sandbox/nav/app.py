"""The NAV stand-in as an `App`: routing, authentication and the control calls of its own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import quote

import orjson

from sandbox.common.options import Options
from sandbox.common.process import Kernel
from sandbox.common.wire import Request, Response, TablePage, json_response
from sandbox.dataset import NAME, build
from sandbox.nav import batch, metadata
from sandbox.nav.api import ENTITIES, ApiView
from sandbox.nav.auth import TOKEN_PATH, Authority
from sandbox.nav.errors import NavError, not_supported
from sandbox.nav.flowfields import COMPUTED
from sandbox.nav.integration import IntegrationRecords
from sandbox.nav.keys import split_segment, unquoted
from sandbox.nav.pages import published
from sandbox.nav.services import Services, base_headers, odata
from sandbox.nav.store import CompanyStore, Key, Row
from sandbox.nav.tables import TABLES
from sandbox.nav.values import wire_stamp
from sandbox.nav.writer import Writer

INSTANCE: Final = {"nav2017": "DynamicsNAV100", "bc": "BC"}
SECOND_COMPANY: Final = "My Company"
_LATER: Final = frozenset({"release", "ship", "invoice", "pay"})
_NO_PAGE: Final = b"<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head></html>"


@dataclass
class _Company:
    store: CompanyStore
    services: Services
    api: Services
    writer: Writer
    integration: IntegrationRecords


class NavApp:
    """One server instance with two companies."""

    def __init__(self, kernel: Kernel, options: Options, auth: str = "basic", today: date | None = None) -> None:
        self.clock = kernel.clock
        self.stats = kernel.stats
        self.faults = kernel.faults
        self.flavour = options.flavour
        self.instance = INSTANCE[options.flavour]
        self.authority = Authority(kernel.clock, auth, oauth=options.flavour == "bc")
        self.user: str | None = None
        self._options = options
        self._today = today
        self._pages = published(options.objects, options.flavour)
        self._companies: dict[str, _Company] = {}
        self.reset_data()

    # --- what the kernel calls -----------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        try:
            return self._route(request)
        except NavError as error:
            return self.error(error.status, error.code, error.message)

    def error(self, status: int, code: str, message: str) -> Response:
        """An error body; Business Central ends the message with a correlation id, NAV 2017 does not."""
        if not code or code.startswith("0x"):
            code = "Internal_ServerError" if status >= 500 else "Unknown"
        headers = base_headers() | {"content-type": "application/json; odata.metadata=minimal"}
        if self.flavour == "bc":
            correlation = str(uuid.uuid4())
            message = f"{message}  CorrelationId:  {correlation}."
            headers["x-ms-correlation-request-id"] = correlation
        if status == 401:
            headers["www-authenticate"] = ", ".join(self.authority.challenge())
        return Response(status, headers, orjson.dumps({"error": {"code": code, "message": message}}))

    def limit_key(self, request: Request) -> str | None:
        """Nothing limits calls to NAV."""
        return None

    def table_page(self, name: str, skip: int, top: int) -> TablePage | None:
        """Rows of a table of the first company, complete, in primary-key order."""
        company = self._companies[NAME]
        rows = company.store.tables.get(name)
        if rows is None:
            return None
        if name == "IntegrationRecord":
            company.integration.fill()
        keys = rows.keys_after(None)[skip : skip + top]
        return TablePage(name, len(rows), [_complete(company.store, name, rows.get(key) or {}) for key in keys])

    def reset_data(self) -> None:
        """Both companies as at the start."""
        chosen = self._options
        counts = {name: getattr(chosen, name) for name in ("customers", "contacts", "items", "prices", "orders")}
        data = build(chosen.dataset, chosen.seed, self._today, **counts)
        setup = {"GeneralLedgerSetup": [{"Primary_Key": "", "LCY_Code": "GBP"}]}
        self._companies = {
            NAME: self._company(NAME, data.tables),
            SECOND_COMPANY: self._company(SECOND_COMPANY, setup),
        }

    def act_as(self, user: str | None) -> None:
        """Remember who the next writes are by; NAV shows it on no page."""
        if user is not None and not user.strip():
            raise ValueError("a user needs a name")
        self.user = user

    def expire_tokens(self) -> None:
        self.authority.expire()

    def control(self, request: Request, name: str) -> Response | None:
        """`/rename`, `/auth`; documents are not released, shipped, invoiced or paid yet."""
        if request.verb != "POST":
            return None
        if name in _LATER:
            return json_response({"error": f"{name} is not supported by this stand-in yet"}, 501)
        if name == "auth":
            self.authority.kind = {"basic": "basic", "windows": "windows"}[request.json()["kind"]]
            return json_response({"kind": self.authority.kind})
        if name == "rename":
            return self._rename(**request.json())
        return None

    # --- routing -------------------------------------------------------------------------------------------------

    def _route(self, request: Request) -> Response:
        if self.flavour == "bc" and request.path == TOKEN_PATH:
            return self.authority.token(request)
        segments = request.segments()
        trees = {"ODataV4": self._odata, "api": self._api}
        if len(segments) < 2 or segments[0] != self.instance or segments[1] not in trees:
            return Response(404, {"content-type": "text/html"}, _NO_PAGE)
        if not self.authority.accepts(request):
            raise NavError("Authentication_InvalidCredentials", "The server has rejected the client credentials.")
        return trees[segments[1]](request, segments[2:])

    def _odata(self, request: Request, segments: list[str]) -> Response:
        """The page services' tree."""
        root = f"{request.base_url}/{self.instance}/ODataV4"
        if not segments:
            _only_get(request, "service document")
            return self._service_document(root)
        first = segments[0]
        if first in ("$metadata", "Company") or (len(segments) == 1 and first.startswith("Company(")):
            _only_get(request, first)
        if first == "$metadata":
            return self._metadata(request)
        if first == "$batch":
            return self._batch(request, "ODataV4")
        if first == "Company":
            return self._company_list(root)
        name, key = split_segment(first)
        if name == "Company" and key is not None:
            company = self._company_by_key(key)
            if len(segments) == 1:
                return self._company_row(root, company)
            segments = segments[1:]
        else:
            company = self._company_by_query(request)
        path = f"Company('{quote(company.store.name.replace(chr(39), chr(39) * 2))}')"
        return company.services.handle(request, segments, f"{root}/{path}", f"{root}/$metadata#{path}")

    def _api(self, request: Request, segments: list[str]) -> Response:
        """The API tree, which only Business Central has."""
        if self.flavour != "bc" or not segments or segments[0] != "v2.0":
            return Response(404, {"content-type": "text/html"}, _NO_PAGE)
        root = f"{request.base_url}/{self.instance}/api/v2.0"
        segments = segments[1:]
        if not segments:
            return odata(metadata.service_document(f"{root}/$metadata", ["companies", *ENTITIES]))
        if segments[0] == "$batch":
            return self._batch(request, "api/v2.0")
        if segments[0] == "$metadata":
            raise not_supported("The API's metadata document is not supported by this stand-in.")
        name, key = split_segment(segments[0])
        if name == "companies" and len(segments) == 1:
            _only_get(request, name)
        if name != "companies":
            return self._api_entity(request, self._company_by_query(request), segments, root)
        if key is None:
            rows = [_api_company(company.store) for company in self._companies.values()]
            return odata({"@odata.context": f"{root}/$metadata#companies", "value": rows})
        company = self._identified(key)
        if len(segments) > 1:
            return self._api_entity(request, company, segments[1:], root)
        return odata({"@odata.context": f"{root}/$metadata#companies/$entity"} | _api_company(company.store))

    def _api_entity(self, request: Request, company: _Company, segments: list[str], root: str) -> Response:
        path = f"companies({company.store.id})"
        return company.api.handle(request, segments, f"{root}/{path}", f"{root}/$metadata#{path}")

    def _batch(self, request: Request, tree: str) -> Response:
        if self.flavour != "bc":
            raise not_supported("$batch is not supported by this stand-in of NAV 2017.")
        replies, rows = batch.run(request, f"/{self.instance}/{tree}", self.faults, self.stats, self._part)
        return odata({"responses": replies}, rows=rows)

    def _part(self, request: Request) -> Response:
        """The answer to one entry of a batch, a fault rule's first."""
        acts = request.effects.acts
        if "status" in acts:
            return self.error(int(acts["status"]), str(acts.get("code", "")), str(acts.get("message", "")))
        return self.handle(request)

    def _service_document(self, root: str) -> Response:
        return odata(metadata.service_document(f"{root}/$metadata", ["Company", *self._pages]))

    def _metadata(self, request: Request) -> Response:
        views = {name: self._companies[NAME].services.view(name, request.effects) for name in self._pages}
        wants_json = request.options().get("$format") == "json" or "json" in request.headers.get("accept", "")
        if wants_json and self.flavour == "bc":
            return odata(metadata.csdl_json(views))
        if request.options().get("$format") == "json":
            raise NavError("BadRequest", "The metadata document is only available as XML.")
        headers = base_headers() | {"content-type": "application/xml"}
        return Response(200, headers, metadata.xml(views).encode())

    # --- companies -----------------------------------------------------------------------------------------------

    def _company(self, name: str, tables: dict[str, list[Row]]) -> _Company:
        store = CompanyStore(name, lambda: wire_stamp(self.clock.now()))
        store.load(tables)
        writer = Writer(store, self.flavour, self.clock, self.stats)
        integration = IntegrationRecords(store)
        services = Services(store, self._pages, writer, integration, self.stats)
        api = Services(store, ENTITIES, writer, integration, self.stats, ApiView)
        return _Company(store, services, api, writer, integration)

    def _company_by_key(self, key: str) -> _Company:
        """`Company('NAME')`, `Company(Name='NAME')` or, in Business Central, `Company(Id=GUID)`."""
        name, _, value = key.rpartition("=") if key.startswith(("Name=", "Id=", "id=")) else ("Name", "", key)
        if name == "Name" and unquoted(value) is not None:
            return self._named(unquoted(value) or "")
        if self.flavour == "bc":
            return self._identified(value)
        raise NavError("BadRequest_InvalidRequestUrl", f"'{key}' is not a key of a company.")

    def _company_by_query(self, request: Request) -> _Company:
        """`?company=`, by name (quotes tolerated) or id; without it there is no default among two companies."""
        wanted = request.options().get("company", "")
        name = unquoted(wanted)
        name = wanted if name is None else name
        if self.flavour == "bc" and any(name.lower() == found.store.id for found in self._companies.values()):
            return self._identified(name)
        return self._named(name)

    def _named(self, name: str) -> _Company:
        company = self._companies.get(name)
        if company is None:
            raise NavError(
                "Internal_CompanyNotFound", f"Cannot find company {name!r}." if name else "No company was given."
            )
        return company

    def _identified(self, company_id: str) -> _Company:
        for company in self._companies.values():
            if company.store.id == company_id.strip("'").lower():
                return company
        raise NavError("Internal_CompanyNotFound", f"Cannot find company {company_id}.")

    def _company_list(self, root: str) -> Response:
        rows = [self._company_fields(company) for company in self._companies.values()]
        return odata({"@odata.context": f"{root}/$metadata#Company", "value": rows})

    def _company_row(self, root: str, company: _Company) -> Response:
        return odata({"@odata.context": f"{root}/$metadata#Company/$entity"} | self._company_fields(company))

    @staticmethod
    def _company_fields(company: _Company) -> dict[str, Any]:
        store = company.store
        return {"Name": store.name, "Evaluation_Company": False, "Display_Name": store.name, "Id": store.id}

    def _rename(self, table: str, **keys: Any) -> Response:
        """`{"table", "from", "to"}`: keys as one value, as a list in key order or as an object."""
        if table not in TABLES:
            raise ValueError(f"there is no table {table}")
        company = self._companies[NAME]
        try:
            row = company.writer.rename(table, _as_key(table, keys["from"]), _as_key(table, keys["to"]))
        except NavError as error:
            raise ValueError(error.message) from None
        return json_response({"row": TABLES[table].complete(row)})


def _only_get(request: Request, name: str) -> None:
    if request.verb != "GET":
        raise NavError(
            "BadRequest_MethodNotAllowed", f"The entity '{name}' does not support the method {request.verb}."
        )


def _complete(store: CompanyStore, name: str, row: Row) -> Row:
    """Every field of a row, computed ones too."""
    shown = TABLES[name].complete(row)
    for (table, field), computed in COMPUTED.items():
        if table == name:
            shown[field] = computed(store, row)
    return shown


def _api_company(store: CompanyStore) -> dict[str, Any]:
    return {
        "id": store.id,
        "systemVersion": "25.4.29661.29727",
        "timestamp": 1,
        "name": store.name,
        "displayName": "",
        "businessProfileId": "",
        "systemCreatedAt": store.loaded_at,
        "systemModifiedAt": store.loaded_at,
    }


def _as_key(table: str, value: Any) -> Key:
    if isinstance(value, dict):
        return tuple(value[name] for name in TABLES[table].key)
    return tuple(value) if isinstance(value, list) else (value,)
