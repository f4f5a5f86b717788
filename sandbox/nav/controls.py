"""Control calls of the NAV stand-in alone: what people and administrators do in the ERP.

| Call | Body |
|---|---|
| release, reopen, ship, invoice | `{"no"}`, `"type"` (Order), `"company"`; ship also `"quantities": {LINE_NO: n}` |
| pay | `{"no": POSTED_INVOICE}`, `"amount"`, `"company"` |
| rename | `{"table", "from", "to"}`, `"company"`: a key as one value, a list in key order or an object |
| services | `{"unpublish": [...], "publish": [...], "hide": ["Service.Field"], "show": [...]}` |
| users | `{"user", "key", "expires", "enabled", "denied": {TABLE: ["Read", ...]}}` |
| auth | `{"kind": "basic" | "windows" | "ntlm"}` |
| numbers | `{"table", "manual": true | false}`, `"company"`: whether its number series takes numbers by hand |
| state | `{"state": "running" | "no_database" | "no_tenant" | "services_off"}` |
| notify | nothing: send the notifications that wait |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sandbox.common.wire import Request, Response, json_response
from sandbox.nav import posting
from sandbox.nav.auth import KINDS
from sandbox.nav.companies import Company
from sandbox.nav.errors import NavError
from sandbox.nav.store import Key, Row
from sandbox.nav.tables import TABLES
from sandbox.nav.transactions import unit_of_work
from sandbox.nav.writer import Writer

if TYPE_CHECKING:
    from sandbox.nav.app import NavApp

STATES: Final = ("running", "no_database", "no_tenant", "services_off")


class Controls:
    """Answers the control calls. A refusal of the ERP is a ValueError here: 400 with its sentence."""

    def __init__(self, app: NavApp) -> None:
        self._app = app
        self._calls: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "release": lambda body: self._document(body, posting.release),
            "reopen": lambda body: self._document(body, posting.reopen),
            "ship": self._ship,
            "invoice": lambda body: self._document(body, posting.invoice, "SalesInvoiceHeader"),
            "pay": self._pay,
            "rename": self._rename,
            "services": self._services,
            "users": self._users,
            "auth": self._auth,
            "numbers": self._numbers,
            "state": self._state,
            "notify": self._notify,
        }

    def handle(self, request: Request, name: str) -> Response | None:
        """Answer a control call; None if there is no such call."""
        call = self._calls.get(name) if request.verb == "POST" else None
        if call is None:
            return None
        body = request.json() if request.body.strip() else {}
        try:
            return json_response(call(body))
        except NavError as error:
            raise ValueError(error.message) from None

    def _company(self, body: dict[str, Any]) -> Company:
        name = body.pop("company", None)
        return self._app.companies.first if name is None else self._app.companies.named(name)

    def _within(self, company: Company, work: Callable[[Writer], Row], table: str) -> dict[str, Any]:
        with unit_of_work([company.store], self._app.stats):
            row = work(company.writer)
        shown = TABLES[table].complete(row)
        return {"row": {name: value for name, value in shown.items() if not name.startswith("$")}}

    def _header(self, writer: Writer, body: dict[str, Any]) -> Row:
        key = body.get("type", "Order"), str(body["no"])
        header = writer.store.tables["SalesHeader"].get(key)
        if header is None:
            raise ValueError(f"there is no {key[0]} {key[1]}")
        return header

    def _document(
        self, body: dict[str, Any], work: Callable[[Writer, Row], Row], table: str = "SalesHeader"
    ) -> dict[str, Any]:
        company = self._company(body)
        return self._within(company, lambda writer: work(writer, self._header(writer, body)), table)

    def _ship(self, body: dict[str, Any]) -> dict[str, Any]:
        quantities = {int(line): quantity for line, quantity in (body.get("quantities") or {}).items()}

        def ship(writer: Writer, header: Row) -> Row:
            lines = writer.store.tables["SalesLine"]
            for line in lines.where(Document_Type="Order", Document_No=header["No"]) if quantities else []:
                wanted = quantities.get(line["Line_No"], 0)
                writer.modify("SalesLine", line, [("Qty_to_Ship", wanted)])
            current = writer.store.tables["SalesHeader"].get((header["Document_Type"], header["No"]))
            return posting.ship(writer, current or header)

        return self._document(body, ship)

    def _pay(self, body: dict[str, Any]) -> dict[str, Any]:
        company = self._company(body)
        no, amount = str(body["no"]), body.get("amount")
        return self._within(company, lambda writer: posting.pay(writer, no, amount), "CustLedgerEntry")

    def _rename(self, body: dict[str, Any]) -> dict[str, Any]:
        company, table = self._company(body), str(body["table"])
        if table not in TABLES:
            raise ValueError(f"there is no table {table}")
        old, new = _as_key(table, body["from"]), _as_key(table, body["to"])
        return self._within(company, lambda writer: writer.rename(table, old, new), table)

    def _services(self, body: dict[str, Any]) -> dict[str, Any]:
        unknown = body.keys() - {"unpublish", "publish", "hide", "show"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        self._app.publishing.change(**body)
        self._app.companies.forget_views()
        return {"services": list(self._app.publishing.pages)}

    def _users(self, body: dict[str, Any]) -> dict[str, Any]:
        user = self._app.directory.change(body)
        denied = {table: sorted(rights) for table, rights in user.denied.items()}
        return {"user": user.name, "enabled": user.enabled, "denied": denied}

    def _auth(self, body: dict[str, Any]) -> dict[str, Any]:
        self._app.authority.kind = {kind: kind for kind in KINDS}[body["kind"]]
        return {"kind": self._app.authority.kind}

    def _numbers(self, body: dict[str, Any]) -> dict[str, Any]:
        closed, table = self._company(body).store.no_manual_numbers, str(body["table"])
        if table not in TABLES or not TABLES[table].series:
            raise ValueError(f"the table {table} has no number series")
        (closed.discard if body["manual"] else closed.add)(table)
        return {"table": table, "manual": table not in closed}

    def _state(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["state"] not in STATES:
            raise ValueError(f"a server is one of {', '.join(STATES)}")
        self._app.state = body["state"]
        return {"state": self._app.state}

    def _notify(self, _body: dict[str, Any]) -> dict[str, Any]:
        return {"notifications": self._app.webhooks.send_now()}


def _as_key(table: str, value: Any) -> Key:
    if isinstance(value, dict):
        return tuple(value[name] for name in TABLES[table].key)
    return tuple(value) if isinstance(value, list) else (value,)
