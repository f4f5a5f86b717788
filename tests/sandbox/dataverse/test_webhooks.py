"""Webhooks: registered steps post what happened to a receiver on this machine, and never hold up a request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from sandbox.dataverse.webhooks.deliveries import Deliveries, is_loopback


@dataclass
class Post:
    """What the receiver got."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    def attributes(self) -> dict[str, Any]:
        target = next(each["value"] for each in self.body["InputParameters"] if each["key"] == "Target")
        return {each["key"]: each["value"] for each in target["Attributes"]}


@dataclass
class Receiver:
    """A server that keeps what it is sent and answers with the given statuses, then with 200."""

    url: str = ""
    posts: list[Post] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    held = Receiver()
    held.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            held.gate.wait(20)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            names = {name.lower(): value for name, value in self.headers.items()}
            held.posts.append(Post(self.path, names, orjson.loads(body)))
            self.send_response(held.answers.pop(0) if held.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    held.url = f"http://127.0.0.1:{server.server_address[1]}/hook?from=crm"
    yield held
    held.gate.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def admin(sign_in_as: Any) -> Any:
    client = sign_in_as("admin")
    client.app.deliveries = Deliveries(pause=0.0, timeout=10)
    client.app.store.deliveries = client.app.deliveries
    return client


def endpoint(admin: Any, url: str, **more: Any) -> str:
    body = {"name": "ERP push", "contract": 8, "url": url, "authtype": 4, "authvalue": "s3cret", "connectionmode": 1}
    answer = admin.post("serviceendpoints", {**body, **more})
    assert answer.status == 204, answer.body
    return str(answer.id)


def step(admin: Any, hook: str, message: str, table: str = "account", **more: Any) -> str:
    """Register as the reference says: message, filter, step."""
    found = admin.get(f"sdkmessages?$select=sdkmessageid&$filter=name eq '{message}'").value[0]["sdkmessageid"]
    where = f"_sdkmessageid_value eq {found} and primaryobjecttypecode eq '{table}'"
    chosen = admin.get(f"sdkmessagefilters?$select=sdkmessagefilterid&$filter={where}").value[0]["sdkmessagefilterid"]
    body = {
        "name": f"{message} of {table}",
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({hook})",
        "sdkmessageid@odata.bind": f"/sdkmessages({found})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({chosen})",
        "stage": 40,
        "mode": 1,
        "rank": 1,
        "supporteddeployment": 0,
        "invocationsource": 0,
        "asyncautodelete": True,
    }
    answer = admin.post("sdkmessageprocessingsteps", {**body, **more})
    assert answer.status == 204, answer.body
    return str(answer.id)


def test_a_create_is_posted_with_headers_and_context(admin: Any, receiver: Receiver) -> None:
    step(admin, endpoint(admin, receiver.url), "Create")

    key = admin.create("accounts", name="A", creditlimit=12.5, customertypecode=3)
    admin.app.deliveries.settle()

    post = receiver.posts[0]
    me = admin.get("WhoAmI").json
    assert parse_qs(urlsplit(post.path).query) == {"from": ["crm"], "code": ["s3cret"]}
    assert post.headers["x-ms-dynamics-organization"] == "127.0.0.1:8443"
    assert post.headers["x-ms-dynamics-entity-name"] == "account"
    assert post.headers["x-ms-dynamics-request-name"] == "Create"
    assert post.headers["x-ms-correlation-request-id"] == post.body["CorrelationId"]
    assert post.body["MessageName"] == "Create"
    assert (post.body["Stage"], post.body["Mode"], post.body["Depth"]) == (40, 1, 1)
    assert (post.body["PrimaryEntityName"], post.body["PrimaryEntityId"]) == ("account", key)
    assert (post.body["InitiatingUserId"], post.body["OrganizationId"]) == (me["UserId"], me["OrganizationId"])
    assert post.body["OperationCreatedOn"].startswith("/Date(")
    attributes = post.attributes()
    assert attributes["name"] == "A"
    assert attributes["creditlimit"]["Value"] == 12.5
    assert attributes["creditlimit"]["__type"].startswith("Money:")
    assert attributes["customertypecode"]["Value"] == 3
    assert attributes["ownerid"]["LogicalName"] == "systemuser"
    assert attributes["createdon"].endswith("+0000)/")
    image = post.body["PostEntityImages"][0]
    assert image["key"] == "AsynchronousStepPrimaryName"


def test_an_update_holds_only_what_changed_and_filters(admin: Any, receiver: Receiver) -> None:
    step(admin, endpoint(admin, receiver.url), "Update", filteringattributes="name,telephone1")
    key = admin.create("accounts", name="A")

    admin.patch(f"accounts({key})", {"fax": "1"})
    admin.patch(f"accounts({key})", {"telephone1": "2", "fax": "3"})
    admin.app.deliveries.settle()

    assert len(receiver.posts) == 1
    assert receiver.posts[0].attributes() == {"accountid": key, "telephone1": "2", "fax": "3"}


def test_a_delete_holds_a_reference(admin: Any, receiver: Receiver) -> None:
    step(admin, endpoint(admin, receiver.url), "Delete")
    key = admin.create("accounts", name="A")

    admin.delete(f"accounts({key})")
    admin.app.deliveries.settle()

    target = receiver.posts[0].body["InputParameters"][0]["value"]
    assert target["__type"].startswith("EntityReference:")
    assert (target["LogicalName"], target["Id"]) == ("account", key)


def test_images_hold_the_row_before_and_after(admin: Any, receiver: Receiver) -> None:
    found = step(admin, endpoint(admin, receiver.url), "Update")
    image = {
        "imagetype": 2,
        "entityalias": "Row",
        "messagepropertyname": "Target",
        "attributes": "name",
        "sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({found})",
    }
    assert admin.post("sdkmessageprocessingstepimages", image).status == 204
    key = admin.create("accounts", name="Before", fax="1")

    admin.patch(f"accounts({key})", {"name": "After"})
    admin.app.deliveries.settle()

    body = receiver.posts[0].body
    before = {each["key"]: each["value"] for each in body["PreEntityImages"][0]["value"]["Attributes"]}
    after = {each["key"]: each["value"] for each in body["PostEntityImages"][0]["value"]["Attributes"]}
    assert (before["name"], after["name"]) == ("Before", "After")
    assert "fax" not in before


@pytest.mark.parametrize(
    ("authtype", "where"), [(4, "query"), (5, "header"), (6, "query")], ids=["key", "header", "query"]
)
def test_the_secret_goes_where_the_kind_says(admin: Any, receiver: Receiver, authtype: int, where: str) -> None:
    value = '<settings><setting name="x-key" value="a&amp;b" /></settings>' if authtype > 4 else "a&b"
    hook = endpoint(admin, receiver.url, authtype=authtype, authvalue=value)
    step(admin, hook, "Create")

    admin.create("accounts", name="A")
    admin.app.deliveries.settle()

    post = receiver.posts[0]
    query = parse_qs(urlsplit(post.path).query)
    sent = post.headers.get("x-key") if where == "header" else query.get("code" if authtype == 4 else "x-key", [""])[0]
    assert sent == "a&b"


def test_a_secret_is_never_shown(admin: Any, receiver: Receiver) -> None:
    key = endpoint(admin, receiver.url)

    row = admin.get(f"serviceendpoints({key})").json
    page = admin.app.table_page("serviceendpoint", 0, 1)

    assert row["isauthvalueset"] is True
    assert row["authvalue"] is None
    assert "s3cret" not in str(page)


def test_a_change_that_is_undone_is_not_posted(admin: Any, receiver: Receiver) -> None:
    step(admin, endpoint(admin, receiver.url), "Create")
    targets = [{"@odata.type": "Microsoft.Dynamics.CRM.account", "name": name} for name in ("A", "B" * 200)]

    assert admin.post("accounts/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": targets}).status == 400
    admin.create("accounts", name="C")
    admin.app.deliveries.settle()

    assert [post.attributes()["name"] for post in receiver.posts] == ["C"]


