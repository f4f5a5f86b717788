"""Webhook subscriptions of Business Central: handshake, notifications that really arrive, renewal, expiry, removal."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.common.wire import Request
from sandbox.nav import webhooks
from sandbox.nav.notifier import Notifier

API = "/BC/api/v2.0"
WAIT_SECONDS = 20


class Receiver(ThreadingHTTPServer):
    """Answers handshakes with the token and keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: Queue[dict[str, Any]] = Queue()
        self.tokens: list[str] = []
        self.echo = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        token = parse_qs(urlsplit(self.path).query).get("validationToken", [""])[0]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if token:
            self.server.tokens.append(token)
        else:
            self.server.got.put(json.loads(body))
        answer = token.encode() if self.server.echo else b"no"
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class Postman:
    """A sender that keeps what it was given and answers as it is told."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.sent: list[dict[str, Any]] = []

    def __call__(self, url: str, body: bytes, seconds: float) -> tuple[int, bytes]:
        token = parse_qs(urlsplit(url).query).get("validationToken")
        if token:
            assert seconds == 5
            return 200, token[0].encode()
        self.sent.append(json.loads(body))
        return (self.statuses.pop(0) if self.statuses else 200), b""


class AtOnce(Notifier):
    """A notifier without threads: what is to be sent later is kept until `tick`."""

    def __init__(self, send: Any) -> None:
        super().__init__(send)
        self.waiting: dict[str, Callable[[], None]] = {}

    def _start(self, key: str, delay: float, work: Callable[[], None]) -> None:
        self.waiting[key] = work
        self._timers[key] = _NoTimer()  # type: ignore[assignment]

    def tick(self) -> None:
        """Let the time of everything that waits come."""
        waiting, self.waiting = self.waiting, {}
        for key, work in waiting.items():
            self._run(key, work)


class _NoTimer:
    def cancel(self) -> None:
        """Nothing runs."""


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def quick(make_erp: Callable[..., Any], postman: Postman) -> Any:
    """A Business Central whose notifications wait for `tick`."""
    return make_erp("--flavour", "bc", notifier=AtOnce(postman))


def company_of(bc: Any) -> str:
    return f"{API}/companies({bc.get(f'{API}/companies').rows[0]['id']})"


def subscribe(bc: Any, entity: str, url: str = "http://127.0.0.1:9/hook", **more: Any) -> Any:
    body = {"notificationUrl": url, "resource": f"{company_of(bc).removeprefix('/BC')}/{entity}", **more}
    return bc("POST", f"{API}/subscriptions", body)


def test_a_notification_arrives(bc: Any, receiver: Receiver) -> None:
    made = subscribe(bc, "customers", receiver.url, clientState="secret")
    assert made.status == 201 and len(receiver.tokens) == 1
    shown = made.json
    assert (shown["clientState"], shown["notificationUrl"]) == ("secret", receiver.url)

    customer = bc.get(f"{company_of(bc)}/customers?$filter=number eq '10000'").rows[0]["id"]
    bc.patch("CustomerCard('10000')", {"Name": "Other"})
    assert bc.control("notify", {}).json == {"notifications": 1}
    value = receiver.got.get(timeout=WAIT_SECONDS)["value"]
    assert [(one["changeType"], one["clientState"]) for one in value] == [("updated", "secret")]
    assert value[0]["resource"] == f"{company_of(bc).removeprefix('/BC')}/customers({customer})"
    assert value[0]["subscriptionId"] == shown["subscriptionId"]


@pytest.mark.parametrize("echo", [False, True])
def test_the_handshake_decides(bc: Any, receiver: Receiver, echo: bool) -> None:
    receiver.echo = echo
    assert subscribe(bc, "items", receiver.url).status == (201 if echo else 400)
    assert len(bc.get(f"{API}/subscriptions").rows) == int(echo)


def test_nobody_there(bc: Any) -> None:
    assert subscribe(bc, "items", "http://127.0.0.1:9/hook").code == "BadRequest"


def test_the_server_does_not_wait_for_the_receiver(quick: Any) -> None:
    body = json.dumps(
        {"notificationUrl": "http://127.0.0.1:9/", "resource": f"{company_of(quick).removeprefix('/BC')}/items"}
    )
    from tests.sandbox.nav.conftest import BASIC

    request = Request("POST", f"{API}/subscriptions", headers={"authorization": BASIC}, body=body.encode())
    answer = quick.app.handle(request)
    assert answer.later is not None and quick.app.webhooks.all() == []


@pytest.mark.parametrize(
    ("entity", "more", "status", "code"),
    [
        ("contacts", {}, 400, "BadRequest"),
        ("salespeoplePurchasers", {}, 400, "BadRequest"),
        ("nothing", {}, 400, "BadRequest"),
        ("customers", {"url": "https://example.com/hook"}, 400, "BadRequest"),
        ("customers", {"url": "ftp://127.0.0.1/"}, 400, "BadRequest"),
        ("customers", {"clientState": "x" * 2049}, 400, "Application_StringExceededLength"),
        ("customers", {"clientState": 5}, 400, "BadRequest"),
        ("customers", {"colour": "x"}, 400, "BadRequest"),
    ],
)
def test_subscriptions_that_are_refused(quick: Any, entity: str, more: dict[str, Any], status: int, code: str) -> None:
    answer = subscribe(quick, entity, **more)
    assert (answer.status, answer.code) == (status, code) and quick.app.webhooks.all() == []


def test_twice_the_same_and_too_many(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert subscribe(quick, "items").status == 201
    assert subscribe(quick, "items").code == "Internal_EntityWithSameKeyExists"
    monkeypatch.setattr(webhooks, "MAX_SUBSCRIPTIONS", 1)
    assert subscribe(quick, "customers").code == "Application_DialogException"


def test_changes_of_one_record_are_told_once(quick: Any, postman: Postman) -> None:
    for entity in ("customers", "items", "salesOrders", "salesInvoices"):
        subscribe(quick, entity)
    company = company_of(quick)
    made = quick("POST", f"{company}/customers", {"displayName": "New"}).json["id"]
    quick.patch(f"{company}/customers({made})", {"displayName": "Newer"})
    quick(
        "DELETE",
        f"{company}/items({quick.get(f'{company}/items?$filter=number eq {chr(39)}70060{chr(39)}').rows[0]['id']})",
    )
    quick.patch("SalesOrderSalesLines(Document_Type='Order',Document_No='101001',Line_No=10000)", {"Quantity": 9})
    assert quick("POST", f"{company}/customers", {"displayName": ""}).status == 400  # refused: tells nothing
    quick.app.webhooks._notifier.tick()
    told = {
        one["resource"].rpartition("/")[2].partition("(")[0]: one["changeType"]
        for sent in postman.sent
        for one in sent["value"]
    }
    assert told == {"customers": "created", "items": "deleted", "salesOrders": "updated"}
    assert sum(len(sent["value"]) for sent in postman.sent) == 3


def test_posting_tells_of_the_invoice(quick: Any, postman: Postman) -> None:
    subscribe(quick, "salesInvoices")
    quick.control("ship", {"no": "101001"})
    quick.control("invoice", {"no": "101001"})
    quick.app.webhooks._notifier.tick()
    kinds = [one["changeType"] for sent in postman.sent for one in sent["value"]]
    assert kinds == ["created"]


def test_many_changes_are_told_as_a_collection(quick: Any, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "COLLECTION_FROM", 2)
    subscribe(quick, "customers")
    for no in ("10000", "20000", "30000"):
        quick.patch(f"CustomerCard('{no}')", {"Name": "x"})
    quick.app.webhooks._notifier.tick()
    (one,) = postman.sent[0]["value"]
    assert one["changeType"] == "collection"
    company = company_of(quick)
    query = one["resource"].partition("?")[2]
    assert len(quick.get(f"{company}/customers?{query}").rows) == 3


def moment(answer: Any) -> datetime:
    """Return until when a subscription lasts."""
    return datetime.fromisoformat(answer.json["expirationDateTime"])


def test_renewal_and_expiry(quick: Any) -> None:
    key = subscribe(quick, "customers").json["subscriptionId"]
    quick.app.clock.offset_seconds = 2 * 86400
    for address in (f"{API}/subscriptions('{key}')", f"{API}/subscriptions({key})"):
        seen = quick.get(address)
        assert quick("PATCH", address, {}).code == "BadRequest_InvalidToken"
        assert quick.patch(address, {}, 'W/"x"').code == "Request_EntityChanged"
        renewed = quick.patch(address, {"clientState": "y"}, seen.json["@odata.etag"])
        assert renewed.status == 200 and moment(renewed) >= moment(seen)
    quick.app.clock.offset_seconds = 4 * 86400
    assert quick.get(f"{API}/subscriptions('{key}')").status == 200
    quick.app.clock.offset_seconds = 6 * 86400
    assert quick.get(f"{API}/subscriptions('{key}')").status == 404


def test_delete(quick: Any, postman: Postman) -> None:
    made = subscribe(quick, "customers")
    address = f"{API}/subscriptions('{made.json['subscriptionId']}')"
    assert quick("DELETE", address, if_match=made.json["@odata.etag"]).status == 204
    quick.patch("CustomerCard('10000')", {"Name": "x"})
    quick.app.webhooks._notifier.tick()
    assert postman.sent == [] and quick.get(address).status == 404


@pytest.mark.parametrize(
    ("status", "kept"), [(200, True), (429, True), (503, True), (408, True), (404, False), (410, False)]
)
def test_a_receivers_error_repeats_or_ends(quick: Any, postman: Postman, status: int, kept: bool) -> None:
    subscribe(quick, "customers")
    postman.statuses = [status]
    quick.patch("CustomerCard('10000')", {"Name": "x"})
    quick.app.webhooks._notifier.tick()
    assert len(quick.get(f"{API}/subscriptions").rows) == int(kept)
    quick.app.webhooks._notifier.tick()
    assert len(postman.sent) == (2 if kept and status != 200 else 1)


def test_supported_resources(quick: Any) -> None:
    company = company_of(quick).rpartition("/")[2]
    rows = quick.get(f"/BC/api/microsoft/runtime/beta/{company}/webhookSupportedResources").rows
    assert {row["resource"].rpartition("/")[2] for row in rows} == set(webhooks.SUPPORTED)
