"""The NAV stand-in as an `App`: authentication, limits, the two service trees, errors in the server's own form."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from operator import itemgetter
from typing import Final
from urllib.parse import quote

import orjson

from sandbox.common.options import Options
from sandbox.common.process import Kernel
from sandbox.common.wire import Request, Response, TablePage
from sandbox.nav import metadata, routes, throttle
from sandbox.nav.api_entities import ELSEWHERE, ENTITIES
from sandbox.nav.auth import Authority
from sandbox.nav.batch import Batch
from sandbox.nav.companies import Companies, Company
from sandbox.nav.controls import Controls
from sandbox.nav.directory import Directory, Guard
from sandbox.nav.errors import NavError, not_supported
from sandbox.nav.filters import FilterScope, compile_filter
from sandbox.nav.flowfields import COMPUTED, NO_FLOW
from sandbox.nav.keys import split_segment
from sandbox.nav.notifier import HttpSender, Notifier
from sandbox.nav.publishing import Publishing
from sandbox.nav.replies import base_headers, odata
from sandbox.nav.routes import INSTANCE, Route
from sandbox.nav.schema import Field
from sandbox.nav.store import CompanyStore, Event, Row
from sandbox.nav.subscriptions import Subscriptions
from sandbox.nav.tables import TABLES
from sandbox.nav.webhooks import SUPPORTED, Webhooks

_RUNTIME: Final = ["microsoft", "runtime", "beta"]
_COMPANY_FIELDS: Final = {"name": "text", "displayName": "text", "id": "guid", "systemVersion": "text"}
_COMPANY_SCOPE: Final = FilterScope(
    "Microsoft.NAV.company",
    {name: Field(name, kind) for name, kind in _COMPANY_FIELDS.items()},
    {name: itemgetter(name) for name in _COMPANY_FIELDS},
)


class NavApp:
    """One server instance with two companies."""

    def __init__(
        self,
        kernel: Kernel,
        options: Options,
        auth: str = "basic",
        today: date | None = None,
        *,
        unpublish: Iterable[str] = (),
        hide: Iterable[str] = (),
        notifier: Notifier | None = None,
    ) -> None:
        self.clock = kernel.clock
        self.stats = kernel.stats
        self.faults = kernel.faults
        self.flavour = options.flavour
        self.instance = INSTANCE[options.flavour]
        self.state = "running"
        self.user: str | None = None
        self._auth = auth
        self.guard = Guard(options.flavour)
        self.directory = Directory(kernel.clock)
        self.authority = Authority(kernel.clock, self.directory, auth, oauth=options.flavour == "bc")
        self.publishing = Publishing(options.objects, options.flavour, unpublish, hide)
        self.companies = Companies(options, kernel.clock, kernel.stats, self.guard, self.publishing, today)
        ca = options.data_dir / "tls" / "ca.pem" if options.data_dir else None
        self.webhooks = Webhooks(kernel.clock, notifier or Notifier(HttpSender(ca)))
        self.companies.listeners.append(self._heard)
        for company in self.companies:
            self.webhooks.know_company(company.store.id, company.store.name)
        self._subscriptions = Subscriptions(
            self.webhooks, lambda error: self.error(error.status, error.code, error.message)
        )
        self._throttle = throttle.Throttle(options.limits if options.flavour == "bc" else "off", kernel.clock)
        self._controls = Controls(self)

    # --- what the kernel calls -----------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        try:
            return self._answer(request)
        except NavError as error:
            return self._refusal(error)

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
        """The kernel's limits are those of Dataverse; `throttle.py` has the ERP's own."""
        return None

    def table_page(self, name: str, skip: int, top: int) -> TablePage | None:
        """Rows of a table of the first company, complete, in primary-key order."""
        company = self.companies.first
        rows = company.store.tables.get(name)
        if rows is None:
            return None
        if name == "IntegrationRecord":
            company.integration.fill()
        keys = rows.keys_after(None)[skip : skip + top]
        return TablePage(name, len(rows), [_complete(company.store, name, rows.get(key) or {}) for key in keys])

    def reset_data(self) -> None:
        """Companies, users, published services and subscriptions as at the start."""
        self.webhooks.forget()
        self.state, self.user = "running", None
        self.directory.reset()
        self.authority.kind = self._auth
        self.publishing.reset()
        self.companies.reset()

    def act_as(self, user: str | None) -> None:
        """Remember who the next writes are by; NAV shows it on no page."""
        if user is not None and not user.strip():
            raise ValueError("a user needs a name")
        self.user = user

    def expire_tokens(self) -> None:
        self.authority.expire()

    def control(self, request: Request, name: str) -> Response | None:
        """The calls of `controls.py`."""
        return self._controls.handle(request, name)

    # --- the way of a request ------------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Response:
        if self.authority.is_token_path(request.path):
            return self.authority.token(request)
        listing = self.flavour == "bc" and routes.is_environment_list(request.path)
        found = None if listing else routes.route(request, self.flavour)
        if isinstance(found, Response):
            return found
        self._check_state()
        self.guard.user = self.authority.caller(request)
        if self.guard.user is None:
            raise NavError("Authentication_InvalidCredentials", "The server has rejected the client credentials.")
        if self.flavour == "bc":
            self._throttle.admit(self.guard.user.name)
            throttle.check_size(request)
            throttle.check_intent(request)
        return routes.environments() if found is None else self._follow(request, found)

    def _refusal(self, error: NavError) -> Response:
        response = self.error(error.status, error.code, error.message)
        if isinstance(error, throttle.TooManyRequests):
            self.stats.throttled += 1
            response.headers["retry-after"] = str(error.retry_after)
        return response

    def _check_state(self) -> None:
        """What an administrator did to the whole server (control call `state`)."""
        if self.state == "services_off":
            raise NavError("BadRequest_MethodNotAllowed", "The OData services are not enabled on this server.")
        if self.state == "no_tenant":
            raise NavError("Internal_TenantUnavailable", "The tenant 'default' is not accessible.")
        if self.state == "no_database":
            raise NavError("Internal_ServerError", "The server cannot reach the SQL database.")

    def _follow(self, request: Request, found: Route) -> Response:
        self.guard.effects = request.effects
        root = f"{request.base_url}{quote(found.prefix)}/{found.tree}"
        if found.tree == "ODataV4":
            return self._odata(request, found, root)
        if self.flavour != "bc" or found.segments[:1] == []:
            return routes.html_not_found()
        if found.segments[:3] == _RUNTIME:
            return self._runtime(request, found.segments[3:], f"{root}/microsoft/runtime/beta")
        if found.segments[0] != "v2.0":
            raise NavError("BadRequest_NotFound", f"There is no API '{'/'.join(found.segments[:3])}' on this server.")
        behind = Route(f"{found.prefix}/api", "v2.0", found.segments[1:])
        return self._api(request, behind, f"{root}/v2.0")

    def _odata(self, request: Request, found: Route, root: str) -> Response:
        """The page services' tree."""
        segments = found.segments
        if not segments:
            _only_get(request, "service document")
            return odata(metadata.service_document(f"{root}/$metadata", ["Company", *self.publishing.pages]))
        first = segments[0]
        if first in ("$metadata", "Company") or (len(segments) == 1 and first.startswith("Company(")):
            _only_get(request, first)
        if first == "$metadata":
            pages = self.companies.first.services
            views = {name: pages.view(name, request.effects) for name in self.publishing.pages}
            return self._metadata(request, metadata.Document(views))
        if first == "$batch":
            return self._batch(request, found)
        if first == "Company":
            rows = [company.page_row() for company in self.companies]
            return odata({"@odata.context": f"{root}/$metadata#Company", "value": rows})
        name, key = split_segment(first)
        if name == "Company" and key is not None:
            company = self.companies.by_key(key)
            if len(segments) == 1:
                return odata({"@odata.context": f"{root}/$metadata#Company/$entity"} | company.page_row())
            segments = segments[1:]
        else:
            company = self._default_company(request)
        path = f"Company('{quote(company.store.name.replace(chr(39), chr(39) * 2))}')"
        return company.services.handle(request, segments, f"{root}/{path}", f"{root}/$metadata#{path}")

    def _api(self, request: Request, found: Route, root: str) -> Response:
        """API v2.0, which only Business Central has."""
        segments = found.segments
        if not segments:
            _only_get(request, "service document")
            names = ["companies", "subscriptions", *ENTITIES]
            return odata(metadata.service_document(f"{root}/$metadata", names))
        if segments[0] == "$batch":
            return self._batch(request, found)
        if segments[0] == "$metadata":
            _only_get(request, "$metadata")
            views = {name: self.companies.first.api.view(name, request.effects) for name in ENTITIES}
            return self._metadata(request, metadata.Document(views, metadata.API))
        name, key = split_segment(segments[0])
        if name == "subscriptions" and len(segments) == 1 and self.guard.user is not None:
            return self._subscriptions.handle(request, key, root, self.guard.user.id)
        if name != "companies":
            return self._api_entity(request, self._default_company(request), segments, root)
        if len(segments) == 1:
            _only_get(request, name)
        if key is None:
            rows = self._company_rows(request)
            return odata({"@odata.context": f"{root}/$metadata#companies", "value": rows})
        company = self.companies.identified(key)
        if len(segments) > 1:
            return self._api_entity(request, company, segments[1:], root)
        return odata({"@odata.context": f"{root}/$metadata#companies/$entity"} | company.api_row())

    def _company_rows(self, request: Request) -> list[Row]:
        """The companies that the filter lets through."""
        rows = [company.api_row() for company in self.companies]
        text = request.options().get("$filter", "").strip()
        if not text:
            return rows
        test = compile_filter(text, _COMPANY_SCOPE)
        return [row for row in rows if test(row)]

    def _api_entity(self, request: Request, company: Company, segments: list[str], root: str) -> Response:
        name = split_segment(segments[0])[0]
        if name in ELSEWHERE:
            raise not_supported(f"The entity '{name}' is not supported by this stand-in.")
        path = f"companies({company.store.id})"
        return company.api.handle(request, segments, f"{root}/{path}", f"{root}/$metadata#{path}")

    def _default_company(self, request: Request) -> Company:
        wanted = request.options().get("company", "")
        if not wanted:
            name = split_segment(request.segments()[-1])[0]
            text = f"No company was given for '{name}', and this tenant has no default company."
            raise NavError("Internal_CompanyNotFound", text)
        return self.companies.by_query(wanted)

    def _runtime(self, request: Request, segments: list[str], root: str) -> Response:
        """`webhookSupportedResources` of the runtime API."""
        if len(segments) != 2 or segments[1] != "webhookSupportedResources":
            raise NavError("BadRequest_NotFound", f"Resource not found for the segment '{'/'.join(segments)}'.")
        _only_get(request, segments[1])
        self.companies.identified(split_segment(segments[0])[1] or "")
        rows = [{"resource": f"v2.0/companies({split_segment(segments[0])[1]})/{name}"} for name in SUPPORTED]
        return odata({"@odata.context": f"{root}/$metadata#webhookSupportedResources", "value": rows})

    def _batch(self, request: Request, found: Route) -> Response:
        if self.flavour != "bc":
            raise not_supported("$batch is not supported by NAV 2017.")
        if request.verb != "POST":
            raise NavError("BadRequest_MethodNotAllowed", "$batch takes POST only.")
        tree = f"{found.prefix}/{found.tree}"
        return Batch(request, tree, self.faults, self.stats, self.companies.stores, self._part).run()

    def _part(self, request: Request) -> Response:
        """The answer to one entry of a batch, a fault rule's first."""
        acts = request.effects.acts
        if "status" in acts:
            return self.error(int(acts["status"]), str(acts.get("code", "")), str(acts.get("message", "")))
        try:
            found = routes.route(request, self.flavour)
            response = found if isinstance(found, Response) else self._follow(request, found)
            if response.later is not None:
                raise not_supported("A subscription cannot be made inside a batch of this stand-in.")
            return response
        except NavError as error:
            return self._refusal(error)

    def _metadata(self, request: Request, document: metadata.Document) -> Response:
        as_json = request.options().get("$format", "").lower() == "json"
        if self.flavour == "bc" and (as_json or "application/json" in request.headers.get("accept", "")):
            return odata(document.json())
        if as_json:
            raise NavError("BadRequest", "The metadata document is only available as XML.")
        return Response(200, base_headers() | {"content-type": "application/xml"}, document.xml().encode())

    def _heard(self, name: str, events: list[Event]) -> None:
        store = self.companies.named(name).store

        def document(line: Row) -> str | None:
            header = store.tables["SalesHeader"].get((line.get("Document_Type"), line.get("Document_No")))
            return store.tables["SalesHeader"].id_of(header) if header else None

        self.webhooks.heard(name, events, document)


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
            shown[field] = computed(store, row, NO_FLOW)
    return shown