def test_a_request_does_not_wait_for_the_receiver(admin: Any, receiver: Receiver) -> None:
    found = step(admin, endpoint(admin, receiver.url), "Create", asyncautodelete=False)
    receiver.gate.clear()

    admin.create("accounts", name="A")
    job = admin.get(f"asyncoperations?$filter=_owningextensionid_value eq {found}").value[0]
    receiver.gate.set()
    admin.app.deliveries.settle()

    assert job["statuscode"] == 20
    assert admin.get(f"asyncoperations({job['asyncoperationid']})").json["statuscode"] == 30


@pytest.mark.parametrize(
    ("answers", "status", "number"),
    [([503, 502, 200], 30, 3), ([503] * 4, 31, 4), ([400], 31, 1), ([401], 31, 1), ([202], 30, 1)],
    ids=str,
)
def test_what_may_pass_is_repeated_and_the_job_says_how_it_ended(
    admin: Any, receiver: Receiver, answers: list[int], status: int, number: int
) -> None:
    found = step(admin, endpoint(admin, receiver.url), "Create", asyncautodelete=False)
    receiver.answers = list(answers)

    admin.create("accounts", name="A")
    admin.app.deliveries.settle()

    job = admin.get(f"asyncoperations?$filter=_owningextensionid_value eq {found}").value[0]
    assert (job["statecode"], job["statuscode"]) == (3, status)
    assert (len(receiver.posts), job["retrycount"]) == (number, number - 1)
    failed = admin.get(f"asyncoperations?$filter=statuscode eq 31 and _owningextensionid_value eq {found}").value
    assert len(failed) == (status == 31)


def test_a_job_that_went_well_is_deleted_if_the_step_says_so(admin: Any, receiver: Receiver) -> None:
    step(admin, endpoint(admin, receiver.url), "Create")

    admin.create("accounts", name="A")
    admin.app.deliveries.settle()

    assert admin.get("asyncoperations").value == []
    assert len(receiver.posts) == 1


def test_a_disabled_step_is_silent(admin: Any, receiver: Receiver) -> None:
    found = step(admin, endpoint(admin, receiver.url), "Create")
    assert admin.patch(f"sdkmessageprocessingsteps({found})", {"statecode": 1, "statuscode": 2}).status == 204

    admin.create("accounts", name="A")
    admin.patch(f"sdkmessageprocessingsteps({found})", {"statecode": 0, "statuscode": 1})
    admin.create("accounts", name="B")
    admin.app.deliveries.settle()

    assert [post.attributes()["name"] for post in receiver.posts] == ["B"]


def test_a_body_that_is_too_large_comes_without_its_parts(admin: Any, receiver: Receiver) -> None:
    step(admin, endpoint(admin, receiver.url), "Create", "annotation")

    admin.create("annotations", subject="S", notetext="x" * 90_000, documentbody="QUFB" * 60_000, isdocument=True)
    admin.app.deliveries.settle()

    post = receiver.posts[0]
    assert post.headers["x-ms-dynamics-msg-size-exceeded"] == "true"
    assert "InputParameters" not in post.body
    assert post.body["PrimaryEntityName"] == "annotation"


@pytest.mark.parametrize("url", ["http://192.0.2.1/hook", "https://example.com/hook"])
def test_only_this_machine_is_called(admin: Any, url: str) -> None:
    found = step(admin, endpoint(admin, url), "Create", asyncautodelete=False)

    admin.create("accounts", name="A")
    admin.app.deliveries.settle()

    job = admin.get(f"asyncoperations?$filter=_owningextensionid_value eq {found}").value[0]
    assert job["statuscode"] == 31
    assert "loopback" in job["message"]


def test_loopback_is_an_address_and_not_a_name_that_points_there() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("localhost.example.com")
    assert not is_loopback("10.0.0.1")


@pytest.mark.parametrize(
    "body",
    [
        {"url": "nowhere"},
        {"url": None},
        {"authtype": 2},
        {"authtype": 5, "authvalue": "no xml"},
        {"authtype": 5, "authvalue": "<settings />"},
        {
            "authtype": 5,
            "authvalue": '<!DOCTYPE x [<!ENTITY a "b">]><settings><setting name="a" value="&a;"/></settings>',
        },
        {"authvalue": "x" * 2049},
        {"contract": None},
    ],
    ids=str,
)
def test_an_endpoint_that_is_not_right_is_refused(admin: Any, body: dict[str, Any]) -> None:
    right = {"name": "N", "contract": 8, "url": "https://127.0.0.1/hook", "authtype": 4, "authvalue": "s"}

    assert admin.post("serviceendpoints", {**right, **body}).status == 400


@pytest.mark.parametrize(
    ("message", "more", "status"),
    [
        ("Create", {"mode": 0}, 501),
        ("CreateMultiple", {}, 501),
        ("Create", {"stage": 20}, 400),
        ("Create", {"filteringattributes": "name"}, 400),
        ("Update", {"filteringattributes": "nothing"}, 400),
    ],
    ids=str,
)
def test_a_step_that_is_not_right_is_refused(
    admin: Any, receiver: Receiver, message: str, more: dict[str, Any], status: int
) -> None:
    hook = endpoint(admin, receiver.url)

    with pytest.raises(AssertionError) as failure:
        step(admin, hook, message, **more)

    assert f"assert {status} == 204" in str(failure.value)


def test_an_endpoint_goes_after_its_steps(admin: Any, receiver: Receiver) -> None:
    hook = endpoint(admin, receiver.url)
    found = step(admin, hook, "Create")

    assert admin.delete(f"serviceendpoints({hook})").code == "0x80040227"
    assert admin.delete(f"sdkmessageprocessingsteps({found})").status == 204
    assert admin.delete(f"serviceendpoints({hook})").status == 204
    assert admin.app.store.secrets == {}


def test_registering_needs_its_privilege(crm: Any) -> None:
    answer = crm.post("serviceendpoints", {"name": "N", "contract": 8, "url": "https://127.0.0.1/hook"})

    assert (answer.status, answer.code) == (403, "0x80040220")
    assert "prvCreateServiceEndpoint" in answer.json["error"]["message"]
